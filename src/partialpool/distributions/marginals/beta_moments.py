"""Posterior means and sds of groups: their conditionals averaged over nodes of the population's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.populations.beta import Point
from partialpool.special import Array, row_sums

_CHUNK = 1 << 20
_NOTHING = 1e-300


@dataclass(frozen=True)
class Moments:
    """Posterior of each pair's theta: mean, mean of 1 - theta, sd, and weight of the pair's own data; (pairs,) each."""

    mean: Array
    other: Array
    sd: Array
    weight: Array

    @property
    def mirrored(self) -> Moments:
        """The moments of 1 - theta."""
        return Moments(self.other, self.mean, self.sd, self.weight)

    def averaged(self, other: Moments) -> Moments:
        """Average two answers to the same question."""
        return Moments(*(0.5 * (getattr(self, name) + getattr(other, name)) for name in self.__dataclass_fields__))

    def subset(self, which: NDArray[Any]) -> Moments:
        """Select some of the pairs."""
        return Moments(self.mean[which], self.other[which], self.sd[which], self.weight[which])


@dataclass(frozen=True)
class _Rows:
    """Nodes grouped by concentration, which alone decides how much weight a group's data have.

    kappa, probability: of each row. mean, other, product, variance: averages over each row of mu, 1 - mu and mu (1 -
    mu), and the variance of mu.
    """

    kappa: Array
    probability: Array
    mean: Array
    other: Array
    product: Array
    variance: Array


def _rows(at: Point, p: Array) -> _Rows:
    log_kappa, row = np.unique(at.log_kappa, return_inverse=True)
    mu, nu = np.exp(at.log_mean), np.exp(at.log_other)
    total = np.asarray(np.bincount(row, weights=p), dtype=float)

    def over_rows(values: Array) -> Array:
        return np.asarray(np.bincount(row, weights=p * values), dtype=float) / np.maximum(total, _NOTHING)

    mean = over_rows(mu)
    with np.errstate(over="ignore"):
        kappa = np.exp(np.minimum(log_kappa, 700.0))
    return _Rows(kappa, total, mean, over_rows(nu), over_rows(mu * nu), over_rows((mu - mean[row]) ** 2))


def moments(at: Point, probability: Array, pairs: BinomialCells) -> Moments:
    """Average exactly over the nodes; pairs with the same number of trials share the work."""
    distinct, where = np.unique(pairs.trials, return_inverse=True)
    rows = _rows(at, probability)
    size = max(1, _CHUNK // max(1, len(rows.kappa)))
    sums = [_sums(rows, distinct[i : i + size]) for i in range(0, len(distinct), size)]
    table = np.concatenate(sums, axis=1)[:, where]
    inverse, alpha, beta, yy, ya, yb, ab, v11, v12, v22, centre = table
    y, f = pairs.successes, pairs.failures
    off = y - pairs.trials * centre
    within = y * f * yy + y * yb + f * ya + ab
    between = off * off * v11 + 2.0 * off * v12 + v22
    variance = within + np.maximum(between, 0.0)
    mean, other, weight = y * inverse + alpha, f * inverse + beta, pairs.trials * inverse
    return Moments(np.minimum(mean, 1.0), np.minimum(other, 1.0), np.sqrt(variance), np.minimum(weight, 1.0))


def _sums(rows: _Rows, trials: Array) -> Array:
    """For each number of trials n, the sums over nodes that all pairs with that n share: (sums, trials)."""
    p, kappa = rows.probability, rows.kappa
    n = trials[:, None]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # the concentration may be 0 as a double
        share = 1.0 / (1.0 + n / kappa)  # kappa/(n + kappa), the shrinkage
    share[trials == 0.0] = 1.0
    total = n + kappa
    with np.errstate(divide="ignore", over="ignore"):
        own = 1.0 / total
    own[trials == 0.0] = 0.0  # a group without data has no share
    total += 1.0
    own_further, share_further = own / total, share / total
    last, spread, cross = own * own_further, share * share_further, share * own_further
    inverse = row_sums(own, p)
    mean, other = rows.mean * p, rows.other * p
    # centred near the conditional means, so that little cancels
    centre = row_sums(share, mean) / row_sums(share, p)
    shift = (rows.mean - centre[:, None]) * share
    d_own, d_shift = own - inverse[:, None], shift - row_sums(shift, p)[:, None]
    sums = [row_sums(share, mean), row_sums(share, other), row_sums(last, p)]
    sums += [row_sums(cross, mean), row_sums(cross, other), row_sums(spread, rows.product * p)]
    sums += [row_sums(d_own**2, p), row_sums(d_own * d_shift, p)]
    sums += [row_sums(d_shift**2, p) + row_sums(share**2, rows.variance * p)]
    return np.stack([inverse, *sums, centre])
