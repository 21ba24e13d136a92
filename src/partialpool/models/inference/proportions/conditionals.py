"""Nodes of the posterior of a beta-binomial model, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.distributions import Betas, conjugate_betas
from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.populations.beta import Point
from partialpool.engine.conditionals import Conditionals, Lattice, that_count
from partialpool.engine.mixtures.source import Nodes
from partialpool.engine.nodes import refined_lattice
from partialpool.errors import RequestError
from partialpool.models.inference.proportions.hyper import Hyperposterior
from partialpool.special import LARGEST_LOG, Array, Index

_NEGLIGIBLE = 1e-13


def every_node(hyper: Hyperposterior, where: Index) -> Lattice:
    """All nodes of an integration, with rows fine enough for a new group's theta."""

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


def at_one(mean: float, concentration: float, pairs: BinomialCells, where: Index) -> Conditionals:
    """The conditionals at a single node of known parameters.

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


def given_nodes(nodes: Nodes, pairs: BinomialCells, where: Index, *, flipped: bool) -> Conditionals:
    """The conditionals of groups with distinct pairs at nodes; flipped: nodes and pairs count failures as successes."""
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
