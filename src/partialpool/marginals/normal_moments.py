"""Posterior moments of the groups of a normal population, averaged over nodes of (r, sigma)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.marginals.normal_unknown import Likelihood, population
from partialpool.special import Array, row_sums

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Nodes:
    """Points with their probabilities."""

    log_r: Array
    log_sigma: Array
    probability: Array

    def __len__(self) -> int:
        return len(self.probability)


@dataclass(frozen=True)
class Averages:
    """The nodes with equal r taken together: the mean of mu given r; its variance and sigma^2 times the probability."""

    log_r: Array
    probability: Array
    mean: Array
    variance: Array
    square: Array


@dataclass(frozen=True)
class Moments:
    """Mean and sd of each group's theta, and the weight of the group's own data."""

    mean: Array
    sd: Array
    weight: Array


def averages(model: Likelihood, nodes: Nodes, log_p: Array) -> Averages:
    """What the moments of groups need to know of the nodes.

    log_p: of each node. A probability too small for a double still counts where what it multiplies is large.
    """
    log_r, where = np.unique(nodes.log_r, return_inverse=True)
    mu = population(model, nodes.log_r, nodes.log_sigma)

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(where, weights=values, minlength=len(log_r)), dtype=float)

    p = total(nodes.probability)
    mean = total(nodes.probability * mu.mean) / np.where(p > 0.0, p, 1.0)
    with np.errstate(over="ignore"):
        variance = total(nodes.probability * (mu.mean - mean[where]) ** 2 + np.exp(log_p + mu.log_variance))
        square = total(np.exp(log_p + 2.0 * nodes.log_sigma))
    return Averages(log_r, p, mean, variance, square)


def moments(of: Averages, n: Array, y: Array) -> Moments:
    """Moments of theta of groups of n rows with mean y; the work is shared by all groups with the same n. n = 0 is mu.

    Given r, theta = y - s (y - mu) + noise with s = 1/(1 + n r^2), the shrinkage, and the variance sigma^2 (1 - s)/n.
    """
    sizes, where = np.unique(n, return_inverse=True)
    chunk = max(1, _CHUNK // max(1, len(of.probability)))
    parts = [_sums(of, sizes[i : i + chunk]) for i in range(0, len(sizes), chunk)]
    shrinkage, weight, centre, within, v11, v12, v22 = np.concatenate(parts, axis=1)[:, where]
    off = y - centre
    between = off * off * v11 - 2.0 * off * v12 + v22
    return Moments(y - off * shrinkage, np.sqrt(within + np.maximum(between, 0.0)), np.minimum(weight, 1.0))


def _sums(of: Averages, n: Array) -> Array:
    """For each group size the averages that all groups of that size share."""
    p = of.probability
    shrinkage, weight = shares(n, of.log_r)
    mean_shrinkage = row_sums(shrinkage, p)
    centre = row_sums(shrinkage, p * of.mean) / mean_shrinkage  # with it E[s (mu - centre)] = 0
    moved = shrinkage * (of.mean - centre[:, None])
    d_shrinkage = shrinkage - mean_shrinkage[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        within = row_sums(weight, of.square) / np.maximum(n, 1.0) + row_sums(shrinkage**2, of.variance)
        rows = [mean_shrinkage, row_sums(weight, p), centre, within]
        return np.stack([*rows, *(row_sums(part, p) for part in (d_shrinkage**2, d_shrinkage * moved, moved**2))])


def shares(n: Array, log_r: Array) -> tuple[Array, Array]:
    """1/(1 + n r^2) and n r^2/(1 + n r^2) for each n (rows) and r (columns)."""
    odds = np.exp(np.minimum(2.0 * log_r, 700.0)) * n[:, None]
    shrinkage = 1.0 / (1.0 + odds)
    return shrinkage, odds * shrinkage
