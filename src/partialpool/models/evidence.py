"""What groups say, as places in a plane in which whatever is asked of a group is smooth.

The coordinates are how much a group knows, and how far what it says is from the common value, in standard deviations
that count its own error and how much theta varies:

    proportions   log n,    2 sqrt(n) (arcsin(sqrt(y/n)) - arcsin(sqrt(common))) / sqrt(1 + n/concentration)
    rates         log x,    2 (sqrt(y) - sqrt(common x)) / sqrt(1 + x/rate)
    otherwise     log se,   (y - common)/sqrt(se^2 + sd^2)

times sqrt(w + c), w the weight of a group's own data in its mean: small groups may say more extreme things than large
ones do, and c makes the rectangle fit both.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Each, Normals, conjugate_normals
from partialpool.special import Array

NONE = 1e-300
_TAPER = 100.0  # where nothing else is said: small groups are taken to be as far away as large ones


class Evidence(ABC):
    """What the groups of a fit say, as places in the plane, and the conditionals of groups at other places.

    knowing: the first coordinate of each group. taper: c.
    """

    def __init__(self, knowing: Array, away: Array) -> None:
        """away: how far groups are from the common value, in their own standard errors."""
        self.knowing = knowing
        self._residual = away * np.sqrt(1.0 - self.weight(knowing))
        self.taper = _TAPER

    def tapered(self, c: float) -> Evidence:
        """The same with another c."""
        other = copy.copy(self)
        other.taper = c
        return other

    @property
    def place(self) -> Array:
        """Both coordinates of each group: (2, groups)."""
        return np.stack([self.knowing, self._residual * np.sqrt(self.weight(self.knowing) + self.taper)])

    def spreads(self, knowing: Array) -> Array:
        """By how many sds of a conditional its place changes when the second coordinate does so by 1, at the most."""
        weight = self.weight(knowing)
        return np.asarray(1.0 / np.sqrt((weight + self.taper) * np.maximum(1.0 - weight, NONE)))

    def away(self, place: Array) -> Array:
        """How far the data of places are from the common value, in their own standard errors."""
        return place[1] * self.spreads(place[0])

    @abstractmethod
    def weight(self, knowing: Array) -> Array:
        """The weight of a group's own data in its posterior mean, from its first coordinate."""

    @abstractmethod
    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        """The conditionals at nodes of groups with the data of places, (2, groups): (groups, nodes)."""


class Numbers(Evidence):
    """Numbers with standard errors: also means of measurements, whose standard errors go with their scatter, sigma."""

    def __init__(self, estimate: Array, se: Array, sd: float) -> None:
        weight = np.where(se > 0.0, se, np.inf) ** -2.0
        self._common, self._sd = float(weight @ estimate / weight.sum()), sd
        super().__init__(np.log(se), (estimate - self._common) / se)

    def weight(self, knowing: Array) -> Array:
        return np.asarray(self._sd**2 / (self._sd**2 + np.exp(2.0 * knowing)))

    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        population = nodes.population
        assert isinstance(population, Normals)
        se = np.exp(place[0])
        y = (self._common + se * self.away(place) - population.origin) / population.unit
        noise = nodes.phi["sigma"] if "sigma" in nodes.phi else np.ones(1)
        return conjugate_normals(y, se[:, None] * noise / population.unit, population)
