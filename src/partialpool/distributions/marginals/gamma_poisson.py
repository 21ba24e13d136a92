"""Log p(events | mean, shape, rate) of a gamma-Poisson model, for a shape and a rate of any size.

For one group of y events over exposure e, with k = (y + shape)/(e + rate) the conditional mean of theta and r = y/e,

    log p = h(shape) - h(y + shape) + shape D(k/mean) + y D(k/r) + constant,    D(u) = log u - u + 1,
    h(x) = log(x)/2 - (remainder of Stirling's formula for lgamma(x)),

two divergences that are never positive, so that nothing large cancels (the saddle-point form of the negative binomial).
For many groups the same is a sum of functions of one variable,

    sum_j [ rho(y_j, shape) - shape log1p(e_j/rate) - y_j log(e_j + rate) ],    rho(v, a) = lgamma(a+v) - lgamma(a).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool import special
from partialpool.distributions.marginals.rising import Rising, rising
from partialpool.distributions.populations.gamma import Point
from partialpool.quadrature.panels import Panels
from partialpool.special import Array, Index

EPS = float(np.finfo(float).eps)

_FEW = 256  # most pairs that are summed one by one
_FEW_TERMS = 2048  # sums of fewer terms in all are quicker than their polynomials
_QUIET = 5e-10  # noise of the sums above which summing one by one pays
_HIGHEST, _LARGEST = 650.0, 700.0  # largest log of a shape and of a mean; largest argument of an exponential
_BESIDE = 40  # e^-40 is negligible beside one
_LEAST = 1e-300
_NEAR = 0.25  # ratios up to which a series is used
_SERIES = tuple(1.0 / k for k in range(17, 1, -2))
_CHUNK = 1 << 21


@dataclass(frozen=True)
class PoissonCells:
    """Distinct (events, exposure), with the number of groups that share each."""

    events: Array
    exposure: Array
    count: Array

    @property
    def informative(self) -> PoissonCells:
        """The pairs with exposure; the others say nothing about the parameters."""
        return self.subset(self.exposure > 0.0)

    @property
    def data(self) -> Array:
        """The data that identify the pairs: (2, pairs)."""
        return np.stack([self.events, self.exposure])

    def subset(self, which: Index | NDArray[np.bool_]) -> PoissonCells:
        """Select some of the pairs."""
        return PoissonCells(self.events[which], self.exposure[which], self.count[which])


@dataclass(frozen=True)
class Likelihood:
    """Log p(data | mean, shape, rate) up to a constant, with an estimate of its rounding error, `noise`."""

    pairs: PoissonCells

    def at(self, point: Point) -> Array:
        """Log likelihood at points whose arrays broadcast."""
        if not self.one_by_one:
            return self._many(point.log_mean, point.log_shape, point.log_rate)
        logs = np.broadcast_arrays(point.log_mean, point.log_shape, point.log_rate)
        flat = [part.ravel()[:, None] for part in logs]
        size = max(1, _CHUNK // (8 * len(self.pairs.count)))
        parts = [
            special.row_sums(log_pair(self.pairs, *(part[i : i + size] for part in flat)), self.pairs.count)
            for i in range(0, len(flat[0]), size)
        ]
        return np.concatenate(parts).reshape(logs[0].shape)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether to sum over pairs one by one: they must be few, and so large that the sums would be inaccurate."""
        return len(self.pairs.count) <= _FEW and self._noise_of_sums > _QUIET

    @property
    def noise(self) -> float:
        """Estimated rounding error of the log likelihood; each term is good to a few units in its last place."""
        if self.one_by_one:
            return 4.0 * EPS * (1.0 + float(np.sqrt(self.pairs.count @ (self.pairs.events + 1.0))))
        return self._noise_of_sums

    @cached_property
    def _noise_of_sums(self) -> float:
        y, count = self.pairs.events, self.pairs.count
        return 4.0 * EPS * (1.0 + 8.0 * float(np.sqrt(count @ (y + 1.0) ** 2)) + float(count @ y))

    # --- many groups

    def _many(self, log_mean: Array, log_shape: Array, log_rate: Array) -> Array:
        """Sum of three functions of one variable, as a Poisson log likelihood plus what the spread adds to it."""
        whole, rest = self._rising.excess(log_shape)
        total, some = self._rising.total, self._rising.some
        x = log_rate - self._typical
        with np.errstate(over="ignore", invalid="ignore"):
            (p_whole, q_whole, gap_whole), (p_rest, q_rest, gap_rest) = self._sums(x)
            shape, delta = np.exp(np.minimum(log_shape, _HIGHEST)), log_mean - self._level
            narrow = x > 0.0
            mean = np.exp(np.minimum(log_mean, _HIGHEST))
            poisson = total * (delta - np.expm1(delta)) if total > 0.0 else -mean * self._exposure
            close = poisson + mean * (gap_whole + gap_rest)
            wide = total * delta - shape * (p_whole + p_rest) + total
            low = (total - some) * np.minimum(log_shape, 0.0)
            out = (whole - q_whole) + (rest - q_rest) + np.where(narrow, close, wide) - low
        lost = ~np.isfinite(out)
        if np.max(log_shape) > _HIGHEST:
            lost |= ~narrow & (log_shape > _HIGHEST)  # the shape was clipped
        if lost.any():
            out[lost] = -np.inf
        return out

    def _sums(self, x: Array) -> tuple[Iterable[Any], Iterable[Any]]:
        """Return sum log1p(e/b), sum y log1p(e/b) and sum e - b log1p(e/b) as functions of x = log(b) - typical.

        Each comes as a whole number plus a remainder. The first is needed only for x below 0, the last only above.
        """
        if x.size * len(self.pairs.count) <= _FEW_TERMS:
            return self._over_groups(x)
        whole, rest = self._panels(x)
        below = np.maximum(self._lowest - x, 0.0)  # log1p(e/b) is log(e) - log(b) there
        for k in (0, 1):
            rest[k] += below * self._totals[k]
        return whole, rest

    def _over_groups(self, x: Array) -> tuple[Iterable[Any], Iterable[Any]]:
        """The three sums computed directly over the groups, as whole numbers plus remainders."""
        logs, lost = _spread(self._log_exposure - x[..., None])
        number = np.rint(logs)
        whole = [special.row_sums(number, weights) for weights in self._weights[:2]]
        return (*whole, 0.0), self._summed(logs - number, lost)

    @cached_property
    def _exposure(self) -> float:
        return float(self.pairs.exposure @ self.pairs.count)

    @cached_property
    def _level(self) -> float:
        """Log of the mean of a Poisson model with these events, or with one event if there are none."""
        return float(np.log(self._rising.total or 1.0) - np.log(self._exposure))

    @cached_property
    def _totals(self) -> tuple[float, float]:
        """Numbers of groups and of events."""
        return float(self.pairs.count.sum()), float(self.pairs.count @ self.pairs.events)

    @cached_property
    def _rising(self) -> Rising:
        return rising(self.pairs.events, self.pairs.count)

    @cached_property
    def _typical(self) -> float:
        return float(np.average(np.log(self.pairs.exposure), weights=self.pairs.count))

    @cached_property
    def _lowest(self) -> int:
        """The log(b) - typical at which b is e^-40 times the least exposure."""
        return int(np.floor(np.log(np.min(self.pairs.exposure)) - self._typical)) - _BESIDE

    @cached_property
    def _highest(self) -> int:
        """The log(b) - typical from which the spread of the population is negligible beside the events."""
        largest = float(np.max(self.pairs.exposure)) / np.exp(self._typical)
        return int(np.ceil(np.log((self._rising.total + 1.0) * largest))) + _BESIDE

    @cached_property
    def _panels(self) -> Panels:
        """The three sums as polynomials on panels, for which many terms cost no more than a few."""
        return Panels(self._direct, self._change, self._lowest, self._highest, 3)

    def _direct(self, x: Any) -> Any:
        """The three sums computed directly; those that grow are in the precision of x, the small rest in double."""

        def sums(some: slice) -> list[Array]:
            return self._summed(*_spread(self._log_exposure[some] - x[..., None]), some)

        return np.stack(self._over_pairs(x.size, sums))

    def _change(self, by: Array, c: Array) -> Array:
        """Changes of the three sums from c to c + by."""
        above = c[:, 0] > 0.0  # the last sum is needed only there
        moved = np.expm1(-by)[:, None]

        def sums(some: slice) -> list[Array]:
            before = np.maximum(np.exp(self._log_exposure[some] - c[..., None]), _LEAST)
            logs = np.log1p(before)
            change = np.log1p(moved * (before / (1.0 + before)))
            lost = np.zeros_like(change)
            ends = (before * (1.0 + moved))[above], (logs + change)[above]
            lost[above] = _lost(*ends) - _lost(before[above], logs[above])
            return self._summed(change, lost, some)

        return np.stack(self._over_pairs(by.size * len(c), sums))

    def _over_pairs(self, points: int, sums: Callable[[slice], list[Array]]) -> list[Array]:
        """Add up sums over slices of the pairs, so that very many pairs need little memory at a time."""
        step = max(1, _CHUNK // max(1, points))
        parts = [sums(slice(i, i + step)) for i in range(0, len(self.pairs.count), step)]
        return [np.asarray(sum(of[1:], start=of[0])) for of in zip(*parts, strict=True)]

    def _summed(self, logs: Array, lost: Array, some: slice = slice(None)) -> list[Array]:
        weights = [weight[some] for weight in self._weights]
        return [special.row_sums(*part) for part in zip((logs, logs, lost), weights, strict=True)]

    @cached_property
    def _log_exposure(self) -> Array:
        return np.log(self.pairs.exposure) - self._typical

    @cached_property
    def _weights(self) -> tuple[Array, Array, Array]:
        y, e, count = self.pairs.events, self.pairs.exposure, self.pairs.count
        return count, count * y, count * e


def _spread(gap: Any) -> tuple[Any, Array]:
    """Return log(1 + x), in the precision of the gap, and 1 - log(1 + x)/x at x = e^gap."""
    near = gap.astype(float)
    logs = np.log1p(np.exp(-np.abs(near)))
    lost = _lost(np.maximum(np.exp(near), _LEAST), logs + np.maximum(near, 0.0))
    return logs + np.maximum(gap, 0.0), lost


def _lost(ratio: Array, log: Array) -> Array:
    """Return 1 - log(1 + x)/x at x > 0, given log(1 + x).

    Near 0 it uses the series of the logarithm in r = x/(2 + x): r - (1 - r) (r^2/3 + r^4/5 + ...).
    """
    r = np.minimum(ratio, _NEAR)
    r = r / (2.0 + r)
    square = r * r
    series = np.full_like(square, _SERIES[0])
    for coefficient in _SERIES[1:]:
        series *= square
        series += coefficient
    return np.where(ratio > _NEAR, 1.0 - log / ratio, r - (1.0 - r) * square * series)


def log_pair(pairs: PoissonCells, log_mean: Array, log_shape: Array, log_rate: Array) -> Array:
    """Return log p(y | mean, shape, rate) - y log(y) + y + log(y!) of each pair: (points, pairs) from points (n, 1)."""
    y, log_e = pairs.events, np.log(pairs.exposure)
    some = y > 0.0
    least = np.where(some, y, 1.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        a, expected = np.exp(np.minimum(log_shape, _LARGEST)), np.exp(log_mean) * pairs.exposure
        counts = some & (log_shape <= _LARGEST)  # counts are negligible beside a larger shape
        log_n = np.where(counts, np.log(np.where(counts, a + y, 1.0)), log_shape)
        apart = log_rate - log_e
        own, other = sc.expit(-apart), sc.expit(apart)  # e/(e + b), b/(e + b)
        log_k = log_n - np.logaddexp(log_e, log_rate)
        gap = y - expected
        moved = y * other - np.exp(log_shape - np.logaddexp(0.0, apart))  # shape (k/mean - 1) = -y (k/r - 1)
        ordinary = (expected > 0.0) & np.isfinite(expected) & (own > 0.0)  # else by logs: numbers may underflow
        ratio = np.exp(np.minimum(-np.logaddexp(0.0, apart) - log_mean - log_e, _LARGEST))
        change = np.where(ordinary, gap / expected * own, y * ratio - own)
        first = _divergence(a, change, log_k - log_mean, moved)
        second = _divergence(y, -(gap / least) * other, log_k - np.log(least) + log_e, -moved)
        none = -a * np.logaddexp(0.0, -apart)
        out = special.half_log_minus_remainder(a, log_shape) - special.half_log_minus_remainder(a + y, log_n)
    return np.asarray(out + np.where(some, first + second, none))


def _divergence(weight: Array, change: Array, log_ratio: Array, moved: Array) -> Array:
    """Return weight D(1 + change), where log_ratio is log(1 + change) and moved is weight times change."""
    near = np.abs(change) <= 0.5
    return np.where(near, weight * special.log1p_minus(np.where(near, change, 0.0)), weight * log_ratio - moved)
