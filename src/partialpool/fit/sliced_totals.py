"""The totals of the groups of all slices, which an engine has added up in one pass, cut into slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from partialpool.io.engines import added_up


@dataclass(frozen=True, eq=False)
class Totals:
    """The groups of all slices.

    Attributes:
        totals: one row per group, with the labels of its slice.
        by: names of the columns of `by`.
    """

    totals: Rows
    by: Sequence[str]

    notes = ()

    @property
    def library(self) -> str:
        """The kind of the table."""
        return self.totals.library

    @cached_property
    def _slices(self) -> tuple[NDArray[np.intp], list[NDArray[np.intp]]]:
        """The first group of each slice, and the groups of each."""
        first, codes = distinct([self.totals.columns[name] for name in self.by])
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(first)))[:-1]
        return first, np.split(order, ends)

    @property
    def places(self) -> list[NDArray[np.intp]]:
        """The groups of each slice."""
        return self._slices[1]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of rows of the source in each slice."""
        assert self.totals.counts is not None
        counts = self.totals.counts
        return tuple(int(counts[places].sum()) for places in self.places)

    @property
    def keys(self) -> dict[str, Array]:
        """Name of each column of `by` -> label of each slice."""
        return {name: self.totals.columns[name][self._slices[0]] for name in self.by}

    def rows(self, slice_: int, _: Sequence[str], labels: Sequence[str], *__: object) -> Rows:
        """The groups of one slice."""
        places = self.places[slice_]
        totals = self.totals
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
    given: Mapping[str, object],
    sums: Sums | None,
    memory: int,
) -> Totals | None:
    """Let an engine add up the rows of the groups of all slices, if there are many; else None.

    `by` are the columns that say which rows are fitted together, `without` the labels of groups that are left out, and
    the other arguments are those of `partialpool.fit.reading.read_rows`.
    """
    if sums is None or not labels or given or data is None:
        return None
    found = named_parts(by, "by", dict.fromkeys([*sums.columns.values(), *labels]), named=True)
    if any(cells is not None for cells in found.values()) or not set(found).isdisjoint(sums.columns.values()):
        return None
    totals = added_up(data, sums, list(dict.fromkeys([*found, *labels])), missing, memory)
    if not isinstance(totals, Rows):
        return None
    with excluding(without):
        return Totals(without_excluded(totals, labels), list(found))
