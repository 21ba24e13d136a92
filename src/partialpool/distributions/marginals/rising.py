"""Sums of rising factorials over a histogram of counts, as functions of log a.

    rho(v, a) = lgamma(a + v) - lgamma(a) = sum_{i<v} log(a + i)

Counts up to 64 are summed term by term, larger ones by Stirling's formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool import special
from partialpool.quadrature.panels import Panels
from partialpool.special import Array

DIRECT = 64  # rising factorials are summed term by term up to here, by Stirling differences beyond
_FEW = 12  # a sum of so few terms is quicker than its polynomials
_LOWEST, _HIGHEST = -40, 700  # range of log a: below it, a + i equals i in double precision
_BEYOND = 42  # added to the log of the sum of squares: beyond, the sum is negligible beside one
_SMALL = 16.0  # a sum up to this is good to 1e-14 in double precision
_CHUNK = 1 << 21  # elements of a temporary array


@dataclass(frozen=True)
class Rising:
    """The sum over v of count_v rho(v, a), for one histogram of counts v >= 1, as a function of log a."""

    above: Array  # above[i] = number of counts v > i, for i < DIRECT
    large: Array  # distinct v > DIRECT
    weight: Array  # how often each occurs
    total: float  # sum of v
    some: float  # number of v >= 1

    def excess(self, log_a: Array) -> tuple[Array, Array]:
        """Return sum_v count_v [rho(v, a) - log a - (v - 1) log max(a, 1)], as a whole number plus a remainder."""
        if len(self.above) + len(self.large) > _FEW:
            whole, rest = self._panels(log_a)
            return whole[0], rest[0]
        rest = self._direct(log_a)
        return np.zeros_like(rest), rest

    @cached_property
    def _panels(self) -> Panels:
        """The sum as polynomials on panels, for which many terms cost no more than a few."""
        squares = float((2.0 * np.arange(len(self.above)) + 1.0) @ self.above + self.weight @ self.large**2)
        highest = min(_HIGHEST, int(np.log(squares)) + _BEYOND)
        return Panels(lambda x: self._exactly(x)[None], lambda x, c: self._change(x, c)[None], _LOWEST, highest)

    def _exactly(self, log_a: Any) -> Any:
        """The sum in the precision of log_a, which is needed where the sum is large."""
        value = self._direct(log_a.astype(float)).astype(log_a.dtype)
        large = value > _SMALL
        value[large] = self._direct(log_a[large])
        return value

    def _direct(self, log_a: Array) -> Array:
        """The sum computed directly, in the precision of log_a."""
        flat = np.ravel(log_a)
        size = max(1, _CHUNK // (len(self.above) + len(self.large) + 1))
        parts = [self._excess(flat[i : i + size]) for i in range(0, len(flat), size)]
        return np.concatenate(parts).reshape(np.shape(log_a)) if parts else np.zeros(np.shape(log_a))

    def _change(self, by: Array, log_c: Array) -> Array:
        """Change of the sum from log_c to log_c + by, on the same side of 0."""
        c = np.exp(log_c)
        a, more = c * np.exp(by), c * np.expm1(by)
        i = np.arange(1.0, len(self.above))[:, None, None]
        above = c >= 1.0
        factor, shift = np.where(above, i, 1.0) / (c + i), np.where(above, np.expm1(-by), more)
        out: Array = (self.above[1:] @ np.log1p(factor * shift).reshape(len(i), -1)).reshape(a.shape)
        for v, weight in zip(self.large, self.weight, strict=True):
            out = out + weight * (_part_change(a, c, more, v) - _part_change(a, c, more, float(DIRECT)))
        return out

    def _excess(self, log_a: Array) -> Array:
        a = np.exp(np.minimum(log_a, special.LARGEST_LOG - 9.0))[:, None]
        base = np.maximum(a, 1.0)
        out: Array = np.log((a + np.arange(1.0, len(self.above))) / base) @ self.above[1:]
        if len(self.large):
            out = out + special.row_sums(self._stirling(a, np.where(a >= 1.0, a, np.inf)), self.weight)
        return out

    def _stirling(self, a: Array, divisor: Array) -> Array:
        """Return lgamma(a + v) - lgamma(a + d) - (v - d) log max(a, 1) for each large v, with d = DIRECT."""

        def part(v: Array) -> Array:
            log_ratio = np.where(np.isinf(divisor), np.log(a + v), np.log1p(v / divisor))
            return (a + v - 0.5) * log_ratio - v + special.stirling_remainder(a + v)

        return part(self.large) - part(np.array([float(DIRECT)]))


def _part_change(a: Array, c: Array, more: Array, v: float) -> Array:
    """Change of (a + v - 1/2) log((a + v)/max(a, 1)) - v + remainder(a + v) from c to a = c + more."""
    log_ratio = np.where(c >= 1.0, np.log1p(v / c), np.log(c + v))
    log_change = np.log1p(np.where(c >= 1.0, -v / a, 1.0) * (more / (c + v)))
    remainder = special.stirling_remainder
    return more * log_ratio + (a + v - 0.5) * log_change + (remainder(a + v) - remainder(c + v))


def rising(values: Array, count: Array) -> Rising:
    """Build the histogram of `values`; zeros are dropped, since rho(0, a) = 0."""
    keep = (values > 0) & (count > 0)
    distinct, where = np.unique(values[keep], return_inverse=True)
    weight = np.bincount(where, weights=count[keep], minlength=len(distinct)).astype(float)
    top = int(min(DIRECT, distinct[-1] if len(distinct) else 0))
    more = np.append(np.cumsum(weight[::-1])[::-1], 0.0)  # total weight of each value and of all larger ones
    above = more[np.searchsorted(distinct, np.arange(max(top, 1)), side="right")]
    far = distinct > DIRECT
    return Rising(above, distinct[far], weight[far], float(distinct @ weight), float(weight.sum()))
