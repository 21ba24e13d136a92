"""Nodes of the posterior of a beta-binomial model, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.moments import Nodes
from partialpool.averaging.rule import comparing_rule, smaller_rule
from partialpool.conditionals import (
    STEPS,
    Conditionals,
    Lattice,
    Singles,
    every_second_row,
    refined_along,
    that_count,
)
from partialpool.conditionals import singles as all_known
from partialpool.distributions import Betas, conjugate_betas
from partialpool.errors import RequestError
from partialpool.inference.proportions.fixed import Fixed
from partialpool.inference.proportions.integrated import Integrated
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta import Point
from partialpool.special import LARGEST_LOG, Array, Index

_SIZES = (4, 6, 9, 13, 20, 32, 50)  # concentrations, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # for what groups are to one another
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits along a row, by fineness
_NEGLIGIBLE = 1e-13
_MANY = 4_000_000  # groups times nodes of the integration, for what the thinned nodes are too few for


def contrasts(answers: Integrated | Fixed, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another."""
    if isinstance(answers, Fixed):
        return _at_one(answers)
    hyper = answers.hyper
    nodes = comparing_rule(hyper.source, _FEWER[fineness], hyper.typical, _DIGITS[fineness]).nodes
    return given_nodes(nodes, hyper.pairs, answers.where, flipped=hyper.flipped)


def conditionals(answers: Integrated | Fixed, fineness: int) -> Conditionals:
    """The nodes of a fineness: 0, the coarsest, to 6."""
    if isinstance(answers, Fixed):
        return _at_one(answers)
    hyper = answers.hyper
    return given_nodes(hyper.lattice(STEPS[fineness]), hyper.pairs, answers.where, flipped=hyper.flipped)


def some_conditionals(answers: Integrated | Fixed, fineness: int, places: Index) -> Conditionals:
    """The same nodes with the conditionals of some groups, which alone have a place in `where`."""
    if isinstance(answers, Fixed):
        return _at_one(answers)
    hyper = answers.hyper
    distinct, which = np.unique(answers.where[places], return_inverse=True)
    where = np.full(len(answers.where), -1)
    where[places] = which
    return given_nodes(hyper.lattice(STEPS[fineness]), hyper.pairs.subset(distinct), where, flipped=hyper.flipped)


def singles(answers: Integrated | Fixed, fineness: int) -> Singles:
    """The nodes of a fineness, for one group at a time: rows as fine as that group's conditionals ask for."""
    if isinstance(answers, Fixed):
        return all_known(_at_one(answers))
    hyper = answers.hyper
    rule = smaller_rule(hyper.source, _SIZES[fineness], hyper.typical, thin=True)
    whole = sum(len(row.marginal.density) for row in rule.narrow)
    nodes = rule.finer(refined_along(fineness, whole * len(hyper.pairs.count)))
    found = given_nodes(nodes, hyper.pairs, answers.where, flipped=hyper.flipped)
    if len(hyper.nodes) * len(hyper.pairs.count) > _MANY:
        return all_known(found)

    def lattice() -> Conditionals:
        p = hyper.nodes.probability if fineness else every_second_row(hyper.rule.x, hyper.nodes.probability)
        return given_nodes(Nodes(hyper.nodes.point, p), hyper.pairs, answers.where, flipped=hyper.flipped)

    return all_known(found, lattice)


def every_node(answers: Integrated | Fixed) -> Lattice | None:
    """All nodes of an integration; None where the population is fixed."""
    if isinstance(answers, Fixed):
        return None
    hyper = answers.hyper
    keep, p, half = that_count(hyper.rule.x, hyper.nodes.probability)
    at = hyper.nodes.subset(keep).point
    alpha, beta = (np.exp(np.minimum(log, LARGEST_LOG - 9.0)) for log in (at.log_alpha, at.log_beta))
    groups = conjugate_betas(hyper.pairs.successes, hyper.pairs.failures, alpha, beta)
    if hyper.flipped:
        return Lattice(Betas(beta, alpha), p, half, groups.mirrored, answers.where)
    return Lattice(Betas(alpha, beta), p, half, groups, answers.where)


def _at_one(answers: Fixed) -> Conditionals:
    mean, concentration = answers.mean, answers.concentration
    if not (0.0 < concentration < np.inf and 0.0 < mean < 1.0):
        raise RequestError(
            "Given these parameters of the population every proportion is known for certain: there is nothing to "
            "compare, rank or draw."
        )
    at = Point(np.log([mean]), np.log1p([-mean]), np.log([concentration]))
    return given_nodes(Nodes(at, np.ones(1)), answers.pairs, answers.where, flipped=False)


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
