"""Distinct groups in a convenient unit, with the map back to the caller's units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.normal_given import Given, Nodes, Thetas, thetas, weights
from partialpool.special import Array, Index

_SHARES = ("icc",)  # parameters without a unit


@dataclass(frozen=True)
class Rescaled:
    """Distinct groups; the caller's value of x is origin + (rest + 2^exponent x).

    Attributes:
        estimate, se: estimate and standard error of each distinct group, in the unit; se is a multiple of the scatter.
        raw: the estimates in the caller's units.
        where: index of each group among the distinct groups.
    """

    estimate: Array
    se: Array
    raw: Array
    where: Index
    origin: float
    rest: float
    exponent: int

    def subset(self, some: Index) -> Rescaled:
        """Select some of the distinct groups."""
        few = self.estimate[some], self.se[some], self.raw[some]
        return Rescaled(*few, self.where, self.origin, self.rest, self.exponent)

    def back(self, x: Array | float) -> Array:
        """Locations in the caller's units."""
        return np.asarray(self.origin + (self.rest + self.restored(x)))

    def restored(self, x: Array | float) -> Array:
        """Differences and scales in the caller's units."""
        return np.asarray(np.ldexp(x, self.exponent))

    def sized(self, name: str, value: Array) -> Array:
        """Values of a scale of the population, or its moments, in the caller's units."""
        return value if name in _SHARES else self.restored(value)

    def own(self, nodes: Nodes) -> NDArray[np.bool_]:
        """Mask of the groups whose own estimate weighs more, on average, than the population."""
        return np.asarray(weights(self.se, nodes.given) @ nodes.probability > 0.5)

    def thetas(self, own: NDArray[np.bool_], given: Given) -> Thetas:
        """Conditionals of the groups' thetas at nodes, measured from their own estimates or from the origin."""
        return thetas(self.estimate, self.se, own, given)

    def pivoted(self, own: NDArray[np.bool_], x: Array) -> Array:
        """Locations in the caller's units, from those of `thetas`."""
        return np.where(own, self.raw + self.restored(x), self.back(x))
