"""All nodes of an integration, for when few are not accurate.

The distribution of a new group's theta needs more nodes than those of groups with data: a population that is nearly
certain, or nearly all 0 and 1, is improbable, but it fills the tails. It is averaged over the whole lattice, and so are
groups where few nodes disagree with the fit; every second row of the lattice serves to estimate the error.
"""

from __future__ import annotations

import math

from partialpool.analysis.fitted_model import FittedModel
from partialpool.engine.conditionals import Conditionals

_MOST = 4_000_000  # groups times nodes


def everywhere(fit: FittedModel) -> tuple[Conditionals, Conditionals] | None:
    """All groups at all nodes, and at every second row; None if there are no such nodes, or too many."""
    every = fit.results.every_node()
    if every is None or every.groups is None or math.prod(every.groups.shape) > _MOST:
        return None
    groups = every.groups.part(slice(None))  # computed once, since all of them are used
    one, other = (
        Conditionals(p, groups, every.where, every.population, {}) for p in (every.probability, every.every_second)
    )
    return one, other
