"""Write Parquet files and relations of DuckDB with attached columns, by DuckDB, which never has all rows in Python.

    COPY (SELECT t.*, g.answer FROM rows AS t LEFT JOIN groups AS g ON t.label = g.label ORDER BY t.row) TO ...

Keeping the order of rows needs a sort, which holds the rows in memory or on the disk. With it, 20
million rows of 8 columns took 1.5 to 1.8 times as long, and 4.3 GB in place of 0.3. So the order is kept up to
`ORDERED` rows, a quarter of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

from partialpool.analysis.attaching.addition import Addition
from partialpool.analysis.attaching.relation import attach_to_relation, check_some_known, named_query
from partialpool.errors import DataError
from partialpool.io.backends.duckdb import SETTINGS, connection_of, literal, quoted
from partialpool.io.backends.interrupts import interruptible, watched
from partialpool.io.output.databases import attached, failure, is_database, making, of_relation, place_of, runner
from partialpool.io.output.writing import RUNS_IN_A_SPREADSHEET, written
from partialpool.models.data.checks import free

if TYPE_CHECKING:
    import duckdb

ORDERED = 5_000_000
"""Largest number of rows of Parquet files and relations whose order is kept."""

_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_REFUSALS = ("the fit does not know the group", "each row is its own group in this fit")
_PER_FILE = 10**10  # more rows than a file has


def copy_files(files: Sequence[Path], added: Addition, target: Path, memory: int, table: str) -> None:
    """Join the answers to the rows of Parquet files, and write them; `memory` is the bytes that DuckDB may use.

    `table` is the name of the table if the target is a database.
    """
    import duckdb

    settings = {**SETTINGS, "temp_directory": gettempdir(), "memory_limit": f"{memory}B"}
    with errors_of_duckdb(target), duckdb.connect(":memory:", config={**settings}) as connection:
        connection.execute("SET enable_progress_bar = false")
        source = f"[{', '.join(literal(str(place)) for place in files)}], hive_partitioning=false"
        rows = connection.sql(f"SELECT * FROM read_parquet({source})")  # noqa: S608  (every path in it is quoted)
        row = free("partialpool_number", [*rows.columns, *added.results])
        numbered = (
            f"SELECT * EXCLUDE (file_row_number), file_index::BIGINT * {_PER_FILE} + file_row_number AS {row} "  # noqa: S608
            f"FROM read_parquet({source}, file_row_number=true)"
        )
        try:
            relation = connection.sql(numbered)
        except duckdb.Error:  # a column of one of these names, or a DuckDB that does not number files
            copy_relation(rows, added, target, table=table)
        else:
            copy_relation(relation, added, target, row, table)


def copy_relation(relation: Any, added: Addition, target: Path, row: str | None = None, table: str = "rows") -> None:
    """Join the answers to a relation, and write it.

    Args:
        relation: the rows, in a connection that is open.
        added: the columns.
        target: the file.
        row: name of a column with the number of each row, which is not written; None if there is none.
        table: the name of the table if the target is a database.
    """
    with errors_of_duckdb(target):
        (size,) = relation.aggregate("count(*)").fetchall()[0]
        row = None if not added.names else row
        joined = attach_to_relation(relation, added, ordered=size <= ORDERED, row=row)
        check_some_known(relation, added)
        if is_database(target):
            _create(joined, relation, target, table)
            return
        parquet = target.suffix.lower() == ".parquet"
        chosen, form = ("*", "parquet") if parquet else (_as_csv(joined), "csv, HEADER true")
        with written(target) as temporary:
            to = f"TO {place_of(temporary)} (FORMAT {form}, USE_TMP_FILE false)"
            copy = f"COPY (SELECT {chosen} FROM {{rows}}) {to}"  # noqa: S608

            def write() -> None:
                named_query(joined, lambda rows: copy.replace("{rows}", rows))

            watched(write, connection_of(relation))


def _create(joined: Any, relation: Any, target: Path, table: str) -> None:
    """Make the table of a relation in a database: in its own connection if the database is open there."""

    def write(place: str) -> None:
        create = f"CREATE OR REPLACE TABLE {place} AS SELECT * FROM {{rows}}"  # noqa: S608

        def run() -> None:
            named_query(joined, lambda rows: create.replace("{rows}", rows))

        watched(run, connection_of(relation))

    own = of_relation(relation, target)
    if own is not None:
        write(own.place(table))
        return
    with making(target, table) as made, errors_of_duckdb(target), attached(runner(relation), made) as place:
        write(place)


def _as_csv(joined: duckdb.DuckDBPyRelation) -> str:
    """The columns of a relation for a CSV file, where text that a spreadsheet would run begins with a quote."""
    signs = "".join(RUNS_IN_A_SPREADSHEET).replace("-", r"\-")
    parts = []
    for name, kind in zip(joined.columns, map(str, joined.types), strict=True):
        cell = quoted(name)
        if kind == "VARCHAR" or kind.startswith("ENUM"):
            text = f"CAST({cell} AS VARCHAR)"
            runs = f"regexp_matches({text}, '^[{signs}]') AND NOT regexp_full_match({text}, '{_NUMBER}')"
            cell = f"CASE WHEN {runs} THEN chr(39) || {text} ELSE {text} END"
        title = f"'{name}" if name.startswith(RUNS_IN_A_SPREADSHEET) else name
        parts.append(f"{cell} AS {quoted(title)}")
    return ", ".join(parts)


@contextmanager
def errors_of_duckdb(target: Path) -> Iterator[None]:
    """Turn the errors of DuckDB into those of the package, and that of an interrupt into `KeyboardInterrupt`."""
    import duckdb

    try:
        with interruptible():
            yield
    except duckdb.Error as error:
        reason = str(error).split("\n")[0]
        for refusal in _REFUSALS:
            if refusal in reason:
                raise DataError(f"{reason[reason.index(refusal) :]}.") from error
        raise failure(target, error) from error
