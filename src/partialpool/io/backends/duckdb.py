"""Read the columns of a Parquet file or of a DuckDB relation, by DuckDB (1.5 or 2.0).

A small Parquet file can unpack to any size. So its rows and bytes are counted first, without unpacking it into memory,
and then it is read one batch of rows at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.errors import CellError, DataError, FileError
from partialpool.groups.groups import Array
from partialpool.io.backends import files
from partialpool.io.backends.columns import positions
from partialpool.io.backends.interrupts import interruptible
from partialpool.io.backends.rows import Column

if TYPE_CHECKING:
    import duckdb

BATCH = 1_000_000

SETTINGS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""The settings of a connection that never downloads extensions."""

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_AS_THEY_ARE = ("BOOLEAN", "UBIGINT")
_LABELS = (*INTEGERS, *_AS_THEY_ARE, "FLOAT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS")
_NO_LABELS = ("BLOB", "STRUCT", "MAP", "UNION", "BIT")


def read_parquet(path: Path, values: Sequence[str], labels: Sequence[str]) -> list[Column]:
    """Read the wanted columns of one Parquet file.

    Raises:
        FileError: the file is damaged, or holds more than the caps.
        ColumnError: a column is missing or doubled.
        CellError: a label column holds no labels.
    """
    what = repr(str(path))
    with connected(what) as connection:
        place = literal(str(path))
        chosen = _chosen(connection, place, values, labels)
        source = f"read_parquet({place}, hive_partitioning=false, file_row_number=true)"
        size = _counted(connection, source, chosen, what)
        parts = [
            connection.execute(
                _select(_listing(chosen), source, f"file_row_number >= {start} AND file_row_number < {start + BATCH}")
            ).fetchnumpy()
            for start in range(0, max(size, 1), BATCH)
        ]
    return [column_of(w.name, w.kind, [part[f"c{i}"] for part in parts]) for i, w in enumerate(chosen)]


def whole_parquet(path: Path) -> dict[str, Array]:
    """Read every column of a Parquet file, in its own types, as arrays that are masked where cells are missing.

    Raises:
        FileError: the file is damaged, or holds more than the caps.
    """
    what = repr(str(path))
    with connected(what) as connection:
        source = f"read_parquet({literal(str(path))}, hive_partitioning=false)"
        _counted(connection, source, [], what)
        kinds = connection.execute(f"DESCRIBE {_select('*', source)}").fetchall()
        found = connection.execute(_select("*", source)).fetchnumpy()
        return {row[0]: _dates(found[row[0]], row[1]) for row in kinds}


def all_columns(relation: duckdb.DuckDBPyRelation) -> dict[str, Array]:
    """Read every column of a DuckDB relation, in its own types, as arrays that are masked where cells are missing.

    Raises:
        DataError: the relation cannot be run, or has more rows than the cap.
    """
    import duckdb

    try:
        with interruptible():
            found = relation.limit(files.MAX_ROWS + 1).fetchnumpy()
    except duckdb.Error as error:
        raise DataError(f"the DuckDB relation cannot be run: {error}. Check the query and its connection.") from error
    if len(next(iter(found.values()))) > files.MAX_ROWS:
        raise files.too_many_rows("the DuckDB relation")
    kinds = map(str, relation.types)
    return {name: _dates(found[name], kind) for name, kind in zip(relation.columns, kinds, strict=True)}


def read_relation(
    relation: duckdb.DuckDBPyRelation, values: Sequence[str], labels: Sequence[str], most: int | None = None
) -> list[Column]:
    """Read the wanted columns of a DuckDB relation; the first rows of it, one more than `most`, if that is given.

    Raises:
        DataError: the relation cannot be run, or has more rows than the cap.
        ColumnError: a column is missing or doubled.
        CellError: a label column holds no labels.
    """
    import duckdb

    try:
        kinds = [str(kind) for kind in relation.types]
        chosen = _expressions(relation.columns, relation.columns, kinds, values, labels)
        with interruptible():
            found = (
                relation.project(_listing(chosen)).limit((files.MAX_ROWS if most is None else most) + 1).fetchnumpy()
            )
    except duckdb.Error as error:
        raise DataError(f"the DuckDB relation cannot be run: {error}. Check the query and its connection.") from error
    columns = [column_of(wanted.name, wanted.kind, [found[f"c{i}"]]) for i, wanted in enumerate(chosen)]
    if len(columns[0].data) > files.MAX_ROWS:
        raise files.too_many_rows("the DuckDB relation")
    return columns


@dataclass(frozen=True)
class _Wanted:
    """A column, the SQL expression that fetches it, and its type in DuckDB."""

    name: str
    expression: str
    kind: str


def connection_of(relation: Any) -> Any:
    """The connection of a relation; None if this version of DuckDB does not tell it."""
    return getattr(relation, "_con", None)


@contextmanager
def connected(what: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a separate connection that never downloads extensions; its errors become FileError."""
    import duckdb

    try:
        with interruptible(), duckdb.connect(":memory:", config=dict(SETTINGS)) as connection:
            connection.execute("SET enable_progress_bar = false")
            yield connection
    except duckdb.Error as error:
        reason = str(error).split("\n")[0]
        if isinstance(error, duckdb.OutOfMemoryException):
            cure = 'Allow more, such as memory="8GB", or add the rows of each group up first.'
            raise FileError(f"{what}: the memory is not enough to add up the rows ({reason}). {cure}") from error
        raise FileError(f"{what} cannot be read as Parquet: {reason}. The file is damaged; write it again.") from error


def literal(path: str) -> str:
    """A path as an SQL literal, with wildcards escaped."""
    plain = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in path)
    return "'" + plain.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _chosen(
    connection: duckdb.DuckDBPyConnection, place: str, values: Sequence[str], labels: Sequence[str]
) -> list[_Wanted]:
    """SQL expressions of the wanted columns.

    DuckDB renames duplicate columns, so the names are taken from the file's own schema, by position.
    """
    schema = connection.execute(_select("name, coalesce(num_children, 0)", f"parquet_schema({place})")).fetchall()
    everything = _select("*", f"read_parquet({place}, hive_partitioning=false)")
    described = connection.execute(f"DESCRIBE {everything}").fetchall()
    own = [str(row[0]) for row in described]
    if "file_row_number" in own:
        raise FileError(f"{place} has a column named 'file_row_number', a name DuckDB uses itself. Rename the column.")
    names = _top_level(schema)
    return _expressions(names if len(names) == len(own) else own, own, [row[1] for row in described], values, labels)


def _top_level(schema: Sequence[tuple[Any, ...]]) -> list[str]:
    """Names of the top-level columns in a depth-first listing of (name, number of children)."""
    names, skip = [], 0
    for name, children in schema[1:]:
        if skip:
            skip -= 1
        else:
            names.append(str(name))
        skip += children
    return names


def _expressions(
    names: Sequence[str], own: Sequence[str], kinds: Sequence[str], values: Sequence[str], labels: Sequence[str]
) -> list[_Wanted]:
    wanted = [*values, *labels]
    makers = [_number] * len(values) + [label_expression] * len(labels)
    parts = zip(wanted, makers, positions(names, wanted), strict=True)
    return [_Wanted(name, make(own[i], kinds[i]), kinds[i]) for name, make, i in parts]


def _number(name: str, kind: str) -> str:
    """The SQL expression of a value column; types other than machine numbers become text, which is parsed exactly."""
    if kind in INTEGERS:
        return f"CAST({quoted(name)} AS BIGINT)"
    if kind in ("FLOAT", "DOUBLE"):
        return f"CAST({quoted(name)} AS DOUBLE)"
    return quoted(name) if kind in _AS_THEY_ARE else f"CAST({quoted(name)} AS VARCHAR)"


def label_expression(name: str, kind: str) -> str:
    """The SQL expression of a label column: numbers, booleans and dates as they are, all else as text.

    Raises:
        CellError: cells of this type cannot be labels.
    """
    if kind.startswith(_NO_LABELS) or kind.endswith("]"):
        raise CellError(f"group column {name!r} holds {kind} cells. Turn its labels into text, numbers or dates.")
    return quoted(name) if kind in _LABELS else f"CAST({quoted(name)} AS VARCHAR)"


def _select(what: str, source: str, where: str = "true") -> str:
    """A query from parts in which names have been quoted by `quoted` and paths by `literal`."""
    return f"SELECT {what} FROM {source} WHERE {where}"  # noqa: S608 - nothing in it is unquoted


def _listing(chosen: Sequence[_Wanted]) -> str:
    return ", ".join(f"{wanted.expression} AS c{i}" for i, wanted in enumerate(chosen))


def _counted(connection: duckdb.DuckDBPyConnection, source: str, chosen: Sequence[_Wanted], what: str) -> int:
    """The number of rows, after checking that rows and text are below the limits."""
    (size,) = _one(connection, _select("count(*)", source))
    if size > files.MAX_ROWS:
        raise files.too_many_rows(what)
    texts = [wanted.expression for wanted in chosen if wanted.expression.endswith(" AS VARCHAR)")]
    if texts:
        total = " + ".join(f"coalesce(sum(strlen({text})), 0)" for text in texts)
        (weight,) = _one(connection, _select(total, source))
        if weight > files.MAX_BYTES:
            raise files.too_many_bytes(what)
    return int(size)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchall()[0]
    return tuple(row)


def column_of(name: str, kind: str, parts: Sequence[Array]) -> Column:
    """Join the batches of one column; DuckDB masks nulls and returns dates in microseconds."""
    data = np.concatenate([np.ma.getdata(part) for part in parts])
    missing = np.concatenate([np.ma.getmaskarray(part) for part in parts])
    return Column(name, _dates(data, kind), missing if missing.any() else None)


def _dates(data: Array, kind: str) -> Array:
    """Convert dates to days; return all else as it is."""
    return data.astype("M8[D]") if kind == "DATE" and data.dtype.kind == "M" else data
