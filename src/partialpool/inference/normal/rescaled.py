"""Distinct groups in a convenient unit, and the way back to what the caller counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.marginals.normal_given import Given, Nodes, Thetas, thetas, weights
from partialpool.special import Array, Index

_SHARES = ("icc",)  # parameters without a unit


@dataclass(frozen=True)
class Rescaled:
    """Distinct groups; a caller's value is origin + (rest + 2^exponent x).

    Attributes:
        estimate, se: of each distinct group, in the unit; se is a multiple of the scatter at a node.
        raw: the estimates as the caller counts.
        where: which of the distinct groups each group is.
    """

    estimate: Array
    se: Array
    raw: Array
    where: Index
    origin: float
    rest: float
    exponent: int

    def subset(self, some: Index) -> Rescaled:
        """Some of the distinct groups."""
        few = self.estimate[some], self.se[some], self.raw[some]
        return Rescaled(*few, self.where, self.origin, self.rest, self.exponent)

    def back(self, x: Array | float) -> Array:
        """Locations as the caller counts."""
        return np.asarray(self.origin + (self.rest + self.restored(x)))

    def restored(self, x: Array | float) -> Array:
        """Differences and scales as the caller counts."""
        return np.asarray(np.ldexp(x, self.exponent))

    def sized(self, name: str, value: Array) -> Array:
        """The values of a scale of the population, or its moments, as the caller counts."""
        return value if name in _SHARES else self.restored(value)

    def own(self, nodes: Nodes) -> NDArray[np.bool_]:
        """Which groups know themselves better than the population does, on average."""
        return np.asarray(weights(self.se, nodes.given) @ nodes.probability > 0.5)

    def thetas(self, own: NDArray[np.bool_], given: Given) -> Thetas:
        """The thetas of the groups at nodes, from their own estimates or from the origin."""
        return thetas(self.estimate, self.se, own, given)

    def pivoted(self, own: NDArray[np.bool_], x: Array) -> Array:
        """Locations as the caller counts, from those of `thetas`."""
        return np.where(own, self.raw + self.restored(x), self.back(x))
