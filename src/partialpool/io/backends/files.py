"""The kind of a file, by its name, and checked against its first bytes."""

from __future__ import annotations

import os
from pathlib import Path

from partialpool.errors import FileError
from partialpool.messages.wording import nearest

MAX_ROWS = 50_000_000
"""Largest number of rows that are read into memory."""

MAX_BYTES = 2 * 2**30
"""Largest number of bytes of unpacked text that are read."""

TEXT = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")

_SIGNATURES = {b"PAR1": "parquet", b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0": "sheet"}
_LOOKS = {
    "parquet": "a Parquet file",
    "gzip": "a gzip file",
    "zip": "a zip archive or a spreadsheet",
    "sheet": "an old spreadsheet",
    "text": "text",
}


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Check that the path is that of a readable file, and return it.

    Raises:
        FileError: there is nothing, a directory, something other than a plain file, or a file that cannot be read.
    """
    text = os.fspath(path)
    if "://" in text:
        raise FileError(f"{text!r} is an address, not a file. Download it and give the path of the file.")
    place = Path(text)
    if not text or "\0" in text or not place.exists():
        raise FileError(f"there is no file {text!r}.{_meant(place)} Check the path and the working directory.")
    if place.is_dir():
        raise FileError(f"{text!r} is a directory. Give the path of one CSV or Parquet file.")
    if not place.is_file():
        raise FileError(f"{text!r} is not a plain file. Write the data to a file first.")
    if not os.access(place, os.R_OK):
        raise FileError(f"{text!r} cannot be read: permission denied. Change its permissions.")
    return place


def _meant(place: Path) -> str:
    """The hint ' Did you mean ...?', if the directory has a file with a similar name."""
    try:
        near = nearest(place.name, os.listdir(place.parent), 0.8)
    except (OSError, ValueError):
        return ""
    return "" if near is None else f" Did you mean {str(place.with_name(near))!r}?"


def kind_of(path: Path) -> str:
    """The kind of a file ("text", "gzip" or "parquet") by its name, with which its first bytes must agree.

    Raises:
        FileError: the name is that of no known kind, or the contents are of another kind.
    """
    claim = _claim(path)
    start = _start(path)
    found = next((kind for sign, kind in _SIGNATURES.items() if start.startswith(sign)), "text")
    if found == claim:
        return claim
    looks = _LOOKS[found] if start else "nothing: it is empty"
    raise FileError(f"{str(path)!r} is named like {_LOOKS[claim]}, but holds {looks}. Rename it, or save it again.")


def _claim(path: Path) -> str:
    """The kind of a file by the ending of its name."""
    name = path.name.casefold()
    if name.endswith(PARQUET):
        return "parquet"
    if name.endswith(TEXT):
        return "text"
    if name.endswith(tuple(ending + ".gz" for ending in TEXT)):
        return "gzip"
    raise FileError(
        f"{str(path)!r} is not a kind of file that is read here. Give a .csv, .tsv, .txt (also with .gz) "
        "or .parquet file; save a spreadsheet as CSV."
    )


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(8)
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be read: {error.strerror}.") from error


def too_many_rows(what: str) -> FileError:
    """The error for a table with too many rows."""
    return FileError(
        f"{what} has more than {MAX_ROWS:,} rows. Add the rows of each group up first "
        "(in DuckDB: SELECT group, sum(successes), sum(trials) ... GROUP BY group) and give the totals."
    )


def too_many_bytes(what: str) -> FileError:
    """The error for a file that unpacks to too much text."""
    return FileError(
        f"{what} unpacks to more than {MAX_BYTES:,} bytes of text. Add the rows of each group up first, "
        "or give short labels, and give the totals."
    )
