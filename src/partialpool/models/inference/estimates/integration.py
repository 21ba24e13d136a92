"""Integrates the posterior of the population's sd: finds where it has its mass, and refines the rule."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.normal_condensed import Condensed
from partialpool.distributions.marginals.normal_normal import (
    Distinct,
    Sample,
    Scaled,
    conditional,
    noise,
    sample,
    scaled,
)
from partialpool.errors import PriorError
from partialpool.models.inference.estimates.hyper import TOLERANCE, Hyperposterior
from partialpool.models.inference.estimates.nodes import nodes_at, rescaled
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.priors.normal import Normal
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.propriety.estimates import within_reach
from partialpool.priors.propriety.reach import check_resolved
from partialpool.quadrature.axis import integrate
from partialpool.quadrature.line import Steep
from partialpool.quadrature.moments import orders
from partialpool.quadrature.survey import LogFunction, locate
from partialpool.special import LARGEST_LOG, Array

_MARGIN, _SPACING = 3.0, 0.5  # margin and spacing of the survey, in log sd
_EDGE = 45.0  # range of the coordinate near a finite end of the support
_CONTRADICTION = -1e13  # least log density at its highest point that doubles can handle
_CLOSE = 0.1  # spacing of a second survey, if the first has found nothing
_LARGEST = LARGEST_LOG - 15.0  # largest log sd
_SMALLEST = 30.0 * LARGEST_LOG  # minus the least log sd, where no estimate is exact


def hyperposterior(of: Distinct, prior: NormalPrior, below: tuple[float, float]) -> Hyperposterior:
    """Integrate the posterior of the population's sd; it must be proper.

    below: E[sd^m] and E[|mean|^m] are finite for m below these.
    """
    of_sd, of_mean = (orders(within_reach(highest)) for highest in below)
    on_mean = (prior.mean.mean, prior.mean.sd) if isinstance(prior.mean, Normal) else None
    rough = scaled(of, on_mean)
    first = sample(rough)
    support = _support(prior, rough.log_unit)
    on_sd, constant = _on_log_sd(prior, rough)
    about = _density(first, support, on_sd)
    grid, limits = _survey(rough, support)
    heights = about(grid)
    if not np.isfinite(heights).any():
        grid = np.arange(*limits, _CLOSE)
        heights = about(grid)
    if not np.isfinite(heights).any():
        raise PriorError(
            f"{prior.sd.density} leaves no sd that these data allow, to double precision: give a wider prior."
        )
    if np.max(heights) < _CONTRADICTION:
        raise PriorError(
            f"The prior and these data contradict each other beyond what double precision can weigh (log density "
            f"{np.max(heights):.1g}): give a wider prior of the sd, or of the mean."
        )
    frame = locate(about, grid, heights, limits, _tilts(rough, support, of_sd))
    middle = conditional(first, support.value(np.array([frame.centre]))).mean
    data = scaled(of, on_mean, rough.centre + float(rough.restored(middle)[0]), rough.exponent)
    some = sample(data)
    log_density = _density(some, support, on_sd)
    groups = rescaled(of, data)
    here = nodes_at(some, support.value(np.array([frame.centre])), np.zeros(1))
    wanted = Wanted.at(groups, here, {"sd": of_sd, "mean": of_mean, "theta": 2})

    def statistics(x: Array, log_p: Array) -> Array:
        nodes = nodes_at(some, support.value(x), log_p)
        return np.concatenate([wanted(nodes, nodes), wanted.below(nodes)])

    rule = integrate(log_density, frame, statistics, TOLERANCE + float(noise(some, here.given)[0]))
    check_resolved(prior, float(frame.outside[0]))
    constant -= (float(data.count.sum()) - (data.prior is None)) * data.log_unit
    return Hyperposterior(of, data, groups, some, support, log_density, rule, wanted, below, constant)


def _support(prior: NormalPrior, log_unit: float) -> Steep:
    """The support of log sd, in the units of the data."""
    with np.errstate(divide="ignore"):
        lo, hi = np.log(prior.sd.support)
    return Steep(float(lo) - log_unit, float(hi) - log_unit)


def _on_log_sd(prior: NormalPrior, data: Scaled) -> tuple[LogFunction, float]:
    """The prior's log density of log sd in the units of the data, and the constant that it lacks.

    A prior that takes its scale from the design is evaluated in a unit of the smallest standard error, where squares
    neither overflow nor underflow; the result does not depend on the caller's unit.
    """
    log_unit = data.log_unit
    if prior.sd.density.needs_design:
        exponent = int(np.frexp(data.smallest_scale)[1])
        with np.errstate(over="ignore"):
            prior = prior.for_design(np.repeat(np.ldexp(data.se, -exponent) ** 2, data.count.astype(np.intp)))
        log_unit = -exponent * float(np.log(2.0))
    return lambda log_sd: prior.sd.log_pdf(log_sd + log_unit) + log_sd, log_unit


def _density(of: Sample | Condensed, support: Steep, on_log_sd: LogFunction) -> LogFunction:
    """Posterior log density of the coordinate of log sd."""

    def log_density(x: Array) -> Array:
        log_sd = support.value(x)
        with np.errstate(all="ignore"):
            value = conditional(of, log_sd).log_likelihood + on_log_sd(log_sd) + support.log_slope(x)
        return np.where(np.isnan(value) | (log_sd > _LARGEST), -np.inf, value)

    return log_density


def _survey(data: Scaled, support: Steep) -> tuple[Array, tuple[float, float]]:
    """Points of the coordinate at which the survey begins, and the range that it may cover."""
    lowest = max(float(np.log(data.smallest_scale)) - _MARGIN, -_LARGEST)
    log_sd = np.arange(lowest, _MARGIN, _SPACING)
    if support == Steep():
        # sd may be 0 to double precision where no estimate is exact
        return log_sd, (-_LARGEST if data.se[0] == 0.0 else -_SMALLEST, _LARGEST)
    low = -_EDGE if support.lo > -np.inf else -float(np.log(max(support.hi + _LARGEST, _LARGEST)))
    high = _EDGE if support.hi < np.inf else float(np.log(max(_LARGEST - support.lo, _LARGEST)))
    inside = support.coordinate(log_sd[(log_sd > support.lo) & (log_sd < support.hi)])
    x = np.unique(np.concatenate([np.arange(low, high, _SPACING), inside[np.isfinite(inside)]]))
    return x, (float(x[0]), float(x[-1]))


def _tilts(data: Scaled, support: Steep, powers: int) -> LogFunction:
    """Logs of what is to be averaged: powers of sd, and the weights of the groups with smallest and largest se."""
    exponents = np.arange(1.0, 1.0 + powers)[:, None]
    positive = data.se[data.se > 0.0]
    log_se = np.log(positive[[0, -1]] if len(positive) else positive)[:, None]

    def tilts(x: Array) -> Array:
        log_sd = support.value(x)
        return np.concatenate([exponents * log_sd, -np.logaddexp(0.0, 2.0 * (log_se - log_sd))])

    return tilts
