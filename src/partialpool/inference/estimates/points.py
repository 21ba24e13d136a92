"""Point estimates of the population's mean and sd: maximum likelihood and moments.

Both return (mean, sd, note). The sd may be 0 (complete pooling): a maximum on the boundary is an answer, not an
accident.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from partialpool.errors import RequestError
from partialpool.marginals.normal_condensed import Condensed
from partialpool.marginals.normal_normal import Distinct, Sample, Scaled, conditional, sample, scaled
from partialpool.special import Array

_POOLED = "the estimate lies on the boundary: sd is 0, all groups alike"
_IGNORED = "uncertainty of this estimate is ignored"
_SPACING = 0.05


def marginal_maximum(of: Distinct) -> tuple[float, float, str]:
    """Maximise p(estimates | mean, sd) over both (ML, not REML: the mean is maximised over, not integrated out)."""
    data = _usable(of)
    some = sample(data)
    log_sd = np.arange(float(np.log(data.smallest_scale)) - 3.0, 3.0, _SPACING)
    height = _profile(some, log_sd)
    none = float(_profile(some, np.array([-np.inf]))[0])
    found, best = -np.inf, none
    for top in np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] >= height[2:])) + 1:
        lo, hi = log_sd[top - 1], log_sd[top + 1]
        if _score(some, lo) > 0.0 > _score(some, hi):
            at = float(brentq(lambda x: _score(some, x), lo, hi, xtol=1e-14))
            value = float(_profile(some, np.array([at]))[0])
            if value > best:
                found, best = at, value
    return _estimate(data, some, float(np.exp(found)))


def _profile(of: Sample | Condensed, log_sd: Array) -> Array:
    """The log likelihood at each log sd, the mean at its maximum."""
    at = conditional(of, log_sd)
    return at.log_likelihood - np.log(at.mean_sd)


def _score(of: Sample | Condensed, log_sd: float) -> float:
    """A positive multiple of the derivative of the profile: sum of (r^2/h^2 - 1) sd^2/h^2, r = y - mean."""
    at = conditional(of, np.array([log_sd]))
    h = np.hypot(of.se, at.sd[:, None])
    far = h / h[:, :1]
    return float((of.squares(at.mean, h * far) - (far**-2) @ of.count)[0])


def moment_estimate(of: Distinct) -> tuple[float, float, str]:
    """Match the spread of the estimates about their weighted mean, w_j = 1/s_j^2.

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
    """The data, if they say anything about the sd by themselves."""
    if float(of.count.sum()) < 2:
        raise RequestError('An estimate of the sd needs two groups. Use method="full", where the prior decides.')
    if of.se[0] == 0.0:
        raise RequestError(
            "With a standard error of 0 the likelihood grows without bound as sd goes to 0, so that there is no point "
            'estimate. Use method="full".'
        )
    return scaled(of, None)
