"""Answers for population parameters that are given, or estimated and treated as known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.distributions import Distribution
from partialpool.engine.conditionals import Conditionals, Singles, singles
from partialpool.engine.draws import Drawn, at_one
from partialpool.engine.mixture import Mixture
from partialpool.engine.model import Model
from partialpool.engine.results import EXACT, USUAL_TAIL, Accuracy, Brief, GroupSummary, Results, Summary, symmetric
from partialpool.engine.traces import Traces
from partialpool.errors import RequestError
from partialpool.quadrature.surface import Surface
from partialpool.special import Array, Index

_NO_DENSITY = (
    'The population\'s parameters are taken as known here: they have no density. A fit with method="full" learns them.'
)

REACHED = "closed forms, and a distribution function evaluated at its own quantiles"


FittedModel: TypeAlias = Mapping[str, tuple[float, float, str]]
"""Mean, sd and note of each parameter: those treated as known have sd 0, and the others are normal."""


def points(values: Mapping[str, float], note: str) -> dict[str, tuple[float, float, str]]:
    """Describe parameters that are treated as known."""
    return {name: (value, 0.0, note) for name, value in values.items()}


def summary(each: Distribution, weight: Array, where: Index, tail: float) -> GroupSummary:
    """Summaries of groups from distributions of the distinct groups, (distinct, 1), which `where` assigns to them."""
    mean, sd, quantiles = each.mean[:, 0], np.sqrt(each.variance[:, 0]), each.at(_quantiles(each, tail)).T
    return GroupSummary(*(row[where] for row in (mean, sd, *quantiles, weight)))


def normal(mean: Array, sd: Array, weight: Array, where: Index, tail: float) -> GroupSummary:
    """Summaries of groups whose thetas are normal, with sds that may be 0."""
    quantiles = mean + np.outer(sc.ndtri(symmetric(tail)), sd)
    return GroupSummary(*(row[where] for row in (mean, sd, *quantiles, weight)))


def accuracy_of(each: Distribution) -> Accuracy:
    """Accuracy of the summaries of such distributions, from the cdf at their quantiles."""
    z = _quantiles(each, USUAL_TAIL)
    inside = (z > each.limits[0]) & (z < each.limits[1])  # elsewhere the quantile is an end of theta's support
    reached = each.cdf(np.where(inside, each.line(each.at(z)), 0.0))
    gap = float(np.max(np.abs(reached - symmetric(USUAL_TAIL)), where=inside, initial=0.0))
    return Accuracy(EXACT, EXACT, gap + EXACT, REACHED)


def _quantiles(each: Distribution, tail: float) -> Array:
    """Quantiles of z: (distinct, 3)."""
    return Mixture(np.ones(1), each).quantiles(symmetric(tail), upper=False)


class AtOnePoint(Brief, ABC):
    """Base of answers for which the population's parameters, or some of them, are treated as known."""

    hyper: ClassVar[None] = None  # the integrated posterior of these parameters, of which there is none

    @property
    @abstractmethod
    def fit(self) -> FittedModel:
        """The population's parameters by name."""

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.fit)

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd, note = self.fit[parameter]
        lower, median, upper = (mean + sd * sc.ndtri(symmetric(tail))).tolist()
        return Summary(mean, sd, lower, median, upper, note)

    @property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, "closed forms")

    @abstractmethod
    def groups(self, tail: float) -> GroupSummary:
        """Summaries of every group, in the caller's order."""

    def group_moments(self) -> tuple[Array, Array]:
        found = self.groups(USUAL_TAIL)
        return found.mean, found.sd

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        return self.groups(tail).quantiles(places)

    # --- nodes: a single one, whatever the fineness, unless a family overrides this

    def contrasts(self, fineness: int) -> Conditionals:
        return self.conditionals(fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self.conditionals(fineness))

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        return at_one(self.conditionals(0))

    # --- pictures

    def density(self, coordinates: str) -> Surface:
        raise RequestError(_NO_DENSITY)

    def traces(self, places: Index) -> Traces:
        raise RequestError(_NO_DENSITY)


@dataclass(frozen=True, repr=False)
class PlugIn(AtOnePoint):
    """Answers of a model whose population parameters are known to be at (x, y)."""

    model: Model
    x: float
    y: float
    note: str = "given"

    @property
    def fit(self) -> FittedModel:
        parameters = self.model.parameters.items()
        return points({name: float(np.exp(of.log(*self._point))[0]) for name, of in parameters}, self.note)

    @property
    def _point(self) -> tuple[Array, Array]:
        return np.array([self.x]), np.array([self.y])

    def groups(self, tail: float) -> GroupSummary:
        weight = self.model.weight(*self._point)[:, 0]
        return summary(self.model.conditionals(*self._point), weight, self.model.where, tail)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        phi = {name: np.exp(of.log(*self._point)) for name, of in self.model.parameters.items()}
        groups, population = self.model.conditionals(*self._point), self.model.population(*self._point)
        return Conditionals(np.ones(1), groups, self.model.where, population, phi)

    def stored(self) -> dict[str, float]:
        first, second = list(self.model.parameters)[:2]
        return {name: self.fit[name][0] for name in (first, second)}

    def given(self, values: Mapping[str, float]) -> Results:
        return self.model.given(values)
