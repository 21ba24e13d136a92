"""Read the columns of delimited text (CSV, also gzipped), strictly and in batches.

The file must be UTF-8 (a byte-order mark is fine). The delimiter is the one of `, ; tab |` that
makes the wanted columns appear in the header. Quotes follow RFC 4180. Blank lines are skipped.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from partialpool.errors import ColumnError, FileError
from partialpool.groups.lines import Lines
from partialpool.io.backends import files
from partialpool.io.backends.cells import objects
from partialpool.io.backends.columns import positions, shows
from partialpool.io.backends.labels import text_labels
from partialpool.io.backends.rows import Column
from partialpool.messages.wording import counted

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", ";", "\t", "|")
_BETWEEN = {
    **dict(zip(DELIMITERS, ("commas", "semicolons", "tabs", "bars"), strict=True)),
    ":": "colons",
    "~": "tildes",
    "^": "carets",
    "/": "slashes",
    " ": "blanks",
}
"""Sign -> its plural name: signs that may have been meant to separate a header that was read as a single name."""

BATCH = 1024
_PREAMBLE = 50  # first lines of a file in which the header is searched
BLOCK = 2**20


def read_text(path: Path, values: Sequence[str], labels: Sequence[str], *, packed: bool) -> list[Column]:
    """Read the wanted columns of a text file: value cells as text, labels as text or integers.

    Raises:
        FileError: the file is not UTF-8, has rows of different lengths or an unclosed quote, or is too large.
        ColumnError: a column is missing or doubled.
    """
    wanted = [*values, *labels]
    with _read_to_its_end(path):
        with _open(path, packed=packed) as stream:
            check_bytes(stream, repr(str(path)))
        delimiter = _delimiter(path, wanted, packed=packed)
        with _lines(path, packed=packed) as lines:
            cells, found = _collect(lines, delimiter, wanted, path, packed=packed)
    count = len(values)
    return [
        replace(_column(name, column, number=place < count), lines=found, delimiter=delimiter)
        for place, (name, column) in enumerate(zip(wanted, cells, strict=True))
    ]


def _column(name: str, cells: list[str], *, number: bool) -> Column:
    return Column(name, objects(cells)) if number else text_labels(name, cells)


def whole_text(path: Path, wanted: Sequence[str], *, packed: bool) -> list[Column]:
    """Read every column of a text file as text.

    Raises:
        FileError: for the same reasons as `read_text`.
        ColumnError: two columns have one name.
    """
    with _read_to_its_end(path), _open(path, packed=packed) as stream:
        check_bytes(stream, repr(str(path)))
    header = first_records(path, wanted, 1, packed=packed)
    return read_text(path, header[0] if header else [""], [], packed=packed)


def first_records(path: Path, wanted: Sequence[str], count: int, *, packed: bool) -> list[list[str]]:
    """Read the header of a text file and its first rows, `count` records in all, with every column.

    Raises:
        FileError: for the same reasons as `read_text`.
    """
    delimiter = _delimiter(path, wanted, packed=packed)
    with _lines(path, packed=packed) as lines:
        return list(islice(_records(csv.reader(lines, delimiter=delimiter, strict=True), path, Lines()), count))


@contextmanager
def _read_to_its_end(path: Path) -> Iterator[None]:
    """Turn the errors of a damaged file into FileError."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(
            f"{str(path)!r} cannot be read to its end: {error}. The file is damaged; get it again."
        ) from error


def _open(path: Path, *, packed: bool) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb")


def _lines(path: Path, *, packed: bool) -> TextIO:
    """Open the text without changing line ends, which quoted cells may contain."""
    return io.TextIOWrapper(_open(path, packed=packed), encoding="utf-8-sig", newline="")


def check_bytes(stream: BinaryIO, what: str) -> None:
    """Refuse bytes that are not UTF-8 text, or more bytes than the limit.

    Raises:
        FileError: the message gives the offset of the first wrong byte, counted from 0.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    while block := stream.read(BLOCK):
        _check_block(block, offset, decoder, what)
        offset += len(block)
        if offset > files.MAX_BYTES:
            raise files.too_many_bytes(what)
    if decoder.getstate()[0]:
        raise FileError(f"{what} ends at byte {offset} in the middle of a character. Save it again as UTF-8.")


def _check_block(block: bytes, offset: int, decoder: codecs.IncrementalDecoder, what: str) -> None:
    if offset == 0 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileError(f"{what}: byte 0 starts a UTF-16 text. Save the file as UTF-8.")
    held = len(decoder.getstate()[0])
    nul = block.find(0)
    try:
        decoder.decode(block if nul < 0 else block[:nul])
    except UnicodeDecodeError as error:
        place, byte = offset - held + error.start, error.object[error.start]
        raise FileError(
            f"{what}: byte {place} (0x{byte:02x}) is not UTF-8; the file may be Latin-1 or Windows-1252. "
            "Save it as UTF-8."
        ) from None
    if nul >= 0:
        raise FileError(
            f"{what}: byte {offset + nul} is NUL, so the file is damaged, UTF-16 or not text. Save it as UTF-8 text."
        )


def _delimiter(path: Path, wanted: Sequence[str], *, packed: bool) -> str:
    """The delimiter by which the header has all wanted columns, else the one by which it has most columns."""
    headers = {}
    for delimiter in DELIMITERS:
        with _lines(path, packed=packed) as lines:
            headers[delimiter] = _header(csv.reader(lines, delimiter=delimiter, strict=True))
    for delimiter, header in headers.items():
        if wanted and shows(header, wanted):
            return delimiter
    return max(headers, key=lambda delimiter: len(headers[delimiter]))


def _below(path: Path, header: list[str], wanted: Sequence[str], *, packed: bool) -> str:
    """The hint that a line below the header has the wanted columns, if one does; else empty."""
    for delimiter in DELIMITERS:
        with _lines(path, packed=packed) as lines, suppress(csv.Error):
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            for record in islice(reader, _PREAMBLE):
                if record != header and shows(record, wanted):
                    return f" Line {reader.line_num} has what is asked for: delete the lines above it."
    return ""


def _unseparated(header: Sequence[str], wanted: Sequence[str]) -> str:
    """The hint that the only column looks like several names with a separator, if one of them is wanted; else empty."""
    if len(header) != 1:
        return ""
    for sign, called in _BETWEEN.items():
        names = header[0].split(None if sign == " " else sign)
        if len(names) > 1 and any(shows(names, [name]) for name in wanted):
            said = f" That is one name, which looks like {len(names)} with {called} between them"
            if sign in DELIMITERS:
                return f"{said}, all in quotes: take away the quotes around whole lines."
            return (
                f"{said}. Cells are separated by commas, semicolons, tabs or bars (|): write one of these in place of "
                f"the {called}."
            )
    return ""


def _header(reader: Iterator[list[str]]) -> list[str]:
    """The first record with something in it; empty if it cannot be read with this delimiter."""
    try:
        return next((record for record in reader if not _is_empty(record, -1)), [])
    except csv.Error:
        return []


def _collect(
    lines: TextIO, delimiter: str, wanted: Sequence[str], path: Path, *, packed: bool
) -> tuple[list[list[str]], Lines]:
    """The cells of each wanted column, and the lines of the rows; equal cells share one object, 8 bytes per cell."""
    found = Lines()
    records = _records(csv.reader(lines, delimiter=delimiter, strict=True), path, found)
    header = next(records, None)
    if header is None:
        raise FileError(f"{str(path)!r} is empty. Give a file with a header line and rows.")
    try:
        places = positions(header, wanted)
    except ColumnError as error:
        hint = _below(path, header, wanted, packed=packed) or _unseparated(header, wanted)
        raise ColumnError(f"{error}{hint}") from None
    pick = itemgetter(*places) if len(places) > 1 else lambda row: (row[places[0]],)
    columns: list[list[str]] = [[] for _ in wanted]
    seen: dict[str, str] = {}
    while batch := list(islice(records, BATCH)):
        for column, cells in zip(columns, zip(*map(pick, batch), strict=True), strict=True):
            column.extend(map(seen.setdefault, cells, cells))
        if len(columns[0]) > files.MAX_ROWS:
            raise files.too_many_rows(repr(str(path)))
    return columns, found


def _records(reader: Reader, path: Path, lines: Lines) -> Iterator[list[str]]:
    """Yield header and rows, all of one width, and note in `lines` where they begin; the header is row -1.

    A blank line is not a row, nor is one of empty cells alone, as spreadsheets leave them below a table; but in a file
    of one column a blank line with rows below it is a missing cell.
    """
    width, row, shift, end = -1, -2, 2, 0
    blank: list[int] = []
    try:
        for record in reader:
            begin, end = end + 1, reader.line_num
            if _is_empty(record, width):
                blank += [begin] * (width == 1)
                continue
            if len(record) != width:
                if width > 0:
                    raise _ragged(path, begin, len(record), width)
                width = len(record)
            for line in (*blank, begin):
                row += 1
                if line - row != shift:
                    shift = lines.note(row, line)
                yield record if line == begin else [""]
            blank.clear()
    except csv.Error as error:
        raise _broken(path, end + 1, str(error)) from None


def _is_empty(record: list[str], width: int) -> bool:
    """Whether nothing is written in a line of a file with `width` columns (-1: not known yet)."""
    return not record or (width != 1 and len(record) > 1 and not any(record))


def _ragged(path: Path, line: int, found: int, width: int) -> FileError:
    return FileError(
        f"{str(path)!r}, line {line}: {counted(found, 'cell')} where the header has {width}. "
        "Write one cell per column, and put quotes around a cell that holds the delimiter."
    )


def _broken(path: Path, line: int, reason: str) -> FileError:
    told = {"unexpected end of data": "a quote is opened and never closed"}
    told[f"field larger than field limit ({csv.field_size_limit()})"] = "a cell is very long; is a quote not closed?"
    return FileError(
        f"{str(path)!r}, line {line}: {told.get(reason, reason)}. Close each quote, and double a quote inside a cell."
    )
