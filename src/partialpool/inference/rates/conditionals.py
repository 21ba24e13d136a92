"""Nodes of the posterior of a gamma-Poisson model, with the conditional of every group."""

from __future__ import annotations

import math

import numpy as np

from partialpool.conditionals import Conditionals, Singles, every_second_row
from partialpool.conditionals import singles as all_known
from partialpool.distributions import Gammas
from partialpool.errors import RequestError
from partialpool.inference.rates.fixed import Fixed
from partialpool.inference.rates.groups import group_rule
from partialpool.inference.rates.hyper import typical
from partialpool.inference.rates.integrated import Integrated
from partialpool.inference.rates.lines import few_lines
from partialpool.inference.rates.thinning import DIGITS
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import PARAMETERS, Point
from partialpool.special import LARGEST_LOG, Array, Index

_SIZES = (6, 9, 13, 18, 26, 38, 56)  # lines, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # for what many groups are to one another, who know the population well
_DIGITS = (12.0, 16.0, 20.0, 24.0, DIGITS, DIGITS, DIGITS)  # natural digits along a line
_MANY_GROUPS = 100
_MANY = 4_000_000  # groups times nodes of the integration, for what the thinned nodes are too few for


def conditionals(answers: Integrated | Fixed, fineness: int) -> Conditionals:
    """The nodes of a fineness: 0, the coarsest, to 6."""
    if isinstance(answers, Fixed):
        return _at_one(answers)
    hyper = answers.hyper
    rule = group_rule(hyper, few_lines(hyper, _SIZES[fineness]), typical(hyper.pairs), DIGITS)
    return given_nodes(*rule.every_node(hyper), hyper.pairs, answers.where)


def contrasts(answers: Integrated | Fixed, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another."""
    if isinstance(answers, Fixed) or len(answers.hyper.pairs.count) < _MANY_GROUPS:
        return conditionals(answers, fineness)
    hyper, digits = answers.hyper, _DIGITS[fineness]
    rule = group_rule(hyper, few_lines(hyper, _FEWER[fineness]), typical(hyper.pairs), digits, least=2)
    return given_nodes(*rule.every_node(hyper), hyper.pairs, answers.where)


def singles(answers: Integrated | Fixed, fineness: int) -> Singles:
    """The nodes of a fineness, for one group at a time."""
    found = conditionals(answers, fineness)
    if isinstance(answers, Fixed):
        return all_known(found)
    hyper = answers.hyper
    if len(hyper.probability) * len(hyper.pairs.count) > _MANY:
        return all_known(found)

    def lattice() -> Conditionals:
        p = hyper.probability if fineness else every_second_row(hyper.rule.x, hyper.probability)
        return given_nodes(hyper.point, p, hyper.pairs, answers.where)

    return all_known(found, lattice)


def _at_one(answers: Fixed) -> Conditionals:
    if not (0.0 < answers.shape < math.inf and 0.0 < answers.mean < math.inf):
        raise RequestError(
            "Given these parameters of the population every rate is known for certain: there is nothing to compare, "
            "rank or draw."
        )
    log_mean, log_shape = np.log([answers.mean]), np.log([answers.shape])
    at = Point(log_mean, log_shape - log_mean, log_shape)
    return given_nodes(at, np.ones(1), answers.pairs, answers.where)


def given_nodes(at: Point, probability: Array, pairs: Pairs, where: Index) -> Conditionals:
    """The conditionals of distinct pairs at nodes."""
    phi = {name: np.exp(np.clip(at.log(name), -LARGEST_LOG, LARGEST_LOG)) for name in PARAMETERS}
    at = at.limited
    shape = np.exp(at.log_shape)
    with np.errstate(divide="ignore"):
        log_exposure = np.log(pairs.exposure)[:, None]
    groups = Gammas(pairs.events[:, None] + shape, np.logaddexp(log_exposure, at.log_rate))
    return Conditionals(probability / probability.sum(), groups, where, Gammas(shape, at.log_rate), phi)
