"""Whether few nodes of the scales of a normal population serve, or a whole lattice has to.

Gauss nodes resolve a posterior of the sd that stays away from 0. Near 0 groups hardly differ: how they differ is then a
function of the log of the sd, over many sizes of it, and so is any group beside one that is known far better.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.special import Array, row_sums

_NEAR = 5e-8  # from where on finer Gauss nodes come within 1e-8
_APART = np.array([0.01, 0.1, 1.0])  # differences that are looked at, in sds
_LEAST = 1e-300


def serve(few: Nodes, every: Nodes, wanted: Wanted) -> bool:
    """Whether few nodes say the same as a lattice of single thetas, of two that are alike, and of their variance."""
    p, own = every.probability / every.probability.sum(), _own(every, wanted)
    apart = np.sqrt(2.0 * row_sums(own**2, p))[:, None] * _APART
    found, expected = (np.append(_alike(nodes, wanted, apart), wanted.below(nodes)) for nodes in (few, every))
    size, expected_size = (_variance(nodes) for nodes in (few, every))
    return bool(np.max(np.abs(found - expected)) < _NEAR and abs(size - expected_size) < _NEAR * expected_size)


def _own(nodes: Nodes, wanted: Wanted) -> Array:
    """The sd of each of the typical thetas given the population: (groups, nodes)."""
    at, se = nodes.given, wanted.groups.se[:, None] * nodes.given.scatter
    return np.asarray(np.maximum(se * (at.sd / np.hypot(se, at.sd)), _LEAST))


def _alike(nodes: Nodes, wanted: Wanted, apart: Array) -> Array:
    """The distribution function of the difference of two thetas of groups that are alike."""
    p, sd = nodes.probability / nodes.probability.sum(), np.sqrt(2.0) * _own(nodes, wanted)
    return np.concatenate([row_sums(ndtr(x[:, None] / sd), p) for x in apart.T])


def _variance(nodes: Nodes) -> float:
    """The variance of the next theta about the population's mean at each node, on average."""
    p = nodes.probability / nodes.probability.sum()
    with np.errstate(over="ignore", invalid="ignore"):
        return float((nodes.given.sd**2 + nodes.given.mean_sd**2) @ p)
