"""Write a table to a CSV, Parquet or JSON file, or into a DuckDB database, whole or not at all.

Numbers keep their full precision. A missing value is an empty CSV cell, a JSON null (as is an infinity, which JSON does
not have), or a NULL of Parquet or DuckDB. Text is written so that no reader runs it: see `csv_cell` and `json_text`.
"""

import contextlib
import glob
import json
import math
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import OutputError
from partialpool.io.output.atomic import replacing
from partialpool.io.output.cells import Cell, plain
from partialpool.io.output.databases import ENDINGS, check_database, is_database, making, table_name
from partialpool.io.output.filling import fill_columns
from partialpool.messages.progress import shown
from partialpool.special import Columns


@shown("a table being written")
def write_table(
    columns: Columns,
    path: str | os.PathLike[str],
    *,
    sources: Iterable[object] = (),
    table: str | None = None,
    default: str = "groups",
) -> Path:
    """Write named columns to `path`, in the format of its extension.

    Args:
        columns: name of each column -> its values, all of one length.
        path: a file whose name ends in .csv, .parquet or .json, which is replaced if it exists; or in .duckdb, .ddb or
            .db, a DuckDB database, in which one table is replaced.
        sources: the files and relations from which the columns come, which are never overwritten; other objects are
            ignored.
        table: the name of the table in a database.
        default: its name if none is given.

    Returns:
        The real path of the file.

    Raises:
        OutputError: the file cannot be written; an existing file is unchanged.
        RequestError: a table is named, and the file is no database.
    """
    name = table_name(path, table, default)
    target = check_output(path, sources=sources)
    write = FORMATS[target.suffix.lower()]
    with making(path, name, sources) if is_database(target) else written(target) as temporary:
        write(columns, temporary)
    return target


@contextlib.contextmanager
def written(target: Path) -> Iterator[Path]:
    """Yield a temporary path; what is written there becomes `target`, whole, when the block ends without an error.

    Raises:
        OutputError: the file cannot be written; an existing file is unchanged.
    """
    try:
        with replacing(target) as temporary:
            yield temporary
    except (OSError, UnicodeEncodeError) as error:
        raise OutputError(_failure(target, error)) from error


def check_output(
    path: str | os.PathLike[str], *, sources: Iterable[object] = (), formats: Iterable[str] | None = None
) -> Path:
    """Return the real path to write, or raise OutputError if it is already clear that it cannot be written.

    `formats` are the allowed extensions, where an empty collection allows any; by default those of tables.
    """
    target = Path(os.path.realpath(path))
    extensions = tuple(FORMATS if formats is None else formats)
    if extensions and target.suffix.lower() not in extensions:
        known = ", ".join(extensions)
        raise OutputError(f"cannot write {str(path)!r}: its name must end in one of {known}.")
    if not target.parent.is_dir():
        raise OutputError(f"cannot write {str(path)!r}: there is no folder {str(target.parent)!r}; make it first.")
    if target.exists():
        _check_existing(target)
        if extensions and is_database(target):
            check_database(target)
    for source in _each(sources):
        if isinstance(source, (str, os.PathLike)) and _same_file(target, source):
            raise OutputError(f"cannot write {str(path)!r}: it is the file that the data come from; name another.")
    return target


def _each(sources: Iterable[object]) -> Iterator[object]:
    """Each source, those of lists and the files that match patterns one by one."""
    for source in sources:
        if isinstance(source, (list, tuple)):
            yield from _each(source)
        else:
            yield from glob.glob(source) if isinstance(source, str) and not os.path.exists(source) else (source,)


def _check_existing(target: Path) -> None:
    """Refuse to replace a folder, a device or a read-only file."""
    mode = target.stat().st_mode
    if stat.S_ISDIR(mode):
        raise OutputError(f"cannot write {str(target)!r}: it is a folder; name a file in it.")
    if not stat.S_ISREG(mode):
        raise OutputError(f"cannot write {str(target)!r}: it is not a regular file; name another.")
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise OutputError(f"cannot write {str(target)!r}: it is read-only; name another or make it writable.")


def _same_file(target: Path, source: str | os.PathLike[str]) -> bool:
    try:
        return os.path.samefile(target, source)
    except (OSError, ValueError):  # one of them does not exist, or is no path
        return False


def _failure(target: Path, error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return f"cannot write {str(target)!r}: {error.object!r} is not valid Unicode text; rename that group."
    reason = getattr(error, "strerror", None) or str(error)
    return f"cannot write {str(target)!r}: {reason}. What was there before is unchanged; free space or name another."


# --- CSV ---------------------------------------------------------------------------------------------------

RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_cell(value: Cell) -> str:
    """Format one CSV cell; text that a spreadsheet would run gets a leading single quote, and numbers stay numbers.

    >>> [csv_cell(value) for value in ("=1+1", -1.5, "a,b", "", None, 0.1 + 0.2)]
    ["'=1+1", '-1.5', '"a,b"', '""', '', '0.30000000000000004']
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    text = "'" + value if value.startswith(RUNS_IN_A_SPREADSHEET) else value
    if text == "" or text != text.strip() or any(mark in text for mark in ',;"\n\r\t'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _csv_column(column: NDArray[Any]) -> list[str]:
    values = plain(column)
    if column.dtype.kind in "iuf":  # the same as csv_cell, for millions
        return ["" if value is None else repr(value) for value in values]
    return [csv_cell(value) for value in values]


def _write_csv(columns: Columns, path: Path) -> None:
    texts = [_csv_column(column) for column in columns.values()]
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(csv_cell(str(name)) for name in columns) + "\n")
        file.writelines(",".join(row) + "\n" for row in zip(*texts, strict=True))


# --- JSON --------------------------------------------------------------------------------------------------


def records(columns: Columns) -> list[dict[str, Cell]]:
    """Convert the rows of a table to dicts that JSON can represent.

    >>> records({"group": np.array(["a", "b"]), "mean": np.array([0.25, np.inf])})
    [{'group': 'a', 'mean': 0.25}, {'group': 'b', 'mean': None}]
    """
    finite = [[_finite(value) for value in plain(column)] for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*finite, strict=True)]


def json_text(value: object) -> str:
    r"""Format a value as strict JSON in plain ASCII that is also safe inside a web page.

    >>> print(json_text({"group": "</script>", "mean": 0.1}))
    {"group": "\u003c/script\u003e", "mean": 0.1}
    """
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _finite(value: Cell) -> Cell:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_json(columns: Columns, path: Path) -> None:
    rows = [json_text(record) for record in records(columns)]
    with open(path, "w", encoding="ascii", newline="") as file:
        file.write("[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n")


# --- Parquet -----------------------------------------------------------------------------------------------


def _write_parquet(columns: Columns, path: Path) -> None:
    import duckdb  # slow to load, and only Parquet needs it

    check_names("Parquet", list(columns))
    typed = {f"c{i}": _one_type(column) for i, column in enumerate(columns.values())}
    quoted = ['"' + str(name).replace('"', '""') + '"' for name in columns]
    chosen = ", ".join(f"{column} AS {name}" for column, name in zip(typed, quoted, strict=True))
    destination = "'" + str(path).replace("'", "''") + "'"
    try:
        with duckdb.connect(":memory:") as connection:
            connection.execute("SET enable_progress_bar = false")
            connection.register("result", typed)
            select = f"SELECT {chosen} FROM result"  # noqa: S608  (every name in it is quoted above)
            connection.execute(f"COPY ({select}) TO {destination} (FORMAT parquet, USE_TMP_FILE false)")
    except duckdb.Error as error:
        raise OSError(str(error).splitlines()[0]) from error


def check_names(what: str, names: Sequence[str]) -> None:
    """Refuse names of columns that Parquet and DuckDB do not tell apart; `what` would have them.

    Raises:
        OutputError: a name is empty, or two differ in case only.
    """
    lowered = [name.casefold() for name in names]
    for name in names:
        name.encode()  # raises on what is not valid Unicode
        if name == "" or lowered.count(name.casefold()) > 1:
            problem = "is empty" if name == "" else "differs from another in case only"
            raise OutputError(f"cannot write {what}: the column name {name!r} {problem}; write .csv or .json instead.")


def _one_type(column: NDArray[Any]) -> NDArray[Any]:
    """Convert a column to one Parquet type; labels of several types become text."""
    if column.dtype.kind in "biuf":
        return column
    values = plain(column)
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1:
        values = [None if value is None else str(value) for value in values]
    typed = np.empty(len(values), dtype=object)
    typed[:] = values
    return typed


def _write_database(columns: Columns, made: Path) -> None:
    check_names("a table of a database", list(columns))
    fill_columns(made, columns)


FORMATS: Mapping[str, Callable[[Columns, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".json": _write_json,
    **dict.fromkeys(ENDINGS, _write_database),
}
