"""Parse the cells of a column as numbers, strictly: a cell that is not a plain number is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from partialpool.errors import CellError
from partialpool.groups.groups import Array
from partialpool.io.backends.rows import SHOWN, Column, Mask
from partialpool.messages.wording import counted

Reading = int | float | None | str
"""The result of reading a cell: a number, None if it is missing, or text that says how to write it."""

MISSING_TEXT = frozenset({"", ".", "na", "n/a", "nan", "null"})

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}([,' \u00a0\u202f][0-9]{3})+(\.[0-9]*)?")
_DECIMAL_COMMA = re.compile(r"[+-]?([0-9]+,[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?")
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
_POINTS_OF_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]*)?")
_INFINITE = re.compile(r"[+-]?(inf|infinity|\u221e)")
_ANSWERS = ("yes", "no", "y", "n", "t", "f", "ja", "nein", "oui", "non", "si", "s\u00ed")
_NO_NUMBER = ("-", "--", "\u2013", "\u2014", "?", "*", "n.a.", "#n/a", "none", "missing", "unknown")
_WORDS = {
    **dict.fromkeys(_ANSWERS, "write 1 for yes and 0 for no"),
    **dict.fromkeys(_NO_NUMBER, "leave the cell empty if there is no number"),
}
_PLAIN = "write a plain number such as 12 or 0.5"
_FINITE = "write a finite number"
_INT64 = 2**63


def numbers(column: Column, reader: Callable[[object], Reading] | None = None) -> Column:
    """Parse a column as float64, or as int64 if every cell is a whole number or a boolean.

    Args:
        column: the column.
        reader: function that reads a cell of text; by default `read_number`.

    Raises:
        CellError: a cell is not a number, or not finite.
    """
    data, kind = column.data, column.data.dtype.kind
    if kind == "b" or (kind in "iu" and data.dtype != np.uint64):
        return replace(column, data=data.astype(np.int64, copy=False))
    if kind == "u":
        exact = not data.size or int(data.max()) < _INT64
        return replace(column, data=data.astype(np.int64 if exact else np.float64))
    if kind == "f":
        return _floats(column)
    if kind in "OUT":
        return _parsed(column, reader or read_number)
    raise CellError(f"column {column.name!r} holds {data.dtype} cells, which are not numbers: {_PLAIN}.")


def _floats(column: Column) -> Column:
    data = column.data.astype(np.float64, copy=False)
    missing = either(column.missing, np.isnan(data))
    infinite = np.isinf(data) & ~missing
    if infinite.any():
        _refuse(column, data, infinite, f"is not finite: {_FINITE}")
    return replace(column, data=data, missing=missing)


def _parsed(column: Column, reader: Callable[[object], Reading]) -> Column:
    """Parse a column by reading each distinct cell once."""
    cells = cells_of(column)
    table = tabulate(column, cells, reader)
    readings = [table[cell] for cell in cells]
    if any(isinstance(reading, str) for reading in table.values()):
        _refuse_text(column, cells, readings)
    if None not in table.values():
        return replace(column, data=np.fromiter(readings, _number_type(cells, table), len(cells)), missing=None)
    missing = np.fromiter((reading is None for reading in readings), np.bool_, len(cells))
    filled = (0 if reading is None else reading for reading in readings)
    return replace(column, data=np.fromiter(filled, _number_type(cells, table), len(cells)), missing=missing)


def _number_type(cells: list[Any], table: Mapping[Any, Reading]) -> type[np.int64 | np.float64]:
    """int64 if every cell is a whole number that fits, else float64."""
    found = [reading for reading in table.values() if reading is not None]
    floats = any(issubclass(kind, (float, np.floating, Decimal)) for kind in set(map(type, cells)))
    whole = not floats and all(isinstance(x, int) and -_INT64 <= x < _INT64 for x in found)
    return np.int64 if whole and found else np.float64


def _refuse_text(column: Column, cells: list[Any], readings: list[Reading]) -> None:
    bad = np.fromiter((isinstance(reading, str) for reading in readings), np.bool_, len(cells))
    cure = next(reading for reading in readings if isinstance(reading, str))
    _refuse(column, cells, bad, f"{'is' if bad.sum() == 1 else 'are'} not accepted as a number: {cure}")


def cells_of(column: Column) -> list[Any]:
    """The cells of a column as Python objects, None where the source says that a cell is missing."""
    cells: list[Any] = column.data.tolist()
    if column.missing is not None and column.missing.any():
        return [None if gone else cell for cell, gone in zip(cells, column.missing.tolist(), strict=True)]
    return cells


def tabulate(column: Column, cells: list[Any], reader: Callable[[Any], Any]) -> dict[Any, Any]:
    """Map each distinct cell to reader(cell)."""
    try:
        distinct = set(cells)
    except TypeError:
        row, cell = next((i, x) for i, x in enumerate(cells) if not _hashable(x))
        kind, place = type(cell).__name__, column.place(row)
        raise CellError(
            f"column {column.name!r}, {place}: the cell is a {kind}. Give one number or label a cell."
        ) from None
    return {cell: reader(cell) for cell in distinct}


def _hashable(cell: object) -> bool:
    try:
        hash(cell)
    except TypeError:
        return False
    return True


def read_number(cell: object) -> Reading:
    """Read a cell as a number: booleans are 0 and 1, and text must be a plain number."""
    cell = as_python(cell)
    if isinstance(cell, str):
        return _from_text(cell)
    if is_missing(cell):
        return None
    if isinstance(cell, int):
        return _from_whole(int(cell))
    if isinstance(cell, (float, np.floating)):
        return float(cell) if math.isfinite(cell) else _FINITE
    return _from_exact(cell) if isinstance(cell, (Decimal, Fraction)) else _PLAIN


def read_comma(cell: object) -> Reading:
    """Read a cell as a number, where text has decimal commas."""
    if not isinstance(cell, str):
        return read_number(cell)
    text = cell.strip()
    if _DECIMAL_COMMA.fullmatch(text):
        return _from_text(text.replace(",", "."))
    if _POINTS_OF_THOUSANDS.fullmatch(text):
        return f"write {text.replace('.', '')}, without a separator of thousands"
    if _NUMBER.fullmatch(text) and "." in text:
        return f"write {text.replace('.', ',')}, with a decimal comma"
    return _from_text(text)


def as_python(cell: object) -> object:
    """Turn a NumPy scalar into a Python object, dates in microseconds since nanoseconds would become integers."""
    if isinstance(cell, np.datetime64):
        return cell.astype("M8[us]").item()
    return cell.item() if isinstance(cell, np.generic) else cell


def is_missing(cell: object) -> bool:
    """Whether a cell is None, NaN, NaT or the missing marker of a data-frame library."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating, Decimal)) and math.isnan(cell)


def _from_whole(number: int) -> Reading:
    try:
        float(number)
    except OverflowError:
        return _FINITE
    return number


def _from_exact(cell: Decimal | Fraction) -> Reading:
    try:
        number = float(cell)
    except OverflowError:
        return _FINITE
    return number if math.isfinite(number) else _FINITE


def _from_text(cell: str) -> Reading:
    text = cell.strip()
    if _WHOLE.fullmatch(text):
        return _from_whole(int(text)) if len(text) < 400 else _FINITE
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else _FINITE
    lower = text.casefold()
    if lower in MISSING_TEXT:
        return None
    if lower in ("true", "false"):
        return int(lower == "true")
    return _cure(text, lower)


def _cure(text: str, lower: str) -> str:
    """Say how to write a cell that is not a plain number."""
    if _INFINITE.fullmatch(lower):
        return _FINITE
    if _THOUSANDS.fullmatch(text):
        comma = ", or say decimal=',' if the comma is a decimal comma" if _EITHER.fullmatch(text) else ""
        return f"write {re.sub(r'[^0-9.+-]', '', text)}, without a separator of thousands{comma}"
    if _DECIMAL_COMMA.fullmatch(text):
        return f"write {text.replace(',', '.')}, with a decimal point, or say decimal=',' if all have a comma"
    if lower in _WORDS:
        return _WORDS[lower]
    if text.endswith("%"):
        return "write the number itself (for counts, the count), not a percentage"
    return _PLAIN


def objects(cells: list[Any]) -> Array:
    """A one-dimensional object array of these cells, whatever they are."""
    return np.fromiter(cells, dtype=object, count=len(cells))


def either(a: Mask | None, b: Mask) -> Mask:
    """The union of two masks of missing cells."""
    return b if a is None else a | b


def _refuse(column: Column, cells: Any, bad: Mask, what: str) -> None:
    """Refuse cells, with the first of them and their number in the message."""
    rows = np.flatnonzero(bad)
    shown = ", ".join(f"{column.place(row)}: {_show(cells[row])}" for row in rows[:SHOWN].tolist())
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    raise CellError(f"column {column.name!r}: {counted(len(rows), 'cell')} ({shown}{more}) {what}.")


def _show(cell: object) -> str:
    text = repr(cell.item() if isinstance(cell, np.generic) else cell)
    return text if len(text) <= 60 else text[:57] + "..."
