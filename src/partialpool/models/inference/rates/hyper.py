"""Integrates the posterior of the population's parameters of a gamma-Poisson model.

The coordinates are the logs of the two parameters on which the prior is stated (`populations.gamma.Chart`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.distributions.marginals.gamma_moments import group_moments
from partialpool.distributions.marginals.gamma_poisson import Likelihood, PoissonCells
from partialpool.distributions.populations.gamma import PARAMETERS, Chart, Point
from partialpool.engine.mixtures.source import Nodes
from partialpool.errors import PriorError
from partialpool.models.inference.rates.far_tail import LogPosterior, far_tail, log_integral, reaches_far
from partialpool.models.inference.rates.rows import Rates
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.propriety.rates import barely, design, room
from partialpool.priors.propriety.reach import check_resolved
from partialpool.quadrature.coordinate import CoordinateDistribution, along_first
from partialpool.quadrature.frame import locate
from partialpool.quadrature.line import Interval
from partialpool.quadrature.moments import Moment, claim, log_moments, ratio, sd_of
from partialpool.quadrature.plane import Rule, integrate
from partialpool.quadrature.ridge import Growing, LogDensity
from partialpool.safety import BARELY_TWINS, TWINS_OF_A_TAIL, TWINS_OF_TWO_PARAMETERS
from partialpool.special import Array, without_nan

GOAL = 1e-10  # error in probability at which the distribution of a population parameter is accurate enough

_TYPICAL = 7  # number of typical pairs
_ROUNDING = 2e-14  # rounding error, relative
_SLOW = 1e-6  # a larger error is that of a tail without end
_LIGHTEST = -1e12  # least log density at its highest point that doubles can handle


@dataclass(frozen=True)
class Hyperposterior:
    """The integrated posterior p(mean, shape, rate | data).

    orders: how many of mean and sd (0, 1 or 2) exist for each parameter; steady: for how many the rule is accurate.
    """

    pairs: PoissonCells
    prior: GammaPrior
    likelihood: Likelihood
    chart: Chart
    log_posterior: LogPosterior  # with respect to d mean d rate
    log_density: LogDensity
    rule: Rule
    orders: Mapping[str, int]
    steady: Mapping[str, int]

    @cached_property
    def point(self) -> Point:
        """The population's parameters at the nodes."""
        return self.chart.at(self.rule.x, self.rule.y)

    @property
    def nodes(self) -> Nodes:
        """The nodes with their probabilities."""
        return Nodes(self.point, self.probability)

    @cached_property
    def typical(self) -> PoissonCells:
        """A few pairs that represent all."""
        return typical(self.pairs)

    def log_likelihood(self, at: Point) -> Array:
        """Log likelihood at points, up to a constant."""
        return self.likelihood.at(at)

    def logs(self, at: Point) -> dict[str, Array]:
        """The logs of the population's parameters at points, by name."""
        return {name: at.log(name) for name in PARAMETERS}

    @cached_property
    def first(self) -> CoordinateDistribution:
        """Distribution of the log of the chart's first parameter."""
        return along_first(self.log_density, self.chart.xs, self.rule, GOAL + self.likelihood.noise)

    @cached_property
    def source(self) -> Rates:
        """The source from which smaller sets of nodes are made."""
        some = self.pairs.informative
        total = float(some.count @ (some.exposure if self.chart.on[0] == "rate" else some.events + 1.0))
        of = self.log_density, self.first.pieces[0].marginal, self.rule.frame.near, self.rule.log_total
        return Rates(*of, total, self.likelihood.noise, self.chart)

    @cached_property
    def probability(self) -> Array:
        """Probability of each node."""
        return np.exp(self.rule.log_probability)

    def moments(self, parameter: str) -> tuple[Moment, Moment]:
        """Mean and sd of a parameter; NaN where they do not exist."""
        return self._moments[parameter]

    @cached_property
    def _moments(self) -> Mapping[str, tuple[Moment, Moment]]:
        found = {}
        for index, name in enumerate(PARAMETERS):
            errors = self._errors[2 * index : 2 * index + 2] + self._common
            values = self.rule.statistics[2 * index : 2 * index + 2]
            mean, sd = (Moment(float(value), float(error)) for value, error in zip(values, errors, strict=True))
            if self.steady[name] < self.orders[name]:
                power = self.steady[name] + 1
                apart = self._apart(name, power)
                mean, sd = (apart, sd) if power == 1 else (mean, sd_of(mean, apart))
            found[name] = mean, sd
        return found

    def _apart(self, parameter: str, power: int) -> Moment:
        """Compute E[parameter^power], which barely exists, as an integral of its own."""
        top = int(np.argmax(self.rule.log_probability))
        typical = self.point.subset(np.array([top]))
        pieces = far_tail(self.log_posterior, self.prior, float(self.likelihood.pairs.count.sum()), typical)
        found, error = log_integral(pieces, parameter, power, room(self.prior, power), typical)
        return ratio(found, self.rule.log_total, TWINS_OF_TWO_PARAMETERS * error + self._common)

    def next_group(self) -> tuple[float, float]:
        """Mean and sd of a new group's theta, from Var(theta) = Var(mean) + E[sd^2]; NaN where missing."""
        (mean, spread), (within, more) = ([m.shown for m in self.moments(name)] for name in ("mean", "sd"))
        return mean, float(np.hypot(spread, np.hypot(within, more)))

    @cached_property
    def errors(self) -> tuple[float, float]:
        """Estimated relative errors of all shown means and weights, and of all shown sds."""
        mean, sd = (
            max(claim(of_groups), self._common, *(pair[which].claim for pair in self._moments.values()))
            for which, of_groups in enumerate(self.moment_errors)
        )
        return mean, sd

    @cached_property
    def moment_errors(self) -> tuple[float, float]:
        """Estimated relative errors of the groups' means and weights, and of their sds."""
        mean, sd = (float(np.nanmax(self._errors[2 * len(PARAMETERS) + which :: 2], initial=0.0)) for which in (0, 1))
        return mean + self._common, sd + self._common

    @cached_property
    def _errors(self) -> Array:
        """Estimated relative error of each statistic, without the error that all share."""
        spread = self.rule.spread[1:] - self.rule.beyond[1:]
        spread *= np.where(spread > _SLOW, TWINS_OF_A_TAIL, TWINS_OF_TWO_PARAMETERS)
        barely = np.array([self.orders[name] < 2 for name in PARAMETERS]).repeat(2)
        spread[: len(barely)] *= np.where(barely, BARELY_TWINS, 1.0)
        return spread + self.rule.beyond[1:]

    @cached_property
    def _common(self) -> float:
        mass = float(self.rule.spread[0] - self.rule.beyond[0])
        return mass + float(self.rule.outside[0]) + self.likelihood.noise + _ROUNDING


def hyperposterior(pairs: PoissonCells, prior: GammaPrior, orders: Mapping[str, int]) -> Hyperposterior:
    """Integrate the posterior of the population's parameters; it must be proper."""
    likelihood = Likelihood(pairs.informative)
    chart = _chart(prior)

    def log_posterior(at: Point) -> Array:
        return likelihood.at(at) + prior.log_density(at.log_mean, at.log_rate)

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = chart.point(x, y)
            value = log_posterior(at) + slope
        return without_nan(np.asarray(value))

    steady = _steady(prior, pairs, orders)
    growing = _growing(chart, steady)
    frame = locate(log_density, _guess(pairs, chart), growing)
    _check_weight(frame.highest)
    few = typical(pairs.informative)

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        at = chart.at(x, y)
        out: list[float] = []
        for name in PARAMETERS:
            out += log_moments(at.log(name), log_p, steady[name])
        return np.concatenate([np.array(out), *group_moments(few, at, np.exp(log_p)).pairs])

    rule = integrate(log_density, frame, statistics, growing)
    check_resolved(prior, float(rule.spread[0]))
    return Hyperposterior(pairs, prior, likelihood, chart, log_posterior, log_density, rule, orders, steady)


def _steady(prior: GammaPrior, pairs: PoissonCells, orders: Mapping[str, int]) -> Mapping[str, int]:
    """For each parameter, how many of mean and sd do not depend on a tail that needs coordinates of its own."""
    if not reaches_far(prior):
        return orders
    facts = design(pairs)
    return {
        name: min((power - 1 for power in range(1, order + 1) if barely(prior, facts, name, power)), default=order)
        for name, order in orders.items()
    }


def _check_weight(log_highest: float) -> None:
    """Refuse a prior and data whose log density is too low for double precision to weigh them against each other."""
    if not log_highest > _LIGHTEST:
        raise PriorError(
            "The prior and these data contradict each other beyond what double precision can weigh (log density "
            f"{log_highest:.3g} at its highest). Widen the prior, or look for a unit that was mistaken."
        )


def _chart(prior: GammaPrior) -> Chart:
    """Coordinates in which the prior is stated, or (shape, mean), the most convenient, if it is not cut off."""
    if prior.mean is None and all(part.support == (0.0, np.inf) for part in prior.parts.values()):
        return Chart(("shape", "mean"))
    on = ("shape" if prior.rate is None or prior.mean is None else "rate", "rate" if prior.mean is None else "mean")
    supports = [prior.part(name).support for name in on]
    with np.errstate(divide="ignore"):
        xs, ys = (Interval(*(float(end) for end in np.log(support))) for support in supports)
    return Chart(on, xs, ys)


def _growing(chart: Chart, orders: Mapping[str, int]) -> Growing:
    """The parameters as growing quantities, with the highest power that their means and sds involve."""

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        at = chart.at(x, y)
        return [(order, at.log(name)) for name, order in orders.items() if order]

    return growing


def _start(some: PoissonCells) -> Point:
    """Rough parameters by moments, with the rate between a tenth of and thirty times a typical exposure."""
    y, e, count = some.events, some.exposure, some.count
    total = float(e @ count)
    mean = (float(y @ count) + 0.5) / total
    typical_rate = float(np.average(np.log(e), weights=count))
    spread = float((e * (y / e - mean) ** 2) @ count) / mean - (float(count.sum()) - 1.0)
    size = total - float((e * e) @ count) / total
    log_rate = np.log(size / spread) if spread > 0.0 and size > 0.0 else np.inf
    log_rate = np.clip(log_rate, typical_rate - 2.3, typical_rate + 3.4)
    return Point(np.log(mean), log_rate, np.log(mean) + log_rate)


def _guess(pairs: PoissonCells, chart: Chart) -> tuple[float, float, float, float]:
    """Point and widths from which to start the search."""
    start = _start(pairs.informative)
    groups, events = float(pairs.count.sum()), float(pairs.events @ pairs.count) + 0.5
    x, y = (
        float(interval.coordinate(np.asarray(start.log(name))))
        for name, interval in zip(chart.on, (chart.xs, chart.ys), strict=True)
    )
    width = float(np.sqrt(1.0 / events + np.exp(-np.maximum(start.log_shape, -2.0)) / groups))
    scale = float(np.clip(1.5 * np.sqrt(2.0 / groups), 0.1, 1.0))
    return x if np.isfinite(x) else 0.0, y if np.isfinite(y) else 0.0, scale, min(width, 1.0)


def typical(pairs: PoissonCells) -> PoissonCells:
    """A few pairs that represent all: spread over exposure and events, and those of the lowest and the highest rate."""
    order = np.lexsort((pairs.events, pairs.exposure))
    rated = np.argsort((pairs.events + 0.5) / (pairs.exposure + (pairs.exposure.mean() or 1.0)))
    spread = order[np.linspace(0, len(order) - 1, _TYPICAL - 2).round().astype(int)]
    return pairs.subset(np.unique(np.concatenate([spread, rated[[0, -1]]])))
