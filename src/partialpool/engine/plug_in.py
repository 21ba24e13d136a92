"""Answers where the population's parameters are given, or estimated and taken as known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import EXACT, USUAL_TAIL, Accuracy, Answers, Brief, GroupSummary, Summary, Traces, symmetric
from partialpool.conditionals import Conditionals, Singles, singles
from partialpool.drawn import Drawn, at_one
from partialpool.engine.mixture import Mixture
from partialpool.engine.model import Model
from partialpool.errors import RequestError
from partialpool.integrate.surface import Surface
from partialpool.special import Array, Index


class AtOnePoint(Brief, ABC):
    """Answers where the population's parameters, or some of them, are taken as known."""

    @property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, "closed forms")

    @abstractmethod
    def groups(self, tail: float) -> GroupSummary:
        """Every group, in the caller's order."""

    def group_moments(self) -> tuple[Array, Array]:
        found = self.groups(USUAL_TAIL)
        return found.mean, found.sd

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        return self.groups(tail).quantiles(places)

    # --- nodes: one, whatever the fineness, unless a family says otherwise

    def contrasts(self, fineness: int) -> Conditionals:
        return self.conditionals(fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self.conditionals(fineness))

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        return at_one(self.conditionals(0))

    # --- pictures

    def density(self, coordinates: str) -> Surface:
        raise RequestError("The population's parameters are taken as known here: they have no density.")

    def traces(self, places: Index) -> Traces:
        raise RequestError("The population's parameters are taken as known here: they have no density.")


@dataclass(frozen=True, repr=False)
class PlugIn(AtOnePoint):
    """What follows where the population's parameters are known to be at (x, y)."""

    model: Model
    x: float
    y: float
    note: str = "given"

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.model.parameters)

    @property
    def _point(self) -> tuple[Array, Array]:
        return np.array([self.x]), np.array([self.y])

    def population(self, parameter: str, tail: float) -> Summary:
        value = float(np.exp(self.model.parameters[parameter].log(*self._point))[0])
        return Summary(value, 0.0, value, value, value, self.note)

    def groups(self, tail: float) -> GroupSummary:
        each = self.model.conditionals(*self._point)
        levels = np.tile(symmetric(tail), (each.shape[0], 1))
        lower, median, upper = each.at(Mixture(np.ones(1), each).quantiles(levels, upper=False)).T
        mean, sd, weight = each.mean[:, 0], np.sqrt(each.variance[:, 0]), self.model.weight(*self._point)[:, 0]
        return GroupSummary(*(row[self.model.where] for row in (mean, sd, lower, median, upper, weight)))

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        phi = {name: np.exp(of.log(*self._point)) for name, of in self.model.parameters.items()}
        groups, population = self.model.conditionals(*self._point), self.model.population(*self._point)
        return Conditionals(np.ones(1), groups, self.model.where, population, phi)

    def stored(self) -> dict[str, float]:
        first, second = list(self.model.parameters)[:2]
        return {name: self.population(name, 0.5).mean for name in (first, second)}

    def given(self, values: Mapping[str, float]) -> Answers:
        return self.model.given(values)
