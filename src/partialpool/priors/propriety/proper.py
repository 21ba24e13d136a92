"""Decide whether a prior is proper, and compute its integral, since a marginal likelihood needs a normalised prior.

A density with x^p0 at 0 and x^-q at infinity is proper if and only if p0 > -1 and q > 1; on (0, 1), with (1-x)^r at 1,
if and only if p0 > -1 and r > -1. Named proper densities are normalised. A density given as a function need not be: it
is integrated by the trapezoidal rule in log x, or in logit x on (0, 1), over the range in which it is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from partialpool.priors import BetaPrior, Component, Custom, Density, GammaPrior, Normal, NormalPrior
from partialpool.quadrature.line import Steep
from partialpool.special import Array

_REACH, _STEPS = 230.0, 9201  # the grid of a density given as a function: x from 1e-100 to 1e100, in log x


@dataclass(frozen=True)
class Mass:
    """Log of the integral of a density, with the estimated absolute error of the log."""

    log: float
    error: float


Joint = BetaPrior | GammaPrior | NormalPrior


def improper(prior: Joint) -> str:
    """Name an improper component of a prior; empty if all are proper."""
    if isinstance(prior, NormalPrior) and not isinstance(prior.mean, Normal):
        return "the prior of the population's mean is improper"
    on_mean = mean_of_proportions(prior)
    if on_mean is not None and not (on_mean.at_zero > -1.0 and on_mean.at_infinity > -1.0):
        return "the prior of the population's mean is improper"
    for name, component in components(prior):
        if not (component.at_zero > -1.0 and component.at_infinity > 1.0):
            return f"the prior of {name} is improper"
    return ""


def log_mass(prior: Joint) -> Mass:
    """Log integral of a proper prior, which is 0 unless densities were given as functions."""
    on_mean = mean_of_proportions(prior)
    own = [] if on_mean is None else [(Component(on_mean), True)]
    own += [(component, False) for _, component in components(prior)]
    masses = [integral(part, unit=unit) for part, unit in own if isinstance(part.density, Custom)]
    return Mass(sum(mass.log for mass in masses), sum(mass.error for mass in masses))


def mean_of_proportions(prior: Joint) -> Density | None:
    """The density of the mean of proportions, if the prior has one."""
    if not isinstance(prior, BetaPrior) or prior.on_alpha_beta:
        return None
    assert isinstance(prior.mean, Density)
    return prior.mean


def components(prior: Joint) -> Iterator[tuple[str, Component]]:
    """Yield the name and the component of each positive parameter of a prior."""
    if isinstance(prior, GammaPrior):
        yield from prior.parts.items()
    elif isinstance(prior, BetaPrior):
        for name in ("alpha", "beta") if prior.on_alpha_beta else ("concentration",):
            yield name, prior.part(name)
    else:
        yield "sd/sigma" if prior.relative else "sd", prior.sd
        if prior.sigma is not None:
            yield "sigma", prior.sigma


def integral(component: Component, *, unit: bool) -> Mass:
    """Integrate a density by the trapezoidal rule; the rule of half as many points gives the error."""
    t = np.linspace(-_REACH, _REACH, _STEPS)
    lo, hi = component.support
    with np.errstate(divide="ignore"):
        if unit and (lo, hi) == (0.0, 1.0):
            log_x, log_rest = -np.logaddexp(0.0, -t), -np.logaddexp(0.0, t)
            f = component.density.log_pdf(log_x, log_rest) + log_x + log_rest
        else:
            line = Steep(float(np.log(lo)), float(np.log(hi)))
            log_x = line.value(t)
            f = component.log_pdf(log_x) + log_x + line.log_slope(t)
    top = float(np.max(f))
    p = np.exp(f - top)
    step = 2.0 * _REACH / (_STEPS - 1)
    all_, half = float(p.sum()) * step, 2.0 * float(p[::2].sum()) * step
    return Mass(top + float(np.log(all_)), abs(all_ - half) / all_ + _ends(p, step) / all_)


def _ends(p: Array, step: float) -> float:
    """Estimate the integral beyond the ends of the grid, by extrapolating the density exponentially."""
    out = 0.0
    for end, inner in ((p[0], p[1]), (p[-1], p[-2])):
        if end > 0.0:
            slope = float(np.log(inner / end)) / step
            out += float(end) / max(slope, 1e-3)
    return out
