"""From columns and their missing cells to Rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.groups import Array, Rows, frozen
from partialpool.lines import Lines, place

__all__ = ["Column", "Rows", "assemble", "listed"]

Mask = NDArray[np.bool_]

SHOWN = 5
"""How many offending rows a message shows."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column with its missing cells; `missing` None says that none is missing.

    `lines` and `delimiter`, which separates cells, are those of a text file.
    """

    name: str
    data: Array
    missing: Mask | None = None
    lines: Lines | None = None
    delimiter: str = ""

    def place(self, row: int) -> str:
        """Where a row stands, counted from 0: "row 3", or "line 4" of a text file."""
        return place(row, self.lines)


def listed(column: Column, rows: Sequence[int]) -> str:
    """'row 3', 'rows 3, 7' or 'lines 1, 2, 3, 4, 5 and 12 more', of rows that are counted from 0."""
    word, first = column.place(rows[0]).split()
    shown = [first, *(column.place(row).split()[1] for row in rows[1:SHOWN])]
    more = f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else ""
    return f"{word}{'s' if len(rows) > 1 else ''} {', '.join(shown)}{more}"


def check_lengths(columns: Sequence[Column]) -> None:
    """Refuse columns of one table that differ in length.

    Raises:
        ColumnError: with the length of each.
    """
    lengths = {column.name: len(column.data) for column in columns}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        raise ColumnError(f"the columns differ in length: {shown}. Give every column the same number of rows.")


def assemble(columns: Sequence[Column], library: str, missing: str) -> Rows:
    """Rows of these columns, without missing cells.

    Raises:
        DataError: no row at all, or none left.
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
    """The sums of the numbers in rows that are not kept."""
    numbers = [column for column in columns if column.data.dtype.kind in "iuf"]
    there = {column.name: np.where(_mask(column), 0.0, column.data) for column in numbers}
    return {name: float(np.delete(values, kept).sum()) for name, values in there.items()}


def without_spread(columns: Sequence[Column], alone: Mapping[str, str]) -> list[Column]:
    """The columns, where the missing spread of a single measurement is 0.

    alone: a column of spreads -> the column of the numbers of measurements that they are of.
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
