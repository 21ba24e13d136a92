"""Nodes of the posterior of a beta-binomial model, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.rule import comparing_rule, smaller_rule
from partialpool.averaging.source import Nodes
from partialpool.conditionals import (
    STEPS,
    Conditionals,
    Lattice,
    Singles,
    Weighed,
    every_second_row,
    refined_along,
    that_count,
)
from partialpool.conditionals import singles as all_known
from partialpool.distributions import Betas, conjugate_betas
from partialpool.engine.nodes import refined_lattice
from partialpool.errors import RequestError
from partialpool.inference.proportions.hyper import Hyperposterior
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta import Point
from partialpool.special import LARGEST_LOG, Array, Index

_SIZES = (4, 6, 9, 13, 20, 32, 50)  # concentrations, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # for what groups are to one another
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits along a row, by fineness
_NEGLIGIBLE = 1e-13
_MANY = 4_000_000  # groups times nodes of the integration, for what the thinned nodes are too few for
_LARGEST = 690.0  # log of a parameter at a point of the integration


def contrasts(hyper: Hyperposterior, where: Index, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another."""
    nodes = comparing_rule(hyper.source, _FEWER[fineness], hyper.typical, _DIGITS[fineness]).nodes
    return given_nodes(nodes, hyper.pairs, where, flipped=hyper.flipped)


def conditionals(hyper: Hyperposterior, where: Index, fineness: int, places: Index | None) -> Conditionals:
    """The nodes of a fineness: 0, the coarsest, to 6; places: of some groups, which alone have a place in `where`."""
    pairs = hyper.pairs
    if places is not None:
        distinct, which = np.unique(where[places], return_inverse=True)
        pairs, where = pairs.subset(distinct), np.full(len(where), -1)
        where[places] = which
    return given_nodes(hyper.lattice(STEPS[fineness]), pairs, where, flipped=hyper.flipped)


def singles(hyper: Hyperposterior, where: Index, fineness: int) -> Singles:
    """The nodes of a fineness, for one group at a time: rows as fine as that group's conditionals ask for."""
    rule = smaller_rule(hyper.source, _SIZES[fineness], hyper.typical, thin=True)
    whole = sum(len(row.marginal.density) for row in rule.narrow)
    nodes = rule.finer(refined_along(fineness, whole * len(hyper.pairs.count)))
    found = given_nodes(nodes, hyper.pairs, where, flipped=hyper.flipped)
    if len(hyper.nodes) * len(hyper.pairs.count) > _MANY:
        return all_known(found)

    def lattice() -> Conditionals:
        p = hyper.nodes.probability if fineness else every_second_row(hyper.rule.x, hyper.nodes.probability)
        return given_nodes(Nodes(hyper.nodes.point, p), hyper.pairs, where, flipped=hyper.flipped)

    return all_known(found, lattice)


def weighed(hyper: Hyperposterior) -> Weighed:
    """All points of the integration."""
    at, p = hyper.nodes.point, hyper.nodes.probability
    logs = (at.log_beta, at.log_alpha) if hyper.flipped else (at.log_alpha, at.log_beta)
    logs_of = {"concentration": at.log_kappa, "sd": at.log_sd, "alpha": logs[0], "beta": logs[1]}
    phi = {name: np.exp(np.clip(log, -_LARGEST, _LARGEST)) for name, log in logs_of.items()}
    phi["mean"] = np.exp(at.log_other if hyper.flipped else at.log_mean)
    return Weighed(p, phi, hyper.likelihood.at(at), every_second_row(hyper.rule.x, p))


def every_node(hyper: Hyperposterior, where: Index) -> Lattice:
    """All nodes of an integration, with finer rows where the next group's theta is a spike."""

    def given(x: Array, y: Array) -> tuple[Array, Array]:
        at = hyper.chart.at(x, y)
        log_alpha, log_beta = (np.minimum(log, LARGEST_LOG - 9.0) for log in (at.log_alpha, at.log_beta))
        return np.exp(log_alpha), np.exp(log_beta)

    def next_group(x: Array, y: Array) -> Betas:
        return Betas(*given(x, y)).part(None)

    x, y, p = refined_lattice(hyper.log_density, hyper.rule.frame, hyper.rule.step, next_group)
    keep, p, half = that_count(x, p)
    alpha, beta = given(x[keep], y[keep])
    groups = conjugate_betas(hyper.pairs.successes, hyper.pairs.failures, alpha, beta)
    if hyper.flipped:
        return Lattice(Betas(beta, alpha), p, half, groups.mirrored, where)
    return Lattice(Betas(alpha, beta), p, half, groups, where)


def at_one(mean: float, concentration: float, pairs: Pairs, where: Index) -> Conditionals:
    """One node.

    Raises:
        RequestError: the parameters are such that no theta varies.
    """
    if not (0.0 < concentration < np.inf and 0.0 < mean < 1.0):
        raise RequestError(
            "Given these parameters of the population every proportion is known for certain: there is nothing to "
            "compare, rank or draw."
        )
    at = Point(np.log([mean]), np.log1p([-mean]), np.log([concentration]))
    return given_nodes(Nodes(at, np.ones(1)), pairs, where, flipped=False)


def given_nodes(nodes: Nodes, pairs: Pairs, where: Index, *, flipped: bool) -> Conditionals:
    """The conditionals of distinct pairs at nodes; flipped: nodes and pairs are of failures."""
    nodes = nodes.subset(nodes.probability > _NEGLIGIBLE)
    at = nodes.point
    alpha, beta = (np.exp(np.minimum(log, LARGEST_LOG - 9.0)) for log in (at.log_alpha, at.log_beta))
    groups = conjugate_betas(pairs.successes, pairs.failures, alpha, beta)
    population, mean = Betas(alpha, beta), np.exp(at.log_mean)
    if flipped:
        groups, population, mean, alpha, beta = groups.mirrored, population.mirrored, np.exp(at.log_other), beta, alpha
    phi: dict[str, Array] = {"mean": mean, "concentration": np.exp(np.minimum(at.log_kappa, LARGEST_LOG))}
    phi |= {"alpha": alpha, "beta": beta, "sd": np.exp(at.log_sd)}
    return Conditionals(nodes.probability / nodes.probability.sum(), groups, where, population, phi)
