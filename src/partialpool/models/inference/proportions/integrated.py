"""Answers averaged over the posterior of the population's parameters of a beta-binomial model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.marginals.beta_moments import Moments
from partialpool.engine.by_rows import ByRows
from partialpool.engine.conditionals import Conditionals, Lattice
from partialpool.engine.mixtures.source import Nodes
from partialpool.engine.results import COMPARED, EXACT, USUAL_TAIL, Accuracy, GroupSummary, Results, Summary
from partialpool.models.inference.proportions.conditionals import every_node, given_nodes
from partialpool.models.inference.proportions.fixed import expanded, given
from partialpool.models.inference.proportions.hyper import PARAMETERS, Hyperposterior
from partialpool.models.inference.proportions.orientation import swapped
from partialpool.models.inference.proportions.surface import density
from partialpool.priors.propriety.barely import moments_note, notes
from partialpool.priors.propriety.proportions import missing_moment
from partialpool.quadrature.moments import useful
from partialpool.quadrature.surface import Surface
from partialpool.safety import OTHER_PROPORTIONS
from partialpool.special import Array, Index, expit


@dataclass(frozen=True, repr=False)
class Integrated(ByRows):
    """Answers that account for the uncertainty of the population's parameters."""

    hyper: Hyperposterior
    where: NDArray[np.intp]  # index of each group's distinct pair

    separate: ClassVar[bool] = True

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        return self._accuracy(PARAMETERS, OTHER_PROPORTIONS * self.hyper.group_error)

    def accuracy_of(self, parameters: Sequence[str]) -> Accuracy:
        return self._accuracy(parameters, 0.0)

    def _accuracy(self, parameters: Sequence[str], groups: float) -> Accuracy:
        """groups: error in probability of the quantiles of groups, on top of that of the rule's weights."""
        marginals = max(self.hyper.quantile_error(parameter, USUAL_TAIL) for parameter in parameters)
        probability = 2.0 * marginals + groups + EXACT + self.hyper.likelihood.noise
        return Accuracy(*self.hyper.errors, min(probability, 1.0), COMPARED)

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd = self.hyper.moments(parameter)
        lower, median, upper = self.hyper.quantiles(parameter, tail)
        note = notes(moments_note(parameter, mean, sd), self._nonexistent(parameter))
        return Summary(mean.shown, sd.shown, lower, median, upper, note)

    def _nonexistent(self, parameter: str) -> str:
        """The reason why a mean or an sd does not exist; empty if both do."""
        if parameter in ("mean", "sd"):
            return ""
        reasons = (missing_moment(order, self.hyper.highest, parameter) for order in (1, 2))
        return next((reason for reason in reasons if reason), "")

    def group_moments(self) -> tuple[Array, Array]:
        found, (mean, sd) = self._moments.subset(self.where), self.hyper.moment_errors
        return useful(found.mean, mean), useful(found.sd, sd)

    @cached_property
    def _moments(self) -> Moments:
        """Moments of each distinct pair's theta."""
        return self.hyper.group_moments()

    def groups(self, tail: float) -> GroupSummary:
        found = expanded(self._moments, expit(self.hyper.group_quantiles(tail)), self.where)
        return found.accurate(*self.hyper.moment_errors)

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """Quantiles of some groups at tail, 1/2 and 1 - tail: (groups, 3)."""
        distinct, which = np.unique(self.where[places], return_inverse=True)
        return np.asarray(expit(self.hyper.group_quantiles(tail, distinct)).T[which])

    def theta_below(self, theta: float) -> Array:
        logit = float(np.log(theta) - np.log1p(-theta))
        return np.asarray(self.hyper.groups_below(logit)[self.where])

    def given(self, values: Mapping[str, float]) -> Results:
        pairs = self.hyper.pairs
        return given(swapped(pairs) if self.hyper.flipped else pairs, self.where, values)

    # --- nodes and pictures

    def given_nodes(self, nodes: Nodes, pairs: BinomialCells, where: Index) -> Conditionals:
        return given_nodes(nodes, pairs, where, flipped=self.hyper.flipped)

    def every_node(self) -> Lattice:
        return every_node(self.hyper, self.where)

    def density(self, coordinates: str) -> Surface:
        return density(self.hyper, coordinates)
