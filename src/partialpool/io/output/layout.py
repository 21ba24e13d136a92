"""Columns of text laid out side by side, in one block or, where the terminal is too narrow, in several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from partialpool.io.output.characters import span
from partialpool.io.output.headers import ruled


@dataclass(frozen=True)
class Column:
    """A column ready to print: the lines of its header and of each cell, its width, and whether it is aligned right.

    `above` is the text above the header, written once for all neighbouring columns that have it.
    """

    header: list[str]
    cells: list[list[str]]
    width: int
    right: bool
    above: str = ""

    @property
    def wrapped(self) -> bool:
        return any(len(lines) > 1 for lines in [self.header, *self.cells])

    def place(self, line: str) -> str:
        padding = " " * (self.width - span(line))
        return padding + line if self.right else line + padding


@dataclass(frozen=True)
class Layout:
    """A table ready to print.

    Attributes:
        blocks: its columns, in one block or in several that are printed below one another.
        gap: the text between columns.
        head: number of its first rows that are shown.
        omitted: number of rows that are not shown, between these and the last ones.
        width: width of the terminal in columns.
    """

    blocks: Sequence[list[Column]]
    gap: str
    head: int
    omitted: int
    width: int

    @property
    def room(self) -> int:
        """Number of columns of the terminal that are free beside a table of one block, after a gap."""
        if len(self.blocks) != 1:
            return 0
        return max(0, self.width - total(self.blocks[0], self.gap) - len(self.gap))

    def text(self) -> str:
        """The table as text."""
        return "\n\n".join(_block(block, self.head, self.omitted, self.gap) for block in self.blocks)

    def beside(self, header: str, lines: Sequence[str]) -> Layout:
        """The table with a column of text at its right, which has one line per row that is shown."""
        column = Column([header], [[line] for line in lines], max(map(span, [header, *lines])), right=False)
        return replace(self, blocks=[[*self.blocks[0], column]])


def blocks_of(columns: list[Column], keys: int, width: int, gap: str) -> Iterator[list[Column]]:
    """Yield blocks of columns that fit side by side, each beginning with the key columns."""
    lead, rest = columns[:keys], columns[keys:]
    block = list(lead)
    for column in rest:
        if len(block) > len(lead) and total([*block, column], gap) > width:
            yield block
            block = list(lead)
        block.append(column)
    yield block


def total(block: Sequence[Column], gap: str) -> int:
    """The width of columns side by side."""
    return sum(column.width for column in block) + len(gap) * (len(block) - 1)


def _block(block: list[Column], head: int, omitted: int, gap: str) -> str:
    lines = [_line_above(block, gap)] if any(column.above for column in block) else []
    lines += _lines([column.header for column in block], block, gap)
    for row in range(len(block[0].cells) if block else 0):
        if omitted and row == head:
            lines.append(f"... {omitted} more rows ...")
        lines += _lines([column.cells[row] for column in block], block, gap)
    if omitted and block and len(block[0].cells) == head:
        lines.append(f"... {omitted} more rows ...")
    return "\n".join(lines)


def _line_above(block: list[Column], gap: str) -> str:
    """The line above the headers, with prefixes that columns share."""
    runs_of = ((text, total(list(run), gap)) for text, run in groupby(block, lambda column: column.above))
    return gap.join(ruled(text, width) if text else " " * width for text, width in runs_of).rstrip()


def _lines(cells: list[list[str]], block: list[Column], gap: str) -> list[str]:
    """The lines of one row of the table."""
    height = max((len(cell) for cell in cells), default=0)
    padded = [cell + [""] * (height - len(cell)) for cell in cells]
    return [
        gap.join(column.place(cell[i]) for column, cell in zip(block, padded, strict=True)).rstrip()
        for i in range(height)
    ]
