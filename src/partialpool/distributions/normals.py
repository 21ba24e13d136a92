"""theta ~ N(location, scale^2), as a distribution of (theta - origin)/unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special as sc

from partialpool.distributions.each import Distribution
from partialpool.distributions.quantity import Quantity, apart, shifted
from partialpool.special import HALF_LOG_2PI, Array

_REACH = 8.3


@dataclass(frozen=True)
class Normals(Distribution):
    """theta = origin + unit z with z ~ N(location, sd^2) and sd > 0.

    The origin is near the data, so that z keeps the digits that a distant origin would cost theta.

    Attributes:
        shared: the part of the sd that is the same deviation in all rows, such as that of a mean which was integrated
            out; None where rows are independent.
    """

    location: Array
    sd: Array
    origin: float = 0.0
    unit: float = 1.0
    shared: Array | None = None

    scale = "standardised"
    support = (-np.inf, np.inf)
    limits = (-np.inf, np.inf)
    described = "An effect is a finite number"

    @property
    def shape(self) -> tuple[int, ...]:
        return self.location.shape

    def part(self, which: Any) -> Normals:
        shared = None if self.shared is None else self.shared[which]
        return Normals(self.location[which], self.sd[which], self.origin, self.unit, shared)

    @classmethod
    def joined(cls, parts: Sequence[Normals]) -> Normals:
        location, sd = np.concatenate([one.location for one in parts]), np.concatenate([one.sd for one in parts])
        shared = [one.shared for one in parts if one.shared is not None]
        return cls(location, sd, parts[0].origin, parts[0].unit, np.concatenate(shared) if shared else None)

    def log_rise(self, z: Array) -> Array:
        return np.full(np.shape(z), np.log(self.unit))

    def theta(self, z: Array) -> Array:
        return self.origin + self.unit * np.asarray(z)

    def line(self, theta: Array) -> Array:
        return (np.asarray(theta) - self.origin) / self.unit

    def log_density(self, z: Array) -> Array:
        u = (z - self.location) / self.sd
        return -0.5 * u * u - np.log(self.sd) - HALF_LOG_2PI

    def cdf(self, z: Array) -> Array:
        return sc.ndtr((z - self.location) / self.sd)

    def sf(self, z: Array) -> Array:
        return sc.ndtr((self.location - z) / self.sd)

    def drawn(self, rng: np.random.Generator) -> Array:
        return self.theta(self.location + self.sd * rng.standard_normal(self.shape))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (_DIFFERENCE,)

    def beyond(self, other: Normals, value: float) -> tuple[Array, Array] | None:
        sd = np.hypot(self.sd, other.sd)
        away = (value - (self.location - other.location)) / sd
        return sc.ndtr(away), np.exp(-0.5 * away * away - HALF_LOG_2PI) / sd

    @property
    def mean(self) -> Array:
        return self.theta(self.location)

    @property
    def from_origin(self) -> Array:
        return self.unit * self.location

    @property
    def variance(self) -> Array:
        return (self.unit * self.sd) ** 2

    @property
    def middle(self) -> Array:
        return self.location

    @property
    def spread(self) -> Array:
        return self.sd

    @property
    def reach(self) -> tuple[Array, Array]:
        return self.location - _REACH * self.sd, self.location + _REACH * self.sd

    @property
    def bend(self) -> Array:
        return self.location


def _along(of: Normals) -> tuple[Array, Array]:
    return of.location, of.sd**2


_DIFFERENCE = Quantity("difference", apart, shifted, _along)
