"""Predictive distributions of counts, and their quantiles.

Beta-binomial probabilities are computed from their simple ratios P(y + 1)/P(y), outward from the largest, and then
scaled to add up to 1. So no gamma function is needed, and no logs of large numbers are subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from partialpool.special import Array, Index

_MOST = 2.0**52  # largest count that a quantile is searched in: larger ones are not exact in double precision


class Counts(Protocol):
    """Distributions of counts, one per row."""

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        """P(Y > y) if `upper`, else P(Y <= y), for each row in `row` at its y; all of one shape (n,)."""

    def pmf(self, row: int) -> Array:
        """P(Y = 0), P(Y = 1), ... of one row."""

    @property
    def most(self) -> Array:
        """The largest possible count of each row, which may be infinite; shape (rows,)."""


@dataclass(frozen=True)
class Tabulated:
    """Distributions stored as pmfs: `each` row has its probabilities from count `first` on, and 0 elsewhere."""

    first: Index
    each: tuple[Array, ...]
    most: Array

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        size = self._size[row]
        at = np.asarray(y, dtype=float) - self.first[row]
        inside = self._begins[row] + np.clip(at, 0.0, size - 1.0).astype(np.intp)
        if upper:
            return np.where(at < 0.0, 1.0, np.where(at >= size - 1.0, 0.0, self._above[inside]))
        return np.where(at < 0.0, 0.0, np.where(at >= size, 1.0, self._below[inside]))

    def pmf(self, row: int) -> Array:
        before = np.zeros(int(self.first[row]))
        after = np.zeros(int(self.most[row]) + 1 - len(before) - len(self.each[row]))
        return np.concatenate([before, self.each[row], after])

    @cached_property
    def _size(self) -> Array:
        return np.array([len(one) for one in self.each], dtype=float)

    @cached_property
    def _begins(self) -> Index:
        """Position at which each row begins when all pmfs are concatenated, shape (rows,)."""
        return np.append(0, np.cumsum(self._size))[:-1].astype(np.intp)

    @cached_property
    def _below(self) -> Array:
        return np.concatenate([np.cumsum(one) for one in self.each])

    @cached_property
    def _above(self) -> Array:
        return np.concatenate([np.append(np.cumsum(one[:0:-1])[::-1], 0.0) for one in self.each])


@dataclass(frozen=True)
class Several:
    """Distributions of several kinds: row i is the next row of kinds[which[i]], in order."""

    kinds: tuple[Counts, ...]
    which: Index

    @property
    def most(self) -> Array:
        out = np.empty(len(self.which))
        for k, kind in enumerate(self.kinds):
            out[self.which == k] = kind.most
        return out

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        out = np.empty(len(row))
        for k, kind in enumerate(self.kinds):
            here = self.which[row] == k
            out[here] = kind.tails(self._place[row[here]], np.asarray(y)[here], upper=upper)
        return out

    def pmf(self, row: int) -> Array:
        return self.kinds[self.which[row]].pmf(int(self._place[row]))

    @cached_property
    def _place(self) -> Index:
        """Row number of each row within its kind, shape (rows,)."""
        out = np.empty(len(self.which), dtype=np.intp)
        for k in range(len(self.kinds)):
            out[self.which == k] = np.arange(np.count_nonzero(self.which == k))
        return out


# --- one node ----------------------------------------------------------------------------------------------------


def beta_binomial(trials: int, a: Array, b: Array) -> Array:
    """Beta-binomial pmf at 0, ..., trials for each a and b, shape (trials + 1, len(a))."""
    y, a, b = np.arange(trials, dtype=float)[:, None], np.maximum(a, 1e-300), np.maximum(b, 1e-300)
    p = outward((trials - y) / (y + 1.0) * ((y + a) / (trials - 1.0 - y + b)))
    return np.asarray(p / p.sum(axis=0))


def outward(ratio: Array) -> Array:
    """Columns x with x[i + 1] / x[i] = ratio[i], equal to 1 at their largest element; shape (ratios + 1, columns)."""
    size, columns = ratio.shape
    top = np.count_nonzero(ratio >= 1.0, axis=0)
    step = np.arange(size)[:, None]
    with np.errstate(under="ignore", over="ignore", divide="ignore"):
        up = np.cumprod(np.where(step >= top, ratio, 1.0), axis=0)
        down = np.cumprod(np.where(step < top, 1.0 / ratio, 1.0)[::-1], axis=0)[::-1]
    one = np.ones((1, columns))
    return np.asarray(np.concatenate([one, up]) * np.concatenate([down, one]))


# --- quantiles ---------------------------------------------------------------------------------------------------


def quantile(of: Counts, row: Index, p: Array, *, upper: bool) -> Array:
    """Quantiles of some rows: the smallest count y with P(Y <= y) >= p, or with P(Y > y) <= p if `upper`."""

    def reached(some: Index, y: Array) -> Array:
        found = of.tails(row[some], y, upper=upper)
        return p[some] - found if upper else found - p[some]

    return _first(reached, of.most[row])


def _first(reached: Callable[[Index, Array], Array], most: Array) -> Array:
    """The smallest count at which the increasing function `reached` is >= 0, by secant steps and bisection in turn."""
    low, high = np.full(len(most), -1.0), np.minimum(most, 16.0)
    everyone = np.arange(len(most))
    f_low, f_high = np.full(len(most), -1.0), reached(everyone, high)
    while len(left := np.flatnonzero((f_high < 0.0) & (high < np.minimum(most, _MOST)))):
        low[left], f_low[left] = high[left], f_high[left]
        high[left] = np.minimum(4.0 * high[left], most[left])
        f_high[left] = reached(left, high[left])
    turn = 0
    while len(left := np.flatnonzero(high - low > 1.0)):
        a, b = low[left], high[left]
        with np.errstate(all="ignore"):
            share = f_low[left] / (f_low[left] - f_high[left])
        share = np.where(np.isfinite(share) & (turn % 3 < 2), share, 0.5)
        y = np.clip(np.floor(a + share * (b - a)) + (turn % 3 == 1), a + 1.0, b - 1.0)
        found = reached(left, y)
        ok = found >= 0.0
        high[left[ok]], f_high[left[ok]] = y[ok], found[ok]
        low[left[~ok]], f_low[left[~ok]] = y[~ok], found[~ok]
        turn += 1
    return high
