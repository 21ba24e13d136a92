"""Nodes of r = sd/sigma and sigma, with the population of thetas at each."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.normal_given import Given, Nodes
from partialpool.distributions.marginals.normal_unknown import Likelihood, population
from partialpool.special import Array, Index, log_sigmoid

_LARGEST = 700.0  # the exponential of anything larger overflows a double


def nodes_at(model: Likelihood, log_r: Array, log_sigma: Array, log_p: Array) -> Nodes:
    """Nodes at values of log r and log sigma, in the units of the likelihood, with log probabilities."""
    mu, log_sd = population(model, log_r, log_sigma), log_r + log_sigma
    logs = {"sd": log_sd, "sigma": log_sigma, "icc": log_sigmoid(2.0 * log_r)}
    mean_sd = np.exp(np.minimum(0.5 * mu.log_variance, _LARGEST))
    sd, sigma = _scales(log_r, log_sigma)
    return Nodes(log_p, logs, Given(sd, mu.mean, mean_sd, sigma))


def merged(nodes: Nodes, log_r: Array) -> Nodes:
    """Merge nodes of equal r; given r, moments of theta depend only on E[sigma^2] and on mean and sd of the mean."""
    distinct, where = np.unique(log_r, return_inverse=True)
    log_p = _log_totals(nodes.log_probability, where, len(distinct))
    log_share = nodes.log_probability - log_p[where]
    mean: Array = np.bincount(where, weights=np.exp(log_share) * nodes.given.mean).astype(float)
    with np.errstate(divide="ignore"):
        away = np.log(np.hypot(nodes.given.mean_sd, nodes.given.mean - mean[where]))
    log_sigma, log_away = (
        0.5 * _log_totals(log_share + 2.0 * log, where, len(distinct)) for log in (nodes.logs["sigma"], away)
    )
    sd, sigma = _scales(distinct, log_sigma)
    return Nodes(log_p, {}, Given(sd, mean, np.exp(np.minimum(log_away, _LARGEST)), sigma))


def _log_totals(logs: Array, where: Index, size: int) -> Array:
    """Logs of the sums of numbers, given by their logs, over each of `size` kinds."""
    top = np.full(size, -np.inf)
    np.maximum.at(top, where, logs)
    top = np.maximum(top, -1e300)
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.bincount(where, weights=np.exp(logs - top[where]), minlength=size)))


def _scales(log_r: Array, log_sigma: Array) -> tuple[Array, Array]:
    """sd and sigma, as large as doubles allow, with the ratio r, which decides how much groups weigh."""
    log_sigma = np.minimum(log_sigma, _LARGEST - np.maximum(log_r, 0.0))
    return _exp(log_r + log_sigma), _exp(log_sigma)


def _exp(log_value: Array) -> Array:
    return np.exp(np.clip(log_value, -_LARGEST, _LARGEST))
