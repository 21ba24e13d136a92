"""Point estimates of the population's mean and sd: maximum likelihood, restricted or not, and moments.

All return (mean, sd, note). The sd may be 0 (complete pooling): a maximum on the boundary is a valid answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.optimize import brentq

from partialpool.distributions.marginals.normal_condensed import Condensed
from partialpool.distributions.marginals.normal_normal import Distinct, Sample, Scaled, conditional, sample, scaled
from partialpool.errors import RequestError
from partialpool.special import Array

_POOLED = "the estimate lies on the boundary: sd is 0, all groups alike"
_IGNORED = "uncertainty of this estimate is ignored"
_SPACING = 0.05  # spacing of the search, in log sd

Height: TypeAlias = Callable[[Sample | Condensed, Array], Array]
Slope: TypeAlias = Callable[[Sample | Condensed, float], float]


def marginal_maximum(of: Distinct) -> tuple[float, float, str]:
    """Maximise p(estimates | mean, sd) over both (ML: the mean is maximised over, not integrated out as in REML)."""
    return _maximum(of, _profile, lambda some, log_sd: _slopes(some, log_sd)[0])


def restricted_maximum(of: Distinct) -> tuple[float, float, str]:
    """Maximise p(estimates | sd), with the mean integrated out under a flat prior (REML).

    Source: Viechtbauer 2005, Journal of Educational and Behavioral Statistics 30:261.
    """
    return _maximum(of, lambda some, log_sd: conditional(some, log_sd).log_likelihood, lambda *at: sum(_slopes(*at)))


def _maximum(of: Distinct, height: Height, slope: Slope) -> tuple[float, float, str]:
    """Find the sd, 0 included, at which the height is largest, and the mean there.

    Args:
        of: the groups.
        height: a log likelihood, at each log sd.
        slope: a positive multiple of its derivative, at a log sd.
    """
    data = _usable(of)
    some = sample(data)
    log_sd = np.arange(float(np.log(data.smallest_scale)) - 3.0, 3.0, _SPACING)
    found, best = -np.inf, float(height(some, np.array([-np.inf]))[0])
    heights = height(some, log_sd)
    for top in np.flatnonzero((heights[1:-1] >= heights[:-2]) & (heights[1:-1] >= heights[2:])) + 1:
        lo, hi = log_sd[top - 1], log_sd[top + 1]
        if slope(some, lo) > 0.0 > slope(some, hi):
            at = float(brentq(lambda x: slope(some, x), lo, hi, xtol=1e-14))
            value = float(height(some, np.array([at]))[0])
            if value > best:
                found, best = at, value
    return _estimate(data, some, float(np.exp(found)))


def _profile(of: Sample | Condensed, log_sd: Array) -> Array:
    """Log likelihood at each log sd, maximised over the mean."""
    at = conditional(of, log_sd)
    return at.log_likelihood - np.log(at.mean_sd)


def _slopes(of: Sample | Condensed, log_sd: float) -> tuple[float, float]:
    """Positive multiples of the derivative of the profile, and of the term that integrating out the mean adds.

    With w = 1/h^2 and r = y - mean these are sum w^2 r^2 - sum w and sum w^2 / sum w, divided by the largest w.
    """
    at = conditional(of, np.array([log_sd]))
    h = np.hypot(of.se, at.sd[:, None])
    far = h / h[:, :1]
    first = float((far**-2 @ of.count)[0])
    return float(of.squares(at.mean, h * far)[0]) - first, float((far**-4 @ of.count)[0]) / first


def moment_estimate(of: Distinct) -> tuple[float, float, str]:
    """Estimate the sd by matching the spread of the estimates about their weighted mean, w_j = 1/s_j^2.

    sd^2 = max(0, (Q - (J-1)) / (sum w - sum w^2 / sum w)), Q = sum w_j (y_j - mean)^2 (DerSimonian and Laird 1986,
    Controlled Clinical Trials 7:177). The mean is the one with weights 1/(s_j^2 + sd^2).
    """
    data = _usable(of)
    some = sample(data)
    at = conditional(some, np.array([-np.inf]))
    excess = float(some.squares(at.mean, some.se[None, :])[0]) - (float(some.count.sum()) - 1.0)
    w = (some.se[0] / some.se) ** 2
    first, second = float(w @ some.count), float((w * w) @ some.count)
    return _estimate(data, some, some.se[0] * float(np.sqrt(max(excess, 0.0) / (first - second / first))))


def _estimate(data: Scaled, some: Sample | Condensed, sd: float) -> tuple[float, float, str]:
    with np.errstate(divide="ignore"):
        mean = conditional(some, np.log(np.array([sd]))).mean
    note = _IGNORED if sd > 0.0 else _POOLED
    return data.centre + float(data.restored(mean)[0]), float(data.restored(np.array(sd))), note


def _usable(of: Distinct) -> Scaled:
    """The data in a convenient unit; refuse them if they do not determine the sd."""
    if float(of.count.sum()) < 2:
        raise RequestError('An estimate of the sd needs two groups. Use method="full", where the prior decides.')
    if of.se[0] == 0.0:
        raise RequestError(
            "With a standard error of 0 the likelihood grows without bound as sd goes to 0, so that there is no point "
            'estimate. Use method="full".'
        )
    return scaled(of, None)
