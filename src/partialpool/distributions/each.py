"""The interface of an array of distributions of theta, which all families share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from partialpool.distributions.quantity import Quantity
from partialpool.special import Array, Index


class Distribution(ABC):
    """An array of distributions of theta, described through z, which maps theta to the whole real line.

    z is the logit of a proportion, the log of a rate, and an effect itself in a convenient unit. Where a method takes
    z, it broadcasts against the array.
    """

    scale: str  # name of z
    support: tuple[float, float]  # the interval of possible theta
    limits: tuple[float, float]  # the z beyond which theta is, in double precision, at an end of its support
    blurred: float = np.inf  # the z from which theta is so near an end that doubles are too coarse to show it
    described: str  # the support in words, as a sentence without its full stop
    origin: float = 0.0  # theta = origin + unit z, where theta is linear in z
    unit: float = 1.0

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""

    @abstractmethod
    def part(self, which: Any) -> Self:
        """Select some of the distributions, by any index of NumPy."""

    def remembering(self) -> Self:
        """The same distributions, which have computed what `part` hands on, so that parts need not compute it again."""
        return self

    # --- theta and z

    @abstractmethod
    def theta(self, z: Array) -> Array:
        """The theta that belongs to z, increasing in z."""

    @abstractmethod
    def line(self, theta: Array) -> Array:
        """The z that belongs to theta; infinite at the ends of the support."""

    @abstractmethod
    def log_rise(self, z: Array) -> Array:
        """Log derivative of theta with respect to z."""

    def at(self, z: Array) -> Array:
        """The theta that belongs to z, exactly an end of the support where z is beyond `limits`."""
        (low, high), (first, last) = self.limits, self.support
        theta = self.theta(z)
        return np.where(z <= low, first, np.where(z >= high, last, theta))

    # --- distributions

    @classmethod
    @abstractmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Concatenate the rows of several arrays."""

    def and_next(self, following: Self, at: Index) -> Self:
        """Select rows by place, where a place of -1 stands for `following`, which is a single row."""
        new, row = at < 0, following.part(None)
        if not new.any():
            return self.part(at)
        return row.joined((row, self.part(at[~new]))).part(np.where(new, 0, np.cumsum(~new)))

    @property
    def ends(self) -> list[tuple[float, Array]]:
        """Finite ends of the support, with the shape there: the density is infinite for a shape below 1, 0 above."""
        return []

    @abstractmethod
    def log_density(self, z: Array) -> Array:
        """Log density of z."""

    @abstractmethod
    def cdf(self, z: Array) -> Array:
        """P(Z <= z)."""

    @abstractmethod
    def sf(self, z: Array) -> Array:
        """P(Z > z), with full relative accuracy where it is small."""

    @abstractmethod
    def drawn(self, rng: np.random.Generator) -> Array:
        """Draw one theta from each distribution."""

    def drawn_z(self, rng: np.random.Generator) -> Array:
        """One z from each, which distinguishes thetas that are equal in double precision."""
        return self.line(self.drawn(rng))

    # --- two thetas

    atoms: tuple[float, ...] = ()  # differences of two thetas that may have positive probability in double precision

    @property
    @abstractmethod
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities that compare two such thetas: the difference first, and last the one that is a difference of z."""

    def beyond(self, other: Self, value: float) -> tuple[Array, Array] | None:
        """P(z - z_other <= value) for each pair, and the density there; None without a closed form."""
        return None

    # --- summaries

    @property
    @abstractmethod
    def mean(self) -> Array:
        """E[theta]."""

    @property
    def from_origin(self) -> Array:
        """E[theta] measured from a common origin, so that differences keep their digits."""
        return self.mean

    @property
    @abstractmethod
    def variance(self) -> Array:
        """Var(theta)."""

    @property
    @abstractmethod
    def middle(self) -> Array:
        """Approximate median of z."""

    @property
    @abstractmethod
    def spread(self) -> Array:
        """Approximate sd of z."""

    @property
    @abstractmethod
    def reach(self) -> tuple[Array, Array]:
        """The interval of z outside of which there is a probability of about 1e-16 on either side."""

    @property
    @abstractmethod
    def bend(self) -> Array:
        """Approximate point where the lower tail gives way to the upper, within a spread or a unit of z."""


class ExponentialFamily(Distribution):
    """Distributions whose log densities are linear combinations of a few functions of z."""

    @abstractmethod
    def log_slope(self, z: Array) -> Array:
        """Slope of the log density of z."""

    @property
    @abstractmethod
    def log_size(self) -> Array:
        """Log of the amount of data (trials, or exposure) that would make a distribution so sharp."""

    @property
    @abstractmethod
    def width(self) -> Array:
        """The sd of z if its density were everywhere as sharp as at its top."""

    @property
    @abstractmethod
    def powers(self) -> Array:
        """Coefficients c such that the log density of z is  sum over k of c_k logs_k(z):  (*shape, k)."""

    @abstractmethod
    def logs(self, z: Array) -> Array:
        """The functions of z of which the log density is a linear combination: (*shape of z, k)."""
