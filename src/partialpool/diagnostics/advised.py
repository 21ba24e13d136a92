"""The scale of data, on which a proper prior is suggested in place of an improper one."""

from __future__ import annotations

import numpy as np

from partialpool.diagnostics.outcomes import Outcomes
from partialpool.priors.examples import Scale
from partialpool.special import Array


def scale_of(data: Outcomes, pooled: float) -> Scale:
    """The scale of data with this pooled value."""
    raw, within = data.raw[data.where], data.family.scatter(data.size[data.where], data.squares[data.where])
    between = _sd(raw) or within or abs(pooled) or 1.0
    return Scale(pooled, between, within or between)


def _sd(values: Array) -> float:
    """The sample sd (divisor n - 1), computed in a unit in which squares do not overflow; 0 for one value."""
    unit = float(np.abs(values).max())
    return unit * float(np.std(values / unit, ddof=1)) if len(values) > 1 and unit > 0.0 else 0.0
