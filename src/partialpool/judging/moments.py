"""Predictive means and sds of raw values that the fitted model would produce again.

    E[y] = E[theta],   Var[y] = E[Var(y | theta)] + Var[theta]

at each node of the population's parameters, and the same of their mixture.
"""

from __future__ import annotations

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas
from partialpool.integrate.chunks import chunks
from partialpool.judging.outcomes import Outcomes
from partialpool.special import Array


def all_moments(data: Outcomes, nodes: Conditionals, kind: str) -> tuple[Array, Array]:
    """Predictive mean and sd of each one's raw value, some at a time."""
    found = []
    for some in chunks(len(data.value), len(nodes.probability)):
        few = data.subset(np.arange(some.start, some.stop))
        found.append(_moments(few, *parts(few, nodes, kind), nodes.probability))
    centre, scale = zip(*found, strict=True)
    return np.concatenate(centre), np.concatenate(scale)


def parts(data: Outcomes, nodes: Conditionals, kind: str) -> tuple[Each, Array]:
    """The distributions of theta for each distinct data, (distinct, nodes), and the sd of the data about theta."""
    if kind == "same":
        of = nodes.groups.part(nodes.where[data.first])
    else:
        of = nodes.population.part(np.tile(np.arange(len(nodes.probability)), (len(data.value), 1)))
    return of, _noise_sd(data, nodes)


def _noise_sd(data: Outcomes, nodes: Conditionals) -> Array:
    """The sd of normal data about theta; of counts 0."""
    size = data.size[:, None]
    if data.family == "measurements":
        return np.asarray(nodes.phi["sigma"] / np.sqrt(size))
    return np.broadcast_to(size if data.family == "estimates" else 0.0, (len(size), len(nodes.probability)))


def _moments(data: Outcomes, of: Each, noise: Array, probability: Array) -> tuple[Array, Array]:
    """Predictive mean and sd of each one's raw value."""
    with np.errstate(over="ignore"):
        m, v, n = of.mean, of.variance, data.size[:, None]
    own = m / n if isinstance(of, Gammas) else noise**2
    if isinstance(of, Betas):
        own = (m * (1.0 - m) - v) / n
    with np.errstate(over="ignore", invalid="ignore"):
        return _pooled(m, own + v, probability)


def _pooled(m: Array, v: Array, probability: Array) -> tuple[Array, Array]:
    """Mean and sd of mixtures."""
    mean = m @ probability
    return mean, np.sqrt((v + (m - mean[:, None]) ** 2) @ probability)
