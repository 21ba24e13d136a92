"""Random draws of the population's parameters, with the conditionals of the groups given them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.engine.conditionals import Conditionals


@dataclass(frozen=True)
class Drawn:
    """Random draws of the population's parameters from the posterior.

    Attributes:
        given: function that gives the conditionals at some of the draws, as nodes of equal probability.
        cut: estimated share of the posterior's mass that the draws miss.
    """

    given: Callable[[slice], Conditionals]
    cut: float = 0.0


def at_one(nodes: Conditionals) -> Drawn:
    """Repeat the single node of known parameters as draws."""

    def given(some: slice) -> Conditionals:
        size = some.stop - some.start
        same = np.zeros(size, dtype=np.intp)
        phi = {name: value[same] for name, value in nodes.phi.items()}
        groups, population = nodes.groups.part((slice(None), same)), nodes.population.part(same)
        return Conditionals(equal(size), groups, nodes.where, population, phi)

    return Drawn(given)


def equal(size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Equal probabilities for `size` draws."""
    return np.full(size, 1.0 / size)
