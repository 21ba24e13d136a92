"""Write a table in memory, to which columns were attached, to a file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from partialpool.analysis.attaching.copying import errors_of_duckdb
from partialpool.groups.groups import Array
from partialpool.io.backends.frames import library_of
from partialpool.io.backends.records import columns_of
from partialpool.io.output.databases import is_database, making, place_of
from partialpool.io.output.filling import fill
from partialpool.io.output.writing import check_names, write_table, written


def write_rows(table: Any, target: Path, name: str) -> None:
    """Write a table in memory: a data frame to Parquet by its own library, which keeps types, else cell by cell.

    `name` is the name of the table if the target is a database.
    """
    library = None if isinstance(table, (Mapping, list, tuple, np.ndarray)) else _library(table)
    if library == "polars" and hasattr(table, "collect"):
        table = table.collect()
    if library is None or target.suffix.lower() == ".csv":
        write_table(_columns(table, library), target, default=name)
        return
    if is_database(target):
        with making(target, name) as made:
            _fill(made, table, library)
        return
    with errors_of_duckdb(target), written(target) as temporary:
        _PARQUET[library](table, temporary)


def _fill(made: Path, table: Any, library: str) -> None:
    """Make the table of a new database from a data frame."""
    check_names("a table of a database", list(map(str, table.column_names if library == "pyarrow" else table.columns)))
    if library == "polars" and find_spec("pyarrow") is None:  # DuckDB reads frames of Polars by PyArrow
        cells = made.with_suffix(".parquet")
        table.write_parquet(cells)
        fill(made, f"FROM read_parquet({place_of(cells)})", {})
    else:
        fill(made, "FROM attached", {"attached": table}, len(table))


def _library(table: Any) -> str:
    library = library_of(table)
    assert library is not None  # else it could not be attached to
    return library


def _columns(table: Any, library: str | None) -> dict[str, Array]:
    """The columns of a table as arrays, of plain Python objects where a cell is missing or has no type of NumPy."""
    if library is None:
        columns: Mapping[Any, Any] = columns_of(table) or {}
        return {
            str(name): _objects(column.tolist()) if np.ma.is_masked(column) else np.asarray(column)
            for name, column in columns.items()
        }
    if library == "pyarrow":
        return {
            name: _objects(column.to_pylist()) for name, column in zip(table.column_names, table.columns, strict=True)
        }
    if library == "polars":
        return {column.name: _objects(column.to_list()) for column in table.iter_columns()}
    parts = {str(name): table.iloc[:, place] for place, name in enumerate(table.columns)}
    return {
        name: _objects([None if gone else cell for cell, gone in zip(column.tolist(), column.isna(), strict=True)])
        for name, column in parts.items()
    }


def _objects(cells: list[Any]) -> Array:
    return np.fromiter(cells, dtype=object, count=len(cells))


def _pandas_parquet(table: Any, path: Path) -> None:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("attached", table)
        connection.execute(f"COPY (FROM attached) TO {place_of(path)} (FORMAT parquet, USE_TMP_FILE false)")


def _polars_parquet(table: Any, path: Path) -> None:
    table.write_parquet(path)


def _pyarrow_parquet(table: Any, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path)


_PARQUET = {"pandas": _pandas_parquet, "polars": _polars_parquet, "pyarrow": _pyarrow_parquet}
