"""Draw a table as plain text that fits a terminal.

Every text is escaped first (`visible`), so that no name can move the cursor, or hide or reverse other text. A table
that is too wide for the terminal continues in a further block that repeats its first columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output.cells import Cell, plain
from partialpool.io.output.characters import span, visible, wrap
from partialpool.io.output.headers import broken, runs
from partialpool.io.output.layout import Column, Layout, blocks_of, total
from partialpool.io.output.numbers import DIGITS, numbers, unit
from partialpool.io.output.spread import least_decimals

NARROWEST = 8  # smallest width to which a header may be broken, in characters


@dataclass(frozen=True)
class _Format:
    """A layout of a table, more or less dense.

    Attributes:
        gap: the text between columns.
        digits: number of significant digits of a column's largest number.
        broken: whether a header may be broken after an underscore.
        share: share of the usual width that a text may take before it is wrapped.
        units: whether very small or large numbers are in units of a power of ten, which the header names.
        shared: whether a prefix that neighbouring names share is written once above them.
    """

    gap: str = "  "
    digits: int = DIGITS
    broken: bool = False
    share: float = 1.0
    units: bool = False
    shared: bool = False


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
    _Format(shared=True),
    _Format(" ", shared=True),
    _Format(" ", broken=True, shared=True),
    _Format(" ", DIGITS - 1, broken=True, shared=True),
    _Format(" ", DIGITS - 1, broken=True, share=2 / 3, shared=True),
    _Format(" ", DIGITS - 1, broken=True, share=1 / 2, units=True, shared=True),
)
"""Layouts in order of readability; the first in which a row fits into one line is used."""


def draw(
    columns: Mapping[str, NDArray[Any]],
    *,
    width: int = 80,
    rows: int | None = None,
    keys: int = 1,
    alike: bool = True,
    ends: bool = True,
) -> str:
    """Draw the table as text; the arguments are those of `laid_out`."""
    return laid_out(columns, width=width, rows=rows, keys=keys, alike=alike, ends=ends).text()


def laid_out(
    columns: Mapping[str, NDArray[Any]],
    *,
    width: int = 80,
    rows: int | None = None,
    keys: int = 1,
    alike: bool = True,
    ends: bool = True,
) -> Layout:
    """Lay out the table as text, with numbers to about four digits, or three if a row would not fit into a line.

    Args:
        columns: name of each column -> its values, all of one length.
        width: width of the terminal in columns.
        rows: largest number of rows; None shows all.
        keys: number of first columns that identify a row; they are repeated in every block.
        alike: whether the numbers of one column are of one kind, so that they have the same number of decimals.
        ends: whether half of the rows are from the bottom, or all from the top.
    """
    size = len(next(iter(columns.values()), ()))
    head, tail = head_and_tail(size, rows, ends=ends)
    shown = {name: np.concatenate([column[:head], column[size - tail :]]) for name, column in columns.items()}
    limit = max(8, width // (keys + 1) - len(WIDE.gap))
    tried = ((form.gap, _columns(shown, form, width, limit, alike=alike)) for form in FORMATS)
    gap, drawn = next((each for each in tried if total(each[1], each[0]) <= width), ("", []))
    if shown and not drawn:
        gap, drawn = WIDE.gap, _columns(shown, WIDE, width, limit, alike=alike)
    return Layout([*blocks_of(drawn, keys, width, gap)], gap, head, size - head - tail, width)


def head_and_tail(size: int, rows: int | None, *, ends: bool = True) -> tuple[int, int]:
    """The numbers of rows to show from the top and from the bottom, at most `rows` in all.

    Args:
        size: number of rows of the table.
        rows: largest number of rows to show; None shows all.
        ends: whether half of the rows are from the bottom, or all from the top.

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
    """Format the cells of a column as text, and return whether they are numbers.

    Args:
        array: the cells.
        alike: whether the numbers are of one kind, so that they have the same number of decimals.
        digits: number of significant digits of the largest number.
        power: floats are shown in units of ten to this power.
        least: smallest number of decimals of each number; by default none.

    >>> formatted(np.array([0.25, np.nan]), alike=True)
    (['0.2500', '-'], True)
    """
    values = plain(array)
    if _numeric(array, values):
        return numbers(values, digits, power, alike=alike, least=least), True
    return ["" if value is None else visible(str(value)) for value in values], False


# --- layout ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Above:
    """A text above neighbouring columns, and the smallest width that it requires of each."""

    text: str = ""
    width: int = 0


_ALONE = _Above()


def _columns(shown: Mapping[str, NDArray[Any]], form: _Format, width: int, limit: int, *, alike: bool) -> list[Column]:
    """Lay out all columns in one format; wrapped texts get the room that other columns leave."""
    limit, least = max(8, int(form.share * limit)), least_decimals(shown)
    above = _above([*map(str, shown)]) if form.shared else {}

    def column(name: str, limit: int) -> Column:
        return _column(name, shown[name], form, limit, least[name], above.get(str(name), _ALONE), alike=alike)

    drawn = [column(name, limit) for name in shown]
    for i, name in enumerate(shown):
        room = width - total(drawn, form.gap)
        if drawn[i].wrapped and room > 0:
            drawn[i] = column(name, drawn[i].width + room)
    return drawn


def _above(names: list[str]) -> dict[str, _Above]:
    """Name -> the prefix to write above the rest of it."""
    return {name: _Above(text, -(-span(visible(text)) // len(run))) for text, run in runs(names) for name in run}


def _column(
    name: str,
    array: NDArray[Any],
    form: _Format,
    limit: int,
    least: Sequence[int | None],
    above: _Above,
    *,
    alike: bool,
) -> Column:
    power = _unit(array) if alike and form.units else 0
    texts, numeric = formatted(array, alike=alike, digits=form.digits, power=power, least=least)
    cells = [[text] if numeric else wrap(text, limit) for text in texts]
    room = max((span(line) for lines in cells for line in lines), default=0)
    own = visible(str(name).removeprefix(above.text))
    header = broken(own, max(room, NARROWEST)) if form.broken else [own]
    header = [line for part in header for line in wrap(part, limit)] + ([f"1e{power:+03d}"] if power else [])
    return Column(header, cells, max(room, above.width, *map(span, header)), numeric, visible(above.text))


def _numeric(array: NDArray[Any], values: Sequence[Cell]) -> bool:
    """Whether the cells of a column are numbers."""
    kinds = {type(value) for value in values if value is not None}
    return array.dtype.kind in "iuf" or (bool(kinds) and kinds <= {int, float})


def _unit(array: NDArray[Any]) -> int:
    """The exponent of the power of ten in units of which the numbers of a column are short."""
    values = plain(array)
    return unit(values) if _numeric(array, values) else 0
