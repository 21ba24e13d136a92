"""Make the table of a new DuckDB database from columns or tables in memory, with the types of their cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from partialpool.io.backends.cells import as_python, is_missing, objects
from partialpool.io.backends.duckdb import SETTINGS, quoted
from partialpool.io.backends.interrupts import watched
from partialpool.io.output.cells import cell
from partialpool.io.output.databases import MADE

_KEPT = (str, int, float, bytes, dt.date, dt.time, dt.timedelta, Decimal, UUID)
"""Types of Python that DuckDB keeps; cells of others become text."""


def fill_columns(made: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """Make the table of a new database from columns; labels keep their type, and those of several types become text."""
    found = [_typed(column) for column in columns.values()]
    chosen = ", ".join(
        f"c{i}{cast} AS {quoted(str(name))}" for i, (name, (_, cast)) in enumerate(zip(columns, found, strict=True))
    )
    arrays = {f"c{i}": cells for i, (cells, _) in enumerate(found)}
    fill(made, f"SELECT {chosen} FROM result", {"result": arrays}, max(map(len, columns.values()), default=0))  # noqa: S608


def _typed(column: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """A column that DuckDB reads, and the cast to its type; empty if it is seen from the cells."""
    if column.dtype.kind in "biuf":
        return column, ""
    if column.dtype.kind == "M":
        rounded, unit = column.astype("M8[us]"), np.datetime_data(column.dtype)[0]
        if unit in ("Y", "M", "W", "D"):
            return rounded, "::DATE"
        exact = bool(((rounded == column) | np.isnat(column)).all())
        return (rounded if exact else column), ""
    values: list[Any] = [None if is_missing(value) else as_python(value) for value in column]
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int, float} and all(value is None or float(value) == value for value in values):
        values = [None if value is None else float(value) for value in values]
    elif kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return objects(values), "::BIGINT"
    elif len(kinds) > 1 or not all(issubclass(kind, _KEPT) for kind in kinds):
        values = [None if value is None else str(cell(value)) for value in values]
    elif kinds == {int}:  # DuckDB does not find the type of larger numbers
        values = [None if value is None else str(value) for value in values]
        return objects(values), "::HUGEINT" * all(value is None or abs(int(value)) < 2**127 for value in values)
    return objects(values), "" if kinds else "::VARCHAR"


def fill(made: Path, query: str, tables: Mapping[str, Any], rows: int = 0) -> None:
    """Make the table of a new database from a query of tables in memory.

    Args:
        made: the path of the database.
        query: the query.
        tables: name in the query -> table.
        rows: how many Python objects of a column are looked at to find its type.
    """
    import duckdb

    with duckdb.connect(str(made), config=dict(SETTINGS)) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET pandas_analyze_sample = {max(rows, 1000)}")
        for name, table in tables.items():
            connection.register(name, table)
        watched(lambda: connection.execute(f"CREATE TABLE {MADE} AS {query}"), connection)
        connection.execute("CHECKPOINT")
