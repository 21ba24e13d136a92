"""Scores of complete, no and partial pooling that all families share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.engine.scores import Score, missing
from partialpool.priors.propriety.proper import Joint, Mass, improper, log_mass
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array


def marginal(prior: Joint, evidence: Callable[[], Mass]) -> Score:
    """Log p(data), the integral of likelihood times prior, corrected for a prior density that lacks its constant."""
    reason = improper(prior)
    if reason:
        return missing(f"{reason}, so that its density has no constant")
    found, mass = evidence(), log_mass(prior)
    return Score(found.log - mass.log, found.error + mass.error)


def effective(count: Array, probability: Array, shares: Callable[[slice], tuple[Array, Array]], error: float) -> Score:
    """The effective number of parameters, E[sum_j w_j + (1 - w_j) u_j].

    count: number of groups of each distinct kind. probability: probability of each node. error: relative error.
    shares: function that gives, at some of the nodes, w_j, the weight of each group's own data, and (1 - w_j) u_j,
    where u_j is the group's share in the population's mean, through which its data count once more: (groups, nodes)
    each.
    """
    total = 0.0
    for some in chunks(len(probability), len(count)):
        own, through = shares(some)
        total += float(count @ (own + through) @ probability[some])
    return Score(total, total * error)


def without_each(values: Array, count: Array) -> Array:
    """For each distinct value, the sum of all values, each `count` times, without one instance of it."""
    sums = np.concatenate([[0.0], np.cumsum(values * count)])
    back = np.concatenate([np.cumsum((values * count)[::-1])[::-1], [0.0]])
    return sums[:-1] + back[1:] + (count - 1.0) * values
