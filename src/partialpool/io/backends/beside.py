"""Read the other columns of text of a table, besides those that were asked for, in its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from partialpool.io.backends.cells import is_missing
from partialpool.io.backends.decimals import is_number
from partialpool.io.backends.paths import files_of
from partialpool.io.backends.records import columns_of

MOST_ROWS = 10_000
MOST_COLUMNS = 20


def text_columns(data: object, wanted: Sequence[str]) -> dict[str, list[str | None]]:
    """Map the name of each column of text to its first cells (None where missing), in the order of the table.

    Only text files and tables in memory are read, since a query would have to run once more. Columns in which all text
    is numbers are left out.

    Args:
        data: the table.
        wanted: names of columns that it has, by which the delimiter of a file is found.
    """
    found: dict[str, list[str | None]] = {}
    for name, column in islice(_columns(data, wanted), MOST_COLUMNS):
        cells = [None if is_missing(cell) else cell for cell in column]
        distinct = set(cells) - {None} if all(cell is None or isinstance(cell, str) for cell in cells) else set()
        if any(not is_number(cell) for cell in distinct):
            found[name] = cells
    return found


def _columns(data: object, wanted: Sequence[str]) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the name and the first cells of each column that may hold text."""
    files = files_of(data)
    if files:
        return _of_file(files[0], wanted) if len(files) == 1 else iter(())
    mapping = columns_of(data)
    return _of_frame(data) if mapping is None else _of_mapping(mapping)


def _of_file(path: Path, wanted: Sequence[str]) -> Iterator[tuple[str, Sequence[Any]]]:
    from partialpool.io.backends.files import kind_of
    from partialpool.io.backends.text import first_records

    kind = kind_of(path)
    if kind != "parquet":
        header, *records = first_records(path, wanted, MOST_ROWS + 1, packed=kind == "gzip")
        yield from zip(header, zip(*records, strict=True), strict=True)


def _of_mapping(data: Mapping[Any, Any]) -> Iterator[tuple[str, Sequence[Any]]]:
    for name, cells in data.items():
        if isinstance(cells, (list, tuple)):
            yield name, cells[:MOST_ROWS]
        elif isinstance(cells, np.ndarray):
            if cells.ndim == 1 and cells.dtype.kind in "OUT":
                yield name, cells[:MOST_ROWS].tolist()
        else:
            yield from _of_series(name, cells)


def _of_frame(data: object) -> Iterator[tuple[str, Sequence[Any]]]:
    import narwhals.stable.v2 as nw

    native: Any = nw.to_native(data, pass_through=True)
    parts: Iterable[tuple[str, Any]] = ()
    if nw.dependencies.is_pandas_dataframe(native):
        parts = ((name, native.iloc[:MOST_ROWS, i]) for i, name in enumerate(native.columns))
    elif nw.dependencies.is_polars_dataframe(native):
        parts = ((column.name, column) for column in native.iter_columns())
    elif nw.dependencies.is_pyarrow_table(native):
        parts = zip(native.column_names, native.columns, strict=True)
    for name, part in parts:
        yield from _of_series(name, part)


def _of_series(name: str, cells: object) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the name and the first cells of a Series, if it holds text."""
    import narwhals.stable.v2 as nw

    column = nw.from_native(cells, series_only=True, pass_through=True)
    if isinstance(column, nw.Series) and isinstance(column.dtype, (nw.String, nw.Categorical, nw.Enum)):
        yield name, column.head(MOST_ROWS).to_list()
