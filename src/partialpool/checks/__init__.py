"""Simulation-based calibration: check posteriors and intervals on data simulated from the model and the design."""

from partialpool.checks.calibration import Calibration, calibration

__all__ = ["Calibration", "calibration"]
