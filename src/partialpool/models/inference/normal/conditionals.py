"""Nodes of the posterior of a normal population with the conditional of every group, for all further questions.

At a node of the scales the population's mean is normal. It is integrated out for questions about one group at a time,
and elsewhere has a few Gauss-Hermite nodes of its own. These suffice for differences between groups, and for data given
theta, which depend on the mean no more sharply than the mean itself is known. Sums of thetas depend on it more sharply,
but are normal once it is integrated out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from partialpool.distributions import Normals
from partialpool.distributions.conjugate import blurred, conjugate_normals
from partialpool.distributions.marginals.normal_given import Given, Nodes
from partialpool.engine.conditionals import Conditionals, Lattice, Singles, every_second_row
from partialpool.engine.draws import Drawn, equal
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.quadrature.gauss import hermite
from partialpool.special import Array

_DIGITS = (8.0, 10.0, 13.0, 17.0, 22.0, 29.0, 36.0)  # natural digits of the mean's nodes, by fineness of a lattice
_APART = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits where groups are compared over Gauss nodes
_MANY_GROUPS = 100  # groups from which fewer nodes serve to compare them
_LEAST = 1e-300
_SHARPEST = 1e-14  # least sd of a theta in its unit, which is about the spread of the data
_MOST = 80  # most nodes of the mean
_UNNOTICED = 1e-13  # nodes of less probability do not count when the number of values of the mean is chosen


def many(of: Rescaled) -> bool:
    """Whether there are so many groups that few nodes serve to compare them."""
    return len(of.se) >= _MANY_GROUPS


def joint(of: Rescaled, nodes: Nodes, fineness: int, *, apart: bool = False) -> Conditionals:
    """Nodes of scales and mean, given which groups are independent.

    apart: the nodes need serve only to compare groups, which a shift of the mean common to all does not affect.
    """
    at = nodes.given
    z, share = hermite(_across(of, nodes, (_APART if apart else _DIGITS)[fineness], apart=apart))
    mean = (at.mean[:, None] + at.mean_sd[:, None] * z).ravel()
    each = np.repeat(np.arange(len(nodes)), len(z))
    logs = {name: log[each] for name, log in nodes.logs.items()}
    probability = np.outer(nodes.probability, share).ravel()
    return _at(of, at.sd[each], at.scatter[each], mean, logs, probability / probability.sum())


def _across(of: Rescaled, nodes: Nodes, digits: float, *, apart: bool) -> int:
    """Number of nodes of the mean, which grows with how much it moves groups relative to their own conditional sds.

    Unless `apart`, it also grows with how much the mean moves data relative to their sd given the mean, for the group
    that is known best.
    """
    at = nodes.given
    if not at.mean_sd.any():
        return 1
    se = of.se[:, None] * at.scatter
    h = np.hypot(se, at.sd)
    move, own = (se / h) ** 2 * at.mean_sd, blurred(of.estimate[:, None], se * (at.sd / h))
    ratios = np.abs(move - move[:1]) / own
    if not apart:
        ratios = np.maximum(ratios, at.mean_sd / h)
    ratio = float(np.max(ratios[:, nodes.probability > _UNNOTICED], initial=0.1))
    return int(np.clip(np.ceil(digits / np.log1p(1.0 / ratio**2)), 2 if apart and many(of) else 4, _MOST))


def _at(
    of: Rescaled, sd: Array, scatter: Array, mean: Array, logs: Mapping[str, Array], probability: Array
) -> Conditionals:
    """Conditionals theta_j ~ N(mean + b_j (y_j - mean), b_j s_j^2) at nodes of scales and mean."""
    phi = {"mean": of.back(mean)} | {name: of.sized(name, np.exp(log)) for name, log in logs.items()}
    population = _normals(of, mean, sd)
    groups = conjugate_normals(of.estimate, of.se[:, None] * scatter, population)
    return Conditionals(probability, groups, of.where, population, phi)


def _normals(of: Rescaled, mean: Array, sd: Array) -> Normals:
    return Normals(mean, np.maximum(sd, _SHARPEST), float(of.back(0.0)), float(of.restored(1.0)))


def _following(of: Rescaled, at: Given) -> Normals:
    """Distribution of a new group's theta, with the population's mean integrated out."""
    return _normals(of, at.mean, np.hypot(at.sd, at.mean_sd))


def singles(of: Rescaled, nodes: Nodes) -> Singles:
    """Nodes for one group at a time, with the population's mean integrated out."""
    at, p = nodes.given, nodes.probability / nodes.probability.sum()
    own = of.own(nodes)
    theta, se = of.thetas(own, at), of.se[:, None] * at.scatter
    location = theta.mean + np.where(own, of.estimate, 0.0)[:, None]
    groups = replace(_normals(of, location, theta.sd), shared=(se / np.hypot(se, at.sd)) ** 2 * at.mean_sd)

    def above() -> Array:
        spread = np.hypot(se * np.sqrt(theta.weight), theta.weight * at.mean_sd)
        return np.asarray(ndtr(theta.weight * (of.estimate[:, None] - at.mean) / np.maximum(spread, _LEAST)) @ p)

    phi = {name: of.sized(name, np.exp(log)) for name, log in nodes.logs.items()}
    following = replace(_following(of, at), shared=at.mean_sd)
    return Singles(p, groups, of.where, following, above, phi)


def lattice(of: Rescaled, nodes: Nodes, rows: Array) -> Lattice:
    """All nodes of an integration, with the population's mean integrated out; rows: the row of each node."""
    p = nodes.probability / nodes.probability.sum()
    return Lattice(_following(of, nodes.given), p, every_second_row(rows, p))


def drawn(of: Rescaled, nodes: Callable[[slice], Nodes], z: Array, cut: float = 0.0) -> Drawn:
    """Draw the population's mean, which is normal given a draw of the scales.

    nodes: function that gives some draws of the scales, as nodes. z: standard normal draws. cut: share of the posterior
    that was cut off.
    """

    def given(some: slice) -> Conditionals:
        scales = nodes(some)
        at = scales.given
        found = _at(of, at.sd, at.scatter, at.mean + at.mean_sd * z[some], scales.logs, equal(len(scales)))
        sd = np.where(of.se[:, None] == 0.0, 0.0, found.groups.spread)  # an exact estimate is theta
        return replace(found, groups=Normals(found.groups.middle, sd, found.groups.origin, found.groups.unit))

    return Drawn(given, cut)
