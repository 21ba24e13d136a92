"""Point estimates of the population's parameters of proportions: marginal maximum likelihood and moments.

Both return (mean, concentration, note). The concentration may be infinite (all groups alike: complete pooling) or 0
(every group all successes or all failures): a maximum on the boundary is a valid answer.
"""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from partialpool.distributions.marginals.beta_binomial import BinomialCells, likelihood
from partialpool.errors import RequestError
from partialpool.quadrature.climbing import maximum
from partialpool.quadrature.ridge import ridge
from partialpool.special import Array, log_sigmoids, without_nan

_POOLED = "the estimate lies on the boundary: concentration is infinite, all groups alike"
_SEPARATE = "the estimate lies on the boundary: concentration is 0, every group all successes or all failures"
_IGNORED = "uncertainty of this estimate is ignored"


def marginal_maximum(pairs: BinomialCells) -> tuple[float, float, str]:
    """Maximise p(data | mean, concentration), with theta integrated out."""
    pairs = _informative(pairs)
    y, f = float(pairs.successes @ pairs.count), float(pairs.failures @ pairs.count)
    pooled = y / (y + f)
    if y == 0 or f == 0:
        return pooled, np.inf, _POOLED
    model = likelihood(pairs)

    def height(log_kappa: Array, logit: Array) -> Array:
        with np.errstate(all="ignore"):
            value = model(*log_sigmoids(logit), log_kappa)
        return without_nan(value)

    log_kappa = np.arange(-30.0, 45.0, 0.5)
    start = np.full(log_kappa.shape, np.log(y / f))
    logit, _, profile = ridge(height, log_kappa, start, np.full(log_kappa.shape, 1.0))
    top = int(np.argmax(profile))
    flat = 1e-9 * (1.0 + 1e-6 * abs(float(profile[top])))
    if profile[-1] >= profile[top] - flat:
        return pooled, np.inf, _POOLED
    if not ((pairs.successes > 0) & (pairs.failures > 0)).any() and profile[0] >= profile[top] - flat:
        some = pairs.successes > 0
        return float(pairs.count[some].sum() / pairs.count.sum()), 0.0, _SEPARATE
    logs = np.stack(log_sigmoids(logit[top])) + log_kappa[top]
    alpha, beta = np.exp(maximum(lambda at: _score(pairs, np.exp(at)), logs))
    return float(alpha / (alpha + beta)), float(alpha + beta), _IGNORED


def _score(pairs: BinomialCells, ab: Array) -> tuple[Array, Array]:
    """Gradient and Hessian of the log marginal likelihood in (log alpha, log beta)."""
    kappa = float(ab.sum())
    data = (pairs.successes, pairs.failures)
    n, count = pairs.trials, pairs.count
    all_1 = float((sc.psi(n + kappa) - sc.psi(kappa)) @ count)
    all_2 = float((sc.polygamma(1, n + kappa) - sc.polygamma(1, kappa)) @ count)
    first = np.array([float((sc.psi(v + a) - sc.psi(a)) @ count) - all_1 for v, a in zip(data, ab, strict=True)])
    second = [float((sc.polygamma(1, v + a) - sc.polygamma(1, a)) @ count) for v, a in zip(data, ab, strict=True)]
    hessian = np.diag(second) - all_2
    return first * ab, hessian * np.outer(ab, ab) + np.diag(first * ab)


def rough_concentration(pairs: BinomialCells) -> float:
    """A rough concentration from which to begin a search."""
    size = float(np.average(pairs.trials, weights=pairs.count))
    try:
        kappa = moment_estimate(pairs)[1]
    except RequestError:
        return 1.0 + size
    return float(np.clip(kappa, 0.1, 1.0 + size))


def moment_estimate(pairs: BinomialCells) -> tuple[float, float, str]:
    """Estimate mean and concentration by matching mean and spread of the raw rates, each weighted by its trials.

    With p = Y/N, S = sum n_j (y_j/n_j - p)^2 and A = N - sum n_j^2/N, E[S] = p(1-p) [rho A + (1-rho)(J-1)] for
    rho = 1/(concentration + 1) (Kleinman 1973, Journal of the American Statistical Association 68:46).
    """
    pairs = _informative(pairs)
    y, n, count = pairs.successes, pairs.trials, pairs.count
    total = float(n @ count)
    p = float(y @ count) / total
    if p in (0.0, 1.0):
        return p, np.inf, _POOLED
    spread = float((n * (y / n - p) ** 2) @ count)
    free = float(count.sum()) - 1.0
    size = total - float((n * n) @ count) / total
    rho = (spread / (p * (1.0 - p)) - free) / (size - free)
    if rho <= 0.0:
        return p, np.inf, _POOLED
    if rho >= 1.0:
        return p, 0.0, _SEPARATE
    return p, 1.0 / rho - 1.0, _IGNORED


def _informative(pairs: BinomialCells) -> BinomialCells:
    """The pairs with trials; refuse them if they say nothing about the concentration."""
    some = pairs.trials > 0
    pairs = pairs.subset(some)
    if float(pairs.count.sum()) < 2 or np.max(pairs.trials) < 2:
        raise RequestError(
            "An estimate of the concentration needs two groups with data, and a group with more than one trial; "
            'here it is not identified. Use method="full", where the prior decides.'
        )
    return pairs
