"""Open a table where it is, as a lazy frame with short names for the wanted columns.

A value column has the name v0, v1, ..., and a label column l0, l1, ...
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partialpool.errors import CellError, DataError
from partialpool.io.backends.columns import positions
from partialpool.io.backends.duckdb import (
    column_of,
    connected,
    connection_of,
    label_expression,
    literal,
    quoted,
    read_relation,
)
from partialpool.io.backends.frames import is_relation, library_of, read_frame, series
from partialpool.io.backends.interrupts import interruptible, watched
from partialpool.io.backends.lazy import chosen, is_spark, lazy_errors
from partialpool.io.backends.paths import parquet_files
from partialpool.io.backends.rows import Column

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

MANY = 1_000_000
"""Largest number of rows that are read into Python, if an engine can add them up."""

_NO_LABELS = ("List", "Array", "Struct", "Map", "Binary", "Duration")


@dataclass(frozen=True)
class Few:
    """A table of few rows, which are read: the wanted columns, before parsing, and the name of its library."""

    columns: list[Column]
    library: str


@dataclass(frozen=True)
class Opened:
    """A table as a lazy frame.

    Attributes:
        frame: the frame.
        values: names of the value columns in the caller's table.
        labels: names of the label columns in the caller's table.
        library: the kind of the source, from which that of tables of results follows.
        collected: function that computes a frame and returns its columns.
        whole: function that rounds numbers to whole ones, in any direction.
        small: function that tells the engine that a frame has few rows.
    """

    frame: nw.LazyFrame[Any]
    values: tuple[str, ...]
    labels: tuple[str, ...]
    library: str
    collected: Callable[[nw.LazyFrame[Any]], dict[str, Column]]
    whole: Callable[[nw.Expr], nw.Expr] = field(default=lambda x: x.round(0))
    small: Callable[[nw.LazyFrame[Any]], nw.LazyFrame[Any]] = field(default=lambda frame: frame)


@contextmanager
def opened(data: object, values: Sequence[str], labels: Sequence[str], memory: int) -> Iterator[Opened | Few | None]:
    """Open a table that an engine can add up; None if it is a small file, in memory or text.

    A query is run once if it has few rows: then they are read, and not opened.

    Raises:
        DataError: the table cannot be read.
        ColumnError: a column is missing or doubled.
    """
    import narwhals.stable.v2 as nw

    files = parquet_files(data)
    native: Any = None if files else nw.to_native(data, pass_through=True)
    if files:
        with _files(files, values, labels, memory) as found:
            yield found
    elif is_relation(native):
        with _relation(native, values, labels) as found:
            yield found
    else:
        yield _lazy(native, values, labels)


@contextmanager
def _files(files: Sequence[Path], values: Sequence[str], labels: Sequence[str], memory: int) -> Iterator[Opened | None]:
    what = repr(str(files[0])) if len(files) == 1 else f"{len(files):,} files, {str(files[0])!r} and others,"
    places = ", ".join(literal(str(place)) for place in files)
    source = f"read_parquet([{places}], hive_partitioning=false, union_by_name=true)"
    with tempfile.TemporaryDirectory(prefix="partialpool-") as spill, connected(what) as connection:
        connection.execute(f"SET temp_directory = '{spill.replace(chr(39), chr(39) * 2)}'")
        connection.execute(f"SET memory_limit = '{memory}B'")
        connection.execute("SET preserve_insertion_order = false")
        relation = connection.sql(f"FROM {source}")
        size = relation.aggregate("count(*)").fetchall()[0][0]
        yield _of_duckdb(relation, values, labels, "path") if size > MANY else None


@contextmanager
def _relation(relation: Any, values: Sequence[str], labels: Sequence[str]) -> Iterator[Opened | Few | None]:
    import duckdb

    first = read_relation(relation, values, labels, MANY)
    try:
        with interruptible():
            many = len(first[0].data) > MANY
            yield _of_duckdb(relation, values, labels, "duckdb") if many else Few(first, "duckdb")
    except duckdb.Error as error:
        raise DataError(f"the DuckDB relation cannot be run: {error}. Check the query and its connection.") from error


def _of_duckdb(relation: Any, values: Sequence[str], labels: Sequence[str], library: str) -> Opened | None:
    """A relation of DuckDB with short names; its own types of labels are those of a table that is read whole."""
    import narwhals.stable.v2 as nw

    own, kinds = relation.columns, [str(kind) for kind in relation.types]
    places = positions(own, [*values, *labels])
    parts = [f"{quoted(own[i])} AS v{k}" for k, i in enumerate(places[: len(values)])]
    of_labels = places[len(values) :]
    parts += [f"{label_expression(own[i], kinds[i])} AS l{k}" for k, i in enumerate(of_labels)]
    by_name = {f"l{k}": kinds[i] for k, i in enumerate(of_labels)}

    def collected(frame: nw.LazyFrame[Any]) -> dict[str, Column]:
        native = frame.to_native()
        found = watched(native.fetchnumpy, connection_of(native))
        return {name: column_of(name, by_name.get(name, ""), [part]) for name, part in found.items()}

    frame = nw.from_native(relation.project(", ".join(parts)))
    return _checked(Opened(frame, tuple(values), tuple(labels), library, collected))


def _lazy(native: Any, values: Sequence[str], labels: Sequence[str]) -> Opened | Few | None:
    """A lazy frame of Polars with many rows, or one of Spark, Dask or Ibis."""
    import narwhals.stable.v2 as nw

    polars = nw.dependencies.is_polars_lazyframe(native)
    if polars:
        first = read_frame(native.head(MANY + 1), "polars", [*values, *labels])
        if len(first[0].data) <= MANY:
            return Few(first, "polars")
    elif library_of(native) is not None:
        return None  # a table in memory
    frame = nw.from_native(native, pass_through=True)
    if not isinstance(frame, nw.LazyFrame):
        return None
    with lazy_errors():
        short = [f"v{k}" for k in range(len(values))] + [f"l{k}" for k in range(len(labels))]
        frame = chosen(frame, [*values, *labels], short)

    def collected(frame: nw.LazyFrame[Any]) -> dict[str, Column]:
        with lazy_errors():
            found = frame.collect()
        return {name: series(name, found[name]) for name in found.columns}

    library = "polars" if polars else "path"
    table = Opened(frame, tuple(values), tuple(labels), library, collected)
    return _checked(_of_spark(table) if is_spark(native) else table)


def _of_spark(table: Opened) -> Opened:
    """The table with what is fast in Spark, whose round() takes a microsecond for each number.

    A cast cuts off the fraction. A small frame is sent to all machines, so that a join does not sort all rows by group.
    """
    import narwhals.stable.v2 as nw

    def small(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        return nw.from_native(frame.to_native().hint("broadcast"))

    return replace(table, whole=lambda x: x.cast(nw.Int64), small=small)


def _checked(found: Opened) -> Opened | None:
    """The table, or None if its columns of numbers are of another type, such as text, which is read row by row.

    Raises:
        CellError: cells of a group column cannot be labels.
    """
    schema = found.frame.collect_schema()
    for k, name in enumerate(found.labels):
        if repr(schema[f"l{k}"]).startswith(_NO_LABELS):
            raise CellError(
                f"group column {name!r} holds {schema[f'l{k}']} cells. Turn its labels into text, numbers or dates."
            )
    kinds = [schema[f"v{k}"] for k in range(len(found.values))]
    return found if all(kind.is_numeric() or repr(kind) == "Boolean" for kind in kinds) else None
