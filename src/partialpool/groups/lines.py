"""The places of rows in their source: the lines of a file on which they begin, or their numbers in a table."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Lines:
    """The line of a text file on which each of its rows begins, or the number of each row of part of a table.

    Attributes:
        starts: rows, counted from 0 below the header, at which a new shift begins to hold.
        shifts: what is added to the number of a row, counted from 0, to get its line, counted from 1.
        word: what the numbers are called, "line" or "row".
        rows: the row of the whole source, counted from 0, that is each row of a part of it; None for the whole.
    """

    starts: list[int] = field(default_factory=lambda: [-1])
    shifts: list[int] = field(default_factory=lambda: [2])
    word: str = "line"
    rows: NDArray[Any] | None = None

    def note(self, row: int, line: int) -> int:
        """Record that `row` begins on `line`, which also shifts the rows after it; return the shift."""
        self.starts.append(row)
        self.shifts.append(line - row)
        return line - row

    def line(self, row: int) -> int:
        """The line of a row; rows are counted from 0."""
        row = row if self.rows is None else int(self.rows[row])
        return row + self.shifts[bisect_right(self.starts, row) - 1]


def part(lines: Lines | None, rows: NDArray[Any]) -> Lines:
    """The places, in the whole source, of the rows of a part; `rows` are their positions in the source, from 0.

    >>> import numpy as np
    >>> place(1, part(None, np.array([2, 6]))), place(1, part(Lines(), np.array([2, 6])))
    ('row 7', 'line 8')
    """
    return Lines([-1], [1], "row", rows) if lines is None else Lines(lines.starts, lines.shifts, lines.word, rows)


def place(row: int, lines: Lines | None) -> str:
    """Describe the position of a row (counted from 0) in its source: "row 3", or "line 4" of a text file."""
    return f"row {row + 1}" if lines is None else f"{lines.word} {lines.line(row)}"
