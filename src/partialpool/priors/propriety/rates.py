"""Decide whether the posterior of a gamma-Poisson model is proper and which moments it has, by comparing exponents.

Of J groups with exposure let P have events, Y events in all. The likelihood behaves as

    shape -> 0:                     shape^P                 (flat in the mean, but for what follows)
    rate -> 0 at a fixed shape:     rate^(shape J)          (so the mean goes to infinity)
    rate -> infinity:               mean^Y e^(-mean E)      (a Poisson model)

Let a density behave like x^low at 0 and x^-high at infinity, and let d = high_mean (for the k-th moment of the mean:
d = high_mean - k). Corner by corner, the posterior is proper if and only if

    mean and rate:   P + low_rate > -1, high_rate > 1, P + low_mean > -1, Y + low_mean > -1,
                     low_rate + d > 0, or = 0 and P + low_rate > 0
    mean and shape:  P + low_shape > -1, high_shape > 1, Y + low_mean > -1, d > 1, or = 1 and P + low_shape > 0
    shape and rate:  P + low_shape > -1, high_shape + high_rate > 2, Y + high_rate > 1,
                     low_rate > -1, or = -1 and P + low_shape > 0

The equalities are the cases in which the integral over small shapes has a factor 1/(shape J). They are proper, or the
moment exists, but with tails that fall only like powers of log(mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.errors import ImproperPosteriorError
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.propriety.barely import moments_note, notes
from partialpool.quadrature.moments import Moment

_HARDLY, _LONG = 0.3, 4.0  # exponents of 1/mean and of 1/log(mean): the quadrature needs tails that fall faster


@dataclass(frozen=True)
class Design:
    """The counts on which propriety depends, and the total exposure."""

    groups: int  # with exposure
    with_events: int
    events: int
    exposure: float = 0.0  # of all groups, for the scale of a cure


def design(pairs: PoissonCells) -> Design:
    """Count the groups on which propriety depends."""
    some = pairs.exposure > 0.0
    busy = some & (pairs.events > 0.0)
    return Design(
        int(pairs.count[some].sum()),
        int(pairs.count[busy].sum()),
        int(np.sum(pairs.events * pairs.count, where=some)),
        float(np.sum(pairs.exposure * pairs.count, where=some)),
    )


def check(prior: GammaPrior, data: Design) -> None:
    """Refuse an improper posterior, with the reason and a prior that would make it proper."""
    reasons = _reasons(prior, data)
    if reasons:
        name = f'the prior "{prior.name}"' if prior.name else "this prior"
        raise ImproperPosteriorError(f"With {name} the posterior is improper: {'; '.join(reasons)}.")


def _cure(data: Design) -> str:
    """Suggest a proper prior of the mean, exponential about the overall rate (or one event over all exposure)."""
    start, known = "use a proper prior on the mean, such as", "or what you know of such rates"
    scale = data.exposure / max(data.events, 1)
    if not (scale > 0.0 and np.isfinite(scale)):
        return f"{start} a Gamma density on the scale of the rates, {known}"
    what = "the overall rate" if data.events else "one event in all the exposure"
    return f"{start} Gamma(1, {scale:.2g}), whose mean is {what}, {known}"


def _reasons(prior: GammaPrior, data: Design) -> list[str]:
    reasons, cure = [], _cure(data)
    if not _small_shape(prior, data, 0.0):
        some = f"only {data.with_events} group{'s have' if data.with_events > 1 else ' has'}"
        has = f"{some if data.with_events else 'no group has'} events"
        reasons.append(f"{has}, so the density is not integrable as shape goes to 0; {cure}")
    if not _small_mean(prior, data, 0.0):
        reasons.append(f"there are too few events for the density to be integrable as the mean goes to 0; {cure}")
    if not _large_mean(prior, data, 0.0, 0.0):
        reasons.append(f"its density is not integrable as the mean goes to infinity and shape goes to 0; {cure}")
    if not _alike(prior, 0.0):
        reasons.append(
            "its density is not integrable as the groups become alike (rate goes to infinity), where the likelihood is "
            "constant; use the default for the rate"
        )
    return reasons


def _small_shape(prior: GammaPrior, data: Design, lower: float) -> bool:
    """Whether shape^-lower can be integrated as shape goes to 0 at a fixed mean (or rate)."""
    part = prior.shape or prior.rate
    assert part is not None
    return part.support[0] > 0.0 or data.with_events + part.at_zero - lower > -1.0


def _small_mean(prior: GammaPrior, data: Design, lower: float) -> bool:
    """Whether mean^-lower can be integrated as the mean goes to 0."""
    if prior.mean is None:
        return data.events + prior.part("rate").at_infinity - lower > 1.0
    low = prior.mean.at_zero - lower
    least = data.with_events if prior.shape is None else data.events
    return min(data.events, least) + low > -1.0


def _large_mean(prior: GammaPrior, data: Design, more: float, lower: float) -> bool:
    """Whether mean^more shape^-lower can be integrated where the mean goes to infinity, as the rate goes to 0."""
    if prior.shape is not None and prior.shape.support[0] > 0.0:
        left = prior.shape.support[0] * data.groups
        if prior.mean is None:
            return left + prior.part("rate").at_zero - more > -1.0
        return left + prior.mean.at_infinity - more > 1.0
    left, rest = room(prior, more), _rest(prior, data, more, lower)
    return left > 0.0 or (left == 0.0 and rest > 0.0)


def room(prior: GammaPrior, more: float) -> float:
    """Exponent e for which the posterior density of the mean, times mean^more, falls like mean^(-1-e)."""
    if prior.shape is None:
        return prior.part("rate").at_zero + prior.part("mean").at_infinity - more
    if prior.mean is None:
        return prior.part("rate").at_zero + 1.0 - more
    return prior.mean.at_infinity - 1.0 - more


def _rest(prior: GammaPrior, data: Design, more: float, lower: float) -> float:
    """Exponent e for which that density falls like 1/(mean log(mean)^(1+e)), in the case that `room` is 0."""
    if prior.shape is None:
        return data.with_events + prior.part("rate").at_zero - lower
    return data.with_events + prior.shape.at_zero - lower + (more if prior.mean is None else 0.0)


def _alike(prior: GammaPrior, more: float) -> bool:
    """Whether rate^more, or shape^more, can be integrated as both go to infinity at a fixed mean."""
    if prior.mean is None:
        return prior.part("shape").at_infinity + prior.part("rate").at_infinity - more > 2.0
    part = prior.shape or prior.rate
    assert part is not None
    return part.at_infinity - more > 1.0


def moment_exists(prior: GammaPrior, data: Design, parameter: str, order: int) -> bool:
    """Whether the moment of this order of a population parameter is finite, the posterior being proper."""
    if parameter == "mean":
        return _large_mean(prior, data, order, 0.0)
    if parameter == "sd":  # mean / sqrt(shape)
        half = 0.5 * order
        return _large_mean(prior, data, order, half) and _small_shape(prior, data, half)
    if parameter == "shape":
        return _alike(prior, order)
    low = _small_mean(prior, data, order) if prior.rate is None or prior.mean is None else True
    return _alike(prior, order) and low


def orders(prior: GammaPrior, data: Design, parameter: str) -> int:
    """The number of moments among mean and sd that a parameter has: 0, 1 or 2."""
    return sum(moment_exists(prior, data, parameter, k) for k in (1, 2))


def barely(prior: GammaPrior, data: Design, parameter: str, order: int) -> bool:
    """Whether a moment exists but has a tail that falls hardly faster than 1/mean, so that it would be inaccurate."""
    if parameter not in ("mean", "sd"):
        return False
    lower = 0.5 * order if parameter == "sd" else 0.0
    return room(prior, order) < _HARDLY and _rest(prior, data, order, lower) < _LONG


def reason(parameter: str, order: int) -> str:
    """Say that the mean (order 1) or the sd (order 2) does not exist."""
    what = "mean" if order == 1 else "sd"
    return f"{what} does not exist: E[{parameter}^{order}] is infinite under this prior"


def missing(mean: Moment, sd: Moment, existing: int, parameter: str) -> str:
    """Say why the mean or the sd is not reported, of which the first `existing` exist; empty if both are reported."""
    return notes(moments_note(parameter, mean, sd), reason(parameter, existing + 1) if existing < 2 else "")
