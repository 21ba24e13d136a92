"""Nodes of the posterior of a gamma-Poisson model, with the conditional of every group."""

from __future__ import annotations

import math

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
from partialpool.distributions import Gammas
from partialpool.engine.nodes import refined_lattice
from partialpool.errors import RequestError
from partialpool.inference.rates.hyper import Hyperposterior, typical
from partialpool.inference.rates.rows import conditionals_of
from partialpool.integrate.frame import framed
from partialpool.integrate.plane import resampled
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import PARAMETERS, Point, of_two
from partialpool.special import LARGEST_LOG, Array, Index, without_nan

_SIZES = (6, 9, 13, 18, 26, 38, 56)  # rows, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # for what groups are to one another
_DIGITS = (12.0, 16.0, 20.0, 24.0, 28.0, 32.0, 36.0)  # natural digits along a row
_NEGLIGIBLE = 1e-13
_MANY = 4_000_000  # groups times nodes of the integration, for what the thinned nodes are too few for
_LARGEST = 690.0  # log of a parameter at a point of the integration


def conditionals(hyper: Hyperposterior, where: Index, fineness: int) -> Conditionals:
    """The nodes of a fineness: 0, the coarsest, to 6."""
    x, y, probability = resampled(hyper.log_density, hyper.rule, STEPS[fineness])
    keep = probability > _NEGLIGIBLE
    return given_nodes(Nodes(hyper.chart.at(x[keep], y[keep]), probability[keep]), hyper.pairs, where)


def contrasts(hyper: Hyperposterior, where: Index, fineness: int) -> Conditionals:
    """The nodes of a fineness, for what groups are to one another."""
    nodes = comparing_rule(hyper.source, _FEWER[fineness], typical(hyper.pairs), _DIGITS[fineness]).nodes
    return given_nodes(nodes, hyper.pairs, where)


def singles(hyper: Hyperposterior, where: Index, fineness: int) -> Singles:
    """The nodes of a fineness, for one group at a time: rows as fine as that group's conditionals ask for."""
    rule = smaller_rule(hyper.source, _SIZES[fineness], _with_none(typical(hyper.pairs)), thin=True)
    whole = sum(len(row.marginal.density) for row in rule.narrow)
    found = given_nodes(rule.finer(refined_along(fineness, whole * len(hyper.pairs.count))), hyper.pairs, where)
    if len(hyper.probability) * len(hyper.pairs.count) > _MANY:
        return all_known(found)

    def lattice() -> Conditionals:
        p = hyper.probability if fineness else every_second_row(hyper.rule.x, hyper.probability)
        return given_nodes(Nodes(hyper.point, p), hyper.pairs, where)

    return all_known(found, lattice)


def every_node(hyper: Hyperposterior, where: Index) -> Lattice:
    """All nodes of an integration; with finer rows where the next group's theta is a spike, if no prior is cut off.

    The rows are of constant shape, so that along them spikes move and do not change.
    """
    if all(part.support == (0.0, np.inf) for part in hyper.prior.parts.values()):
        x, y, p = _rows_of_shapes(hyper)
        at = of_two(("shape", "mean"), x, y)[0]
    else:
        x, p, at = hyper.rule.x, hyper.probability, hyper.point
    keep, p, half = that_count(x, p)
    at = at.subset(keep)
    population = Gammas(np.exp(at.limited.log_shape), at.limited.log_rate)
    return Lattice(population, p, half, conditionals_of(hyper.pairs, at), where)


def _rows_of_shapes(hyper: Hyperposterior) -> tuple[Array, Array, Array]:
    """log shape, log mean and probability of a lattice."""

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = of_two(("shape", "mean"), x, y)
            return without_nan(hyper.log_posterior(at) + slope)

    def next_group(x: Array, y: Array) -> Gammas:
        limited = of_two(("shape", "mean"), x, y)[0].limited
        return Gammas(np.exp(limited.log_shape), limited.log_rate).part(None)

    frame = framed(hyper.point.log_shape, hyper.point.log_mean, hyper.rule.log_probability)
    return refined_lattice(log_density, frame, hyper.rule.step, next_group)


def _with_none(pairs: Pairs) -> Pairs:
    """The pairs, and one without exposure, whose conditional is the population."""
    return Pairs(np.append(pairs.events, 0.0), np.append(pairs.exposure, 0.0), np.append(pairs.count, 1.0))


def weighed(hyper: Hyperposterior) -> Weighed:
    """All points of the integration."""
    at, p = hyper.point, hyper.probability
    phi = {name: np.exp(np.clip(at.log(name), -_LARGEST, _LARGEST)) for name in PARAMETERS}
    return Weighed(p, phi, hyper.likelihood.at(at), every_second_row(hyper.rule.x, p))


def at_one(mean: float, shape: float, pairs: Pairs, where: Index) -> Conditionals:
    """One node.

    Raises:
        RequestError: the parameters are such that no theta varies.
    """
    if not (0.0 < shape < math.inf and 0.0 < mean < math.inf):
        raise RequestError(
            "Given these parameters of the population every rate is known for certain: there is nothing to compare, "
            "rank or draw."
        )
    log_mean, log_shape = np.log([mean]), np.log([shape])
    at = Point(log_mean, log_shape - log_mean, log_shape)
    return given_nodes(Nodes(at, np.ones(1)), pairs, where)


def given_nodes(nodes: Nodes, pairs: Pairs, where: Index) -> Conditionals:
    """The conditionals of distinct pairs at nodes."""
    at = nodes.point
    phi = {name: np.exp(np.clip(at.log(name), -LARGEST_LOG, LARGEST_LOG)) for name in PARAMETERS}
    groups = conditionals_of(pairs, at)
    population = Gammas(np.exp(at.limited.log_shape), at.limited.log_rate)
    return Conditionals(nodes.probability / nodes.probability.sum(), groups, where, population, phi)
