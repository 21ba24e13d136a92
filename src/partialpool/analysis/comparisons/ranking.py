"""Posterior ranks of groups, computed exactly.

Given a node of the population's parameters groups are independent, so that with q_i(t) = P(theta_i is better than t)

    E[rank_j]      = 1 + integral f_j(t) sum_{i != j} q_i(t) dt
    P(rank_j = r)  = integral f_j(t) P(r - 1 of the others are better than t) dt,

where the last is a Poisson-binomial probability. Both are averaged over the nodes. Source: Laird and Louis 1989,
Journal of Educational Statistics 14:29 (expected ranks); Lin, Louis, Paddock and Ridgeway 2006, Bayesian Analysis
1:915.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.comparisons.alike import Kinds, kinds
from partialpool.analysis.comparisons.rank_sums import Found, all_settled, averaged, nodes_for
from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import check_names
from partialpool.engine.conditionals import Conditionals
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import FEWER, PRIOR, Claim
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index

EVERY_UP_TO = 1000
"""Groups up to which P(rank <= r) is computed at every rank; beyond, it is computed at some and interpolated."""

_TOP = 3
_RESULTS = ("expected_rank", "median_rank", "lower", "upper", "p_best", "p_top", "rank", "probability")
_SOME = 120  # ranks of each kind, where not all are computed
_ENDS, _BETWEEN = 8, 40  # ranks of these by which the fineness of nodes is judged: at each end, and between
_USELESS = 1e-2  # error of probabilities at which an answer is refused
_ROUNDING = 1e-9  # error of an integral where densities bend within a panel

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Below:
    """P(rank <= r) of every distinct group, or of the kinds that represent them, and each group's distinct one."""

    values: Array
    where: Index
    few: Kinds | None

    @property
    def size(self) -> int:
        """The number of distinct groups."""
        return int(self.where.max()) + 1

    def rows(self, some: slice) -> Array:
        """P(rank <= r) of some of the distinct groups: (distinct, ranks)."""
        found = self.few.of_groups(self.values, some) if self.few else self.values[some]
        found = np.maximum.accumulate(np.clip(found, 0.0, 1.0), axis=1)
        found[:, -1] = 1.0
        return found


@dataclass(frozen=True, repr=False)
class Ranking(Shown):
    """Posterior ranks of all groups, 1 the best.

    Attributes:
        fit: the fit.
        best: "high" if the largest theta is the best, or "low".
        top: what `p_top` counts as the top: ranks 1 to `top`.
        level: probability of the intervals.
        expected: posterior mean of each group's rank.
        ranks: 1, ..., J, or some of them above 1,000 groups.
        accuracy: estimate of the error of every probability, and of expected ranks divided by the number of groups.
    """

    _tables = ("table", "probabilities")

    fit: FittedModel
    best: str
    top: int
    level: float
    expected: Array
    ranks: Array
    accuracy: float
    _below: _Below

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about probabilities that are less accurate than usual."""
        cure = PRIOR if self._below.few is None else FEWER
        return self.fit.cautions(Claim("probabilities of ranks", self.accuracy), cure=cure)

    def table(self) -> Any:
        """One row per group: expected_rank, median_rank, lower, upper, p_best, p_top.

        Returns:
            A table in the library of `fit.groups()`. `lower` and `upper` are the smallest ranks with
            P(rank <= r) of at least (1 - level)/2 and (1 + level)/2.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        tail = tail_of(self.level)
        top = int(np.searchsorted(self.ranks, self.top))
        names = ("median_rank", "lower", "upper", "p_best", "p_top")
        found = np.empty((len(names), self._below.size))
        for some in chunks(self._below.size, len(self.ranks)):
            below = self._below.rows(some)
            ranks = [self._quantile(below, p) for p in (0.5, tail, 1.0 - tail)]
            found[:, some] = [*ranks, below[:, 0], below[:, top]]
        columns: Columns = {**self.fit.data.labels, "expected_rank": self.expected}
        for name, values in zip(names, found[:, self._below.where], strict=True):
            columns[name] = values if name.startswith("p_") else values.astype(np.int64)
        return columns

    @property
    def cumulative(self) -> Array:
        """P(rank <= r) at the ranks: (groups, ranks)."""
        return self._below.rows(slice(None))[self._below.where]

    def _quantile(self, below: Array, p: float) -> Array:
        """The smallest rank r with P(rank <= r) >= p, interpolated linearly between computed ranks."""
        above = np.argmax(below >= p, axis=1)
        rows, before = np.arange(len(above)), np.maximum(above - 1, 0)
        high, low = below[rows, above], below[rows, before]
        share = np.where(above > 0, (p - low) / np.where(high > low, high - low, 1.0), 1.0)
        at = self.ranks[before] + np.clip(share, 0.0, 1.0) * (self.ranks[above] - self.ranks[before])
        return np.where(self._every | (above == 0), self.ranks[above], np.ceil(at))

    @property
    def _every(self) -> bool:
        return len(self.ranks) == self.fit.data.size

    def probabilities(self) -> Any:
        """One row per group and rank: P(rank = r)."""
        return to_native(self.probability_columns(), self.fit.data.library)

    def probability_columns(self) -> Columns:
        """The table of probabilities as plain columns."""
        size = self.fit.data.size
        if not self._every:
            raise RequestError(f"P(rank = r) is worked out for up to {EVERY_UP_TO:,} groups; these are {size:,}.")
        each = np.diff(self.cumulative, axis=1, prepend=0.0)
        columns: Columns = {name: np.repeat(label, size) for name, label in self.fit.data.labels.items()}
        return columns | {"rank": np.tile(np.arange(1, size + 1), size), "probability": np.maximum(each, 0.0).ravel()}

    def _content(self) -> Content:
        order = np.argsort(self.expected, kind="stable")
        columns = {name: column[order] for name, column in self.columns().items()}
        size = counted(self.fit.data.size, "group")
        return Content(
            f"Ranks of {size}, 1 = the {self.best}est; p_top: rank {self.top} or better",
            (Tabled(columns), f"probabilities within {self.accuracy:.0e} (estimated)"),
        )


@shown("ranks")
def ranking(fit: FittedModel, *, best: str = "high", top: object = _TOP, level: float | None = None) -> Ranking:
    """Compute posterior ranks of all groups.

    Args:
        fit: the fit.
        best: "high" if the largest theta has rank 1, or "low".
        top: ranks 1 to `top` count as the top.
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: best is neither, top is no whole number of at least 1 and at most the number of groups, the level
            is not in (0, 1), or every theta is known for certain.
    """
    if best not in ("high", "low"):
        raise RequestError(f'best must be "high" or "low", not {best!r}.')
    if isinstance(top, bool) or not isinstance(top, (int, np.integer)) or top < 1:
        raise RequestError(f"top must be a whole number of at least 1, not {top!r}.")
    level = fit.level if level is None else level
    tail_of(level)
    check_names(fit, _RESULTS)
    size = fit.data.size
    top = _checked_top(int(top), size, given=top != _TOP)
    ranks = _some_ranks(size, top)
    nodes = nodes_for(fit)
    few = kinds(fit, nodes.at(nodes.first))

    def ask(at: Conditionals, only: Index | None) -> Found:
        asked = ranks if only is None else _telling(ranks)
        return averaged(at, asked, high=best == "high", of=few, only=only)

    where = nodes.at(nodes.first).where
    found, error = all_settled(ask, nodes.at, nodes.first, few, int(where.max()) + 1)
    expected_rank = found.expected
    if few is not None:
        values = np.concatenate([found.expected[:, None] / size, found.below], axis=1)
        error += few.off(values)
        expected_rank = size * few.of_groups(values[:, :1], slice(None))[:, 0]
    accuracy = max(error, nodes.least) + nodes.error + _ROUNDING
    if accuracy > _USELESS:
        raise RequestError(
            f"Ranks of {counted(size, 'group')} were found only to within {min(accuracy, 1.0):.0e}, which is no use; "
            "rank fewer of them, such as those that select() finds."
        )
    below = _Below(found.below, where, few)
    return Ranking(fit, best, top, level, expected_rank[where], ranks, accuracy, below)


def _telling(ranks: Array) -> Array:
    """Some of the ranks, which tell how fine nodes must be: those at both ends, and others between them."""
    ends, between = np.arange(_ENDS), np.linspace(0, len(ranks) - 1, _BETWEEN).round().astype(np.intp)
    return ranks[np.unique(np.concatenate([np.minimum(ends, len(ranks) - 1), between, len(ranks) - 1 - ends]).clip(0))]


def _checked_top(top: int, size: int, *, given: bool) -> int:
    if top > size and given:
        raise RequestError(f"top must be at most the number of groups, {size:,}, not {top:,}.")
    return min(top, size)


def _some_ranks(size: int, top: int) -> Array:
    """All ranks, or enough of them to interpolate between."""
    if size <= EVERY_UP_TO:
        return np.arange(1.0, size + 1.0)
    edge = np.geomspace(1.0, size, _SOME).round()
    return np.unique(np.concatenate([edge, size + 1.0 - edge, np.linspace(1.0, size, _SOME).round(), [float(top)]]))
