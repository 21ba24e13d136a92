"""From whatever the caller has to plain columns: files, data frames, relations and dicts of arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from partialpool.backends import cells
from partialpool.backends.columns import check_request
from partialpool.backends.rows import Column, Rows, assemble
from partialpool.errors import DataError

__all__ = ["Rows", "read"]


def read(data: object, *, values: Sequence[str], labels: Sequence[str], missing: str = "refuse") -> Rows:
    """Read the wanted columns of a table; the table itself is never changed.

    Args:
        data: a pandas, Polars (also lazy) or PyArrow table, a dict of columns, the path of a CSV
            (also gzipped) or Parquet file, or a DuckDB relation.
        values: names of the numeric columns.
        labels: names of the group columns.
        missing: "refuse" a missing cell, or "drop" its row.

    Returns:
        Rows: one array a column, without missing cells.

    Raises:
        RequestError: a name is asked for twice, or `missing` is unknown.
        DataError: the data cannot be read as asked: see ColumnError, CellError and FileError.

    >>> read({"y": [3, 4], "lab": ["A", "B"]}, values=["y"], labels=["lab"]).columns["y"]
    array([3, 4])
    """
    check_request(values, labels, missing)
    columns, library = _source(data, values, labels)
    count = len(values)
    parsed = [cells.numbers(column) for column in columns[:count]]
    return assemble([*parsed, *map(cells.names, columns[count:])], library, missing)


def _source(data: object, values: Sequence[str], labels: Sequence[str]) -> tuple[list[Column], str]:
    """(the wanted columns as they are, name of the library)."""
    if isinstance(data, (str, os.PathLike)):
        return _file(data, values, labels), "path"
    if isinstance(data, Mapping):
        from partialpool.backends.arrays import read_mapping

        return read_mapping(data, [*values, *labels]), "dict"
    return _table(data, values, labels)


def _file(path: str | os.PathLike[str], values: Sequence[str], labels: Sequence[str]) -> list[Column]:
    from partialpool.backends.files import checked_path, kind_of

    place = checked_path(path)
    kind = kind_of(place)
    if kind == "parquet":
        from partialpool.backends.duckdb import read_parquet

        return read_parquet(place, values, labels)
    from partialpool.backends.text import read_text

    return read_text(place, values, labels, packed=kind == "gzip")


def _table(data: object, values: Sequence[str], labels: Sequence[str]) -> tuple[list[Column], str]:
    import narwhals.stable.v2 as nw

    from partialpool.backends.frames import library_of, read_frame

    native = nw.to_native(data, pass_through=True)
    if nw.dependencies.is_duckdb_relation(native):
        from partialpool.backends.duckdb import read_relation

        return read_relation(native, values, labels), "duckdb"
    library = library_of(native)
    if library is None:
        raise DataError(
            f"data is a {type(data).__module__}.{type(data).__name__}, which is not read here. Give a pandas, "
            "Polars or PyArrow table, a dict of columns, a DuckDB relation, or the path of a CSV or Parquet file."
        )
    return read_frame(native, library, [*values, *labels]), library
