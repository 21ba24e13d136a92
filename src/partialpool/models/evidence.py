"""The data of each group as a point in a plane, in coordinates in which the summaries of a group are smooth.

So a summary can be interpolated between groups. The first coordinate measures how much information a group has, the
second how far its raw estimate is from the common value, in marginal standard deviations (its own error together with
the spread of theta):

    proportions   log n,    2 sqrt(n) (arcsin(sqrt(y/n)) - arcsin(sqrt(common))) / sqrt(1 + n/concentration)
    rates         log x,    2 (sqrt(y) - sqrt(common x)) / sqrt(1 + x/rate)
    otherwise     log se,   (y - common)/sqrt(se^2 + sd^2)

The second coordinate is multiplied by sqrt(w + c), where w is the weight of a group's own data in its posterior mean:
small groups may be further from the common value than large ones, and c makes one rectangle fit both.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod

import numpy as np

from partialpool.distributions import Distribution, Normals, conjugate_normals
from partialpool.engine.conditionals import Conditionals
from partialpool.special import Array

NONE = 1e-300
_TAPER = 100.0  # default c: so large that the factor is nearly the same for small and large groups


class Evidence(ABC):
    """The groups of a fit as points in the plane, and the conditionals of hypothetical groups at other points.

    Attributes:
        knowing: first coordinate of each group, shape (groups,).
        taper: the constant c.
    """

    def __init__(self, knowing: Array, away: Array) -> None:
        """Store the first coordinate and the distance from the common value in standard errors, both (groups,)."""
        self.knowing = knowing
        self._residual = away * np.sqrt(1.0 - self.weight(knowing))
        self.taper = _TAPER

    def tapered(self, c: float) -> Evidence:
        """A copy with another constant c."""
        other = copy.copy(self)
        other.taper = c
        return other

    @property
    def place(self) -> Array:
        """Both coordinates of each group, shape (2, groups)."""
        return np.stack([self.knowing, self._residual * np.sqrt(self.weight(self.knowing) + self.taper)])

    def spreads(self, knowing: Array) -> Array:
        """Change of `away` per unit of the second coordinate; a conditional's mean moves by no more of its sds."""
        weight = self.weight(knowing)
        return np.asarray(1.0 / np.sqrt((weight + self.taper) * np.maximum(1.0 - weight, NONE)))

    def away(self, place: Array) -> Array:
        """Distance from the common value, in standard errors, of the data at points of shape (2, points)."""
        return place[1] * self.spreads(place[0])

    @abstractmethod
    def weight(self, knowing: Array) -> Array:
        """Weight of a group's own data in its posterior mean, as a function of its first coordinate."""

    @abstractmethod
    def conditionals(self, place: Array, nodes: Conditionals) -> Distribution:
        """Conditionals, shape (points, nodes), of groups whose data are those of the points, shape (2, points)."""


class Numbers(Evidence):
    """Estimates with standard errors, or means of measurements, whose standard errors are in units of sigma."""

    def __init__(self, estimate: Array, se: Array, sd: float) -> None:
        weight = np.where(se > 0.0, se, np.inf) ** -2.0
        self._common, self._sd = float(weight @ estimate / weight.sum()), sd
        super().__init__(np.log(se), (estimate - self._common) / se)

    def weight(self, knowing: Array) -> Array:
        return np.asarray(self._sd**2 / (self._sd**2 + np.exp(2.0 * knowing)))

    def conditionals(self, place: Array, nodes: Conditionals) -> Distribution:
        population = nodes.population
        assert isinstance(population, Normals)
        se = np.exp(place[0])
        y = (self._common + se * self.away(place) - population.origin) / population.unit
        noise = nodes.phi["sigma"] if "sigma" in nodes.phi else np.ones(1)
        return conjugate_normals(y, se[:, None] * noise / population.unit, population)
