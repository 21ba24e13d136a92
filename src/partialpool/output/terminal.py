"""Draw a table as plain text that fits a terminal.

Every text is escaped first (`visible`), so that no name can move the cursor, hide or turn round what stands
beside it. A table too wide for the terminal continues in a further block that repeats its first columns.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.output.cells import Cell, plain
from partialpool.output.numbers import DIGITS, numbers, unit
from partialpool.output.spread import least_decimals

NARROWEST = 8  # characters to which a header may be broken
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True)
class _Format:
    """How densely a table is set.

    gap: what stands between columns.
    digits: significant digits of a column's largest number.
    broken: whether a header may be broken after an underscore.
    share: of the room that a text may take before it is wrapped.
    units: whether very small or large numbers are in units of a power of ten, which the header names.
    """

    gap: str = "  "
    digits: int = DIGITS
    broken: bool = False
    share: float = 1.0
    units: bool = False


WIDE = _Format()
FORMATS = (
    WIDE,
    _Format(" "),
    _Format(broken=True),
    _Format(" ", broken=True),
    _Format(" ", DIGITS - 1, broken=True),
    _Format(" ", DIGITS - 1, broken=True, share=2 / 3),
    _Format(" ", DIGITS - 1, broken=True, units=True),
    _Format(" ", DIGITS - 1, broken=True, share=2 / 3, units=True),
    _Format(" ", DIGITS - 1, broken=True, share=1 / 2),
    _Format(" ", DIGITS - 1, broken=True, share=1 / 2, units=True),
)
"""From the most readable on; the first in which a row fits into one line is taken."""


def draw(
    columns: Mapping[str, NDArray[Any]],
    *,
    width: int = 80,
    rows: int | None = None,
    keys: int = 1,
    alike: bool = True,
    ends: bool = True,
) -> str:
    """The table as text, numbers to about four digits, or three where a row would not fit into a line otherwise.

    Args:
        columns: name of each column -> its values, all of one length.
        width: columns of the terminal.
        rows: show at most so many rows; None shows all.
        keys: how many first columns name a row; they are repeated in every block.
        alike: whether the numbers of one column are of one kind, and so share their decimals.
        ends: whether half of the rows shown are from the bottom, or all from the top.
    """
    size = len(next(iter(columns.values()), ()))
    head, tail = head_and_tail(size, rows, ends=ends)
    shown = {name: np.concatenate([column[:head], column[size - tail :]]) for name, column in columns.items()}
    limit = max(8, width // (keys + 1) - len(WIDE.gap))
    tried = ((form.gap, _columns(shown, form, width, limit, alike=alike)) for form in FORMATS)
    gap, drawn = next((each for each in tried if _total(each[1], each[0]) <= width), ("", []))
    if shown and not drawn:
        gap, drawn = WIDE.gap, _columns(shown, WIDE, width, limit, alike=alike)
    return "\n\n".join(_block(block, head, size - head - tail, gap) for block in _blocks(drawn, keys, width, gap))


def head_and_tail(size: int, rows: int | None, *, ends: bool = True) -> tuple[int, int]:
    """How many of so many rows to show from the top and from the bottom, at most `rows` in all.

    Args:
        size: how many rows there are.
        rows: show at most so many; None shows all.
        ends: whether half of those shown are from the bottom, or all from the top.

    >>> head_and_tail(5, None), head_and_tail(1000, 20), head_and_tail(1000, 20, ends=False)
    ((5, 0), (10, 10), (20, 0))
    """
    if rows is None or size <= rows:
        return size, 0
    return (rows - rows // 2, rows // 2) if ends else (rows, 0)


def formatted(
    array: NDArray[Any],
    *,
    alike: bool,
    digits: int = DIGITS,
    power: int = 0,
    least: Sequence[int | None] = (),
) -> tuple[list[str], bool]:
    """The cells of a column as text, and whether they are numbers.

    Args:
        array: the cells.
        alike: whether the numbers are of one kind, and so share their decimals.
        digits: significant digits of the largest number.
        power: floats are in units of ten to this power.
        least: decimals that each number needs; left out, none.

    >>> formatted(np.array([0.25, np.nan]), alike=True)
    (['0.2500', '-'], True)
    """
    values = plain(array)
    if _numeric(array, values):
        return numbers(values, digits, power, alike=alike, least=least), True
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


def _columns(shown: Mapping[str, NDArray[Any]], form: _Format, width: int, limit: int, *, alike: bool) -> list[_Column]:
    """All columns in one format; a text that had to be wrapped takes the room that the others leave."""
    limit, least = max(8, int(form.share * limit)), least_decimals(shown)
    drawn = [_column(name, values, form, limit, least[name], alike=alike) for name, values in shown.items()]
    for i, (name, values) in enumerate(shown.items()):
        room = width - _total(drawn, form.gap)
        if drawn[i].wrapped and room > 0:
            drawn[i] = _column(name, values, form, drawn[i].width + room, least[name], alike=alike)
    return drawn


def _column(
    name: str, array: NDArray[Any], form: _Format, limit: int, least: Sequence[int | None], *, alike: bool
) -> _Column:
    power = _unit(array) if alike and form.units else 0
    texts, numeric = formatted(array, alike=alike, digits=form.digits, power=power, least=least)
    cells = [[text] if numeric else wrap(text, limit) for text in texts]
    room = max((span(line) for lines in cells for line in lines), default=0)
    header = _broken(visible(str(name)), max(room, NARROWEST)) if form.broken else [visible(str(name))]
    header = [line for part in header for line in wrap(part, limit)] + ([f"1e{power:+03d}"] if power else [])
    return _Column(header, cells, max(room, *map(span, header)), numeric)


def _numeric(array: NDArray[Any], values: Sequence[Cell]) -> bool:
    """Whether the cells of a column are numbers."""
    kinds = {type(value) for value in values if value is not None}
    return array.dtype.kind in "iuf" or (bool(kinds) and kinds <= {int, float})


def _unit(array: NDArray[Any]) -> int:
    """The power of ten in units of which the numbers of a column are short."""
    values = plain(array)
    return unit(values) if _numeric(array, values) else 0


def _broken(name: str, room: int) -> list[str]:
    """A header in lines that end in an underscore where it is too long.

    >>> _broken("time_thousand_hours", 7), _broken("p_value", 8)
    (['time_', 'thousand_', 'hours'], ['p_value'])
    """
    lines = [""]
    for piece in re.findall(r"[^_]*_+|[^_]+", name):
        if lines[-1] and span(lines[-1] + piece) > room:
            lines.append("")
        lines[-1] += piece
    return lines


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
    if omitted and block and len(block[0].cells) == head:
        lines.append(f"... {omitted} more rows ...")
    return "\n".join(lines)


def _lines(cells: list[list[str]], block: list[_Column], gap: str) -> list[str]:
    """One table row as the lines it takes."""
    height = max((len(cell) for cell in cells), default=0)
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [
        gap.join(column.place(cell[i]) for column, cell in zip(block, padded, strict=True)).rstrip()
        for i in range(height)
    ]
