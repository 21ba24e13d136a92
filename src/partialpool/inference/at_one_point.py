"""What answers at given parameters of the population have in common, whichever family they are of."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import EXACT, USUAL_TAIL, Accuracy, Brief, GroupSummary, Traces
from partialpool.conditionals import Conditionals, Singles, singles
from partialpool.drawn import Drawn, at_one
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
