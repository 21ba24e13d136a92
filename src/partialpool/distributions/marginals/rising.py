"""Sums of rising factorials over a histogram of counts, as functions of log a.

    rho(v, a) = lgamma(a + v) - lgamma(a) = sum_{i<v} log(a + i)

Counts up to 128 are summed term by term, larger ones by Stirling's formula. The terms do not depend on the data, so
that their values on the panels are kept for the next fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from partialpool import special
from partialpool.quadrature.panels import Panels
from partialpool.special import Array

DIRECT = 128  # rising factorials are summed term by term up to here, by Stirling differences beyond
_FEW = 12  # a sum of so few terms is quicker than its polynomials
_LOWEST, _HIGHEST = -40, 700  # range of log a: below it, a + i equals i in double precision
_BEYOND = 42  # added to the log of the sum of squares: beyond, the sum is negligible beside one
_SMALL = 16.0  # a sum up to this is good to 1e-14 in double precision
_CHUNK = 1 << 21  # elements of a temporary array
_KEPT = 100  # blocks of panels of which terms are kept, with 0.1 MB each: more than there are


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
        rest = np.empty(np.size(log_a))
        flat, size = np.ravel(log_a), _CHUNK // (_FEW + 1)
        for i in range(0, len(flat), size):
            rest[i : i + size] = _log_terms(flat[i : i + size], len(self.above)) @ self.above[1:]
        rest = rest.reshape(np.shape(log_a))
        return np.zeros_like(rest), rest

    @cached_property
    def _panels(self) -> Panels:
        """The sum as polynomials on panels, for which many terms cost no more than a few."""
        squares = float((2.0 * np.arange(len(self.above)) + 1.0) @ self.above + self.weight @ self.large**2)
        highest = min(_HIGHEST, int(np.log(squares)) + _BEYOND)
        return Panels(lambda x: self._exactly(x)[None], lambda x, c: self._change(x, c)[None], _LOWEST, highest)

    def _exactly(self, log_a: Any) -> Any:
        """The sum at a few points, which are doubles in extended precision, in that precision."""
        value = self.above[1:] @ _kept_logs(log_a.astype(float).tobytes())[: len(self.above) - 1]
        if len(self.large):
            beyond = self._beyond(log_a.astype(float)).astype(log_a.dtype)
            large = beyond > _SMALL
            beyond[large] = self._beyond(log_a[large])
            value = value + beyond
        return value

    def _beyond(self, log_a: Any) -> Any:
        """The part of the sum with DIRECT <= i < v, in the precision of log_a."""
        size = max(1, _CHUNK // len(self.large))
        parts = [self._stirling(log_a[i : i + size, None]) for i in range(0, len(log_a), size)]
        return np.concatenate([special.row_sums(part, self.weight) for part in parts]) if parts else log_a

    def _change(self, by: Array, log_c: Array) -> Array:
        """Change of the sum from log_c to log_c + by, on the same side of 0: (points of log_c, points of by)."""
        terms = _kept_changes(by.tobytes(), log_c.tobytes())[: len(self.above) - 1]
        out: Array = (self.above[1:] @ terms).reshape(len(log_c), -1)
        if len(self.large):
            c = np.exp(log_c)
            a, more = c * np.exp(by), c * np.expm1(by)
            near = _part_change(a, c, more, np.array(float(DIRECT)))
            size = max(1, _CHUNK // a.size)
            for i in range(0, len(self.large), size):
                far = _part_change(a, c, more, self.large[i : i + size, None, None])
                out += np.einsum("v,vij->ij", self.weight[i : i + size], far - near)
        return out

    def _stirling(self, log_a: Any) -> Any:
        """Return lgamma(a + v) - lgamma(a + d) - (v - d) log max(a, 1) for each large v, with d = DIRECT."""
        a = np.exp(np.minimum(log_a, _HIGHEST))
        divisor = np.where(a >= 1.0, a, np.inf)

        def part(v: Array) -> Array:
            log_ratio = np.where(np.isinf(divisor), np.log(a + v), np.log1p(v / divisor))
            return (a + v - 0.5) * log_ratio - v + special.stirling_remainder(a + v)

        return part(self.large) - part(np.array([float(DIRECT)]))


def _log_terms(log_a: Any, size: int) -> Any:
    """Return log((a + i)/max(a, 1)) for 1 <= i < size, in the precision of log_a: (*log_a.shape, size - 1)."""
    a = np.exp(np.minimum(log_a, _HIGHEST))[..., None]
    return np.log((a + np.arange(1.0, size)) / np.maximum(a, 1.0))


@lru_cache(_KEPT)
def _kept_logs(log_a: bytes) -> Any:
    """All terms at a few points, in extended precision, kept from call to call: (terms, points)."""
    return np.ascontiguousarray(_log_terms(np.frombuffer(log_a).astype(np.longdouble), DIRECT).T)


@lru_cache(_KEPT)
def _kept_changes(offsets: bytes, log_c: bytes) -> Array:
    """Changes of all terms from log_c to log_c + each offset, on the same side of 0: (terms, points times offsets)."""
    by, c, i = np.frombuffer(offsets), np.exp(np.frombuffer(log_c))[:, None], np.arange(1.0, DIRECT)[:, None, None]
    factor = np.where(c >= 1.0, i / (c + i) * np.expm1(-by), c * np.expm1(by) / (c + i))
    return np.log1p(factor).reshape(len(i), -1)


def _part_change(a: Array, c: Array, more: Array, v: Array) -> Array:
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
