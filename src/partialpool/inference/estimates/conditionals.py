"""Nodes of the posterior of a normal population, with the conditional of every group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from partialpool.conditionals import Conditionals, Lattice, Singles, every_second_row
from partialpool.distributions import Normals
from partialpool.distributions.conjugate import SHARPEST, conjugate_normals
from partialpool.errors import RequestError
from partialpool.inference.estimates.hyper import Hyperposterior
from partialpool.integrate.axis import refined
from partialpool.integrate.gauss import hermite, thinned
from partialpool.marginals.normal_normal import Conditional, Distinct, Scaled, conditional, scaled
from partialpool.special import Array, log_sigmoid

_SIZES = (6, 9, 13, 19, 28, 42, 60)  # values of the sd, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # for what many groups are to one another, who know the population well
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits that the mean's nodes are for
_MOST = 80
_MANY_GROUPS = 100
_NEGLIGIBLE, _UNNOTICED = 1e-15, 1e-9


@dataclass(frozen=True)
class Sds:
    """Some values of the population's sd: the data, what is known of the mean at each, and their probabilities."""

    data: Scaled
    at: Conditional
    weight: Array


def some_sds(hyper: Hyperposterior, of: Distinct, fineness: int, *, apart: bool = False) -> Sds:
    """Those of a fineness: 0, the coarsest, to 6; apart: for what groups are to one another."""
    log_sd, weight = _thinned(hyper, (_FEWER if apart and _many(of) else _SIZES)[fineness])
    return Sds(hyper.data, conditional(hyper.sample, log_sd), weight)


def conditionals(of: Distinct, sds: Sds, fineness: int) -> Conditionals:
    """The nodes of a fineness."""
    return _joint(of, sds, fineness, apart=False, least=4)


def contrasts(of: Distinct, sds: Sds, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another: a mean that moves all alike changes none of it."""
    return _joint(of, sds, fineness, apart=True, least=2 if _many(of) else 4)


def _many(of: Distinct) -> bool:
    return len(of.se) >= _MANY_GROUPS


def _joint(of: Distinct, sds: Sds, fineness: int, *, apart: bool, least: int) -> Conditionals:
    at = sds.at
    z, each = hermite(_across(sds.data, at, sds.weight, _DIGITS[fineness], apart=apart, least=least))
    mean = (at.mean[:, None] + at.mean_sd[:, None] * z).ravel()
    sd = np.repeat(at.sd, len(z))
    return given_nodes(sds.data, of, mean, sd, np.outer(sds.weight, each).ravel())


def singles(of: Distinct, sds: Sds) -> Singles:
    """The nodes for one group at a time: the population's mean is integrated out."""
    data, at, weight = sds.data, sds.at, sds.weight
    h = np.hypot(data.se[:, None], at.sd)
    b, rest = (at.sd / h) ** 2, (data.se[:, None] / h) ** 2
    away = data.estimate[:, None] - at.mean
    location = np.where(b > 0.5, data.estimate[:, None] - rest * away, at.mean + b * away)
    spread = np.maximum(np.hypot(data.se[:, None] * (at.sd / h), rest * at.mean_sd), SHARPEST)
    unit = float(data.restored(np.array(1.0)))
    groups, following = Normals(location, spread, data.centre, unit), _following(data, at)
    above = ndtr(b * away / np.maximum(np.hypot(data.se[:, None] * (at.sd / h), b * at.mean_sd), 1e-300))
    return Singles(weight, groups, of.where, following, lambda: above @ weight)


def check_apart(sd: float) -> None:
    """Refuse a given sd of 0.

    Raises:
        RequestError: the sd is 0.
    """
    if not sd > 0.0:
        raise RequestError(
            "Given sd = 0 every group is the population's mean: there is nothing to compare, rank or draw."
        )


def _following(data: Scaled, at: Conditional) -> Normals:
    """The next group's theta, the population's mean integrated out."""
    spread = np.maximum(np.hypot(at.sd, at.mean_sd), SHARPEST)
    return Normals(at.mean, spread, data.centre, float(data.restored(np.array(1.0))))


def every_node(hyper: Hyperposterior) -> Lattice:
    """All nodes of an integration, the population's mean integrated out."""
    nodes = hyper.at(refined(hyper.log_density, hyper.rule))
    p = nodes.probability / nodes.probability.sum()
    return Lattice(_following(hyper.data, nodes.given), p, every_second_row(np.arange(float(len(p))), p))


def _thinned(hyper: Hyperposterior, size: int) -> tuple[Array, Array]:
    """The Gauss nodes of the posterior of the sd, in sd/(sd + its median): comparisons are smooth in the sd."""
    nodes = hyper.nodes
    p = nodes.probability
    middle = float(np.interp(0.5, np.cumsum(p) / p.sum(), nodes.log_sd))
    share, weight = thinned(np.exp(log_sigmoid(nodes.log_sd - middle)), p, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    log_sd = np.log(share) - np.log1p(-share) + middle
    keep = weight > _NEGLIGIBLE
    return np.clip(log_sd[keep], nodes.log_sd[0], nodes.log_sd[-1]), weight[keep] / weight[keep].sum()


def _across(data: Scaled, at: Conditional, weight: Array, digits: float, *, apart: bool, least: int) -> int:
    """How many values of the mean: the more, the more it moves a group beside the group's own conditional sd."""
    h = np.hypot(data.se[:, None], at.sd)
    rest, own = (data.se[:, None] / h) ** 2, np.maximum(data.se[:, None] * (at.sd / h), SHARPEST)
    move = rest * at.mean_sd
    if apart:
        move = np.abs(move - move[:1])
    ratio = float(np.max((move / own)[:, weight > _UNNOTICED], initial=0.1))
    return int(np.clip(np.ceil(digits / np.log1p(1.0 / ratio**2)), least, _MOST))


def at_one(of: Distinct, mean: float, sd: float) -> Conditionals:
    """One node."""
    check_apart(sd)
    data = scaled(of, (mean, sd), mean)
    return given_nodes(data, of, np.zeros(1), np.ldexp(np.array([sd]), -data.exponent), np.ones(1))


def given_nodes(data: Scaled, of: Distinct, mean: Array, sd: Array, probability: Array) -> Conditionals:
    """theta_j ~ N(mean + b_j (y_j - mean), b_j s_j^2), b_j = sd^2/(s_j^2 + sd^2), in the units of `data`."""
    unit = float(data.restored(np.array(1.0)))
    phi = {"mean": data.centre + data.restored(mean), "sd": data.restored(sd)}
    population = Normals(mean, np.maximum(sd, SHARPEST), data.centre, unit)
    groups = conjugate_normals(data.estimate, data.se[:, None], population)
    return Conditionals(probability, groups, of.where, population, phi)
