"""Answers averaged over the posterior of the population's parameters of a gamma-Poisson model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.gamma_moments import group_moments
from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import PARAMETERS
from partialpool.engine.by_rows import ByRows
from partialpool.engine.conditionals import Conditionals, Lattice
from partialpool.engine.mixtures.quantiles import Fitted, fitted
from partialpool.engine.mixtures.source import Nodes
from partialpool.engine.results import (
    COMPARED,
    EXACT,
    USUAL_LEVELS,
    USUAL_TAIL,
    Accuracy,
    GroupSummary,
    Results,
    Summary,
    symmetric,
)
from partialpool.models.inference.rates.conditionals import every_node, given_nodes
from partialpool.models.inference.rates.fixed import given
from partialpool.models.inference.rates.hyper import Hyperposterior
from partialpool.models.inference.rates.levels import level_distribution, level_quantiles
from partialpool.models.inference.rates.lines import Lines, every_line
from partialpool.models.inference.rates.surface import density
from partialpool.priors.propriety.rates import missing
from partialpool.quadrature.coordinate import CoordinateDistribution
from partialpool.quadrature.moments import useful
from partialpool.quadrature.surface import Surface
from partialpool.safety import OTHER_RATES, TAIL_BETWEEN_RULES
from partialpool.special import Array, Index

_SLOW = 1e-6  # a larger error is that of a tail without end


@dataclass(frozen=True, repr=False)
class Integrated(ByRows):
    """Answers that account for the uncertainty of the population's parameters."""

    hyper: Hyperposterior
    where: NDArray[np.intp]  # index of each group's distinct pair
    _found: dict[object, tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)
    _distributions: dict[str, CoordinateDistribution] = field(default_factory=dict, repr=False, compare=False)
    _known: dict[int, Lines] = field(default_factory=dict, repr=False, compare=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        return self._accuracy(PARAMETERS, OTHER_RATES * self._fitted.error_for(self.hyper.pairs))

    def accuracy_of(self, parameters: Sequence[str]) -> Accuracy:
        return self._accuracy(parameters, 0.0)

    def _accuracy(self, parameters: Sequence[str], groups: float) -> Accuracy:
        """groups: error in probability of the quantiles of groups, on top of that of the parameters."""
        marginals = max(self._quantiles(parameter, USUAL_TAIL)[1] for parameter in parameters)
        seen = 2.0 if marginals < _SLOW else TAIL_BETWEEN_RULES
        probability = (
            seen * marginals + groups + EXACT + self.hyper.likelihood.noise + float(self.hyper.rule.outside[0])
        )
        return Accuracy(*self.hyper.errors, min(probability, 1.0), COMPARED)

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd = self.hyper.moments(parameter)
        (lower, median, upper), _ = self._quantiles(parameter, tail)
        note = missing(mean, sd, self.hyper.orders[parameter], parameter)
        return Summary(mean.shown, sd.shown, lower, median, upper, note)

    def group_moments(self) -> tuple[Array, Array]:
        (mean, sd, _), (mean_error, sd_error) = self._moments, self.hyper.moment_errors
        return useful(mean[self.where], mean_error), useful(sd[self.where], sd_error)

    def groups(self, tail: float) -> GroupSummary:
        mean, sd, weight = self._moments
        lower, median, upper = np.exp(self._fitted.quantiles(self.hyper.pairs, symmetric(tail)))
        found = GroupSummary(*(part[self.where] for part in (mean, sd, lower, median, upper, weight)))
        return found.accurate(*self.hyper.moment_errors)

    @cached_property
    def _moments(self) -> tuple[Array, Array, Array]:
        """Mean, sd and weight of each distinct pair; a group without exposure is like a new group."""
        pairs = self.hyper.pairs
        of, following = group_moments(pairs, self.hyper.point, self.hyper.probability), self.hyper.next_group()
        mean, sd = (np.where(pairs.exposure > 0.0, *both) for both in zip((of.mean, of.sd), following, strict=True))
        return mean, sd, of.weight

    def _quantiles(self, parameter: str, tail: float) -> tuple[Array, float]:
        """Quantiles of a parameter at tail, 1/2 and 1 - tail, and an estimate of the error in probability."""
        key = parameter, tail
        if key not in self._found:
            if parameter not in self._distributions:
                self._distributions[parameter] = level_distribution(self.hyper, parameter)
            known = self._distributions[parameter]
            self._found[key] = level_quantiles(self.hyper, self._lines, parameter, known, symmetric(tail))
        return self._found[key]

    def _lines(self, index: int) -> Lines:
        if index not in self._known:
            self._known[index] = every_line(self.hyper, index)
        return self._known[index]

    @cached_property
    def _fitted(self) -> Fitted:
        """A smaller rule for the distribution functions of groups."""
        return fitted(self.hyper.source, self.hyper.typical, USUAL_LEVELS)

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """Quantiles of some groups at tail, 1/2 and 1 - tail: (groups, 3)."""
        distinct, which = np.unique(self.where[places], return_inverse=True)
        logs = self._fitted.quantiles(self.hyper.pairs.subset(distinct), symmetric(tail))
        return np.asarray(np.exp(logs).T[which])

    def theta_below(self, theta: float) -> Array:
        return np.asarray(self._fitted.below(self.hyper.pairs, float(np.log(theta)))[self.where])

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.hyper.pairs, self.where, values)

    # --- nodes and pictures

    def given_nodes(self, nodes: Nodes, pairs: PoissonCells, where: Index) -> Conditionals:
        return given_nodes(nodes, pairs, where)

    @property
    def alone(self) -> PoissonCells:
        """Typical pairs, and one without exposure, whose conditional is the population."""
        of = self.hyper.typical
        return PoissonCells(np.append(of.events, 0.0), np.append(of.exposure, 0.0), np.append(of.count, 1.0))

    def every_node(self) -> Lattice:
        return every_node(self.hyper, self.where)

    def density(self, coordinates: str) -> Surface:
        return density(self.hyper, coordinates)
