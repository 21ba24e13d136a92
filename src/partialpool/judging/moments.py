"""Predictive means and sds of raw values that the fitted model would produce again.

    E[y] = E[theta],   Var[y] = E[Var(y | theta)] + Var[theta]

at each node of the population's parameters, and the same of their mixture.
"""

from __future__ import annotations

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Each
from partialpool.integrate.chunks import chunks
from partialpool.judging.outcomes import Outcomes
from partialpool.special import Array


def all_moments(data: Outcomes, nodes: Conditionals, kind: str) -> tuple[Array, Array]:
    """Predictive mean and sd of each one's raw value, some at a time."""
    found = []
    for some in chunks(len(data.value), len(nodes.probability)):
        few = data.subset(np.arange(some.start, some.stop))
        found.append(_moments(few, thetas(few, nodes, kind), nodes))
    centre, scale = zip(*found, strict=True)
    return np.concatenate(centre), np.concatenate(scale)


def thetas(data: Outcomes, nodes: Conditionals, kind: str) -> Each:
    """The distributions of theta for each distinct data: (distinct, nodes)."""
    if kind == "same":
        return nodes.groups.part(nodes.where[data.first])
    return nodes.population.part(np.tile(np.arange(len(nodes.probability)), (len(data.value), 1)))


def _moments(data: Outcomes, of: Each, nodes: Conditionals) -> tuple[Array, Array]:
    """Predictive mean and sd of each one's raw value."""
    with np.errstate(over="ignore"):
        m, v = of.mean, of.variance
    own = data.sampling(of, nodes.phi).within(m, v)
    with np.errstate(over="ignore", invalid="ignore"):
        return _pooled(m, own + v, nodes.probability)


def _pooled(m: Array, v: Array, probability: Array) -> tuple[Array, Array]:
    """Mean and sd of mixtures."""
    mean = m @ probability
    return mean, np.sqrt((v + (m - mean[:, None]) ** 2) @ probability)
