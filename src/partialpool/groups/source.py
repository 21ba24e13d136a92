"""The table from which groups were made, and how its rows were read, so that more rows can be read in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SMALL = 10_000
"""Largest number of rows of a table in memory that a fit remembers."""


@dataclass(frozen=True)
class Reading:
    """How the rows of a table were read, which another table needs in order to be read in the same way.

    Attributes:
        roles: role of a column, such as "trials" -> its name in the table.
        missing: "refuse" missing cells, or "drop" their rows.
        decimal: the decimal sign of numbers in text, if the caller gave it.
        excluded: labels whose rows were left out.
        settings: how effects were computed from trials, such as {"effect": "log odds ratio"}; empty otherwise.
    """

    roles: Mapping[str, str]
    missing: str = "refuse"
    decimal: str | None = None
    excluded: tuple[str, ...] = ()
    settings: Mapping[str, str | float | None] = field(default_factory=dict)


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
        table: the table itself if it is a file or small; None if it is large, was not given, if there were several, or
            if the fit was saved.
        dropped: number of rows that were left out because a cell was missing.
        reading: how its rows were read; None if it is not known.
    """

    rows: int
    columns: tuple[str, ...]
    decimal: str | None = None
    group: tuple[str, ...] = ()
    table: Table | None = field(default=None, repr=False, compare=False)
    dropped: int = 0
    reading: Reading | None = field(default=None, repr=False)


def both(one: Source | None, other: Source | None) -> Source | None:
    """The source of the rows of two tables; None if that of either is not known.

    The columns are those of the first table, as it was read.
    """
    if one is None or other is None:
        return None
    rows, dropped = one.rows + other.rows, one.dropped + other.dropped
    return replace(one, rows=rows, dropped=dropped, decimal=one.decimal or other.decimal, table=None)
