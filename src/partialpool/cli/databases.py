"""A table or a query of a DuckDB database as the data of a command, read where it is."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from partialpool.cli.options import Options
from partialpool.cli.piped import plain_file
from partialpool.errors import FileError, RequestError
from partialpool.io.backends.duckdb import SETTINGS, quoted
from partialpool.io.output.databases import is_database

_OPEN = contextlib.ExitStack()


def relation(file: Path | None, table: str | None, query: str | None, out: Path | None = None) -> Any:
    """A table or a view of a database, or a query; it can be read until the command ends.

    Args:
        file: the database, which is opened for reading only, unless the answers go there too; None if the query names
            its files itself.
        table: the name of a table or view; it may be left out if there is only one.
        query: a SELECT in place of a table.
        out: the file to which answers will be written.

    Raises:
        RequestError: not one table or query is named, or the query cannot be run.
        FileError: the database cannot be opened.
    """
    if table is not None and query is not None:
        raise RequestError("give --table or --query, not both.")
    if table is not None and file is None:
        raise RequestError("--table names a table of a DuckDB database: give its FILE too, such as shop.duckdb.")
    both = file is not None and out is not None and os.path.realpath(file) == os.path.realpath(out)
    connection = _connected(file, write=both)
    if query is not None:
        return _asked(connection, query)
    listed = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
    known = sorted(str(row[0]) for row in connection.execute(listed).fetchall())
    if table is None:
        if len(known) != 1:
            raise RequestError(f"which table of {str(file)!r}? Name it by --table. {_tables(known)}")
        table = known[0]
    return _named(connection, table, known)


def table_beside(file: Path | None, options: Options) -> tuple[Any, Options]:
    """The table that a command takes beside a saved fit: the path of a file, or a relation of a database.

    Returns:
        The table, and the options without those that were about it, which a saved fit does not take.

    Raises:
        RequestError: not one table or query is named, or the query cannot be run.
        FileError: the file cannot be opened.
    """
    rest = replace(options, table=None, query=None)
    if options.table is not None or options.query is not None or is_database(file):
        return relation(file, options.table, options.query, options.out), rest
    return None if file is None else plain_file(file), rest


@contextlib.contextmanager
def connections() -> Iterator[None]:
    """Close all connections at the end of the command."""
    try:
        yield
    finally:
        _OPEN.close()


def _connected(file: Path | None, *, write: bool) -> Any:
    import duckdb

    if file is not None and not file.exists():
        raise FileError(f"there is no file {str(file)!r}. Check the path and the working directory.")
    place = ":memory:" if file is None else str(file)
    try:
        connection = duckdb.connect(place, read_only=file is not None and not write, config=dict(SETTINGS))
    except duckdb.Error as error:
        reason = str(error).split("\n")[0]
        raise FileError(f"{str(file)!r} cannot be opened as a DuckDB database: {reason}.") from error
    connection.execute("SET enable_progress_bar = false")
    return _OPEN.enter_context(connection)


def _asked(connection: Any, query: str) -> Any:
    import duckdb

    try:
        found = connection.sql(query)
    except duckdb.Error as error:
        raise RequestError(f"--query cannot be run: {str(error).splitlines()[0]}. Check its SQL.") from error
    if found is None:
        raise RequestError("--query gives no table: it must be a SELECT.")
    return found


def _named(connection: Any, table: str, known: list[str]) -> Any:
    import duckdb

    try:
        return connection.table(quoted(table) if table in known else table)
    except duckdb.Error as error:
        raise RequestError(f"there is no table {table!r} in the database. {_tables(known)}") from error


def _tables(known: list[str]) -> str:
    """A sentence that lists the tables of a database."""
    return f"Its tables are {', '.join(map(repr, known))}." if known else "It has no tables."
