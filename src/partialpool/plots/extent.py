"""The range of an axis of raw estimates: of many, those that are far out would leave the others little room."""

from __future__ import annotations

import numpy as np

from partialpool.special import Array

_FEW = 0.005  # share of raw estimates that may lie beyond the axis on a side
_REACH = 1.0  # distance beyond which they are cut off, in lengths of the axis without them


def extent(raw: Array, drawn: Array, many: int) -> tuple[float, float]:
    """The range of all that is drawn; of more than `many` raw estimates, without those that are far out.

    Args:
        raw: the raw estimates, NaN for groups without data.
        drawn: all other numbers that must be inside.
        many: the number of raw estimates from which some may be outside.
    """
    known, other = raw[np.isfinite(raw)], drawn[np.isfinite(drawn)]
    low, high = _ends(np.append(known, other))
    if len(known) > many:
        low, high = _ends(np.append(np.quantile(known, [_FEW, 1.0 - _FEW]), other))
        reach = _REACH * (high - low)
        low, high = _ends(np.append(known[(known >= low - reach) & (known <= high + reach)], other))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ends(values: Array) -> tuple[float, float]:
    """The least and the largest value."""
    return float(values.min()), float(values.max())
