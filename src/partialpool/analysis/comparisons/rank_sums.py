"""The sums over nodes and points from which ranks are computed, and the choice of how fine the nodes must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from partialpool.analysis.comparisons.alike import Kinds
from partialpool.analysis.comparisons.nodes import Chosen, chosen, spread_out
from partialpool.analysis.comparisons.poisson_binomial import LeavingOut
from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.distributions.grids import Grid, grid
from partialpool.engine.conditionals import FINENESS, Conditionals, settled
from partialpool.engine.conditionals import left_of_lattices as left
from partialpool.errors import RequestError
from partialpool.messages.progress import counted as counted_items
from partialpool.quadrature.chunks import chunks
from partialpool.safety import LATTICES_OF_A_FEW, OTHER_RANKS
from partialpool.special import Array, Index

_GOAL, _MANY_GOAL, _FEW_GOAL = 2e-8, 3e-7, 1e-6  # of probabilities: usual, many groups, with kinds
_TELLING_FROM, _TELLING = 60, 600  # distinct groups above which some ranks of so many decide how fine nodes are
_SAMPLED = 1500  # distinct groups that decide how panels are divided
_TOGETHER = 12  # groups up to which lattices serve, and whose number changes little on a panel
_ALIKE = 1e-5  # largest difference between the coarsest thinned nodes and the lattice if they are equally good
_FINE, _LESS, _LEAST = 0.9, 0.08, 0.3  # panels: at the likeliest node, change per tenth of its probability, and least
_SDS = 4.0  # largest change of the number of better groups on a panel, in its sds


@dataclass(frozen=True)
class Found:
    """The expected rank of each distinct group, and P(rank <= r) at some ranks r: (distinct,) and (distinct, ranks)."""

    expected: Array
    below: Array
    ranks: Array


def all_settled(
    ask: Callable[[Conditionals, Index | None], Found],
    nodes: Callable[[int], Conditionals],
    first: int,
    few: Kinds | None,
    distinct: int,
) -> tuple[Found, float]:
    """Refine the nodes until the answers agree, and estimate the error.

    If there are many distinct groups, a sample of them decides how fine the nodes must be for all.
    """
    if few is not None or distinct <= _TELLING_FROM:
        themselves = np.flatnonzero(few.single) if few is not None else np.arange(distinct)
        goal = _GOAL if few is None else _FEW_GOAL

        def apart(one: Found, other: Found) -> float:
            return _apart(one, other, themselves)

        return settled(lambda at: ask(at, None), nodes, apart, goal, first, left)
    some = spread_out(nodes(first), _TELLING)
    last = ask(nodes(first), some)
    for fineness in FINENESS[first + 1 :]:
        found = ask(nodes(fineness), some)
        moved = _apart(last, found, some)
        if OTHER_RANKS * moved < _MANY_GOAL:
            return ask(nodes(fineness - 1), None), OTHER_RANKS * moved
        last = found
    return ask(nodes(FINENESS[-1]), None), OTHER_RANKS * left(moved)


def _apart(one: Found, other: Found, some: Index) -> float:
    """Largest difference of two answers for some groups."""
    expected = np.max(np.abs(one.expected - other.expected)[some]) / one.ranks[-1]
    return float(max(expected, np.max(np.abs(one.below - other.below)[some])))


def averaged(
    nodes: Conditionals, ranks: Array, *, high: bool, of: Kinds | None = None, only: Index | None = None
) -> Found:
    """The sums over nodes for every distinct group, or for the kinds that represent them; `only`: for some of these."""
    nodes = of.at(nodes) if of else nodes
    distinct = nodes.groups.shape[0]
    count = of.count if of else np.bincount(nodes.where, minlength=distinct).astype(float)
    expected = np.zeros(distinct)
    others = LeavingOut(count, ranks, of.single if of else None) if len(ranks) > 1 else None
    points = grid(nodes.groups, fine=_fine(nodes.probability))
    points = _told_apart(points, nodes, count) if count.sum() > _TOGETHER and others else points
    for which, here in _counted_pieces(points, distinct):
        density, better = _at(nodes, which, here, high=high)
        f, q = density.reshape(distinct, -1), better.reshape(distinct, -1)
        expected += f @ (count @ q)
        if others and only is not None:
            others.add(f[only], q, only)
        elif others:
            others.add(f, q)
    return Found(0.5 + expected, others.below if others else np.zeros((distinct, 1)), ranks)


def _counted_pieces(points: Grid, distinct: int) -> Iterator[tuple[Index, Grid]]:
    """The nodes, piece by piece, while a progress line shows how many are done."""
    return counted_items(list(points.pieces(distinct)))


def _fine(probability: Array) -> Array:
    """Fineness of the panels at each node: those of little probability need fewer digits."""
    return np.maximum(_FINE + _LESS * np.log10(probability / probability.max()), _LEAST)


def nodes_for(fit: FittedModel) -> Chosen:
    """Choose the nodes for ranks: lattices for few groups, unless the coarsest thinned nodes agree with these.

    Raises:
        RequestError: the groups are the same to double precision in a good part of the posterior.
    """
    if fit.data.size > _TOGETHER:
        return chosen(fit, every_rank)
    try:
        coarse, finer = (every_rank(fit.contrasts(fineness)) for fineness in (0, 1))
        off = max(np.max(np.abs(other - coarse)) for other in (finer, every_rank(fit.conditionals(0))))
    except RequestError:
        check_apart(fit)
        raise
    return Chosen(fit.contrasts if off < _ALIKE else fit.conditionals, 0, 0.0, LATTICES_OF_A_FEW)


def every_rank(nodes: Conditionals) -> Array:
    """P(rank <= r) of a few groups: (distinct, ranks)."""
    return averaged(nodes, np.arange(1.0, nodes.size + 1.0), high=True).below


def _told_apart(points: Grid, nodes: Conditionals, count: Array) -> Grid:
    """Divide panels so that the number of better groups changes by at most a few sds on each, judged by some groups."""
    whole = bool((count > 0.0).all())  # otherwise the sums include every kind
    some = np.arange(0, len(count), max(1, len(count) // _SAMPLED) if whole else 1)
    few = replace(nodes, groups=nodes.groups.part((some, slice(None)))) if len(some) < len(count) else nodes
    share = count[some] * (count.sum() / count[some].sum())
    parts = np.ones(points.edge.shape, dtype=np.intp)
    for which, here in points.pieces(len(share)):
        better = _at(few, which, here, high=True)[1]
        number, variance = (np.einsum("g,gnp->np", share, each) for each in (better, better * (1.0 - better)))
        change = np.ptp(here.panels(number), axis=-1)
        sd = np.sqrt(1.0 + np.min(here.panels(variance), axis=-1))
        parts[which, : here.edge.shape[1]] = np.maximum(np.ceil(change / (_SDS * sd)), 1.0)
    return points.divided(parts) if (parts > 1).any() else points


def _at(nodes: Conditionals, which: Index, here: Grid, *, high: bool) -> tuple[Array, Array]:
    """Densities, and probabilities of being better, at the points of some nodes: (distinct, nodes, points) each."""
    z, weight = here.z, here.weight
    density, better = np.empty((2, nodes.groups.shape[0], *z.shape))
    for some in chunks(len(density), z.size):
        at = np.exp(nodes.groups.part((some, which, None)).log_density(z))
        below = here.running(at)
        total = np.einsum("gnp,np->gn", at, weight)[..., None]
        at *= weight * nodes.probability[which, None]
        np.divide(at, total, out=density[some])
        np.clip(np.divide(below, total, out=below), 0.0, 1.0, out=better[some])
    return density, (np.subtract(1.0, better, out=better) if high else better)
