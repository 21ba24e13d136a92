"""Columns of a data frame: pandas, Polars (eager or lazy) and PyArrow, through narwhals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from partialpool.backends.cells import objects
from partialpool.backends.columns import positions
from partialpool.backends.rows import Column
from partialpool.errors import DataError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def library_of(data: object) -> str | None:
    """Name of the data-frame library that made this table, if it is one that is read here."""
    from narwhals.stable.v2 import dependencies as made_by

    if made_by.is_pandas_dataframe(data):
        return "pandas"
    if made_by.is_polars_dataframe(data) or made_by.is_polars_lazyframe(data):
        return "polars"
    return "pyarrow" if made_by.is_pyarrow_table(data) else None


def read_frame(data: Any, library: str, wanted: Sequence[str]) -> list[Column]:
    """The wanted columns of a data frame.

    Raises:
        ColumnError: a column is missing or doubled.
        DataError: a lazy frame cannot be collected.
    """
    import narwhals.stable.v2 as nw

    if library == "pandas":
        places = positions(list(data.columns), wanted, _index_hint(data, wanted))
        frame = nw.from_native(data.iloc[:, places], eager_only=True)
    elif library == "pyarrow":
        frame = nw.from_native(data.select(positions(data.column_names, wanted)), eager_only=True)
    else:
        frame = nw.from_native(_collected(data, wanted), eager_only=True)
    return [series(name, frame.get_column(name)) for name in wanted]


def _collected(data: Any, wanted: Sequence[str]) -> Any:
    """The wanted columns of a Polars frame, eager."""
    from polars.exceptions import PolarsError

    try:
        positions(data.lazy().collect_schema().names(), wanted)
        return data.lazy().select(wanted).collect()
    except (PolarsError, OSError) as error:
        raise DataError(f"the lazy frame cannot be collected: {error}. Check the steps that made it.") from error


def _index_hint(data: Any, wanted: Sequence[str]) -> str:
    """Pandas keeps some columns as the index; say so."""
    hidden = [name for name in wanted if name in data.index.names and name not in data.columns]
    return f" {hidden[0]!r} is the index: call reset_index() first." if hidden else ""


def series(name: str, cells: nw.Series[Any]) -> Column:
    """A column of a data frame as an array and its missing cells."""
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
