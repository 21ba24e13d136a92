"""Predictive distributions of normal data with theta normal: estimates with known errors, and means of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.distributions import Normals
from partialpool.distributions.marginals.sampling import Alone, Observed, Sampling, Tails
from partialpool.special import HALF_LOG_2PI, Array


@dataclass(frozen=True)
class NormalEstimates(Sampling):
    """Predictive distributions of y ~ N(theta, se^2)."""

    of: Normals

    @classmethod
    def noise(cls, size: Array, phi: Mapping[str, Array]) -> Array:
        """The sd of the data given theta."""
        return size

    @classmethod
    def drawn(cls, theta: Array, size: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
        return np.asarray(theta + cls.noise(size, phi) * rng.standard_normal(theta.shape))

    def within(self, mean: Array, variance: Array) -> Array:
        return np.asarray(self._noise**2)

    def log_probability(self, data: Observed) -> Array:
        z, sd = self._standard(data)
        return np.asarray(-0.5 * z * z - np.log(self.of.unit * sd) - HALF_LOG_2PI)

    def tails(self, data: Observed) -> Tails:
        z = self._standard(data)[0]
        return Tails(sc.ndtr(z), np.zeros(z.shape), sc.ndtr(-z))

    def alone(self, count: Array, probability: Array) -> tuple[list[Alone] | None, float]:
        centre, sd = self.of.theta(self.of.location), np.hypot(self.of.unit * self.of.sd, self._noise)
        return [_Normal(*each) for each in zip(centre, sd, strict=True)], 0.0

    @property
    def _noise(self) -> Array:
        return self.noise(self.size[:, None], self.phi)

    def _standard(self, data: Observed) -> tuple[Array, Array]:
        """Each value in sds from its predictive mean, and that sd in units of `of`."""
        of = self.of
        sd = np.hypot(of.sd, self._noise / of.unit)
        at = (data.value[:, None] - of.origin) / of.unit + data.rest[:, None] / of.unit
        return (at - of.location) / sd, sd


@dataclass(frozen=True)
class NormalMeans(NormalEstimates):
    """Predictive distributions of the mean of n rows ~ N(theta, sigma^2/n), with the rows' scatter about it."""

    @classmethod
    def noise(cls, size: Array, phi: Mapping[str, Array]) -> Array:
        return np.asarray(phi["sigma"] / np.sqrt(size))

    def log_probability(self, data: Observed) -> Array:
        sigma = self.phi["sigma"]
        scatter = (data.size[:, None] - 1.0) * np.log(sigma)
        return np.asarray(super().log_probability(data) - scatter - 0.5 * data.squares[:, None] / sigma**2)


@dataclass(frozen=True)
class _Normal(Alone):
    """A normal distribution at each node."""

    centre: Array
    sd: Array

    @property
    def support(self) -> None:
        return None

    def inside(self, low: Array, high: Array) -> Array:
        a, b = low[:, None], high[:, None]
        if np.isneginf(a).all():
            return np.asarray(sc.ndtr((b - self.centre) / self.sd))
        if np.isposinf(b).all():
            return np.asarray(sc.ndtr((self.centre - a) / self.sd))
        low, high = (a - self.centre) / self.sd, (b - self.centre) / self.sd
        right = low > 0.0
        return np.asarray(sc.ndtr(np.where(right, -low, high)) - sc.ndtr(np.where(right, -high, low)))
