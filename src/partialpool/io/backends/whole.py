"""Read every column of a file, as text or with numbers where all cells of a column are numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from partialpool.errors import CellError
from partialpool.groups.groups import Array
from partialpool.io.backends.cells import numbers, objects, read_comma, read_number
from partialpool.io.backends.files import kind_of
from partialpool.io.backends.rows import Column

_NO_NUMBER = re.compile(r"\s*([+-]?0[0-9].*|true|false)\s*", re.IGNORECASE | re.DOTALL)
"""Text that `numbers` would read as a number, but that stays text: codes such as 007, true and false."""


def whole_file(path: Path, wanted: Sequence[str]) -> dict[str, Array]:
    """Read every column of a file: of a text file as text (None for an empty cell), of Parquet in its own types.

    Args:
        path: the file.
        wanted: names of columns that it has, by which the delimiter of a text file is found.

    Raises:
        FileError: the file cannot be read.
        ColumnError: two columns have one name.
    """
    kind = kind_of(path)
    if kind == "parquet":
        from partialpool.io.backends.duckdb import whole_parquet

        return {name: _unmasked(column) for name, column in whole_parquet(path).items()}
    from partialpool.io.backends.text import whole_text

    columns = whole_text(path, wanted, packed=kind == "gzip")
    return {column.name: objects([cell or None for cell in column.data.tolist()]) for column in columns}


def whole_relation(relation: Any) -> dict[str, Array]:
    """Read every column of a relation of DuckDB, in its own types.

    Raises:
        DataError: the relation cannot be run, or has more rows than the cap.
    """
    from partialpool.io.backends.duckdb import all_columns

    return {name: _unmasked(column) for name, column in all_columns(relation).items()}


def typed(columns: Mapping[str, Array], decimal: str | None = None) -> dict[str, Array]:
    """Turn columns of text in which all cells are numbers into numbers, with NaN for missing cells.

    `decimal` is the decimal sign of the text; None means a point.
    """
    return {name: _typed(name, column, decimal) for name, column in columns.items()}


def _typed(name: str, column: Array, decimal: str | None) -> Array:
    if column.dtype.kind != "O":
        return column
    cells: set[Any] = {cell for cell in column.tolist() if isinstance(cell, (str, type(None)))} - {None}
    if not cells or any(_NO_NUMBER.fullmatch(cell) for cell in cells):
        return column
    try:
        found = numbers(Column(name, column), read_comma if decimal == "," else read_number)
    except CellError:
        return column
    return found.data if found.missing is None else np.where(found.missing, np.nan, found.data)


def _unmasked(column: Array) -> Array:
    """Replace the masked cells of a column from DuckDB by NaN, NaT or None."""
    missing = np.ma.getmaskarray(column)
    data = np.ma.getdata(column)
    if not missing.any():
        return data
    if data.dtype.kind in "iuf":
        return np.where(missing, np.nan, data)
    if data.dtype.kind == "M":
        return np.where(missing, np.array("NaT", data.dtype), data)
    return objects([None if gone else cell for gone, cell in zip(missing.tolist(), data.tolist(), strict=True)])
