"""Write a table into a DuckDB database, whole or not at all.

The table is first made in a new database beside the target, so that what fails or is refused never touches the target.
Then one statement, which is one transaction, copies it. If there is no target yet, the new database takes its name.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from partialpool.errors import OutputError, RequestError
from partialpool.io.backends.duckdb import SETTINGS, connection_of, quoted
from partialpool.io.backends.frames import is_relation
from partialpool.io.backends.interrupts import interruptible, watched

Run: TypeAlias = Callable[[str], Any]

ENDINGS = (".duckdb", ".ddb", ".db")
"""Endings of the names of DuckDB databases."""

MADE = "answers"
"""Name of the table in a new database."""


_IN_USE = ("different configuration", "already attached", "set lock", "read-only mode")
_CURE = " Close the connection or the program that has it open, or write to another database."


def is_database(path: object) -> bool:
    """Whether a path is named like a DuckDB database."""
    return isinstance(path, (str, os.PathLike)) and str(os.fspath(path)).casefold().endswith(ENDINGS)


def table_name(path: object, table: Any, default: str) -> str:
    """The name of the table to write to the file at `path`, which is None if there is none.

    Raises:
        RequestError: a name is given although the file is no database, or it is not a name.
    """
    if table is None:
        return default
    if not is_database(path):
        raise RequestError(
            f"{table!r} names a table of a DuckDB database, and the answers go to none: write them to a file whose "
            "name ends in .duckdb, or leave out the name of the table."
        )
    if not isinstance(table, str) or not table or "\0" in table or table.encode(errors="ignore").decode() != table:
        raise RequestError(f"{table!r} is not the name of a table. Give text of at least one character.")
    return table


def check_database(target: Path) -> None:
    """Refuse a file that is there, and is not a DuckDB database.

    Raises:
        OutputError: it is another file, or cannot be read.
    """
    try:
        with target.open("rb") as file:
            first = file.read(12)
    except OSError as error:
        raise OutputError(f"cannot write {str(target)!r}: it cannot be read ({error.strerror}).") from error
    if first[8:] != b"DUCK":
        raise OutputError(
            f"cannot write {str(target)!r}: it is there, and is not a DuckDB database; name another file."
        )


@dataclass(frozen=True)
class Database:
    """A database that is open in some connection.

    Attributes:
        run: function that runs a statement in the connection.
        name: the name of the database in it.
        source: the relation whose connection it is; None for a connection of our own.
    """

    run: Run
    name: str
    source: Any = None

    def place(self, table: str) -> str:
        """The name of a table in SQL.

        Raises:
            OutputError: it is a view, or the table from which the relation comes.
        """
        found = self.run("SELECT database_name, view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall()
        views = {view.casefold(): sql for database, view, sql in found if database == self.name}
        if table.casefold() in views:
            raise OutputError(f"cannot write the table {table!r}: it is a view of the database; name another table.")
        if self.source is not None and self._reads(table, views):
            raise OutputError(f"cannot write the table {table!r}: the data come from it; name another table.")
        return f"{quoted(self.name)}.main.{quoted(table)}"

    def _reads(self, table: str, views: Mapping[str, str]) -> bool:
        """Whether the relation reads a table of the database, as far as its SQL and that of the views show it."""
        import duckdb

        name, database, query = _unquoted(table), _unquoted(self.name), ""
        same = {f"{database}.{name}", f"{database}.main.{name}"}
        try:
            query = self.source.sql_query()
            if self.run("SELECT current_database()").fetchall() == [(self.name,)]:
                same |= {name, f"main.{name}"}
            with duckdb.connect(":memory:") as parser:
                known = parser.get_table_names(query, qualified=True)
        except duckdb.Error:  # a query that it cannot take apart
            return _mentions(query, table)
        texts = [query]
        for text in texts:  # grows by the views that it mentions
            texts += [sql for view, sql in views.items() if sql not in texts and _mentions(text, view)]
        if any(_mentions(text, table) for text in texts[1:]):
            return True
        return not same.isdisjoint({_unquoted(one.partition(" AS ")[0]) for one in known})

    def copy(self, made: Path, table: str) -> None:
        """Copy the table of a new database, in place of an old table."""
        place = self.place(table)
        with attached(self.run, made, "READ_ONLY") as copied:
            self.run(f"CREATE OR REPLACE TABLE {place} AS FROM {copied}")


@contextmanager
def attached(run: Run, made: Path, mode: str = "READ_WRITE") -> Iterator[str]:
    """Attach a new database to the connection of `run`, and yield the name of its table in SQL."""
    name = f"partialpool_{secrets.token_hex(8)}"
    run(f"ATTACH {place_of(made)} AS {name} ({mode})")
    try:
        yield f"{name}.main.{MADE}"
        if mode == "READ_WRITE":
            run(f"CHECKPOINT {name}")
    finally:
        run(f"DETACH {name}")


def runner(relation: Any) -> Run:
    """A function that runs a statement in the connection of a relation."""

    def run(statement: str) -> Any:
        name = f"partialpool_statement_{secrets.token_hex(8)}"  # before DuckDB 2.0, it must be a new one
        return watched(lambda: relation.query(name, statement), connection_of(relation))

    return run


def of_relation(data: object, target: Path) -> Database | None:
    """The target as it is open in the connection of a relation; None if it is not, or the data are no relation."""
    import duckdb
    import narwhals.stable.v2 as nw

    relation: Any = nw.to_native(data, pass_through=True)
    if not is_relation(relation):
        return None
    run = runner(relation)
    try:
        known = run("SELECT database_name, path FROM duckdb_databases() WHERE path IS NOT NULL").fetchall()
    except duckdb.Error:  # its connection is closed
        return None
    names = [name for name, path in known if os.path.realpath(path) == os.path.realpath(target)]
    return Database(run, names[0], relation) if names else None


@contextmanager
def making(path: str | os.PathLike[str], table: str, sources: Iterable[object] = ()) -> Iterator[Path]:
    """Yield the path of a new database; the table that `fill` makes there goes to the target when the block ends.

    Args:
        path: the target, which is made if it is not there, by the name under which the caller has it open, if at all.
        table: the name of the table in it.
        sources: the data from which the table comes; the connection of a relation of the target is used to write.

    Raises:
        OutputError: the table cannot be written; the target is unchanged.
    """
    target = Path(os.path.realpath(path))
    with database_errors(target), ExitStack() as stack:
        there = stack.enter_context(_opened(Path(os.path.abspath(path)), sources)) if target.exists() else None
        if there is not None:
            there.place(table)
        made = Path(stack.enter_context(TemporaryDirectory(prefix=".partialpool-", dir=target.parent))) / "made.duckdb"
        yield made
        if there is None:
            _move(made, target, table)
        else:
            there.copy(made, table)


@contextmanager
def database_errors(target: Path) -> Iterator[None]:
    """Turn the errors of DuckDB and of the system into `OutputError`.

    Raises:
        OutputError: there was such an error.
    """
    import duckdb

    try:
        with interruptible():
            yield
    except OutputError:
        raise
    except (duckdb.Error, OSError, UnicodeEncodeError) as error:
        raise failure(target, error) from error


def failure(target: Path, error: Exception) -> OutputError:
    """The error of DuckDB or of the system, as one of the package, with a hint for a database that is in use."""
    reason = str(error).split("\n")[0].rstrip(".")
    cure = _CURE if any(said in reason for said in _IN_USE) else ""
    return OutputError(f"cannot write {str(target)!r}: {reason}. What was there before is unchanged.{cure}")


@contextmanager
def _opened(target: Path, sources: Iterable[object]) -> Iterator[Database]:
    """Open the target, in the connection of a relation among the sources if it is open there."""
    import duckdb

    known = next((found for source in sources if (found := of_relation(source, target)) is not None), None)
    if known is not None:
        yield known
        return
    # Settings, or another name of the file before DuckDB 2.0, would not share what the caller has open.
    with duckdb.connect(str(target)) as connection:
        connection.execute("SET enable_progress_bar = false")
        (name,) = connection.execute("SELECT current_database()").fetchall()[0]
        yield Database(lambda statement: watched(lambda: connection.execute(statement), connection), name)


def _move(made: Path, target: Path, table: str) -> None:
    """Give the new database and its table their names; refused if there is a file of that name by now."""
    import duckdb

    with duckdb.connect(str(made), config=dict(SETTINGS)) as connection:
        connection.execute(f"ALTER TABLE {MADE} RENAME TO {quoted(table)}")
        connection.execute("CHECKPOINT")
    try:
        os.link(made, target)
    except FileExistsError:
        raise OutputError(f"cannot write {str(target)!r}: another program has just made it; write again.") from None
    except OSError:  # a file system without hard links
        os.rename(made, target)


def _mentions(query: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(_unquoted(name))}(?!\w)", _unquoted(query)) is not None


def _unquoted(name: str) -> str:
    return name.replace('"', "").casefold()


def place_of(path: Path) -> str:
    """The path of a file to write, as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"
