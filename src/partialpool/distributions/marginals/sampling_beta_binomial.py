"""Predictive distributions of successes in trials, with theta beta-distributed: beta-binomial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Betas
from partialpool.distributions.grids import grid
from partialpool.distributions.marginals.counting import modal, slack
from partialpool.distributions.marginals.sampling import Alone, Counted, Observed, Sampling, Tails
from partialpool.special import Array

TABULATED = 3000
"""Trials up to which all probabilities of a beta-binomial distribution are tabulated."""

_FEWEST, _SIZES = 50, 200  # least trials, and number of distinct sizes, from which integrals replace tables
_AT_ONCE = 500  # data at a time
_TINY = 1e-300


@dataclass(frozen=True)
class BetaBinomials(Sampling):
    """Predictive distributions of y ~ Binomial(trials, theta), theta ~ Beta(a, b)."""

    of: Betas

    counted = True

    @classmethod
    def drawn(cls, theta: Array, size: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
        return np.asarray(rng.binomial(size.astype(np.int64), theta))

    def within(self, mean: Array, variance: Array) -> Array:
        return np.asarray((mean * (1.0 - mean) - variance) / self.size[:, None])

    def log_probability(self, data: Observed) -> Array:
        """Return log of C(n, y) B(y + a, f + b)/B(a, b), with n = y + f."""
        y, n = data.value[:, None], data.size[:, None]
        a, b, f = np.maximum(self.of.a, _TINY), np.maximum(self.of.b, _TINY), n - y
        n, k = y + f, a + b
        powers = _times_log(y, (a + y) / (k + n)) + _times_log(f, (b + f) / (k + n))
        powers = powers - _times_log(y, y / n) - _times_log(f, f / n)
        return np.asarray(powers + (slack(y, a) + slack(f, b) - slack(n, k)) + modal(n) - modal(y) - modal(f))

    @classmethod
    def cells(cls, size: Array) -> float:
        return float((2.0 * (size + 1.0)).sum())

    def alone(self, count: Array, probability: Array) -> tuple[list[Alone] | None, float]:
        tables = (beta_binomial_table(int(n), self.of.a[i], self.of.b[i]) for i, n in enumerate(self.size))
        return [Counted.tabulated(*each) for each in zip(tables, self.size, strict=True)], 0.0

    def tails(self, data: Observed) -> Tails:
        """Tail probabilities from a table for each number of trials, or from integrals over theta."""
        of, equal = self.of, np.exp(self.log_probability(data))
        lower, upper = np.zeros(equal.shape), np.zeros(equal.shape)
        known: tuple[float, Array] = -1.0, equal  # the last table, since equal sizes are adjacent
        shared = of.shape[0] == 1
        together = _together(data, of) if shared else np.zeros(len(data.value), dtype=bool)
        if together.any():
            theta = Betas(np.maximum(of.a[0], _TINY), np.maximum(of.b[0], _TINY))
            y, n = data.value[together], data.size[together]
            lower[together] = _below(y, n - y + 1.0, theta, upper=False)
            upper[together] = _below(y + 1.0, n - y, theta, upper=True)
        for i, (y, n) in enumerate(zip(data.value, data.size, strict=True)):
            if together[i]:
                continue
            a, b = (part[0 if shared else i] for part in (of.a, of.b))
            if n > TABULATED:
                lower[i], upper[i] = _integrated(y, n, a, b, equal[i])
                continue
            table = known[1] if shared and n == known[0] else beta_binomial_table(int(n), a, b)
            known = n, table
            lower[i], upper[i] = table[: int(y)].sum(axis=0), table[int(y) + 1 :].sum(axis=0)
        return Tails(lower, equal, upper)


def _together(data: Observed, of: Betas) -> NDArray[np.bool_]:
    """Mask of data of so many distinct sizes that tables would be slow, and more informative than the population."""
    some = data.size >= _FEWEST
    if len(np.unique(data.size[some])) < _SIZES:
        return np.zeros(len(data.value), dtype=bool)
    least = float(of.spread.min())
    for a, b in ((data.value, data.size - data.value + 1.0), (data.value + 1.0, data.size - data.value)):
        some &= Betas(np.maximum(a, 1.0), np.maximum(b, 1.0)).spread < least
    return some


def _below(a: Array, b: Array, theta: Betas, *, upper: bool) -> Array:
    """P(theta <= U), or P(theta > U), with U ~ Beta(a, b), at each node; 0 where a or b is not positive."""
    out = np.zeros((len(a), len(theta.a)))
    inside = np.flatnonzero((a > 0.0) & (b > 0.0))
    for start in range(0, len(inside), _AT_ONCE):
        some = inside[start : start + _AT_ONCE]
        own = Betas(a[some], b[some])
        points = grid(own.part(None))
        weight = points.weight * np.exp(own.part((slice(None), None)).log_density(points.z))
        weight /= weight.sum(axis=1, keepdims=True)
        for k in range(len(theta.a)):
            each = theta.part(k)
            value = each.sf(points.z) if upper else each.cdf(points.z)
            out[some, k] = (weight * value).sum(axis=1)
    return out


def beta_binomial_table(n: int, a: Array, b: Array) -> Array:
    """P(Y = 0), ..., P(Y = n): (n + 1, nodes), from ratios of neighbouring probabilities."""
    a, b = np.maximum(a, _TINY), np.maximum(b, _TINY)
    y = np.arange(float(n))[:, None]
    steps = np.log(y + a) - np.log(n - y - 1.0 + b) + (np.log(n - y) - np.log(y + 1.0))
    logs = np.concatenate([np.zeros((1, len(a))), np.cumsum(steps, axis=0)])
    p = np.exp(logs - logs.max(axis=0))
    return np.asarray(p / p.sum(axis=0))


def _integrated(y: float, n: float, a: Array, b: Array, equal: Array) -> tuple[Array, Array]:
    """P(Y < y) and P(Y > y) for very many trials, from P(Y <= y) = E[F(U)], U ~ Beta(y + 1, n - y), F the cdf of theta.

    The smaller of the two is integrated, and the other follows by subtraction from 1.
    """
    theta = Betas(np.maximum(a, _TINY), np.maximum(b, _TINY))
    lower, upper = np.zeros(len(a)), np.zeros(len(a))
    low = (theta.middle > np.log(max(y, 0.5)) - np.log(max(n - y, 0.5))) & (y < n) | (y == 0.0)
    if y > 0.0:
        lower[low] = _mixed(Betas(np.array([[y]]), np.array([[n - y + 1.0]])), theta.part(low), upper=False)
    if y < n:
        upper[~low] = _mixed(Betas(np.array([[y + 1.0]]), np.array([[n - y]])), theta.part(~low), upper=True)
    lower[~low], upper[low] = 1.0 - upper[~low] - equal[~low], 1.0 - lower[low] - equal[low]
    return np.maximum(lower, 0.0), np.maximum(upper, 0.0)


def _mixed(own: Betas, theta: Betas, *, upper: bool) -> Array:
    """P(theta <= U), or P(theta > U), for U distributed as `own`, integrated on a grid that resolves both."""
    wide = theta.spread > own.spread[0, 0]
    out = np.empty(theta.shape)
    for some, both in ((np.flatnonzero(wide), False), (np.flatnonzero(~wide), True)):
        if not len(some):
            continue
        of = theta.part(some)
        points = grid(own)
        if both:
            rows = Betas(np.tile(own.a, (1, len(some))), np.tile(own.b, (1, len(some))))
            points = grid(Betas(np.concatenate([rows.a, of.a[None]]), np.concatenate([rows.b, of.b[None]])))
        density = np.exp(own.log_density(points.z)) * points.weight
        each = of.part((slice(None), None))
        value = each.sf(points.z) if upper else each.cdf(points.z)
        out[some] = (density * value).sum(axis=1) / density.sum(axis=1)
    return out


def _times_log(v: Array, x: Array) -> Array:
    return np.where(v > 0.0, v * np.log(np.maximum(x, _TINY)), 0.0)
