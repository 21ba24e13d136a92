"""Conditionals of thetas at nodes of a normal population's scales, with its mean integrated out, and their averages.

    mean | node     ~  N(m, v^2)
    theta_j | node  ~  N(m + b_j (y_j - m), b_j s_j^2 + (1 - b_j)^2 v^2),    b_j = sd^2/(s_j^2 + sd^2)

y_j is a group's estimate, and s_j its standard error: known, or sigma/sqrt(n_j) where sigma is one of the scales.
Source: Gelman et al., Bayesian Data Analysis (3rd ed.), equations 5.17 to 5.21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.special import Array, row_sums


@dataclass(frozen=True)
class Given:
    """The population at each node: (nodes,) each.

    Attributes:
        sd: sd of the thetas in the population.
        mean: m, the conditional mean of the population's mean.
        mean_sd: v, the conditional sd of the population's mean.
        scatter: sigma, where standard errors are multiples of it; else 1.
    """

    sd: Array
    mean: Array
    mean_sd: Array
    scatter: Array


@dataclass(frozen=True)
class Nodes:
    """Weighted nodes of the population's scales.

    Attributes:
        log_probability: log probability of each node; one too small for a double may still matter to a large quantity.
        logs: log of each scale, by name.
        given: the population at the nodes.
    """

    log_probability: Array
    logs: Mapping[str, Array]
    given: Given

    @cached_property
    def probability(self) -> Array:
        return np.exp(self.log_probability)

    def __len__(self) -> int:
        return len(self.log_probability)

    def subset(self, some: NDArray[np.bool_]) -> Nodes:
        """Some of the nodes."""
        at, logs = self.given, {name: log[some] for name, log in self.logs.items()}
        given = Given(at.sd[some], at.mean[some], at.mean_sd[some], at.scatter[some])
        return Nodes(self.log_probability[some], logs, given)


@dataclass(frozen=True)
class Thetas:
    """Mean of theta minus the group's pivot, sd of theta, and the weight b_j of the group's own data.

    They are conditionals, (groups, nodes), or averages over the nodes, (groups,).
    """

    mean: Array
    sd: Array
    weight: Array


def thetas(estimate: Array, se: Array, own: NDArray[np.bool_], given: Given) -> Thetas:
    """Conditionals of the groups' thetas at nodes.

    estimate, se: of each group; the standard errors are multiples of the scatter.
    own: whether the pivot of theta_j is the group's own estimate (for a group whose data weigh more than the
        population), or 0.
    """
    with np.errstate(over="ignore", under="ignore"):
        s = se[:, None] * given.scatter
        h = np.hypot(s, given.sd)
        b, rest = (given.sd / h) ** 2, (s / h) ** 2
        away = estimate[:, None] - given.mean
        mean = np.where(own[:, None], -rest * away, given.mean + b * away)
        sd = np.hypot(s * (given.sd / h), rest * given.mean_sd)
    return Thetas(mean, sd, b)


def with_the_mean(of: Thetas, given: Given) -> Thetas:
    """Put the population's mean in front of the thetas, as if it were a group without data."""
    first = given.mean[None], given.mean_sd[None], np.zeros((1, len(given.sd)))
    rest = of.mean, of.sd, of.weight
    return Thetas(*(np.concatenate(parts) for parts in zip(first, rest, strict=True)))


def weights(se: Array, given: Given) -> Array:
    """Weight b_j of each group's own data at each node: (groups, nodes)."""
    return np.asarray((given.sd / np.hypot(se[:, None] * given.scatter, given.sd)) ** 2)


def moments(of: Thetas, nodes: Nodes) -> Thetas:
    """Average over the nodes; roots of probabilities multiply sds before these are squared, lest they overflow."""
    p, root = nodes.probability, np.exp(0.5 * nodes.log_probability)
    mean = row_sums(of.mean, p)
    with np.errstate(over="ignore"):
        parts = of.sd * root, (of.mean - mean[:, None]) * root
        sd = np.sqrt(sum(np.einsum("gn,gn->g", part, part) for part in parts))
    small = row_sums(of.weight, p)
    return Thetas(mean, sd, np.where(small > 0.5, 1.0 - row_sums(1.0 - of.weight, p), small))
