"""Build tables of the data-frame library that the caller uses."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from numpy.typing import NDArray

from partialpool.io.output import html
from partialpool.io.output.cells import plain
from partialpool.io.output.databases import table_name
from partialpool.io.output.terminal import draw
from partialpool.io.output.writing import write_table

REPR_WIDTH = 100
REPR_ROWS = 20


class Table(Mapping[str, NDArray[Any]]):
    """A read-only mapping from column names to arrays, for callers without a data-frame library.

    >>> import numpy as np
    >>> Table({"group": np.array(["a", "b"]), "mean": np.array([0.25, 0.5])})
    group    mean
    a      0.2500
    b      0.5000
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = {name: _read_only(column) for name, column in columns.items()}

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __eq__(self, other: object) -> bool:
        """Whether names, their order and all cells are equal; missing cells are equal to each other."""
        if not isinstance(other, Table):
            return NotImplemented
        mine, theirs = ([(name, plain(table[name])) for name in table] for table in (self, other))
        return mine == theirs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return draw(self._columns, width=REPR_WIDTH, rows=REPR_ROWS)

    def _repr_html_(self) -> str:
        return html.block([html.table(self._columns, rows=REPR_ROWS)])


def to_native(columns: Mapping[str, NDArray[Any]], library: str) -> Any:
    """Build a table of `library` from columns.

    "pandas", "polars" and "pyarrow" get their own tables. For any other source of data (a dict, a path, a relation) the
    table is one of the first of these libraries that is installed, else a `Table`. It is not a relation of DuckDB,
    which would belong to one connection, while all connections can query tables of these libraries. NaN is a missing
    number and None a missing label.
    """
    if library not in BUILDERS:
        library = next((name for name in BUILDERS if find_spec(name)), "")
    return BUILDERS.get(library, Table)(columns)


def delivered(
    columns: Mapping[str, NDArray[Any]],
    library: str,
    sources: Iterable[object],
    into: str | os.PathLike[str] | None,
    table: str | None,
    default: str,
    native: Callable[[Mapping[str, NDArray[Any]], str], Any] = to_native,
) -> Any:
    """Build a table of `library`, or write the columns to the file `into` and return its path.

    Args:
        columns: name of each column -> its values, all of one length.
        library: the library of the table, as for `to_native`.
        sources: the files and relations from which the columns come, which are never overwritten.
        into: the file, as for `write_table`; None builds a table.
        table: the name of the table in a database.
        default: its name if none is given.
        native: the function that builds the table.

    Raises:
        OutputError: the file cannot be written, or the columns come from it; an existing file is unchanged.
        RequestError: a table is named, and the columns go to no database.
    """
    if into is None:
        table_name(None, table, default)
        return native(columns, library)
    return write_table(columns, into, sources=sources, table=table, default=default)


def _read_only(column: NDArray[Any]) -> NDArray[Any]:
    view = column.view()
    view.flags.writeable = False
    return view


def _pandas(columns: Mapping[str, NDArray[Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: column.copy() for name, column in columns.items()})


def _polars(columns: Mapping[str, NDArray[Any]]) -> Any:
    import polars as pl

    return pl.DataFrame([pl.Series(name, _cells(column), nan_to_null=True) for name, column in columns.items()])


def _pyarrow(columns: Mapping[str, NDArray[Any]]) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array(_cells(column), from_pandas=True) for name, column in columns.items()})


def _cells(column: NDArray[Any]) -> NDArray[Any] | list[Any]:
    """A column for typed libraries: an array of numbers, or a list of one type (mixed labels become text)."""
    if column.dtype.kind in "biufM":
        return column.copy()
    values: list[Any] = column.tolist()
    if len({type(value) for value in values if value is not None}) > 1:
        return [None if value is None else str(value) for value in values]
    return values


BUILDERS: Mapping[str, Callable[[Mapping[str, NDArray[Any]]], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
}
