"""The choice of nodes for comparing groups: few thinned nodes if lattices confirm them for some groups, else lattices.

Comparisons hardly depend on what moves all groups alike, so that a few thinned nodes serve where the population is well
known. They do not where its posterior piles up at an end of its range, as it may if events are few.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.engine.conditionals import FINENESS, Conditionals
from partialpool.errors import RequestError
from partialpool.safety import OTHER_CONTRASTS
from partialpool.special import Array, Index

_PROBED, _ALIKE = 8, 4  # distinct groups that are compared over both kinds of nodes, and copies of each
_JUDGE = 2  # fineness of the lattices that confirm; their own error is about 1e-8 in probability
_PROBE = FINENESS[:6]  # finenesses of thinned nodes that are checked; finer ones are no worse
_LATTICE = FINENESS[1]  # fineness from which lattices serve
_CONFIRMED = 2e-8  # largest difference in probability between thinned nodes and lattices


@dataclass(frozen=True)
class Chosen:
    """Nodes by fineness, the first fineness that serves, and an estimate of the error in probability from there on.

    least: the error in probability that nodes of all finenesses may share.
    """

    at: Callable[[int], Conditionals]
    first: int
    error: float
    least: float = 0.0


def chosen(fit: FittedModel, ask: Callable[[Conditionals], Array]) -> Chosen:
    """Choose the nodes over which a question about several groups at once is answered.

    ask: function that gives, over nodes with few groups, the probabilities that answer the question.

    Raises:
        RequestError: the groups are the same to double precision in a good part of the posterior.
    """
    lattices = fit.conditionals(_JUDGE)
    some = spread_out(lattices, _PROBED)
    try:
        expected = ask(_only(lattices, some))
    except RequestError:
        check_apart(fit)
        raise
    off = [float(np.max(np.abs(ask(_only(fit.contrasts(k), some)) - expected))) for k in _PROBE]
    first = next((k for k in _PROBE[:-1] if max(off[k:]) < _CONFIRMED), None)
    if first is None and off[-1] < _CONFIRMED:
        last, lattice = (len(of.probability) for of in (fit.contrasts(_PROBE[-1]), fit.conditionals(_LATTICE)))
        first = _PROBE[-1] if last < lattice else None
    if first is None:
        return Chosen(fit.conditionals, _LATTICE, 0.0)
    return Chosen(fit.contrasts, first, OTHER_CONTRASTS * max(off[first:]))


def spread_out(nodes: Conditionals, most: int) -> Index:
    """Distinct groups that represent all: the extremes of location and of spread, and some between."""
    at = nodes.groups.part((slice(None), int(np.argmax(nodes.probability))))
    found = []
    for order in (np.argsort(at.middle, kind="stable"), np.argsort(at.spread, kind="stable")):
        size = min(len(order), most // 2)
        found.append(order[np.linspace(0, len(order) - 1, size).round().astype(np.intp)])
    return np.unique(np.concatenate(found))


def _only(nodes: Conditionals, some: Index) -> Conditionals:
    """The same nodes with only some of the distinct groups, and at most a few copies of each."""
    count = np.minimum(np.bincount(nodes.where, minlength=nodes.groups.shape[0])[some], _ALIKE)
    groups = nodes.groups.part((some, slice(None)))
    return replace(nodes, groups=groups, where=np.repeat(np.arange(len(some)), count))
