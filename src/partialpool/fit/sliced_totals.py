"""The totals of the groups of all slices, which an engine has added up in one pass, cut into slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.fit.columns import GroupColumns, Wanted, named_parts
from partialpool.fit.excluding import excluding, without_excluded
from partialpool.groups.codes import distinct
from partialpool.groups.groups import Array, Groups, frozen
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.io.engines import Apart, added_up_apart


@dataclass(frozen=True, eq=False)
class Totals:
    """The groups of all slices.

    Attributes:
        of: one row per group, with the labels of its slice, and the slices that were refused.
        by: names of the columns of `by`.
        library: the kind of the table.
    """

    of: Apart
    by: Sequence[str]
    library: str

    notes = ()

    @cached_property
    def _fitted(self) -> tuple[dict[str, Array], list[NDArray[np.intp]]]:
        """Name of each column of `by` -> label of each slice that is not refused, and the groups of each."""
        totals = self.of.totals
        if totals is None:
            return {name: self.of.labels[name][:0] for name in self.by}, []
        first, codes = distinct([totals.columns[name] for name in self.by])
        ends = np.cumsum(np.bincount(codes, minlength=len(first)))[:-1]
        places = np.split(np.argsort(codes, kind="stable"), ends)
        return {name: totals.columns[name][first] for name in self.by}, places

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        """The slices by their labels, those that are refused counted after the others."""
        return np.lexsort([self._labels[name] for name in reversed(self.by)])

    @cached_property
    def _labels(self) -> dict[str, Array]:
        """The labels of all slices, those that are refused after the others."""
        fitted = self._fitted[0]
        if not self.of.errors:
            return fitted
        return {name: np.concatenate([fitted[name], self.of.labels[name]]) for name in self.by}

    @cached_property
    def places(self) -> list[NDArray[np.intp]]:
        """The groups of each slice; none of one that is refused."""
        every = [*self._fitted[1], *([np.zeros(0, np.intp)] * len(self.of.errors))]
        return [every[k] for k in self._order.tolist()]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of rows of the source in each slice."""
        counts = self.of.totals.counts if self.of.totals else None
        fitted = [] if counts is None else [int(counts[places].sum()) for places in self._fitted[1]]
        every = [*fitted, *self.of.rows.tolist()]
        return tuple(every[k] for k in self._order.tolist())

    @property
    def keys(self) -> dict[str, Array]:
        """Name of each column of `by` -> label of each slice."""
        return {name: label[self._order] for name, label in self._labels.items()}

    def rows(self, slice_: int, _: Sequence[str], labels: Sequence[str], *__: object) -> Rows:
        """The groups of one slice.

        Raises:
            CellError: rows of the slice are refused.
        """
        k, fitted = int(self._order[slice_]), self._fitted[1]
        if k >= len(fitted):
            raise self.of.errors[k - len(fitted)]
        places, totals = fitted[k], self.of.totals
        assert totals is not None
        assert totals.sums is not None
        assert totals.counts is not None
        return replace(
            totals,
            columns=frozen({name: totals.columns[name][places] for name in labels}),
            sums=frozen({role: values[places] for role, values in totals.sums.items()}),
            size=len(places),
            counts=totals.counts[places],
            read=int(totals.counts[places].sum()),
            dropped=0,
            called=lambda index: totals.place(int(places[index])),
        )

    def wanted(self, _: int, columns: Wanted) -> Wanted:
        """The columns that a fit uses, without the table."""
        return replace(columns, data=None)

    def with_table(self, groups: Groups) -> Groups:
        """The groups of one slice, whose fit does not remember how rows are read, which would be those of all."""
        return replace(groups, source=groups.source and replace(groups.source, table=None, reading=None))


def totals_of(
    data: object,
    by: GroupColumns,
    without: Sequence[str],
    labels: Sequence[str],
    missing: str,
    given: object,
    sums: Sums | None,
    memory: int,
) -> Totals | None:
    """Let an engine add up the rows of the groups of all slices, if there are many; else None.

    `by` are the columns that say which rows are fitted together, `without` the labels of groups that are left out, and
    the other arguments are those of `partialpool.io.engines.read_rows`.
    """
    if sums is None or not labels or given or data is None:
        return None
    found = named_parts(by, "by", dict.fromkeys([*sums.columns.values(), *labels]), named=True)
    if any(cells is not None for cells in found.values()) or not set(found).isdisjoint(sums.columns.values()):
        return None
    every = list(dict.fromkeys([*found, *labels]))
    apart = added_up_apart(data, sums, every, list(found), missing, memory)
    if apart is None:
        return None
    if apart.totals is not None:
        with excluding(without):
            apart = replace(apart, totals=without_excluded(apart.totals, labels))
    return Totals(apart, list(found), apart.library)
