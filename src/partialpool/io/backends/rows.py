"""Assemble columns with missing cells into Rows without any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.groups.groups import Array, frozen
from partialpool.groups.lines import Lines, Part, Several, place
from partialpool.groups.rows import Rows

__all__ = ["Column", "Rows", "assemble", "listed"]

Mask = NDArray[np.bool_]

SHOWN = 5
"""Number of refused rows that a message shows."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column with a mask of its missing cells; None means that none is missing.

    `lines` are the lines of the rows in a text file, and `delimiter` is the sign that separates its cells.
    """

    name: str
    data: Array
    missing: Mask | None = None
    lines: Lines | Several | Part | None = None
    delimiter: str = ""

    def place(self, row: int) -> str:
        """The place of a row, counted from 0, in words: "row 3", or "line 4" of a text file."""
        return place(row, self.lines)


def listed(column: Column, rows: Sequence[int]) -> str:
    """Rows, counted from 0, in words: 'row 3', 'rows 3, 7' or 'lines 1, 2, 3, 4, 5 and 12 more'."""
    word, first = column.place(rows[0]).split(" ", 1)
    shown = [first, *(column.place(row).split(" ", 1)[1] for row in rows[1:SHOWN])]
    more = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    return f"{word}{'s' if len(rows) > 1 else ''} {', '.join(shown)}{more}"


def check_lengths(columns: Sequence[Column]) -> None:
    """Refuse columns of one table that differ in length.

    Raises:
        ColumnError: they differ; the message gives the length of each.
    """
    lengths = {column.name: len(column.data) for column in columns}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        raise ColumnError(f"the columns differ in length: {shown}. Give every column the same number of rows.")


def assemble(columns: Sequence[Column], library: str, missing: str) -> Rows:
    """Assemble Rows from columns, without missing cells.

    Raises:
        DataError: there is no row at all, or none without a missing cell.
        CellError: a cell is missing, unless `missing` is "drop".
    """
    size = len(columns[0].data)
    if not size:
        raise DataError("the data have no rows. Give at least one row below the header.")
    lines = next((column.lines for column in columns if column.lines is not None), None)
    gaps = [column for column in columns if _mask(column).any()]
    if not gaps:
        return Rows(frozen({c.name: c.data for c in columns}), size, library, lines=lines)
    if missing != "drop":
        _refuse_missing(gaps[0])
    kept = np.flatnonzero(~np.logical_or.reduce([_mask(column) for column in gaps]))
    if not len(kept):
        raise DataError(f"each of the {size} rows has a missing cell, so none is left. Fill the cells in.")
    data = frozen({c.name: c.data[kept] for c in columns})
    return Rows(data, len(kept), library, size - len(kept), kept + 1, lines, lost=_lost(columns, kept))


def _lost(columns: Sequence[Column], kept: NDArray[np.intp]) -> dict[str, float]:
    """Column of numbers -> sum of its cells in rows that are not kept."""
    numbers = [column for column in columns if column.data.dtype.kind in "iuf"]
    there = {column.name: np.where(_mask(column), 0.0, column.data) for column in numbers}
    return {name: float(np.delete(values, kept).sum()) for name, values in there.items()}


def without_spread(columns: Sequence[Column], alone: Mapping[str, str]) -> list[Column]:
    """Replace the missing sd of a single measurement by 0.

    `alone` maps a column of sds to the column of their numbers of measurements.
    """
    by_name = {column.name: column for column in columns}

    def filled(column: Column) -> Column:
        size = by_name.get(alone.get(column.name, ""))
        if size is None or column.missing is None or len(size.data) != len(column.data):
            return column
        needless = column.missing & (size.data == 1) & ~_mask(size)
        return replace(column, data=np.where(needless, 0.0, column.data), missing=column.missing & ~needless)

    return [filled(column) for column in columns]


def _mask(column: Column) -> Mask:
    return np.zeros(len(column.data), np.bool_) if column.missing is None else column.missing


def _refuse_missing(column: Column) -> None:
    rows = np.flatnonzero(_mask(column)).tolist()
    raise CellError(
        f"column {column.name!r} has no value in {listed(column, rows)}. "
        "Fill the cells in, or leave those rows out with missing='drop'."
    )
