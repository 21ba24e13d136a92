"""What an array of distributions of theta can be asked, whichever family they are of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from partialpool.distributions.quantity import Quantity
from partialpool.special import Array, Index


class Each(ABC):
    """An array of distributions of theta, each over z, which stands for theta on the whole real line.

    z is the logit of a proportion, the log of a rate, and an effect itself in a convenient unit. Where a method takes
    z, it broadcasts against the array.
    """

    scale: str  # what z is called
    support: tuple[float, float]  # what theta can be
    limits: tuple[float, float]  # the z beyond which theta is, as a double, at an end of that
    blurred: float = np.inf  # the z from where on theta is so near to an end that a double no longer tells where
    described: str  # that, as a sentence without its full stop
    origin: float = 0.0  # and unit, of theta where it is a straight line in z
    unit: float = 1.0

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""

    @abstractmethod
    def part(self, which: Any) -> Self:
        """Some of them, by any index of NumPy."""

    # --- theta and z

    @abstractmethod
    def theta(self, z: Array) -> Array:
        """The theta of a z, increasing."""

    @abstractmethod
    def line(self, theta: Array) -> Array:
        """The z of a theta; infinite at the ends of what theta can be."""

    @abstractmethod
    def log_rise(self, z: Array) -> Array:
        """log of d theta / d z."""

    def at(self, z: Array) -> Array:
        """The theta of a z, exactly an end where z has reached it."""
        (low, high), (first, last) = self.limits, self.support
        theta = self.theta(z)
        return np.where(z <= low, first, np.where(z >= high, last, theta))

    # --- distributions

    @classmethod
    @abstractmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Rows of several arrays, one after the other."""

    def and_next(self, following: Self, at: Index) -> Self:
        """The rows at these places; where a place is -1, `following`, which is a row alone."""
        new, row = at < 0, following.part(None)
        if not new.any():
            return self.part(at)
        return row.joined((row, self.part(at[~new]))).part(np.where(new, 0, np.cumsum(~new)))

    @property
    def ends(self) -> list[tuple[float, Array]]:
        """The ends that theta has, with the shape there: its density is infinite below a shape of 1, and 0 above."""
        return []

    @abstractmethod
    def log_density(self, z: Array) -> Array:
        """log of the density of z."""

    @abstractmethod
    def cdf(self, z: Array) -> Array:
        """P(Z <= z)."""

    @abstractmethod
    def sf(self, z: Array) -> Array:
        """P(Z > z), with full relative accuracy where it is small."""

    @abstractmethod
    def drawn(self, rng: np.random.Generator) -> Array:
        """One theta from each."""

    def drawn_z(self, rng: np.random.Generator) -> Array:
        """One z from each, which tells apart thetas that are the same to a double."""
        return self.line(self.drawn(rng))

    # --- two thetas

    atoms: tuple[float, ...] = ()  # differences of two thetas that, in doubles, may have a probability of their own

    @property
    @abstractmethod
    def quantities(self) -> tuple[Quantity, ...]:
        """What is asked of two thetas of this kind, the difference first, and last what is a difference of z."""

    def beyond(self, other: Self, value: float) -> tuple[Array, Array] | None:
        """P(z - z_other <= value) of each two, and the density there, where they have a closed form."""
        return None

    # --- summaries

    @property
    @abstractmethod
    def mean(self) -> Array:
        """E[theta]."""

    @property
    def from_origin(self) -> Array:
        """E[theta] from an origin that all of them share, so that differences keep their digits."""
        return self.mean

    @property
    @abstractmethod
    def variance(self) -> Array:
        """Var(theta)."""

    @property
    @abstractmethod
    def middle(self) -> Array:
        """About the median of z."""

    @property
    @abstractmethod
    def spread(self) -> Array:
        """About the sd of z."""

    @property
    @abstractmethod
    def reach(self) -> tuple[Array, Array]:
        """Where z lies but for a probability of about 1e-16 on either side."""

    @property
    @abstractmethod
    def bend(self) -> Array:
        """About where one tail goes over into the other, on a scale of one if not of the spread."""


class ExponentialFamily(Each):
    """Distributions whose densities are products of powers of a few functions of z."""

    @abstractmethod
    def log_slope(self, z: Array) -> Array:
        """The slope of the log density of z."""

    @property
    @abstractmethod
    def log_size(self) -> Array:
        """The log of how much data they are worth: the trials, or the exposure, that would make them so sharp."""

    @property
    @abstractmethod
    def width(self) -> Array:
        """The sd that z would have if its density were everywhere as sharp as at its top."""

    @property
    @abstractmethod
    def powers(self) -> Array:
        """Factors c with  log density of z = sum over k of c_k logs_k(z):  (*shape, k)."""

    @abstractmethod
    def logs(self, z: Array) -> Array:
        """The logs of the functions that the density is made of powers of: (*shape of z, k)."""
