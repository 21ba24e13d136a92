"""Answers averaged over the posterior of the population's sd and mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import (
    COMPARED,
    EXACT,
    USUAL_LEVELS,
    Accuracy,
    Answers,
    Brief,
    GroupSummary,
    Summary,
    Traces,
    symmetric,
)
from partialpool.conditionals import Conditionals, Lattice, Singles
from partialpool.drawn import Drawn
from partialpool.inference.estimates.conditionals import conditionals, contrasts, every_node, singles, some_sds
from partialpool.inference.estimates.drawing import drawn, drawn_sds
from partialpool.inference.estimates.fixed import PARAMETERS, given
from partialpool.inference.estimates.hyper import Hyperposterior, Nodes
from partialpool.inference.estimates.mixture import Mixtures
from partialpool.inference.estimates.moments import GroupMoments, contributions, groups
from partialpool.inference.estimates.surface import traces
from partialpool.integrate.axis import Rule, nested
from partialpool.integrate.moments import USELESS, Moment, claim, useful
from partialpool.marginals.normal_normal import Distinct, Scaled, shrunk, weights
from partialpool.propriety.barely import moments_note, notes
from partialpool.propriety.estimates import missing_moment
from partialpool.special import Array, Index

_MANY = 500  # groups whose distribution functions are worth a search for fewer nodes
_CHUNK = 400_000  # groups times nodes at a time


@dataclass(frozen=True, repr=False)
class Integrated(Brief):
    """Answers averaged over the posterior of the population's sd and mean."""

    hyper: Hyperposterior
    groups_of: Distinct
    below: tuple[float, float]  # E[sd^m] and E[|mean|^m] are finite for m less than these

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        marginals = max(self.hyper.sd_marginal[1], self._bulk[1])
        how = f"{COMPARED}; the size of a mean is at least its sd, and quantiles are rounded to doubles"
        return Accuracy(*self.errors, min(marginals + self.hyper.common + EXACT, 1.0), how)

    @cached_property
    def errors(self) -> tuple[float, float]:
        """Estimated relative errors of all means and weights that are shown, and of all sds."""
        means, sds = zip(*self._errors.values(), strict=True)
        return max(map(claim, means)), max(map(claim, sds))

    @cached_property
    def _errors(self) -> dict[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of either parameter and of theta, and of weights.

        They are one estimate for all while that is small. Otherwise what is far in the tail of the sd does not count
        for what it hardly touches.
        """
        hyper = self.hyper
        if hyper.error <= USELESS:
            return dict.fromkeys((*PARAMETERS, "theta", "weight"), (hyper.error, hyper.sd_error))
        own, found = _moments(hyper.typical, hyper.nodes)
        theta = shrunk(hyper.typical.estimate, hyper.typical.se, own, hyper.nodes.given)
        of_groups = np.split(contributions(theta, found, hyper.nodes.probability), 3, axis=1)
        mean, sd, weight = (hyper.group_errors(part) for part in of_groups)
        return {**hyper.parameter_errors, "theta": (mean, sd), "weight": (weight, 0.0)}

    @cached_property
    def _bulk(self) -> tuple[Nodes, float]:
        """Nodes fine enough for the distribution functions of the mean and of groups, and what those are off by."""
        hyper = self.hyper
        own, found = _moments(hyper.typical, hyper.nodes)

        def error(rule: Rule) -> float:
            nodes = hyper.at(rule).bulk
            return max(_error(nodes.mean), _error(_mixtures(hyper.typical, own, found, nodes)))

        rule, least = hyper.settled(error, thin=len(self.groups_of.se) > _MANY)
        return hyper.at(rule).bulk, least

    # --- population

    def population(self, parameter: str, tail: float) -> Summary:
        found, below = self.hyper.moments, self.below[PARAMETERS.index(parameter) == 0]
        data = self.hyper.data
        errors = self._errors[parameter]
        if parameter == "mean":
            mean, sd = found.mean
            where, symbol = data.centre, "|mean|"
            quantiles = self._bulk[0].mean.quantiles(symmetric(tail))[:, 0]
        else:
            mean, sd = found.sd
            where, symbol = 0.0, "sd"
            quantiles = np.exp(self.hyper.support.value(self.hyper.sd_marginal[0].quantile(symmetric(tail))))
        lower, median, upper = where + data.restored(quantiles)
        size = data.restored(np.array([mean, sd]))
        first, second = (Moment(*both) for both in zip((where + size[0], size[1]), errors, strict=True))
        note = notes(moments_note(parameter, first, second), missing_moment(below, symbol))
        return Summary(first.shown, second.shown, lower, median, upper, note)

    # --- groups

    def group_moments(self) -> tuple[Array, Array]:
        of, data = self.groups_of, self.hyper.data
        parts = []
        for some in self._chunks():
            own, found = _moments(data.subset(some), self.hyper.nodes)
            mean = np.where(own, of.estimate[some], data.centre) + data.restored(found.mean)
            parts.append((mean, data.restored(found.sd)))
        mean, sd = (np.concatenate(part)[of.where] for part in zip(*parts, strict=True))
        mean_error, sd_error = self._errors["theta"]
        return useful(mean, mean_error), useful(sd, sd_error)

    def groups(self, tail: float) -> GroupSummary:
        of, data, levels = self.groups_of, self.hyper.data, symmetric(tail)
        parts = [self._part(data.subset(some), of.estimate[some], levels) for some in self._chunks()]
        mean, sd, weight, lower, median, upper = (np.concatenate(part)[of.where] for part in zip(*parts, strict=True))
        found = GroupSummary(mean, sd, lower, median, upper, weight)
        return found.accurate(*self._errors["theta"], self._errors["weight"][0])

    def _chunks(self) -> Iterator[Index]:
        size, width = len(self.groups_of.se), max(1, _CHUNK // len(self.hyper.nodes.log_sd))
        return (np.arange(start, min(start + width, size)) for start in range(0, size, width))

    def _part(self, some: Scaled, raw: Array, levels: Array) -> tuple[Array, ...]:
        """mean, sd, weight and quantiles of some of the distinct pairs, as the caller counts."""
        data = self.hyper.data
        own, found = _moments(some, self.hyper.nodes)
        quantiles = np.tile(found.mean, (len(levels), 1))
        quantiles[:, some.se > 0.0] = _mixtures(some, own, found, self._bulk[0]).quantiles(levels)
        pivot = np.where(own, raw, data.centre)
        mean, found_quantiles = pivot + data.restored(found.mean), pivot + data.restored(quantiles)
        return mean, data.restored(found.sd), found.weight, *found_quantiles

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """The tail, 1/2 and 1 - tail quantiles of some groups: (groups, 3)."""
        of, data = self.groups_of, self.hyper.data
        distinct, which = np.unique(of.where[places], return_inverse=True)
        found = self._part(data.subset(distinct), of.estimate[distinct], symmetric(tail))
        return np.stack(found[3:], axis=1)[which]

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.groups_of, values, self.hyper.data.stated)

    # --- nodes and pictures

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return conditionals(self.groups_of, some_sds(self.hyper, self.groups_of, fineness), fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        return contrasts(self.groups_of, some_sds(self.hyper, self.groups_of, fineness, apart=True), fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self.groups_of, some_sds(self.hyper, self.groups_of, fineness))

    def every_node(self) -> Lattice:
        return every_node(self.hyper)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        log_sd, cut = drawn_sds(self.hyper, n, rng)
        return drawn(self.groups_of, self.hyper.data, self.hyper.sample, log_sd, rng.standard_normal(n), cut)

    def traces(self, places: Index) -> Traces:
        return traces(self.hyper, self.groups_of, places)


def _moments(some: Scaled, nodes: Nodes) -> tuple[NDArray[np.bool_], GroupMoments]:
    """Which groups are measured from their own estimates, and their moments from there."""
    own = weights(some.se, nodes.given.sd) @ nodes.probability > 0.5
    return own, groups(shrunk(some.estimate, some.se, own, nodes.given), nodes.probability)


def _mixtures(some: Scaled, own: NDArray[np.bool_], found: GroupMoments, nodes: Nodes) -> Mixtures:
    """Each group's theta, but for those that are known exactly."""
    rest = np.flatnonzero(some.se > 0.0)
    theta = shrunk(some.estimate[rest], some.se[rest], own[rest], nodes.given)
    return Mixtures(theta.mean, theta.sd, nodes.probability, found.mean[rest], found.sd[rest])


def _error(of: Mixtures) -> float:
    """How far the distribution functions are off where the usual intervals end."""
    worst = 0.0
    for level, x in zip(USUAL_LEVELS, of.quantiles(USUAL_LEVELS), strict=True):
        reached, error = nested(of.probability, of.shares(x))
        worst = max(worst, error + of.rounding(x) + float(np.max(np.abs(reached - level), initial=0.0)))
    return worst
