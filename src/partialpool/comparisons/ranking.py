"""Which group is the best, and how sure that is: posterior ranks of groups, exactly.

Given a node of the population's parameters groups are independent, so that with q_i(t) = P(theta_i is better than t)

    E[rank_j]      = 1 + integral f_j(t) sum_{i != j} q_i(t) dt
    P(rank_j = r)  = integral f_j(t) P(r - 1 of the others are better than t) dt,

the last a Poisson-binomial distribution. Both are averaged over the nodes. Source: Laird and Louis 1989, Journal of
Educational Statistics 14:29 (expected ranks); Lin, Louis, Paddock and Ridgeway 2006, Bayesian Analysis 1:915.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import tail_of
from partialpool.comparisons.alike import Kinds, kinds
from partialpool.comparisons.nodes import chosen
from partialpool.comparisons.poisson_binomial import LeavingOut
from partialpool.composite import Grid, grid
from partialpool.conditionals import Conditionals, fine_enough, left_of_lattices, settled
from partialpool.errors import RequestError
from partialpool.integrate.chunks import chunks
from partialpool.known import Known
from partialpool.output.content import Content, Shown, Tabled
from partialpool.output.tables import to_native
from partialpool.progress import counted as counted_items
from partialpool.progress import shown
from partialpool.special import Array, Index
from partialpool.thetas.intervals import check_names
from partialpool.wording import counted

EVERY_UP_TO = 1000
"""Groups up to which P(rank <= r) is worked out at every rank, and beyond which at some from which the rest is read."""

_GOAL, _FEW_GOAL = 1e-8, 1e-6  # of probabilities; where kinds stand for the groups
_NEARLY = 2e-5  # of expected ranks: probabilities are then about as good
_TOP = 3
_RESULTS = ("expected_rank", "median_rank", "lower", "upper", "p_best", "p_top", "rank", "probability")
_SOME, _SAMPLED = 120, 1500  # ranks of each kind; groups that differ which panels are divided for
_FINE = 1.0
_SDS = 4.0  # by which the number of better groups may change on a panel
_ROUNDING = 1e-8  # what panels leave in an integral where densities bend

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Found:
    """Of each distinct group: the expected rank, and P(rank <= r) at some ranks r."""

    expected: Array
    below: Array
    ranks: Array


@dataclass(frozen=True)
class _Below:
    """P(rank <= r) of every distinct group, or of the kinds that stand for them, and which of those each group is."""

    values: Array
    where: Index
    few: Kinds | None

    @property
    def size(self) -> int:
        """How many distinct groups there are."""
        return int(self.where.max()) + 1

    def rows(self, some: slice) -> Array:
        """Those of some of the distinct groups: (distinct, ranks)."""
        found = self.few.of_groups(self.values, some) if self.few else self.values[some]
        found = np.maximum.accumulate(np.clip(found, 0.0, 1.0), axis=1)
        found[:, -1] = 1.0
        return found


@dataclass(frozen=True, repr=False)
class Ranking(Shown):
    """Posterior ranks of all groups, 1 the best.

    Attributes:
        known: the fit.
        best: "high" if the largest theta is the best, or "low".
        top: what `p_top` counts as the top: ranks 1 to `top`.
        level: probability of the intervals.
        expected: posterior mean of each group's rank.
        ranks: 1, ..., J, or some of them above 1,000 groups.
        accuracy: estimate of the error of every probability, and of expected ranks divided by the number of groups.
    """

    _tables = ("table", "probabilities")

    known: Known
    best: str
    top: int
    level: float
    expected: Array
    ranks: Array
    accuracy: float
    _below: _Below

    def table(self) -> Any:
        """A row a group: expected_rank, median_rank, lower, upper, p_best, p_top.

        Returns:
            A table in the data-frame library that the data came in. `lower` and `upper` are the smallest ranks with
            P(rank <= r) of at least (1 - level)/2 and (1 + level)/2.
        """
        return to_native(self.columns(), self.known.data.library)

    def columns(self) -> Columns:
        """The same as plain columns."""
        tail = tail_of(self.level)
        top = int(np.searchsorted(self.ranks, self.top))
        names = ("median_rank", "lower", "upper", "p_best", "p_top")
        found = np.empty((len(names), self._below.size))
        for some in chunks(self._below.size, len(self.ranks)):
            below = self._below.rows(some)
            ranks = [self._quantile(below, p) for p in (0.5, tail, 1.0 - tail)]
            found[:, some] = [*ranks, below[:, 0], below[:, top]]
        columns: Columns = {**self.known.data.labels, "expected_rank": self.expected}
        for name, values in zip(names, found[:, self._below.where], strict=True):
            columns[name] = values if name.startswith("p_") else values.astype(np.int64)
        return columns

    @property
    def cumulative(self) -> Array:
        """P(rank <= r) at the ranks: (groups, ranks)."""
        return self._below.rows(slice(None))[self._below.where]

    def _quantile(self, below: Array, p: float) -> Array:
        """The smallest rank r with P(rank <= r) >= p, between known ones by a straight line."""
        above = np.argmax(below >= p, axis=1)
        rows, before = np.arange(len(above)), np.maximum(above - 1, 0)
        high, low = below[rows, above], below[rows, before]
        share = np.where(above > 0, (p - low) / np.where(high > low, high - low, 1.0), 1.0)
        at = self.ranks[before] + np.clip(share, 0.0, 1.0) * (self.ranks[above] - self.ranks[before])
        return np.where(self._every | (above == 0), self.ranks[above], np.ceil(at))

    @property
    def _every(self) -> bool:
        return len(self.ranks) == self.known.data.size

    def probabilities(self) -> Any:
        """A row for each group and rank: P(rank = r)."""
        return to_native(self.probability_columns(), self.known.data.library)

    def probability_columns(self) -> Columns:
        """The same as plain columns."""
        size = self.known.data.size
        if not self._every:
            raise RequestError(f"P(rank = r) is worked out for up to {EVERY_UP_TO:,} groups; these are {size:,}.")
        each = np.diff(self.cumulative, axis=1, prepend=0.0)
        columns: Columns = {name: np.repeat(label, size) for name, label in self.known.data.labels.items()}
        return columns | {"rank": np.tile(np.arange(1, size + 1), size), "probability": np.maximum(each, 0.0).ravel()}

    def _content(self) -> Content:
        order = np.argsort(self.expected, kind="stable")
        columns = {name: column[order] for name, column in self.columns().items()}
        size = counted(self.known.data.size, "group")
        return Content(
            f"Ranks of {size}, 1 = the {self.best}est; p_top: rank {self.top} or better",
            (Tabled(columns), f"probabilities within {self.accuracy:.0e}"),
        )


@shown("ranks")
def ranking(known: Known, *, best: str = "high", top: object = _TOP, level: float | None = None) -> Ranking:
    """Posterior ranks of all groups.

    Args:
        known: the fit.
        best: "high" if the largest theta has rank 1, or "low".
        top: ranks 1 to `top` are the top.
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: best is neither, top is no whole number of at least 1 and at most the number of groups, the level
            is not in (0, 1), or every theta is known for certain.
    """
    if best not in ("high", "low"):
        raise RequestError(f'best must be "high" or "low", not {best!r}.')
    if isinstance(top, bool) or not isinstance(top, (int, np.integer)) or top < 1:
        raise RequestError(f"top must be a whole number of at least 1, not {top!r}.")
    level = known.level if level is None else level
    tail_of(level)
    check_names(known, _RESULTS)
    size = known.data.size
    top = _checked_top(int(top), size, given=top != _TOP)
    ranks = _some_ranks(size, top)
    nodes = chosen(known, _every_rank)
    few = kinds(known, nodes.at(nodes.first))

    def ask(at: Conditionals) -> _Found:
        return _averaged(at, ranks, high=best == "high", of=few)

    def expected(at: Conditionals) -> Array:
        return _averaged(at, np.ones(1), high=True, of=few).expected

    first = max(nodes.first, fine_enough(expected, nodes.at, _NEARLY))
    found, error = settled(ask, nodes.at, _apart, _FEW_GOAL if few else _GOAL, first, left_of_lattices)
    where = nodes.at(first).where
    expected_rank = found.expected
    if few is not None:
        values = np.concatenate([found.expected[:, None] / size, found.below], axis=1)
        error += few.off(values)
        expected_rank = size * few.of_groups(values[:, :1], slice(None))[:, 0]
    accuracy = min(error + nodes.error + _ROUNDING, 1.0)
    below = _Below(found.below, where, few)
    return Ranking(known, best, top, level, expected_rank[where], ranks, accuracy, below)


def _checked_top(top: int, size: int, *, given: bool) -> int:
    if top > size and given:
        raise RequestError(f"top must be at most the number of groups, {size:,}, not {top:,}.")
    return min(top, size)


def _apart(one: _Found, other: _Found) -> float:
    expected = np.max(np.abs(one.expected - other.expected)) / one.ranks[-1]
    return float(max(expected, np.max(np.abs(one.below - other.below))))


def _averaged(nodes: Conditionals, ranks: Array, *, high: bool, of: Kinds | None = None) -> _Found:
    """The sums over the nodes, of every distinct group, or of the kinds that stand for them."""
    nodes = of.at(nodes) if of else nodes
    distinct = nodes.groups.shape[0]
    count = of.count if of else np.bincount(nodes.where, minlength=distinct).astype(float)
    expected = np.zeros(distinct)
    others = LeavingOut(count, ranks, of.single if of else None) if len(ranks) > 1 else None
    points = grid(nodes.groups, fine=_FINE)
    points = _told_apart(points, nodes, count) if others else points
    for which, here in counted_pieces(points, distinct):
        density, better = _at(nodes, which, here, high=high)
        density *= here.weight * nodes.probability[which, None]
        f, q = density.reshape(distinct, -1), better.reshape(distinct, -1)
        expected += f @ (count @ q)
        if others:
            others.add(f, q)
    return _Found(0.5 + expected, others.below if others else np.zeros((distinct, 1)), ranks)


def counted_pieces(points: Grid, distinct: int) -> Iterator[tuple[Index, Grid]]:
    """The nodes, piece by piece, while the line that is shown says how many are done."""
    return counted_items(list(points.pieces(distinct)))


def _every_rank(nodes: Conditionals) -> Array:
    """P(rank <= r) of a few groups."""
    return _averaged(nodes, np.arange(1.0, nodes.size + 1.0), high=True).below


def _told_apart(points: Grid, nodes: Conditionals, count: Array) -> Grid:
    """Panels on which the number of better groups changes by a few of its sds at most; some groups stand for all."""
    whole = bool((count > 0.0).all())  # else the sums take every kind
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
    """Densities, and the probabilities of being better, at the points of some nodes: (distinct, nodes, points)."""
    z, weight = here.z, here.weight
    density, better = np.empty((2, nodes.groups.shape[0], *z.shape))
    for some in chunks(len(density), z.size):
        at = np.exp(nodes.groups.part((some, which, None)).log_density(z))
        below = here.running(at)
        total = (at * weight).sum(axis=-1, keepdims=True)
        np.divide(at, total, out=density[some])
        np.clip(below / total, 0.0, 1.0, out=better[some])
    return density, (np.subtract(1.0, better, out=better) if high else better)


def _some_ranks(size: int, top: int) -> Array:
    """All ranks, or so many of them that the rest can be read between them."""
    if size <= EVERY_UP_TO:
        return np.arange(1.0, size + 1.0)
    edge = np.geomspace(1.0, size, _SOME).round()
    return np.unique(np.concatenate([edge, size + 1.0 - edge, np.linspace(1.0, size, _SOME).round(), [float(top)]]))
