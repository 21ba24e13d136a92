"""Point estimates of the population's parameters of rates: marginal maximum likelihood and moments.

Both return (mean, shape, note). The shape may be infinite (all groups alike: complete pooling): a maximum on the
boundary is a valid answer.
"""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from partialpool.distributions.marginals.gamma_poisson import Likelihood, PoissonCells
from partialpool.distributions.populations.gamma import Point
from partialpool.errors import RequestError
from partialpool.quadrature.climbing import maximum
from partialpool.quadrature.ridge import ridge
from partialpool.special import Array, without_nan

_POOLED = "the estimate lies on the boundary: shape is infinite, all groups alike"
_IGNORED = "uncertainty of this estimate is ignored"


def marginal_maximum(pairs: PoissonCells) -> tuple[float, float, str]:
    """Maximise p(data | mean, shape), with theta integrated out."""
    pairs = _usable(pairs)
    pooled = float(pairs.events @ pairs.count) / float(pairs.exposure @ pairs.count)
    likelihood = Likelihood(pairs)

    def height(log_shape: Array, log_mean: Array) -> Array:
        log_shape, log_mean = np.broadcast_arrays(log_shape, log_mean)
        with np.errstate(all="ignore"):
            return without_nan(likelihood.at(Point(log_mean, log_shape - log_mean, log_shape)))

    log_shape = np.arange(-30.0, 45.0, 0.5)
    start = np.full(log_shape.shape, np.log(pooled))
    log_mean, _, profile = ridge(height, log_shape, start, np.full(log_shape.shape, 1.0))
    top = int(np.argmax(profile))
    flat = 1e-9 * (1.0 + 1e-6 * abs(float(profile[top])))
    if profile[-1] >= profile[top] - flat:
        return pooled, np.inf, _POOLED
    start = np.array([log_shape[top], log_shape[top] - log_mean[top]])
    shape, rate = np.exp(maximum(lambda at: _score(pairs, *np.exp(at)), start))
    return float(shape / rate), float(shape), _IGNORED


def _score(pairs: PoissonCells, a: float, b: float) -> tuple[Array, Array]:
    """Gradient and Hessian of the log marginal likelihood in (log shape, log rate)."""
    y, e, count = pairs.events, pairs.exposure, pairs.count
    by_a = float((sc.psi(y + a) - sc.psi(a) - np.log1p(e / b)) @ count)
    by_b = float((a * e / (b * (b + e)) - y / (b + e)) @ count)
    aa = float((sc.polygamma(1, y + a) - sc.polygamma(1, a)) @ count)
    ab = float((e / (b * (b + e))) @ count)
    bb = float((-a / b**2 + (a + y) / (b + e) ** 2) @ count)
    first = np.array([a * by_a, b * by_b])
    return first, np.array([[a * a * aa, a * b * ab], [a * b * ab, b * b * bb]]) + np.diag(first)


def moment_estimate(pairs: PoissonCells) -> tuple[float, float, str]:
    """Estimate mean and shape by matching mean and spread of the raw rates, each weighted by its exposure.

    With m = Y/E, S = sum e_j (y_j/e_j - m)^2 and A = E - sum e_j^2/E, E[S] = (J-1) m + A Var(theta).
    """
    pairs = _usable(pairs)
    y, e, count = pairs.events, pairs.exposure, pairs.count
    total = float(e @ count)
    m = float(y @ count) / total
    spread = float((e * (y / e - m) ** 2) @ count)
    variance = (spread - (float(count.sum()) - 1.0) * m) / (total - float((e * e) @ count) / total)
    if variance <= 0.0:
        return m, np.inf, _POOLED
    return m, m * m / variance, _IGNORED


def _usable(pairs: PoissonCells) -> PoissonCells:
    """The pairs with exposure; refuse them if they say nothing about the spread."""
    pairs = pairs.informative
    if float(pairs.count.sum()) < 2 or not (pairs.events > 0.0).any():
        raise RequestError(
            "An estimate of the population needs two groups with exposure, and events; "
            'here it is not identified. Use method="full", where the prior decides.'
        )
    return pairs
