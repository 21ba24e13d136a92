"""Draw a table as plain text that fits a terminal.

Every text is escaped first (`visible`), so that no name can move the cursor, hide or turn round what stands
beside it. A table too wide for the terminal continues in a further block that repeats its first columns.
"""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.output.cells import Cell, plain

GAPS = ("  ", " ")  # between columns; the second where it saves a block
MISSING = "-"
DIGITS = 4
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def draw(
    columns: Mapping[str, NDArray[Any]],
    *,
    width: int = 80,
    rows: int | None = None,
    keys: int = 1,
    alike: bool = True,
) -> str:
    """The table as text, numbers to about four digits.

    Args:
        columns: name of each column -> its values, all of one length.
        width: columns of the terminal.
        rows: show at most so many rows, half from the top and half from the bottom; None shows all.
        keys: how many first columns name a row; they are repeated in every block.
        alike: whether the numbers of one column are of one kind, and so share their decimals.
    """
    size = len(next(iter(columns.values()), ()))
    head, tail = head_and_tail(size, rows)
    shown = {name: np.concatenate([column[:head], column[size - tail :]]) for name, column in columns.items()}
    limit = max(8, width // (keys + 1) - len(GAPS[0]))
    drawn = [_column(name, values, limit, alike=alike) for name, values in shown.items()]
    for i, (name, values) in enumerate(shown.items()):
        room = width - _total(drawn, GAPS[0])
        if drawn[i].wrapped and room > 0:
            drawn[i] = _column(name, values, drawn[i].width + room, alike=alike)
    omitted = size - head - tail
    gap = next((gap for gap in GAPS if _total(drawn, gap) <= width), GAPS[0])
    return "\n\n".join(_block(block, head, omitted, gap) for block in _blocks(drawn, keys, width, gap))


def head_and_tail(size: int, rows: int | None) -> tuple[int, int]:
    """How many of so many rows to show from the top and from the bottom, at most `rows` in all.

    >>> head_and_tail(5, None), head_and_tail(1000, 20)
    ((5, 0), (10, 10))
    """
    if rows is None or size <= rows:
        return size, 0
    return rows - rows // 2, rows // 2


def formatted(array: NDArray[Any], *, alike: bool) -> tuple[list[str], bool]:
    """The cells of a column as text, and whether they are numbers.

    >>> formatted(np.array([0.25, np.nan]), alike=True)
    (['0.2500', '-'], True)
    """
    values = plain(array)
    kinds = {type(value) for value in values if value is not None}
    if array.dtype.kind in "iuf" or (kinds and kinds <= {int, float}):
        return _numbers(values, alike=alike), True
    return ["" if value is None else visible(str(value)) for value in values], False


def visible(text: str) -> str:
    r"""The text with every control, format and invisible character spelt out.

    >>> print(visible("\x1b[31mred\u202e"))
    \x1b[31mred\u202e
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spell(char) if unicodedata.category(char) in HIDDEN else char for char in text)


def span(text: str) -> int:
    """The terminal columns that a text takes.

    >>> span("ab"), span("東京"), span("e\u0301")
    (2, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_char_span, text))


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken between words where that can be.

    >>> wrap("no group has a mean", 9), wrap("abcdefgh", 3)
    (['no group', 'has a', 'mean'], ['abc', 'def', 'gh'])
    """
    if span(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if span(joined) <= width:
            lines[-1] = joined
            continue
        if not lines[-1]:
            lines.pop()
        lines.extend(_pieces(word, width))
    return lines


def number(value: float) -> str:
    """A number to four significant digits, without an exponent where that is readable.

    >>> number(0.0891), number(16.33), number(80590.3), number(1.2e-7), number(0.0)
    ('0.08910', '16.33', '80590', '1.200e-07', '0')
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    magnitude = math.floor(math.log10(abs(value)))
    if not -5 <= magnitude <= 8:
        return f"{value:.{DIGITS - 1}e}"
    return f"{value:.{max(0, DIGITS - 1 - magnitude)}f}"


# --- characters --------------------------------------------------------------------------------------------


def _spell(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _char_span(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word cut into pieces that fit; one character at least in each."""
    piece = ""
    for char in word:
        if piece and span(piece + char) > width:
            yield piece
            piece = ""
        piece += char
    yield piece


# --- numbers -----------------------------------------------------------------------------------------------


def _numbers(values: Sequence[Cell], *, alike: bool) -> list[str]:
    decimals = _decimals(values) if alike else None
    return [_number(value, decimals) for value in values]


def _decimals(values: Sequence[Cell]) -> int | None:
    """Decimals that give a column's largest number four digits; None where one size does not fit."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    largest = max(sizes, default=0.0)
    if largest == 0:
        return 0 if sizes else None
    magnitude = math.floor(math.log10(largest))
    return min(DIGITS, max(0, DIGITS - 1 - magnitude)) if -4 <= magnitude <= 8 else None


def _number(value: Cell, decimals: int | None) -> str:
    if value is None:
        return MISSING
    if not isinstance(value, float):
        return str(value)
    if decimals is None or not math.isfinite(value):
        return number(value)
    if 0 < abs(value) * 10**decimals < 9.5:  # fewer than two digits would be left
        return f"{value:.2g}"
    return f"{abs(value) if value == 0 else value:.{decimals}f}"


# --- layout ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """A column ready to print: the lines of its header, the lines of each cell, its width and its side."""

    header: list[str]
    cells: list[list[str]]
    width: int
    right: bool

    @property
    def wrapped(self) -> bool:
        return any(len(lines) > 1 for lines in [self.header, *self.cells])

    def place(self, line: str) -> str:
        padding = " " * (self.width - span(line))
        return padding + line if self.right else line + padding


def _column(name: str, array: NDArray[Any], limit: int, *, alike: bool) -> _Column:
    texts, numeric = formatted(array, alike=alike)
    cells = [[text] if numeric else wrap(text, limit) for text in texts]
    header = wrap(visible(str(name)), limit)
    width = max((span(line) for lines in [header, *cells] for line in lines), default=0)
    return _Column(header, cells, width, numeric)


def _blocks(columns: list[_Column], keys: int, width: int, gap: str) -> Iterator[list[_Column]]:
    """Columns that fit side by side, each block led by the key columns."""
    lead, rest = columns[:keys], columns[keys:]
    block = list(lead)
    for column in rest:
        if len(block) > len(lead) and _total([*block, column], gap) > width:
            yield block
            block = list(lead)
        block.append(column)
    yield block


def _total(block: list[_Column], gap: str) -> int:
    return sum(column.width for column in block) + len(gap) * (len(block) - 1)


def _block(block: list[_Column], head: int, omitted: int, gap: str) -> str:
    lines = _lines([column.header for column in block], block, gap)
    for row in range(len(block[0].cells) if block else 0):
        if omitted and row == head:
            lines.append(f"... {omitted} more rows ...")
        lines += _lines([column.cells[row] for column in block], block, gap)
    return "\n".join(lines)


def _lines(cells: list[list[str]], block: list[_Column], gap: str) -> list[str]:
    """One table row as the lines it takes."""
    height = max((len(cell) for cell in cells), default=0)
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [
        gap.join(column.place(cell[i]) for column, cell in zip(block, padded, strict=True)).rstrip()
        for i in range(height)
    ]
