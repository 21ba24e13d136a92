"""Groups: a label and the totals of each group, frozen; and how rows become groups.

A family looks at a group's rows only through totals (sufficient statistics), so rows of one
group add up (or combine, as means and sums of squares do). Groups stand in order of first appearance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.codes import distinct
from partialpool.errors import CellError
from partialpool.lines import Lines, place

Array = NDArray[Any]
Codes = NDArray[np.intp]

# statistics of the rows, names to show, number of each row's group, number of groups -> statistics of the groups
Combine: TypeAlias = Callable[[Mapping[str, Array], Mapping[str, str], Codes, int], dict[str, Array]]

LARGEST_TOTAL = 2**62
"""Integer totals above this are refused: 64 bits would soon wrap around."""

SMALL = 10_000
"""Rows of a table in memory that a fit remembers at most."""

_EXACT_IN_DOUBLE = 2.0**53


@dataclass(frozen=True)
class Statistic:
    """One number a family adds up per group."""

    role: str
    symbol: str
    meaning: str
    domain: str
    shown: bool = True
    least: int = 0  # with fewer rows ("n") in the group it cannot be computed, and is shown as missing


@dataclass(frozen=True, eq=False)
class Rows:
    """Plain columns read from whatever the caller has.

    Attributes:
        columns: the caller's column name -> one-dimensional, read-only array. Value columns are
            float64, or int64 when the source holds whole numbers or booleans. Label columns keep
            a numeric, boolean or date dtype; everything else is an object array as given.
        size: number of rows.
        library: where tables go back to: "dict", "path", "pandas", "polars", "pyarrow", "duckdb".
        dropped: rows left out because a cell was missing.
        kept: 1-based source row of each row; None when every row was kept.
        lines: the line of each source row, if the source is a text file.
        decimal: the sign that begins decimals in text, if it was given or text shows it.
        lost: column of numbers -> the sum of those of its cells that rows which were left out have.
        excluded: 1-based source rows that were left out by their labels.
    """

    columns: Mapping[str, Array]
    size: int
    library: str
    dropped: int = 0
    kept: NDArray[np.int64] | None = None
    lines: Lines | None = None
    decimal: str | None = None
    lost: Mapping[str, float] = field(default_factory=dict)
    excluded: tuple[int, ...] = ()

    def place(self, index: int) -> str:
        """Where the row at this place stands in the source: "row 3", or "line 4" of a text file."""
        return place(self.number(index) - 1, self.lines)

    def number(self, index: int) -> int:
        """1-based row of the source that stands at this place."""
        return index + 1 if self.kept is None else int(self.kept[index])


@dataclass(frozen=True, eq=False)
class Members:
    """The rows of all groups, where a family keeps them: the group of each, and its value."""

    group: Codes
    value: Array


@dataclass(frozen=True, eq=False)
class Table:
    """A table that groups were made of, to be looked at again.

    Attributes:
        data: the caller's table.
        group: the names of its group columns; none if each row is its own group.
        given: the columns that the caller gave as arrays, by name.
    """

    data: object
    group: tuple[str, ...]
    given: Mapping[str, object]


@dataclass(frozen=True)
class Source:
    """What is remembered of the table that groups were made of.

    Attributes:
        rows: how many rows it had, with those that were left out.
        columns: the names of its columns that were read as numbers.
        decimal: the sign that begins decimals in its text, if it was given or text shows it.
        group: the names of its group columns; none if each row is its own group, or they are not known.
        table: the table itself if it is a file or small; None if it is large, was not given, or the fit was saved.
    """

    rows: int
    columns: tuple[str, ...]
    decimal: str | None = None
    group: tuple[str, ...] = ()
    table: Table | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class Groups:
    """Frozen sufficient statistics, a row a group, in order of first appearance.

    Attributes:
        labels: group column name(s) -> label of each group.
        statistics: role ("successes", "trials") -> total of each group.
        columns: role -> name to show (the caller's column name).
        library: where tables go back to.
        notes: remarks for the reader of a result.
        numbered: no group column was given: each row is its own group, labelled by its number, 1, 2, 3, ...
        combine: how rows of one group become one.
        members: the rows themselves, for questions that only they answer; None if they were not kept, as in a subset.
        source: the table that they were made of; None if that is not known.
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


def group_columns(groups: Groups) -> list[str]:
    """The names that the group columns have in the caller's table, where they may be called like a result."""
    return list((groups.source.group if groups.source else ()) or groups.labels)


def subset(groups: Groups, places: Array) -> Groups:
    """Some of the groups, by their places or where a mask is true, without the rows that they were made of."""
    labels = {name: label[places] for name, label in groups.labels.items()}
    statistics = {role: values[places] for role, values in groups.statistics.items()}
    return replace(groups, labels=frozen(labels), statistics=frozen(statistics), members=None)


def called(labels: Mapping[str, Array], place: int) -> str:
    """What the group at a place is called: by its labels, behind the name of a column where they are bare numbers.

    >>> called({"trial": np.array([7])}, 0), called({"author": np.array(["Ng"]), "year": np.array([2001])}, 0)
    ('trial 7', 'Ng 2001')
    """
    name = " ".join(str(label[place]) for label in labels.values())
    return name if any(letter.isalpha() for letter in name) or not labels else f"{next(iter(labels))} {name}"


def frozen(columns: Mapping[str, Array]) -> Mapping[str, Array]:
    """The same columns as a read-only mapping of read-only views; the originals stay as they are."""
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
    """Add up the rows of each group.

    Args:
        labels: group column name(s) -> label of each row, none missing; a group is a distinct
            combination. None: each row is its own group.
        statistics: role -> number of each row.
        columns: role -> name to show.
        library: where tables go back to.
        notes: remarks to carry along.
        combine: how rows of one group become one, if not by adding up.
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
    """Each row is its own group: nothing to add up."""
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
    """Sums of the rows of each group."""
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
