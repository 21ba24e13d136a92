"""Sums over the standard errors of many normal estimates, condensed to sums over few points.

    sum_j a_j f(s_j)  =  sum_k A_k f(S_k),    a_j = 1, y_j, y_j^2;    f = log h, 1/h^2;    h^2 = s^2 + sd^2

f is smooth in log s, with singularities pi/2 off the real line, whatever the sd. On an interval of log s of length 1,
its Chebyshev interpolant at 20 points S_k is exact to 1e-16, and A_k is the sum of a_j times the k-th cardinal
function.
Source: Trefethen 2013, Approximation Theory and Approximation Practice, theorem 8.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.special import Array, row_sums

_WIDTH, _POINTS = 1.0, 20  # length of an interval of log s, and its Chebyshev points
_FEW = 1_000  # most distinct standard errors that are not condensed
_NARROWEST = 1e-30  # least ratio of standard errors, below which squares would lose their meaning


@dataclass(frozen=True)
class Condensed:
    """Points S_k in order, with three sums of weights at each; prior: mean and sd of the normal prior of the mean."""

    se: Array
    count: Array
    first: Array
    second: Array
    prior: tuple[float, float] | None

    def squares(self, mean: Array, h: Array) -> Array:
        """Return sum_j (y_j - mean)^2 / h_j^2, at each (mean, h)."""
        inverse = 1.0 / h**2
        first, count = row_sums(inverse, self.first), row_sums(inverse, self.count)
        return row_sums(inverse, self.second) - mean * (2.0 * first - mean * count)

    def sizes(self, mean: Array, h: Array) -> Array:
        """Sum of the absolute values of the terms of `squares`, for its rounding error."""
        inverse = 1.0 / h**2
        return np.asarray(inverse @ np.abs(self.second) + 2.0 * np.abs(mean) * (inverse @ np.abs(self.first)))


def worthwhile(se: Array) -> bool:
    """Whether there are enough ordered standard errors, near enough to one another, to condense them."""
    if len(se) <= _FEW or se[0] <= _NARROWEST * se[-1]:
        return False
    return 2.0 * _POINTS * (float(np.log(se[-1] / se[0])) / _WIDTH + 1.0) < len(se)


def condensed(estimate: Array, se: Array, count: Array, prior: tuple[float, float] | None) -> Condensed:
    """Condense estimates that are ordered by their standard errors."""
    x = np.log(se)
    intervals = ((x - x[0]) / _WIDTH).astype(np.intp)
    starts = np.flatnonzero(np.diff(intervals, prepend=-1))
    parts = []
    for start, end in zip(starts, [*starts[1:], len(x)], strict=True):
        low = x[0] + _WIDTH * float(intervals[start])
        y, c = estimate[start:end], count[start:end]
        u = np.clip(2.0 * (x[start:end] - low) / _WIDTH - 1.0, -1.0, 1.0)
        sums = np.stack([c, c * y, c * y * y])
        parts.append(np.concatenate([[np.exp(low + 0.5 * _WIDTH * (_CHEBYSHEV + 1.0))], _projected(u, sums)]))
    points, *weights = np.concatenate(parts, axis=1)
    return Condensed(points, weights[0], weights[1], weights[2], prior)


_ANGLES = np.pi * (np.arange(_POINTS)[::-1] + 0.5) / _POINTS
_CHEBYSHEV = np.cos(_ANGLES)


def _projected(u: Array, sums: Array) -> Array:
    """Weights at the Chebyshev points that replace weights at the points u of [-1, 1]: (sums, points)."""
    order = np.arange(_POINTS)
    scale = np.where(order > 0, 2.0, 1.0) / _POINTS
    before, now = np.ones_like(u), u
    moments = np.empty((len(sums), _POINTS))
    for m in order:
        moments[:, m] = sums @ before
        before, now = now, 2.0 * u * now - before
    return np.asarray((moments * scale) @ np.cos(np.outer(order, _ANGLES)))
