"""Nodes of the posterior of a normal population of groups of rows, with the conditional of every group."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from partialpool.conditionals import Conditionals, Lattice, Singles, every_second_row
from partialpool.distributions import Normals
from partialpool.errors import RequestError
from partialpool.inference.measurements.hyper import Hyperposterior
from partialpool.inference.measurements.reduction import Reduced
from partialpool.inference.measurements.thinning import Source, few
from partialpool.integrate.gauss import hermite
from partialpool.marginals.normal_moments import Nodes, shares
from partialpool.marginals.normal_unknown import Likelihood, population
from partialpool.special import Array

_SIZES = ((5, 4), (7, 6), (10, 8), (14, 10), (20, 12), (30, 16), (44, 22))  # rows, and nodes along each, by fineness
_FEWER = ((2, 2), (3, 2), (4, 3), (5, 4), (7, 6), (10, 8), (14, 10))  # for what many groups are to one another
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits that the mean's nodes are for
_MOST = 80
_MANY_GROUPS = 100
_SHARPEST = 1e-9
_LARGEST = 350.0  # whose exponential can still be squared
_UNNOTICED = 1e-9


def some_scales(source: Source, data: Reduced, fineness: int, *, apart: bool = False) -> Nodes:
    """Nodes of (r, sigma) of a fineness: 0, the coarsest, to 6; apart: for what groups are to one another."""
    return few(source, *(_FEWER if apart and _many(data) else _SIZES)[fineness])


def conditionals(model: Likelihood, nodes: Nodes, data: Reduced, fineness: int) -> Conditionals:
    """The nodes of a fineness."""
    return _given(model, nodes, data, _DIGITS[fineness])


def contrasts(model: Likelihood, nodes: Nodes, data: Reduced, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another: a mean that moves all alike changes none of it."""
    return _given(model, nodes, data, _DIGITS[fineness], apart=True, least=2 if _many(data) else 4)


def _many(data: Reduced) -> bool:
    return len(data.groups.n) >= _MANY_GROUPS


def singles(model: Likelihood, nodes: Nodes, data: Reduced) -> Singles:
    """The nodes for one group at a time: the population's mean is integrated out."""
    of, mu = data.groups, population(model, nodes.log_r, nodes.log_sigma)
    sigma, sd = np.exp(nodes.log_sigma), np.exp(nodes.log_r + nodes.log_sigma)
    shrinkage, weight = shares(of.n, nodes.log_r)
    y = of.y[:, None]
    away = y - mu.mean
    location = np.where(shrinkage < 0.5, y - shrinkage * away, mu.mean + weight * away)
    own = sigma**2 * weight / of.n[:, None]
    spread = np.maximum(np.sqrt(own + shrinkage**2 * mu.variance), _SHARPEST)
    above = ndtr(weight * away / np.maximum(np.sqrt(own + weight**2 * mu.variance), 1e-300))
    probability = nodes.probability / nodes.probability.sum()
    groups = Normals(location, spread, float(data.back(0.0)), data.unit)
    following = _following(data, sd, mu.mean, mu.variance)
    phi = {"sigma": data.unit * sigma}
    return Singles(probability, groups, data.where, following, lambda: above @ probability, phi)


def _following(data: Reduced, sd: Array, mean: Array, variance: Array) -> Normals:
    """The next group's theta, given mean and variance of the population's mean, which is integrated out."""
    return Normals(mean, np.maximum(np.sqrt(sd**2 + variance), _SHARPEST), float(data.back(0.0)), data.unit)


def every_node(hyper: Hyperposterior, data: Reduced) -> Lattice:
    """All nodes of an integration, the population's mean integrated out."""
    nodes = hyper.nodes
    mu, p = population(hyper.target.model, nodes.log_r, nodes.log_sigma), nodes.probability / nodes.probability.sum()
    sd = np.exp(np.minimum(nodes.log_r + nodes.log_sigma, _LARGEST))
    return Lattice(_following(data, sd, mu.mean, mu.variance), p, every_second_row(hyper.rule.x, p))


def check_apart(sd: float) -> None:
    """Refuse a given sd of 0.

    Raises:
        RequestError: the sd is 0.
    """
    if not sd > 0.0:
        raise RequestError(
            "Given sd = 0 every group is the population's mean: there is nothing to compare, rank or draw."
        )


def _given(
    model: Likelihood, nodes: Nodes, data: Reduced, digits: float, *, apart: bool = False, least: int = 4
) -> Conditionals:
    of = data.groups
    mu = population(model, nodes.log_r, nodes.log_sigma)
    sigma, sd = np.exp(nodes.log_sigma), np.exp(nodes.log_r + nodes.log_sigma)
    shrinkage, weight = shares(of.n, nodes.log_r)
    own = np.maximum(sigma * np.sqrt(weight / of.n[:, None]), _SHARPEST)
    z, each = hermite(
        _across(shrinkage * np.sqrt(mu.variance), own, nodes.probability, digits, apart=apart, least=least)
    )
    mean = (mu.mean[:, None] + np.sqrt(mu.variance)[:, None] * z).ravel()
    shrinkage, own, sd, sigma = (np.repeat(part, len(z), axis=-1) for part in (shrinkage, own, sd, sigma))
    y = of.y[:, None]
    location = np.where(shrinkage < 0.5, y - shrinkage * (y - mean), mean + (1.0 - shrinkage) * (y - mean))
    origin, unit = float(data.back(0.0)), data.unit
    probability = np.outer(nodes.probability, each).ravel()
    phi = {"mean": data.back(mean), "sd": unit * sd, "sigma": unit * sigma, "icc": sd**2 / (sd**2 + sigma**2)}
    following = Normals(mean, np.maximum(sd, _SHARPEST), origin, unit)
    return Conditionals(
        probability / probability.sum(), Normals(location, own, origin, unit), data.where, following, phi
    )


def _across(move: Array, own: Array, probability: Array, digits: float, *, apart: bool, least: int) -> int:
    """How many values of the mean: the more, the more it moves a group beside the group's own conditional sd."""
    if apart:
        move = np.abs(move - move[:1])
    ratio = float(np.max((move / own)[:, probability > _UNNOTICED], initial=0.1))
    return int(np.clip(np.ceil(digits / np.log1p(1.0 / ratio**2)), least, _MOST))
