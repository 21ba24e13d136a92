"""Log p(y | mean, concentration) of each group by itself, at many points of the population's parameters.

    log p(y | alpha, beta) = log C(n, y) + rho(y, alpha) + rho(n - y, beta) - rho(n, kappa)

It is the sum of two parts, in neither of which large terms cancel: the log probability of y successes at theta = y/n,
and the remainder (see `beta_binomial.log_pair`). For groups of moderate size the rising factorials are tabulated, one
row per count, so that many groups cost little more than a few.
"""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.beta_binomial import EPS, BinomialCells, log_pair
from partialpool.distributions.populations.beta import Point
from partialpool.special import HALF_LOG_2PI, Array, half_log_minus_remainder

_TABULATED = 1024  # trials up to which the rounding error of n log(kappa) and the like is below 2e-12
_CHUNK = 1 << 21


def log_modal(pairs: BinomialCells) -> Array:
    """Log of the binomial probability of y successes in n trials at theta = y/n.

    With G(x) = log(x)/2 - (Stirling remainder of x), log n! = n log n - n + log(2 pi)/2 + log n - G(n).
    """
    inside = (pairs.successes > 0) & (pairs.failures > 0)

    def part(v: Array) -> Array:
        some = np.where(inside, v, 1.0)
        return np.log(some) - half_log_minus_remainder(some, np.log(some))

    out = part(pairs.trials) - part(pairs.successes) - part(pairs.failures) - HALF_LOG_2PI
    return np.where(inside, out, 0.0)


def log_at_mode(pairs: BinomialCells) -> Array:
    """Return y log(y/n) + (n-y) log(1-y/n), which is 0 for y = 0 and y = n."""
    y, f = pairs.successes, pairs.failures
    inside = (y > 0) & (f > 0)
    n = np.where(inside, pairs.trials, 2.0)
    y, f = np.where(inside, y, 1.0), np.where(inside, f, 1.0)
    return np.where(inside, -y * np.log1p(f / y) - f * np.log1p(y / f), 0.0 * n)


def log_each(pairs: BinomialCells, at: Point) -> Array:
    """Log p(y | mean, concentration) without its binomial part, `log_modal`: (pairs, points)."""
    out = np.zeros((len(pairs.count), len(at.log_mean)))
    small, large = (pairs.trials > 0) & (pairs.trials <= _TABULATED), pairs.trials > _TABULATED
    size = max(1, _CHUNK // max(_TABULATED, len(pairs.count)))
    for start in range(0, len(at.log_mean), size):
        part = slice(start, start + size)
        here = Point(at.log_mean[part], at.log_other[part], at.log_kappa[part])
        out[small, part] = _tabulated(pairs.subset(small), here)
        of = pairs.subset(large)
        columns = BinomialCells(of.successes[:, None], of.failures[:, None], of.count[:, None])
        out[large, part] = log_pair(columns, here.log_mean, here.log_other, here.log_kappa)
    return out


def noise(pairs: BinomialCells) -> Array:
    """Estimate the rounding error of log p of each pair."""
    few = pairs.trials <= _TABULATED
    return EPS * (4.0 + np.where(few, 8.0 * pairs.trials, 8.0 * np.sqrt(pairs.trials)))


def _tabulated(pairs: BinomialCells, at: Point) -> Array:
    """Use tables of rising factorials; powers of mean, 1 - mean and kappa are combined before they are multiplied."""
    log_a, log_b, log_k = at.log_alpha, at.log_beta, at.log_kappa
    y, f, n = (v[:, None] for v in (pairs.successes, pairs.failures, pairs.trials))
    left_a = (log_a < 0.0) * np.maximum(y - 1.0, 0.0)
    left_b = (log_b < 0.0) * np.maximum(f - 1.0, 0.0)
    kappas = (log_k < 0.0) * (n - 1.0) - left_a - left_b
    linear = (y - left_a) * at.log_mean + (f - left_b) * at.log_other + kappas * log_k
    rest = excess(pairs.successes, log_a) + excess(pairs.failures, log_b) - excess(pairs.trials, log_k)
    return np.asarray(linear + rest - log_at_mode(pairs)[:, None])


def excess(values: Array, log_a: Array) -> Array:
    """Return rho(v, a) - log a - (v - 1) log max(a, 1) for each v >= 1, else 0: (values, points)."""
    a = np.exp(np.minimum(log_a, 700.0))
    i = np.arange(1.0, max(float(np.max(values, initial=0.0)), 1.0))[:, None]
    factors = np.where(a >= 1.0, np.log1p(i / np.maximum(a, 1.0)), np.log(np.minimum(a, 1.0) + i))
    table = np.concatenate([np.zeros((1, len(a))), np.cumsum(factors, axis=0)])
    return np.asarray(table[np.maximum(values, 1.0).astype(np.intp) - 1])
