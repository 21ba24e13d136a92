"""Nodes of the posterior of a gamma-Poisson model, with the conditional of every group."""

from __future__ import annotations

import math

import numpy as np

from partialpool.distributions import Gammas
from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import PARAMETERS, Point, of_two
from partialpool.engine.conditionals import Conditionals, Lattice, that_count
from partialpool.engine.mixtures.source import Nodes
from partialpool.engine.nodes import refined_lattice
from partialpool.errors import RequestError
from partialpool.models.inference.rates.hyper import Hyperposterior
from partialpool.models.inference.rates.rows import conditionals_of
from partialpool.quadrature.frame import framed
from partialpool.special import LARGEST_LOG, Array, Index, without_nan


def every_node(hyper: Hyperposterior, where: Index) -> Lattice:
    """All nodes of an integration; unless a prior is cut off, with rows fine enough for a new group's theta.

    The rows are of constant shape: along them the conditionals move but keep their form.
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
    """Log shape, log mean and probability of the nodes of a lattice whose rows have constant shape."""

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = of_two(("shape", "mean"), x, y)
            return without_nan(hyper.log_posterior(at) + slope)

    def next_group(x: Array, y: Array) -> Gammas:
        limited = of_two(("shape", "mean"), x, y)[0].limited
        return Gammas(np.exp(limited.log_shape), limited.log_rate).part(None)

    frame = framed(hyper.point.log_shape, hyper.point.log_mean, hyper.rule.log_probability)
    return refined_lattice(log_density, frame, hyper.rule.step, next_group)


def at_one(mean: float, shape: float, pairs: PoissonCells, where: Index) -> Conditionals:
    """The conditionals at a single node of known parameters.

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


def given_nodes(nodes: Nodes, pairs: PoissonCells, where: Index) -> Conditionals:
    """The conditionals of the groups with distinct pairs `pairs` at nodes; `where` gives the pair of each group."""
    at = nodes.point
    phi = {name: np.exp(np.clip(at.log(name), -LARGEST_LOG, LARGEST_LOG)) for name in PARAMETERS}
    groups = conditionals_of(pairs, at)
    population = Gammas(np.exp(at.limited.log_shape), at.limited.log_rate)
    return Conditionals(nodes.probability / nodes.probability.sum(), groups, where, population, phi)
