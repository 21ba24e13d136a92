"""Read the columns of a data frame of pandas, Polars (eager or lazy) or PyArrow, through narwhals."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from partialpool.errors import DataError
from partialpool.io.backends.cells import objects
from partialpool.io.backends.columns import positions
from partialpool.io.backends.rows import Column

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def is_relation(data: object) -> bool:
    """Whether a table is a relation of DuckDB; narwhals can tell only since version 2.22."""
    duckdb = sys.modules.get("duckdb")
    return duckdb is not None and isinstance(data, duckdb.DuckDBPyRelation)


def library_of(data: object) -> str | None:
    """Name of the data-frame library of a table; None if it is not one that is read here."""
    from narwhals.stable.v2 import dependencies as made_by

    if made_by.is_pandas_dataframe(data):
        return "pandas"
    if made_by.is_polars_dataframe(data) or made_by.is_polars_lazyframe(data):
        return "polars"
    return "pyarrow" if made_by.is_pyarrow_table(data) else None


def read_frame(data: Any, library: str, wanted: Sequence[str]) -> list[Column]:
    """Read the wanted columns of a data frame.

    Raises:
        ColumnError: a column is missing or doubled.
        DataError: a lazy frame cannot be collected.
    """
    import narwhals.stable.v2 as nw

    if library == "pandas":
        return [series(name, nw.from_native(cells, series_only=True)) for name, cells in _of_pandas(data, wanted)]
    if library == "pyarrow":
        frame = nw.from_native(data.select(positions(data.column_names, wanted)), eager_only=True)
    else:
        frame = nw.from_native(_collected(data, wanted), eager_only=True)
    return [series(name, frame[short]) for name, short in zip(wanted, frame.columns, strict=True)]


def _collected(data: Any, wanted: Sequence[str]) -> Any:
    """Collect the wanted columns of a Polars frame."""
    from polars.exceptions import PolarsError

    try:
        names = data.lazy().collect_schema().names()
        return data.lazy().select([names[place] for place in positions(names, wanted)]).collect()
    except (PolarsError, OSError) as error:
        raise DataError(f"the lazy frame cannot be collected: {error}. Check the steps that made it.") from error


def _of_pandas(data: Any, wanted: Sequence[str]) -> list[tuple[str, Any]]:
    """Name and Series of the wanted columns; a level of the index counts as a column if no column has its name."""
    columns = list(data.columns)
    levels = [name for name in data.index.names if name is not None and name not in columns]
    places = zip(wanted, positions([*columns, *levels], wanted), strict=True)
    return [
        (name, data.iloc[:, i] if i < len(columns) else _level(data, levels[i - len(columns)])) for name, i in places
    ]


def _level(data: Any, name: object) -> Any:
    """A level of the index as a Series."""
    return data.index.get_level_values(name).to_series()


def series(name: str, cells: nw.Series[Any]) -> Column:
    """Convert a Series to an array with its missing cells."""
    missing = cells.is_null().to_numpy()
    kind = cells.dtype
    if kind.is_integer():
        return Column(name, _filled(cells, missing, empty=0), missing)
    if kind.is_float():
        return Column(name, _filled(cells, missing, empty=0.0), missing)
    if repr(kind) == "Boolean":
        return Column(name, _filled(cells, missing, empty=False), missing)
    if repr(kind) == "Date" or repr(kind).endswith("time_zone=None)"):
        data = cells.to_numpy()
        return Column(name, data if data.dtype.kind == "M" else objects(cells.to_list()), missing)
    return Column(name, objects(cells.to_list()), missing)


def _filled(cells: nw.Series[Any], missing: Any, *, empty: float) -> Any:
    return (cells.fill_null(empty) if missing.any() else cells).to_numpy()
