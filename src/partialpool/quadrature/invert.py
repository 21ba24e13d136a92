"""Quantiles of a smooth distribution function, many at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from partialpool.special import Array, Index

# (points, indices of their problems) -> cdf and its first and second derivative at the points: (3, points)
Curve = Callable[[Array, Index], Array]

_STEPS, _LONG = 100, 8
HALLEY = 2e-4  # relative distance from p within which one Halley step is exact: it triples the digits


def halley(gap: Array, slope: Array, bend: Array) -> Array:
    """Halley step: the distance to the left at which the root lies, from a function and its first two derivatives."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        newton = gap / slope
        step = newton / np.clip(1.0 - 0.5 * newton * bend / slope, 0.5, 2.0)
    return np.nan_to_num(step, nan=np.inf, posinf=np.inf, neginf=-np.inf)


def invert(
    curve: Curve, p: Array, start: Array, lowest: float, highest: float, near: float = HALLEY, *, rooted: bool = False
) -> Array:
    """Solve F_i(x_i) = p_i by Halley steps kept inside a shrinking bracket.

    An x_i that leaves [lowest, highest] is set to that end. `near` is the relative distance from p within which one
    more step ends the search: HALLEY where both derivatives are exact, less where they are not. rooted: whether every
    problem is known to have its root between the ends, so that F need not be evaluated there.
    """
    x = np.clip(np.array(start, dtype=float), lowest, highest)
    lo, hi = np.full(x.shape, lowest), np.full(x.shape, highest)
    active = np.arange(len(x))
    for count in range(_STEPS):
        if count == _LONG and not rooted:
            active = active[~_at_an_end(curve, p, x, active, (lowest, highest))]
            if not len(active):
                break
        now = x[active]
        value, slope, bend = curve(now, active)
        gap = value - p[active]
        lo[active], hi[active] = np.where(gap <= 0, now, lo[active]), np.where(gap >= 0, now, hi[active])
        new = now - halley(gap, slope, bend)
        inside = (new >= lo[active]) & (new <= hi[active])
        x[active] = np.where(inside, new, 0.5 * (lo[active] + hi[active]))
        done = (np.abs(gap) < near * np.minimum(p[active], 1.0 - p[active])) & inside
        pinned = hi[active] - lo[active] <= 4e-16 * np.maximum(1.0, np.abs(now))
        active = active[~(done | pinned)]
        if not len(active):
            break
    return x


def _at_an_end(curve: Curve, p: Array, x: Array, active: Index, ends: tuple[float, float]) -> NDArray[np.bool_]:
    """Mask of the active problems without a root between the ends; their x is set to the nearer end."""
    gone = np.zeros(len(active), dtype=bool)
    for end, side in zip(ends, (1.0, -1.0), strict=True):
        with np.errstate(invalid="ignore"):
            beyond = side * (curve(np.full(len(active), end), active)[0] - p[active]) >= 0.0
        x[active[beyond]] = end
        gone |= beyond
    return gone
