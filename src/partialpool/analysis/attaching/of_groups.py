"""Read a column of the fitted table with one cell per group: that of the group's rows, which must agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from partialpool.analysis.attaching.lookup import Lookup
from partialpool.analysis.attaching.same_rows import check_same_rows
from partialpool.errors import CellError, ColumnError, RequestError
from partialpool.groups.groups import Array, Codes, Groups, called
from partialpool.groups.source import SMALL, Table
from partialpool.io.backends import read, read_labels
from partialpool.io.backends.cells import is_missing
from partialpool.io.backends.decimals import is_number
from partialpool.io.backends.rows import Column, listed
from partialpool.messages.wording import counted
from partialpool.models.family import Family

_SHOWN = 5
_CURE = "A column is taken from the table that was fitted, unchanged: fit it again as it is now, or fit with group=."


def column_of_groups(table: Table, groups: Groups, name: str, decimal: str | None = None, cure: str = "") -> Array:
    """The cells of a column, one per group: numbers, or labels if no cell is a number.

    Args:
        table: the table with its group columns; without these, rows are matched by position.
        groups: the groups.
        name: the column.
        decimal: the decimal sign of numbers in text; None means that of the table that was fitted.
        cure: another suggestion for missing cells, besides filling them in.

    Raises:
        ColumnError: there is no such column.
        CellError: a group has no cell, or several that differ, or some cells are numbers and others are not.
        DataError: the table cannot be read, or has other groups.
    """
    cells, values, there = _cells(table.data, name, decimal or (groups.source.decimal if groups.source else None))
    whose = _places(table, groups, len(there))
    places = np.where(there, whose, -1)
    rows = np.flatnonzero(places >= 0)
    first = np.full(groups.size, -1, dtype=np.intp)
    first[places[rows[::-1]]] = rows[::-1]
    _check_there(groups, first, cells, whose, cure)
    differ = rows[values[rows] != values[first[places[rows]]]]
    if len(differ):
        place = int(places[differ[0]])
        raise CellError(
            f"column {name!r} has several values for {called(groups.labels, place)!r}, such as "
            f"{_shown(values[first[place]])} and {_shown(values[differ[0]])}. Give one for each group."
        )
    return values[first]


def column(family: Family, groups: Groups, name: str) -> Array:
    """A column of the groups, or of the table from which they were made, with one cell per group.

    Raises:
        RequestError: neither has the column.
        DataError: the column of the table does not have one value per group.
    """
    own = {**groups.labels, **family.shown(groups)}
    if name in own:
        return np.asarray(own[name])
    said = f"There is no column {name!r} of groups; there are {', '.join(own)}."
    if groups.source is None or groups.source.table is None:
        raise RequestError(
            f"{said} The fit does not know its table, where the column may be: a fit that was saved or updated keeps "
            f"groups alone, and so does one of a table in memory of more than {SMALL:,} rows, of Spark or of arrays. "
            f"Fit it again from its file, give a value for each group, or make the column a label too: "
            f"group=[..., {name!r}]."
        )
    try:
        return column_of_groups(groups.source.table, groups, name)
    except ColumnError as error:
        raise RequestError(f"{said} In the table {error}") from error


def _cells(data: object, name: str, decimal: str | None) -> tuple[Column, Array, Array]:
    """Return a column as labels, its cells as numbers (labels if none is a number), and a mask of present cells."""
    (column,) = read_labels(data, [name])
    there = np.ones(len(column.data), dtype=bool) if column.missing is None else ~column.missing
    if not there.any():
        return column, column.data, there
    try:
        rows = read(data, values=[name], labels=[], missing="drop", decimal=decimal)
    except ColumnError:
        raise
    except CellError:
        if any(is_number(cell) and not is_missing(cell) for cell in column.data[there].tolist()):
            raise
        return column, column.data, there
    places = np.arange(rows.size) if rows.kept is None else rows.kept - 1
    values, known = np.zeros(len(there), dtype=rows.columns[name].dtype), np.zeros(len(there), dtype=bool)
    values[places], known[places] = rows.columns[name], True
    return column, values, known


def _places(table: Table, groups: Groups, size: int) -> Codes:
    """Position of each row's group; -1 for a row without a group."""
    lookup = Lookup(groups, "null")
    if table.group:
        given = {label: column for label, column in table.given.items() if label in table.group}
        return lookup.places(read_labels(table.data, table.group, given))
    places = lookup.positions(size, _CURE)
    check_same_rows(table.data, groups, places, _CURE)
    return places


def _check_there(groups: Groups, first: Codes, column: Column, whose: Codes, cure: str) -> None:
    """Refuse groups without a cell.

    Args:
        groups: the groups.
        first: the first row with a cell of each group, or -1.
        column: the column.
        whose: the group of each row, or -1.
        cure: another suggestion, besides filling cells in.
    """
    without = np.flatnonzero(first < 0).tolist()
    if without:
        names = ", ".join(called(groups.labels, place) for place in without[:_SHOWN])
        more = f" and {len(without) - _SHOWN:,} more" if len(without) > _SHOWN else ""
        have = "has" if len(without) == 1 else "have"
        rows = np.flatnonzero(np.isin(whose, without)).tolist()
        where = f" ({listed(column, rows)})" if rows else ""
        raise CellError(
            f"column {column.name!r} has no value for each group: {counted(len(without), 'group')} ({names}{more}) "
            f"{have} none. Fill the cells in{where}{cure}."
        )


def _shown(cell: Any) -> str:
    return repr(cell.item() if isinstance(cell, np.generic) else cell)
