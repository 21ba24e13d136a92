"""Posterior means and sds of theta ~ Gamma(y + shape, e + rate), averaged over the population's parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import Point
from partialpool.special import Array, row_sums

_CHUNK = 1 << 20
_LARGEST = 700.0


@dataclass(frozen=True)
class GroupMoments:
    """Posterior of each pair's theta: mean, sd, and the weight of the pair's own data; (pairs,) each."""

    mean: Array
    sd: Array
    weight: Array

    @property
    def pairs(self) -> list[Array]:
        """Means and sds in turn, weights counting as means: mean, sd, weight, NaN of each pair."""
        nothing = np.full(len(self.mean), np.nan)
        return [np.stack([self.mean, self.sd, self.weight, nothing], axis=1).ravel()]


def group_moments(pairs: PoissonCells, at: Point, probability: Array) -> GroupMoments:
    """Average exactly over the nodes; a group without exposure must use `Hyperposterior.next_group` instead."""
    size = max(1, _CHUNK // max(1, len(probability)))
    parts = [
        _moments(pairs.events[i : i + size, None], pairs.exposure[i : i + size, None], at, probability)
        for i in range(0, len(pairs.count), size)
    ]
    return GroupMoments(*np.concatenate(parts, axis=1))


def _moments(y: Array, e: Array, at: Point, p: Array) -> Array:
    at = at.limited
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        shape, rate = (np.exp(np.clip(log, -_LARGEST, _LARGEST)) for log in (at.log_shape, at.log_rate))
        total = 1.0 / (e + rate)
        centre = (y + shape) * total
        mean = row_sums(centre, p)
        within = row_sums(centre * total, p)
        centre -= mean[:, None]
        return np.stack([mean, np.sqrt(within + row_sums(centre * centre, p)), e[:, 0] * row_sums(total, p)])
