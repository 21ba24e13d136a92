"""Find the decimal sign of numbers that are written as text: a point, or a comma as in much of Europe.

A file whose cells are separated by commas has decimal points unless the caller says otherwise. In any other text file
a cell such as 1,5 can only have a decimal comma, while 1,500 may be 1.5 or 1500: the file has decimal commas if some
cell shows it and no cell has a decimal point. Ambiguous files are refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from partialpool.errors import CellError, RequestError
from partialpool.io.backends.cells import Reading, numbers, read_comma, read_number
from partialpool.io.backends.rows import Column

_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?")
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,][0-9]{3})+")
"""A number whose sign may separate thousands, such as 1,500 and 1.500, but not 0,250 and 1,5."""


def check_decimal(decimal: object) -> None:
    """Refuse a decimal sign other than a point or a comma.

    Raises:
        RequestError: it is neither a point nor a comma nor None.
    """
    if decimal not in (None, ".", ","):
        raise RequestError(f"decimal={decimal!r} is unknown. Use decimal='.' or decimal=','.")


def numbers_of(columns: Sequence[Column], decimal: str | None) -> tuple[list[Column], str | None]:
    """Parse the columns as numbers, and return them with the decimal sign of their text, None if no text shows one.

    Args:
        columns: the columns of one table.
        decimal: "." or ","; None: the sign that the cells of a text file show, and a point for any other source.

    Raises:
        CellError: a cell is not a number, or could be two.
    """
    sign = sign_of(columns) if decimal is None else decimal
    return [numbers(column, read_comma if sign == "," else read_number) for column in columns], sign


def is_number(cell: object) -> bool:
    """Whether a cell is missing or a number, with a decimal point or a decimal comma."""
    readings: Iterable[Reading] = (read(cell) for read in (read_number, read_comma))
    return not all(isinstance(reading, str) for reading in readings)


def sign_of(columns: Sequence[Column]) -> str | None:
    """The decimal sign that the cells of a text file show; None if they show none.

    Raises:
        CellError: some cells have a decimal comma and others a point, or all points could separate thousands.
    """
    texts = [column for column in columns if column.delimiter not in ("", ",") and column.data.dtype.kind in "OUT"]
    commas, points = list(_matching(texts, _COMMA)), list(_matching(texts, _POINT))
    sure = [(column, cell) for column, cell in commas if not _EITHER.fullmatch(cell)]
    if sure and points:
        raise CellError(
            f"{_placed(*sure[0])} has a decimal comma, and {_placed(*points[0])} a point, which may be a decimal point "
            "or separate thousands. Write all numbers in one way, without a separator of thousands."
        )
    if sure:
        return ","
    if not commas and points and texts[0].delimiter == ";" and all(_EITHER.fullmatch(cell) for _, cell in points):
        column, cell = points[0]
        raise CellError(
            f"{_placed(column, cell)} is {cell.replace('.', '')} if the point separates thousands, as it often does "
            "where semicolons separate cells, and no other cell shows which. Leave out such points, or say decimal='.' "
            "if they are decimal points."
        )
    return None


def _matching(columns: Sequence[Column], pattern: re.Pattern[str]) -> Iterator[tuple[Column, str]]:
    """Yield the distinct cells that match a pattern, each with its column."""
    for column in columns:
        for cell in dict.fromkeys(column.data.tolist()):
            if isinstance(cell, str) and pattern.fullmatch(cell.strip()):
                yield column, cell.strip()


def _placed(column: Column, cell: str) -> str:
    """The first place of a cell in words: "column 'rate', line 3: '1,5'"."""
    row = next(i for i, other in enumerate(column.data.tolist()) if isinstance(other, str) and other.strip() == cell)
    return f"column {column.name!r}, {column.place(row)}: {cell!r}"
