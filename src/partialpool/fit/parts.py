"""Read a table once, and cut it into slices: the rows that have the same labels in the columns of `by`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import DataError, PriorError, RequestError
from partialpool.fit.columns import GroupColumns, Wanted, named_parts
from partialpool.fit.excluding import kept_by
from partialpool.fit.fitting import Request
from partialpool.fit.sliced_totals import Totals, totals_of
from partialpool.groups.codes import distinct
from partialpool.groups.groups import Array, Groups
from partialpool.groups.lines import Part
from partialpool.groups.rows import Rows
from partialpool.groups.source import SMALL
from partialpool.groups.sums import Sums
from partialpool.io.backends import rows_of, unread
from partialpool.io.backends.beside import MOST_ROWS, text_columns
from partialpool.io.backends.columns import check_request
from partialpool.io.backends.decimals import check_decimal, sign_of
from partialpool.io.backends.labels import names
from partialpool.io.backends.origin import NOWHERE, origin_of
from partialpool.io.backends.part import in_columns, some_cells, some_rows
from partialpool.io.backends.rows import Column, assemble
from partialpool.messages.wording import counted
from partialpool.posterior import Posterior
from partialpool.slices.cluster import Cluster, cluster_of

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Parts:
    """A table that was read, and the rows of each of its slices.

    Attributes:
        data: the caller's table.
        columns: name -> column, before its cells are read.
        library: the kind of the table.
        decimal: the decimal sign of numbers in text.
        size: the number of rows of the table.
        keys: name of each column of `by` -> label of each slice, in order of first appearance.
        places: the rows of each slice, counted from 0.
        notes: warnings about rows that belong to no slice.
    """

    data: object
    columns: Mapping[str, Column]
    library: str
    decimal: str | None
    size: int
    keys: Mapping[str, Array]
    places: Sequence[Places]
    notes: tuple[str, ...]

    def rows(
        self, slice_: int, values: Sequence[str], labels: Sequence[str], missing: str, alone: Mapping[str, str] | None
    ) -> Rows:
        """Read the cells of one slice, whose rows keep their places in the whole table."""
        places = self.places[slice_]
        columns = [_some(self.columns[name], places) for name in (*values, *labels)]
        return rows_of(columns, len(values), self.library, missing, self.decimal, alone)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of rows of each slice."""
        return tuple(map(len, self.places))

    @property
    def is_small(self) -> bool:
        """Whether the table is in memory, and its fits remember it."""
        return self.size <= SMALL and not isinstance(self.data, (str, os.PathLike))

    def wanted(self, slice_: int, columns: Wanted) -> Wanted:
        """The columns that a fit uses, with a table of the rows of one slice in place of the whole."""
        places = self.places[slice_]
        given: dict[str, object] = {name: some_cells(cells, places) for name, cells in columns.given.items()}
        if self._table is None or isinstance(self._table, (str, os.PathLike)):
            return replace(columns, data=None if self._table is None else self._texts_of(columns, places), given=given)
        if self.is_small or not columns.group:
            return replace(columns, data=some_rows(self._table, places), given=given)
        return replace(columns, data=self._texts_of(columns, places), given=given)

    def with_table(self, groups: Groups) -> Groups:
        """Groups of one slice, without a table if their fit is not to remember it.

        Nor does it remember how rows are read, since more rows of the table would be those of all slices.
        """
        source = groups.source
        if source is None:
            return groups
        table = source.table if self.is_small and source.table and source.table.data is not None else None
        return replace(groups, source=replace(source, table=table, reading=None))

    @cached_property
    def _table(self) -> object:
        return in_columns(self.data)

    @cached_property
    def _texts(self) -> dict[Any, dict[str, list[str | None]]]:
        """The other columns of text in the first rows of the table, once they were asked for."""
        return {}

    def _texts_of(self, columns: Wanted, places: Places) -> dict[str, list[str | None]]:
        """The cells of one slice in the columns of text of a large table, if all its rows are among the first."""
        if len(columns.group) != 1 or places[-1] >= MOST_ROWS:
            return {}
        key = tuple(columns.group)
        if key not in self._texts:
            self._texts[key] = text_columns(self.data, columns.group)
        return {name: some_cells(cells, places) for name, cells in self._texts[key].items()}


class Cutting:
    """Reads the table of a fit once, and then gives the rows of one slice after the other, and takes its groups.

    Attributes:
        parts: the slices, once the table was read.
        place: the slice that is read next.
        request: what is asked of all slices.
        made: the groups of each slice, or the error of its data.
        cluster: the executors that have the rows of the table, if it is one of Spark.
        origin: the files or the relation that the rows come from.
    """

    def __init__(self, by: GroupColumns, without: Sequence[str] = ()) -> None:
        self.parts: Parts | Totals | None = None
        self.place = -1
        self.request: Request | None = None
        self.made: list[Groups | DataError | PriorError] = []
        self.cluster: Cluster | None = None
        self.origin = NOWHERE
        self._by, self._without = by, without

    def advance(self) -> bool:
        """Go on to the next slice, if there is one."""
        self.place += 1
        return self.parts is None or self.place < len(self.parts.places)

    def ask(self, request: Request) -> None:
        """Take the request, which is the same for all slices."""
        self.request = request

    def seen(self, columns: Wanted) -> Wanted:
        """The columns that a fit uses, with the rows of the current slice alone."""
        return columns if self.parts is None else self.parts.wanted(self.place, columns)

    def take(self, groups: Groups) -> Posterior:
        """Take the groups of the current slice."""
        assert self.parts is not None
        self.made.append(self.parts.with_table(groups))
        return cast("Posterior", None)  # the fitting function returns it to `by`, which does not use it

    def read(
        self,
        data: object,
        *,
        values: Sequence[str],
        labels: Sequence[str],
        missing: str,
        given: Mapping[str, object],
        decimal: str | None,
        alone: Mapping[str, str],
        sums: Sums | None,
        memory: int,
    ) -> Rows:
        """Read the rows of the current slice, with the arguments of `partialpool.fit.reading.read_rows`."""
        if self.parts is None:
            check_request(values, labels, missing)
            check_decimal(decimal)
            self.cluster, self.origin = cluster_of(data), origin_of(data)
            self.parts = totals_of(data, self._by, self._without, labels, missing, given, sums, memory)
        if self.parts is None:
            self.parts = _cut(data, self._by, self._without, values, labels, missing, given, decimal)
        return self.parts.rows(self.place, values, labels, missing, alone)


def _cut(
    data: object,
    by: GroupColumns,
    without: Sequence[str],
    values: Sequence[str],
    labels: Sequence[str],
    missing: str,
    given: Mapping[str, object],
    decimal: str | None,
) -> Parts:
    """Read all columns, and find the rows of each slice."""
    known: dict[str, object] = {**dict.fromkeys((*values, *labels)), **given}
    found = named_parts(by, "by", known, named=data is not None)
    _check_by(found, values)
    others = [name for name in found if name not in labels]
    arrays = {name: cells for name, cells in found.items() if cells is not None and name in others}
    read, library = unread(data, values, [*labels, *others], {**given, **arrays})
    columns = {column.name: column for column in read}
    keep = _kept(columns, labels, without)
    every = np.flatnonzero(keep)
    keyed = assemble([_some(names(columns[name]), every) for name in found], library, missing)
    kept = every if keyed.kept is None else every[keyed.kept - 1]
    first, codes = distinct(list(keyed.columns.values()))
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(first)))[:-1]
    return Parts(
        data,
        columns,
        library,
        sign_of(read[: len(values)]) if decimal is None else decimal,
        len(keep),
        {name: column[first] for name, column in keyed.columns.items()},
        np.split(kept[order], ends),
        _unnamed(keyed.dropped),
    )


def _kept(columns: Mapping[str, Column], labels: Sequence[str], without: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each row is kept, in whose group columns, `labels`, there is no label that is to be left out."""
    if not without:
        return np.ones(len(next(iter(columns.values())).data), dtype=bool)
    texts: list[list[str | None]] = []
    for column in (names(columns[name]) for name in labels):
        gone = np.zeros(len(column.data), bool) if column.missing is None else column.missing
        texts.append([None if no else str(x) for x, no in zip(column.data.tolist(), gone.tolist(), strict=True)])
    return kept_by(texts, without)


def _some(column: Column, places: Places) -> Column:
    """Some rows of a column."""
    return replace(
        column,
        data=column.data[places],
        missing=None if column.missing is None else column.missing[places],
        lines=Part(places, None if isinstance(column.lines, Part) else column.lines),
    )


def _check_by(found: Mapping[Any, object], values: Sequence[str]) -> None:
    """Refuse slices by no column, or by a column of numbers that are fitted."""
    if not found:
        raise RequestError("by= names no column. Name the column whose labels say which rows are fitted together.")
    for name in found:
        if name in values:
            raise RequestError(f"column {name!r} is asked for in two roles, one of them by=. Name another for by=.")


def _unnamed(dropped: int) -> tuple[str, ...]:
    """A warning about rows that belong to no slice, if there are any."""
    if not dropped:
        return ()
    verb = "belong" if dropped > 1 else "belongs"
    return (f"{counted(dropped, 'row')} without a label in by= {verb} to no slice, and missing='drop' leaves them out",)
