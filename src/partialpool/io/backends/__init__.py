"""Read columns of plain arrays from the caller's table: a file, a data frame, a DuckDB relation or a dict of arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from partialpool.errors import DataError, RequestError
from partialpool.io.backends.columns import check_request
from partialpool.io.backends.decimals import check_decimal, numbers_of
from partialpool.io.backends.given import check_indices, is_column, library_of_columns
from partialpool.io.backends.labels import names
from partialpool.io.backends.lazy import is_unordered, read_lazy
from partialpool.io.backends.paths import files_of, joined
from partialpool.io.backends.records import columns_of
from partialpool.io.backends.rows import Column, Rows, assemble, check_lengths, without_spread

__all__ = ["Rows", "not_read", "read", "read_labels", "rows_of", "unread"]


def read(
    data: object,
    *,
    values: Sequence[str],
    labels: Sequence[str],
    missing: str = "refuse",
    given: Mapping[str, object] | None = None,
    decimal: str | None = None,
    alone: Mapping[str, str] | None = None,
) -> Rows:
    """Read the wanted columns of a table; the table itself is never changed.

    Args:
        data: a pandas, Polars (also lazy) or PyArrow table, a dict of columns, a list of dicts, a structured array,
            the path of a CSV (also gzipped) or Parquet file, a pattern such as "sales/*.csv" or a list of paths, a
            DuckDB relation, or a frame of Spark, Dask or Ibis; None if all columns are given.
        values: names of the numeric columns.
        labels: names of the group columns.
        missing: "refuse" a missing cell, or "drop" its row.
        given: name -> column (list, array or Series), for columns that do not come from `data`.
        decimal: the decimal sign of numbers that are text, "." or ","; None: a point, or the sign that a text file
            shows if its cells are not separated by commas.
        alone: column of sds -> column of the numbers of measurements n; where n is 1 the sd may be missing, and is read
            as 0.

    Returns:
        Rows: one array per column, without missing cells.

    Raises:
        RequestError: a name is given twice, or `missing` or `decimal` is unknown.
        DataError: the data cannot be read: see ColumnError, CellError and FileError.

    >>> read({"y": [3, 4], "lab": ["A", "B"]}, values=["y"], labels=["lab"]).columns["y"]
    array([3, 4])
    """
    given = given or {}
    check_request(values, labels, missing)
    check_decimal(decimal)
    columns, library = unread(data, values, labels, given)
    return rows_of(columns, len(values), library, missing, decimal, alone)


def rows_of(
    columns: Sequence[Column],
    count: int,
    library: str,
    missing: str,
    decimal: str | None = None,
    alone: Mapping[str, str] | None = None,
) -> Rows:
    """Read the cells of columns, of which the first `count` hold numbers and the others labels; see `read`.

    Raises:
        DataError: a cell cannot be read.
    """
    parsed, sign = numbers_of(columns[:count], decimal)
    parsed = without_spread(parsed, alone or {})
    return replace(assemble([*parsed, *map(names, columns[count:])], library, missing), decimal=sign)


def read_labels(data: object, labels: Sequence[str], given: Mapping[str, object] | None = None) -> list[Column]:
    """Read the group columns of a table as `read` does, but with missing cells.

    Raises:
        DataError: the data cannot be read.
    """
    check_request((), labels, "drop")
    columns, _ = unread(data, (), labels, given or {})
    return [names(column) for column in columns]


def unread(
    data: object, values: Sequence[str], labels: Sequence[str], given: Mapping[str, object]
) -> tuple[list[Column], str]:
    """Return the wanted columns, from the data and from `given`, before their cells are read, and the library."""
    _check_order(data, labels, given)
    if not given:
        return _source(data, values, labels)
    from partialpool.io.backends.arrays import read_columns

    check_indices(data, given)
    named, named_labels = ([name for name in names if name not in given] for names in (values, labels))
    found: list[Column] = []
    library = library_of_columns(given)
    if named or named_labels:
        found, library = _source(data, named, named_labels)
    elif data is not None:
        found, library = _first_column(data)
    by_name = {column.name: column for column in [*found, *read_columns(given)]}
    check_lengths(list(by_name.values()))
    return [by_name[name] for name in (*values, *labels)], library


def _check_order(data: object, labels: Sequence[str], given: Mapping[str, object]) -> None:
    """Refuse to match the rows of a table by position if they have no order.

    Raises:
        DataError: they have none.
    """
    if (not labels or given) and is_unordered(data):
        if given:
            said, cure = "a column beside it cannot be matched with them", "Make it a column of the frame and name it"
        else:
            said, cure = "they have no numbers that could name groups", "Name a column of groups, group=..."
        kind = type(data).__module__.partition(".")[0]
        raise DataError(
            f"the rows of a frame of {kind} have no order, so {said}. {cure}, or collect the frame first, as by "
            "toPandas()."
        )


def _first_column(data: object) -> tuple[list[Column], str]:
    """Return a column of a table in memory, only for its length, and the library, if all wanted columns are given."""
    if isinstance(data, (str, os.PathLike)):
        return [], "path"
    mapping = columns_of(data)
    if mapping is not None:
        from partialpool.io.backends.arrays import read_mapping

        return read_mapping(mapping, list(mapping)[:1]), "dict"
    import narwhals.stable.v2 as nw

    from partialpool.io.backends.frames import is_relation, library_of

    native: Any = nw.to_native(data, pass_through=True)
    if is_relation(native):
        return [], "duckdb"
    library = library_of(native)
    if library is None:
        raise not_read(data)
    lazy = nw.dependencies.is_polars_lazyframe(native)
    return [] if lazy else [Column("the table", np.empty(len(native)))], library


def _source(data: object, values: Sequence[str], labels: Sequence[str]) -> tuple[list[Column], str]:
    """Return the wanted columns of the data before parsing, and the name of the library."""
    if data is None:
        wanted = ", ".join(map(repr, (*values, *labels)))
        raise RequestError(f"no table is given that could have {wanted}. Give it first, or arrays instead of names.")
    files = files_of(data)
    if files:
        return joined(files, [_file(place, values, labels) for place in files]), "path"
    mapping = columns_of(data)
    if mapping is not None:
        from partialpool.io.backends.arrays import read_mapping

        return read_mapping(mapping, [*values, *labels]), "dict"
    return _table(data, values, labels)


def _file(place: Path, values: Sequence[str], labels: Sequence[str]) -> list[Column]:
    from partialpool.io.backends.files import kind_of

    kind = kind_of(place)
    if kind == "parquet":
        from partialpool.io.backends.duckdb import read_parquet

        return read_parquet(place, values, labels)
    from partialpool.io.backends.text import read_text

    return read_text(place, values, labels, packed=kind == "gzip")


def _table(data: object, values: Sequence[str], labels: Sequence[str]) -> tuple[list[Column], str]:
    import narwhals.stable.v2 as nw

    from partialpool.io.backends.frames import is_relation, library_of, read_frame

    native = nw.to_native(data, pass_through=True)
    if is_relation(native):
        from partialpool.io.backends.duckdb import read_relation

        return read_relation(native, values, labels), "duckdb"
    library = library_of(native)
    if library is not None:
        return read_frame(native, library, [*values, *labels]), library
    lazy = nw.from_native(native, pass_through=True)
    if not isinstance(lazy, nw.LazyFrame):
        raise not_read(data)
    return read_lazy(lazy, values, labels), "path"


def not_read(data: object) -> DataError:
    """The error for data that are not a table."""
    hint = " A column alone is given by its role, such as group=, without a table." if is_column(data) else ""
    return DataError(
        f"data is a {type(data).__module__}.{type(data).__name__}, which is not read here. Give a pandas, "
        "Polars or PyArrow table, a dict of columns, a list of dicts, a structured array, a DuckDB relation, a frame "
        f"of Spark, Dask or Ibis, or the path of a CSV or Parquet file.{hint}"
    )
