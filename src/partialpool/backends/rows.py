"""From columns and their missing cells to Rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError, ColumnError, DataError
from partialpool.groups import Array, Rows, frozen

__all__ = ["Column", "Rows", "assemble", "listed"]

Mask = NDArray[np.bool_]

SHOWN = 5
"""How many offending rows a message shows."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column with its missing cells; `missing` None says that none is missing."""

    name: str
    data: Array
    missing: Mask | None = None


def listed(numbers: Iterable[int], total: int) -> str:
    """'row 3', 'rows 3, 7' or 'rows 1, 2, 3, 4, 5 and 12 more'."""
    shown = [str(number) for number in numbers][:SHOWN]
    more = f" and {total - len(shown)} more" if total > len(shown) else ""
    return f"row{'s' if total > 1 else ''} {', '.join(shown)}{more}"


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
    gaps = [column for column in columns if _mask(column).any()]
    if not gaps:
        return Rows(frozen({c.name: c.data for c in columns}), size, library)
    if missing != "drop":
        _refuse_missing(gaps[0])
    kept = np.flatnonzero(~np.logical_or.reduce([_mask(column) for column in gaps]))
    if not len(kept):
        raise DataError(f"each of the {size} rows has a missing cell, so none is left. Fill the cells in.")
    data = frozen({c.name: c.data[kept] for c in columns})
    return Rows(data, len(kept), library, size - len(kept), kept + 1)


def _mask(column: Column) -> Mask:
    return np.zeros(len(column.data), np.bool_) if column.missing is None else column.missing


def _refuse_missing(column: Column) -> None:
    rows = np.flatnonzero(_mask(column))
    raise CellError(
        f"column {column.name!r} has no value in {listed((rows[:SHOWN] + 1).tolist(), len(rows))}. "
        "Fill the cells in, or leave those rows out with missing='drop'."
    )
