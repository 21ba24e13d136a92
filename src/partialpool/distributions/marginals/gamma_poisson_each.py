"""Log p(y | mean, shape, rate) of each group by itself, at many points of the population's parameters.

It is the sum of two parts, in neither of which large terms cancel: the log Poisson probability of y events where y are
expected, and the remainder,

    rho(y, shape) - y log(shape) + y log(mean e) - (shape + y) log1p(e/rate) - y log(y) + y,

see `gamma_poisson.log_pair`. For groups with a moderate number of events the rising factorials are tabulated, one row
per count, so that many groups cost little more than a few.
"""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.beta_binomial_each import excess
from partialpool.distributions.marginals.gamma_poisson import EPS, PoissonCells, log_pair
from partialpool.distributions.populations.gamma import Point
from partialpool.special import HALF_LOG_2PI, Array, half_log_minus_remainder, log1p_minus

_TABULATED = 1024.0  # events up to which the rounding error of y log(mean) and the like is below 2e-12
_HIGHEST = 650.0
_CHUNK = 1 << 21


def log_modal(events: Array) -> Array:
    """Log of the Poisson probability of y events where y are expected.

    With G(x) = log(x)/2 - (Stirling remainder of x), log y! = y log y - y + log(2 pi)/2 + log y - G(y).
    """
    some = np.where(events > 0.0, events, 1.0)
    out = half_log_minus_remainder(some, np.log(some)) - np.log(some) - HALF_LOG_2PI
    return np.where(events > 0.0, out, 0.0)


def log_poisson(events: Array, expected: Array) -> Array:
    """Log Poisson probability of y events where m are expected, minus `log_modal`: y log(m/y) - m + y."""
    some = events > 0.0
    y = np.where(some, events, 1.0)
    change = expected / y - 1.0
    near = np.abs(change) <= 0.5
    with np.errstate(divide="ignore"):
        far = y * np.log(expected / y) - (expected - y)
    out = np.where(near, y * log1p_minus(np.where(near, (expected - y) / y, 0.0)), far)
    return np.where(some, out, -expected)


def log_each(pairs: PoissonCells, at: Point) -> Array:
    """Log p(y | mean, shape, rate) without its Poisson part, `log_modal`, of pairs with exposure: (pairs, points)."""
    out = np.empty((len(pairs.count), len(at.log_mean)))
    small = pairs.events <= _TABULATED
    few, many = pairs.subset(small), pairs.subset(~small)
    size = max(1, _CHUNK // max(int(_TABULATED), len(pairs.count)))
    for start in range(0, len(at.log_mean), size):
        part = slice(start, start + size)
        here = Point(at.log_mean[part], at.log_rate[part], at.log_shape[part]).limited
        out[small, part] = _tabulated(few, here)
        if len(many.count):
            logs = (np.clip(log, -_HIGHEST, _HIGHEST) for log in (here.log_mean, here.log_shape, here.log_rate))
            out[~small, part] = log_pair(many, *(log[:, None] for log in logs)).T
    return out


def noise(pairs: PoissonCells) -> Array:
    """Estimate the rounding error of log p of each pair."""
    y = pairs.events
    return EPS * (16.0 + np.where(y <= _TABULATED, 8.0 * y, 8.0 * np.sqrt(y)))


def _tabulated(pairs: PoissonCells, at: Point) -> Array:
    """Use a table of rising factorials; powers of mean, shape and rate are combined before they are multiplied."""
    y, log_e = pairs.events[:, None], np.log(pairs.exposure)[:, None]
    log_shape = np.clip(at.log_shape, -_HIGHEST, _HIGHEST)
    log_ratio = np.clip(log_e - at.log_rate, -_HIGHEST, _HIGHEST)
    log_expected = at.log_mean + log_e
    spread = np.logaddexp(0.0, log_ratio)  # log1p(e/rate)
    none = np.where(log_ratio < 0.0, log_expected + np.log(spread) - log_ratio, log_shape + np.log(spread))
    modal = np.where(y > 0.0, y * (np.log(np.maximum(y, 1.0)) - 1.0), 0.0)
    left = np.maximum(y - 1.0, 0.0) * np.minimum(log_shape, 0.0)
    with np.errstate(over="ignore"):
        rest = excess(pairs.events, log_shape) - left - y * spread - np.exp(none)
    return np.asarray(rest + (y * log_expected - modal))
