"""Attach columns to the table in a file, and write the result to another file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from partialpool.analysis.attaching.addition import Addition
from partialpool.errors import OutputError
from partialpool.groups.groups import Array
from partialpool.io.backends.duckdb import literal, quoted
from partialpool.io.backends.files import PARQUET, checked_path
from partialpool.io.backends.whole import typed, whole_file
from partialpool.io.output.cells import Cell, plain
from partialpool.io.output.databases import ENDINGS, is_database, making, place_of
from partialpool.io.output.filling import fill
from partialpool.io.output.writing import check_output, csv_cell, write_table, written
from partialpool.messages.progress import shown

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, eq=False)
class AttachedFile:
    """The table of a file, with added columns.

    Attributes:
        source: the file.
        own: its columns; those of a text file as text.
        added: the added columns.
        decimal: the decimal sign of numbers in text; None means a point.
    """

    source: Path
    own: Mapping[str, Array]
    added: Mapping[str, Array]
    decimal: str | None = None

    @property
    def columns(self) -> dict[str, Array]:
        """All columns, where text columns of numbers are numbers."""
        return {**typed(self.own, self.decimal), **self.added}

    def write(self, path: str | os.PathLike[str], table: str = "rows") -> None:
        """Write all columns to a file; cells stay as they are from CSV to CSV, and types from Parquet to Parquet.

        `table` is the name of the table if the file is a database.

        Raises:
            OutputError: the file cannot be written; an existing file is unchanged.
        """
        target = check_output(path, sources=[self.source])
        if target.suffix.lower() == ".csv":
            self._write_csv(target)
        elif not self.source.name.casefold().endswith(PARQUET) or target.suffix.lower() not in (*PARQUET, *ENDINGS):
            write_table(self.columns, path, sources=[self.source], default=table)
        elif is_database(target):
            with making(path, table) as made:
                fill(made, self._query, {"added": self._arrays})
        else:
            self._write_parquet(target)

    def _write_csv(self, target: Path) -> None:
        """Write cells as they are in the source, except text that a spreadsheet would run."""
        columns = [*self.own.values(), *self.added.values()]
        with written(target) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(",".join(csv_cell(name) for name in (*self.own, *self.added)) + "\n")
            file.writelines(",".join(map(_as_written, row)) + "\n" for row in zip(*map(plain, columns), strict=True))

    @property
    def _arrays(self) -> dict[str, Array]:
        return {f"v{i}": values for i, values in enumerate(self.added.values())}

    @property
    def _query(self) -> str:
        """The SQL of the rows, with the arrays as the table `added`."""
        found = ", ".join(f"if(isnan(a.v{i}), NULL, a.v{i}) AS {quoted(name)}" for i, name in enumerate(self.added))
        return (
            f"SELECT t.*, {found} FROM read_parquet({literal(str(self.source))}, hive_partitioning=false) AS t "  # noqa: S608  (every name in it is quoted)
            "POSITIONAL JOIN added AS a"
        )

    def _write_parquet(self, target: Path) -> None:
        """Copy the file by DuckDB, which keeps the types of columns."""
        import duckdb

        try:
            with written(target) as temporary, duckdb.connect(":memory:") as connection:
                connection.execute("SET enable_progress_bar = false")
                connection.register("added", self._arrays)
                connection.execute(
                    f"COPY ({self._query}) TO {place_of(temporary)} (FORMAT parquet, USE_TMP_FILE false)"
                )
        except duckdb.Error as error:
            raise OutputError(f"cannot write {str(target)!r}: {error}. What was there before is unchanged.") from error


def _as_written(cell: Cell) -> str:
    """Format a cell of a CSV file; text that is a number is not changed."""
    return cell if isinstance(cell, str) and _NUMBER.fullmatch(cell) else csv_cell(cell)


@shown("rows")
def attach_to_file(path: str | os.PathLike[str], added: Addition) -> AttachedFile:
    """Add columns to the table of a CSV or Parquet file.

    Raises:
        DataError: the file cannot be read, has such columns already, or its groups are not those of the fit.
    """
    place = checked_path(path)
    own = whole_file(place, added.names)
    added.check_clashes(list(own))
    source = added.lookup.groups.source
    found = added.columns(place, len(next(iter(own.values()), ())))
    return AttachedFile(place, own, found, None if source is None else source.decimal)
