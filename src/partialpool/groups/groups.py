"""Groups: the labels and the sufficient statistics of each group, and how rows are combined into groups.

A family uses the rows of a group only through sufficient statistics, so rows of one group are added up, or combined in
another way, as means and sds are. Groups are in the order of their first appearance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError
from partialpool.groups.codes import distinct
from partialpool.groups.lines import Lines, Part, Several, place

Array = NDArray[Any]
Codes = NDArray[np.intp]

# statistics of the rows, names to show, number of each row's group, number of groups -> statistics of the groups
Combine: TypeAlias = Callable[[Mapping[str, Array], Mapping[str, str], Codes, int], dict[str, Array]]

LARGEST_TOTAL = 2**62
"""Larger integer totals are refused, since 64-bit integers could overflow."""

SMALL = 10_000
"""Largest number of rows of a table in memory that a fit remembers."""

_EXACT_IN_DOUBLE = 2.0**53


@dataclass(frozen=True)
class Statistic:
    """One sufficient statistic of a group: its role, symbol, meaning and domain."""

    role: str
    symbol: str
    meaning: str
    domain: str
    shown: bool = True
    least: int = 0  # smallest n of a group for which it exists; else it is shown as missing


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns of plain arrays, read from a table of any kind.

    Attributes:
        columns: the caller's column name -> one-dimensional, read-only array. Value columns are
            float64, or int64 when the source holds whole numbers or booleans. Label columns keep
            a numeric, boolean or date dtype; everything else is an object array as given.
        size: number of rows.
        library: the kind of the source, from which that of tables of results follows: "dict", "path", "pandas",
            "polars", "pyarrow" or "duckdb".
        dropped: rows left out because a cell was missing.
        kept: 1-based source row of each row; None when every row was kept.
        lines: the line of each source row, if the source is a text file.
        decimal: the decimal sign of numbers in text, if it was given or the text shows it.
        lost: column of numbers -> sum of its cells in the rows that were left out.
        excluded: 1-based source rows that were left out by their labels.
        sums: role -> statistic of each row, if an engine has added up the rows of each group; then `columns` has only
            the labels, with one row per group.
        counts: number of rows of the source behind each row, if an engine has added them up.
        read: number of rows of the source, if that is not `size` with those that were left out.
        called: function that describes the row at an index, for rows without a number.
    """

    columns: Mapping[str, Array]
    size: int
    library: str
    dropped: int = 0
    kept: NDArray[np.int64] | None = None
    lines: Lines | Several | Part | None = None
    decimal: str | None = None
    lost: Mapping[str, float] = field(default_factory=dict)
    excluded: tuple[int, ...] = ()
    sums: Mapping[str, Array] | None = None
    counts: Array | None = None
    read: int | None = None
    called: Callable[[int], str] | None = None

    def place(self, index: int) -> str:
        """The place of the row at this index in the source: "row 3", or "line 4" of a text file."""
        if self.called is not None:
            return self.called(index)
        return place(self.number(index) - 1, self.lines)

    def number(self, index: int) -> int:
        """1-based row number in the source of the row at this index."""
        return index + 1 if self.kept is None else int(self.kept[index])


@dataclass(frozen=True, eq=False)
class Members:
    """The rows of all groups, if a family keeps them: the group number and the value of each row, both (rows,)."""

    group: Codes
    value: Array


@dataclass(frozen=True, eq=False)
class Table:
    """The table from which groups were made, so that other columns of it can be read later.

    Attributes:
        data: the caller's table.
        group: names of its group columns; empty if each row is its own group.
        given: name -> column, for the columns that the caller gave as arrays.
    """

    data: object
    group: tuple[str, ...]
    given: Mapping[str, object]


@dataclass(frozen=True)
class Source:
    """Facts about the table from which groups were made.

    Attributes:
        rows: number of its rows, including those that were left out.
        columns: names of its columns that were read as numbers.
        decimal: the decimal sign of numbers in its text, if it was given or the text shows it.
        group: names of its group columns; empty if each row is its own group, or if they are not known.
        table: the table itself if it is a file or small; None if it is large, was not given, or the fit was saved.
    """

    rows: int
    columns: tuple[str, ...]
    decimal: str | None = None
    group: tuple[str, ...] = ()
    table: Table | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class Groups:
    """Read-only sufficient statistics, one element per group, in order of first appearance.

    Attributes:
        labels: name of each group column -> labels, shape (groups,).
        statistics: role, such as "successes" -> statistic of each group, shape (groups,).
        columns: role -> name to show (the caller's column name).
        library: the kind of the source, from which that of tables of results follows.
        notes: warnings for the reader of a result.
        numbered: whether no group column was given, so that each row is a group, labelled 1, 2, 3, ...
        combine: function that combines the rows of one group.
        members: the rows themselves, where questions need them; None if they were not kept, as in a subset.
        source: facts about the table from which they were made; None if it is not known.
    """

    labels: Mapping[str, Array]
    statistics: Mapping[str, Array]
    columns: Mapping[str, str]
    library: str
    notes: tuple[str, ...] = ()
    numbered: bool = False
    combine: Combine = field(default_factory=lambda: added, repr=False)
    members: Members | None = field(default=None, repr=False)
    source: Source | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(next(iter(self.labels.values())))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the read-only mappings as dicts, which can be pickled."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _unpickled, ({name: dict(x) if isinstance(x, MappingProxyType) else x for name, x in values.items()},)


def _unpickled(values: dict[str, Any]) -> Groups:
    """Groups from the values of their fields, read-only again."""
    made = Groups(**values)
    return replace(
        made,
        labels=frozen(made.labels),
        statistics=frozen(made.statistics),
        columns=MappingProxyType(dict(made.columns)),
        members=made.members and Members(_read_only(made.members.group), _read_only(made.members.value)),
    )


def group_columns(groups: Groups) -> list[str]:
    """The names of the group columns in the caller's table, which differ from the labels' if a result has that name."""
    return list((groups.source.group if groups.source else ()) or groups.labels)


def subset(groups: Groups, places: Array) -> Groups:
    """Some of the groups, by positions or a mask, without their rows."""
    labels = {name: label[places] for name, label in groups.labels.items()}
    statistics = {role: values[places] for role, values in groups.statistics.items()}
    return replace(groups, labels=frozen(labels), statistics=frozen(statistics), members=None)


def called(labels: Mapping[str, Array], place: int) -> str:
    """The name of the group at a position: its labels, after the name of the column if they have no letters.

    >>> called({"trial": np.array([7])}, 0), called({"author": np.array(["Ng"]), "year": np.array([2001])}, 0)
    ('trial 7', 'Ng 2001')
    """
    name = " ".join(str(label[place]) for label in labels.values())
    return name if any(letter.isalpha() for letter in name) or not labels else f"{next(iter(labels))} {name}"


def frozen(columns: Mapping[str, Array]) -> Mapping[str, Array]:
    """A read-only mapping of read-only views of the columns; the originals stay writeable."""
    return MappingProxyType({name: _read_only(array) for name, array in columns.items()})


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def collapse(
    labels: Mapping[str, Array] | None,
    statistics: Mapping[str, Array],
    columns: Mapping[str, str],
    library: str = "dict",
    notes: tuple[str, ...] = (),
    combine: Combine | None = None,
    kept: Array | None = None,
) -> Groups:
    """Combine the rows of each group, by adding them up unless `combine` says otherwise.

    Args:
        labels: name of each group column -> label of each row, none missing; a group is a distinct combination. None:
            each row is its own group.
        statistics: role -> number of each row.
        columns: role -> name to show.
        library: the kind of the source.
        notes: warnings to carry along.
        combine: function that combines the rows of one group; by default they are added up.
        kept: values of the rows to keep beside the totals.

    Returns:
        Groups in order of first appearance.

    Raises:
        CellError: an integer total above 2^62.
    """
    combine = combine or added
    if labels is None:
        return _numbered(statistics, columns, library, notes, combine)
    first, codes = distinct([np.asarray(column) for column in labels.values()])
    return Groups(
        labels=frozen({name: np.asarray(column)[first] for name, column in labels.items()}),
        statistics=frozen(combine({role: np.asarray(x) for role, x in statistics.items()}, columns, codes, len(first))),
        columns=MappingProxyType(dict(columns)),
        library=library,
        notes=notes,
        combine=combine,
        members=None if kept is None else Members(_read_only(codes), _read_only(kept)),
    )


def _numbered(
    statistics: Mapping[str, Array], columns: Mapping[str, str], library: str, notes: tuple[str, ...], combine: Combine
) -> Groups:
    """Groups of one row each, labelled 1, 2, 3, ..."""
    size = len(next(iter(statistics.values())))
    label = "group"
    while label in columns.values():
        label += "_"
    return Groups(
        labels=frozen({label: np.arange(1, size + 1)}),
        statistics=frozen({role: np.asarray(x) for role, x in statistics.items()}),
        columns=MappingProxyType(dict(columns)),
        library=library,
        notes=notes,
        numbered=True,
        combine=combine,
    )


def added(statistics: Mapping[str, Array], columns: Mapping[str, str], codes: Codes, size: int) -> dict[str, Array]:
    """Add up the rows of each group."""
    return {role: _totals(columns[role], values, codes, size) for role, values in statistics.items()}


def _totals(name: str, values: Array, codes: Codes, size: int) -> Array:
    """Sum of the values of each group; integer sums are exact."""
    if values.dtype.kind == "f":
        return np.bincount(codes, weights=values, minlength=size)
    magnitude = np.abs(values.astype(np.float64))
    if magnitude.sum() < _EXACT_IN_DOUBLE:
        return np.bincount(codes, weights=values, minlength=size).astype(np.int64)
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, codes, values.astype(np.int64))
    rough = np.bincount(codes, weights=magnitude, minlength=size)
    if (rough > 1.5 * LARGEST_TOTAL).any() or (np.abs(totals) > LARGEST_TOTAL).any():
        raise CellError(
            f"column {name!r}: the total of a group exceeds 2^62 ({LARGEST_TOTAL}). "
            "Give counts of real trials, or count in larger units."
        )
    return totals
