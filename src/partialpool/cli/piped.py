"""Copy tables that come from or go to a pipe to temporary files, which exist as long as the command runs.

Standard input (`-`), process substitution and named pipes can be read only once and have no name that tells their kind.
So their bytes are copied to a temporary file, whose ending follows from the first bytes: Parquet, gzipped text or text.
A table for standard output (`--out -`) is also written to a temporary file first, so that all of it or nothing is
printed.
"""

from __future__ import annotations

import contextlib
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from cyclopts.exceptions import UnusedCliTokensError

from partialpool.cli.streams import complain
from partialpool.errors import FileError, RequestError
from partialpool.io.backends import files

STDIN = Path("/dev/stdin")
"""The path for which `-` stands."""

MOST = 2**33
"""Largest number of bytes of a Parquet table that are copied; text has the limit of files."""

_BLOCK = 2**20
_ENDINGS = {b"PAR1": ".parquet", b"\x1f\x8b": ".csv.gz"}
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OPEN = contextlib.ExitStack()
_NAMES: dict[str, str] = {}
_SEVERAL: dict[Path, list[str]] = {}


class StrayWordsError(UnusedCliTokensError):
    """Words beside a file that are not names of files; they belong to no option."""

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words


def one_file(_: object, tokens: Sequence[Any]) -> Path:
    """The path that the words of a command name, or one that stands for several files (see `plain_file`).

    Raises:
        StrayWordsError: there are several words, of which one is not the name of a file.
    """
    words = [str(token.value) for token in tokens]
    if len(words) == 1:
        return Path(words[0])
    if str(STDIN) in words or not all(Path(word).suffix or Path(word).exists() for word in words):
        raise StrayWordsError(words[1:])
    together = Path(f"{len(words)} files, {words[0]} to {words[-1]}")
    _SEVERAL[together] = words
    return together


def plain_file(file: Path) -> str | list[str]:
    """The path of a file that can be read repeatedly: the given one, a copy if it is a pipe, or a list of several.

    Raises:
        FileError: standard input is closed or empty, or too many bytes come through the pipe.
    """
    if file in _SEVERAL:
        return _SEVERAL[file]
    name = "standard input" if file == STDIN else repr(str(file))
    try:
        if file == STDIN:
            return _copied(_stdin(), name)
        if _is_pipe(file):
            with file.open("rb") as stream:
                return _copied(stream, name)
    except OSError as error:
        raise FileError(f"{name} cannot be read to its end: {error.strerror}.") from error
    return re.sub(r"^([a-z]{2,}):/(?!/)", r"\1://", str(file))  # restore the slash that Path removes from an address


def printed_table(words: Sequence[str]) -> tuple[list[str], Path | None]:
    """Replace `--out -` by a temporary file; return the words, and that file or None if there is no such option.

    Raises:
        RequestError: something other than a table would go to standard output.
    """
    said = ["--out" if word == "--into" else re.sub("^--into=", "--out=", word) for word in words]
    for name, before in (("--save", 1), ("--report", 1), ("--plot", 2)):
        if any(word == name and said[i + before : i + before + 1] == ["-"] for i, word in enumerate(said)):
            raise RequestError(f"{name} takes the name of a file; only a table, --out -, can go to standard output.")
    places = [i for i, word in enumerate(said[:-1]) if (word, said[i + 1]) == ("--out", "-")]
    for i in reversed(places):
        said[i : i + 2] = ["--out=-"]
    if "--out=-" not in said:
        return said, None
    if "--json" in said:
        raise RequestError("--json and --out - both print on standard output: give one of them.")
    copy = Path(_OPEN.enter_context(TemporaryDirectory(prefix="partialpool-"))) / "table.csv"
    _NAMES[str(copy)] = "standard output"
    said[said.index("--out=-")] = f"--out={copy}"
    return said + ["--quiet"] * ("--quiet" not in said), copy


@contextlib.contextmanager
def copies() -> Iterator[None]:
    """Delete all copies at the end of the command."""
    try:
        yield
    finally:
        _OPEN.close()


def named(message: str) -> str:
    """Replace the paths of copies in a message by the names of their sources."""
    for copy, name in _NAMES.items():
        message = message.replace(repr(copy), name)
    return message


def _is_pipe(file: Path) -> bool:
    """Whether a path is that of a pipe, or of a file by which the shell replaced a pipe."""
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or (stat.S_ISREG(mode) and file.parent in (Path("/dev/fd"), Path("/proc/self/fd")))


def comes_in() -> bool:
    """Whether something other than a terminal is connected to standard input, such as a pipe."""
    return sys.stdin is not None and not sys.stdin.isatty()


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise FileError("standard input is closed. Give the path of a file, or pipe a table in.")
    if sys.stdin.isatty():
        complain("partialpool: type or paste a table; a line with Ctrl-D alone ends it.")
    return sys.stdin.buffer


def _copied(stream: BinaryIO, name: str) -> str:
    """Copy all bytes of the stream to a temporary file, and return its path."""
    place = Path(_OPEN.enter_context(TemporaryDirectory(prefix="partialpool-")))
    first = stream.read(_BLOCK)
    if not first:
        raise FileError(f"{name} is empty. Give a table: CSV, with a header line and rows, or Parquet.")
    if first.startswith(_PACKED):
        raise FileError(f"{name} holds a zip archive or a spreadsheet. Save it as CSV, and give that.")
    ending = next((ending for sign, ending in _ENDINGS.items() if first.startswith(sign)), ".csv")
    copy = place / f"table{ending}"
    _NAMES[str(copy)] = name
    size, most = len(first), MOST if ending == ".parquet" else files.MAX_BYTES
    with copy.open("wb") as file:
        file.write(first)
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > most:
                raise FileError(f"{name} brings more than {most:,} bytes. Add the rows of each group up first.")
            file.write(block)
    return str(copy)
