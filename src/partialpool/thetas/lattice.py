"""All nodes of an integration, where few do not serve.

The distribution of the next theta is harder on few nodes than those of groups with data: a population that is nearly
certain, or nearly all 0 and 1, is rare, but it is the one that fills the tails. It is averaged over the whole lattice,
and so are groups where few nodes disagree with the fit; the error is judged by every second row of the lattice.
"""

from __future__ import annotations

import math

from partialpool.conditionals import Conditionals
from partialpool.known import Known

_MOST = 4_000_000  # groups times nodes


def everywhere(known: Known) -> tuple[Conditionals, Conditionals] | None:
    """All groups at all nodes, and at those of every second row; None where there are no such nodes, or too many."""
    every = known.answers.every_node()
    if every is None or every.groups is None or math.prod(every.groups.shape) > _MOST:
        return None
    groups = every.groups.part(slice(None))  # made up once, since all of them are looked at
    one, other = (
        Conditionals(p, groups, every.where, every.population, {}) for p in (every.probability, every.every_second)
    )
    return one, other
