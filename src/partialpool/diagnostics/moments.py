"""Predictive means and sds of replicated raw values.

    E[y] = E[theta],   Var[y] = E[Var(y | theta)] + Var[theta]

at each node of the population's parameters, and then of the mixture over nodes.
"""

from __future__ import annotations

import numpy as np

from partialpool.diagnostics.outcomes import Outcomes
from partialpool.distributions import Distribution
from partialpool.engine.conditionals import Conditionals
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array


def all_moments(data: Outcomes, nodes: Conditionals, kind: str) -> tuple[Array, Array]:
    """Predictive mean and sd of the raw value of each distinct data, each (distinct,), computed in parts."""
    found = []
    for some in chunks(len(data.value), len(nodes.probability)):
        few = data.subset(np.arange(some.start, some.stop))
        found.append(_moments(few, thetas(few, nodes, kind), nodes))
    centre, scale = zip(*found, strict=True)
    return np.concatenate(centre), np.concatenate(scale)


def thetas(data: Outcomes, nodes: Conditionals, kind: str) -> Distribution:
    """Distributions of theta for each distinct data, shape (distinct, nodes): conditionals, or the population."""
    if kind == "same":
        return nodes.groups.part(nodes.where[data.first])
    return nodes.population.part(np.tile(np.arange(len(nodes.probability)), (len(data.value), 1)))


def _moments(data: Outcomes, of: Distribution, nodes: Conditionals) -> tuple[Array, Array]:
    """Predictive mean and sd of the raw value of each distinct data, each (distinct,)."""
    with np.errstate(over="ignore"):
        m, v = of.mean, of.variance
    own = data.sampling(of, nodes.phi).within(m, v)
    with np.errstate(over="ignore", invalid="ignore"):
        return _pooled(m, own + v, nodes.probability)


def _pooled(m: Array, v: Array, probability: Array) -> tuple[Array, Array]:
    """Mean and sd of mixtures, from means m and variances v of shape (distinct, nodes)."""
    mean = m @ probability
    return mean, np.sqrt((v + (m - mean[:, None]) ** 2) @ probability)
