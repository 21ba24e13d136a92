"""Is an inference calibrated: its intervals against data drawn from the model, on the design at hand."""

from partialpool.checks.calibration import Calibration, calibration

__all__ = ["Calibration", "calibration"]
