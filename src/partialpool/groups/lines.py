"""The places of rows in their source: the lines of a file on which they begin, or their numbers in a table."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Lines:
    """The line of a text file on which each of its rows begins.

    Attributes:
        starts: rows, counted from 0 below the header, at which a new shift begins to hold.
        shifts: what is added to the number of a row, counted from 0, to get its line, counted from 1.
    """

    starts: list[int] = field(default_factory=lambda: [-1])
    shifts: list[int] = field(default_factory=lambda: [2])

    def note(self, row: int, line: int) -> int:
        """Record that `row` begins on `line`, which also shifts the rows after it; return the shift."""
        self.starts.append(row)
        self.shifts.append(line - row)
        return line - row

    def line(self, row: int) -> int:
        """The line of a row; rows are counted from 0."""
        return row + self.shifts[bisect_right(self.starts, row) - 1]


@dataclass(frozen=True, eq=False)
class Several:
    """The rows of several files, one file after the other.

    Attributes:
        files: names of the files.
        starts: number of the first row of each, counted from 0.
        lines: the lines of each, if it is a text file.
    """

    files: list[str]
    starts: list[int]
    lines: list[Lines | None]

    def place(self, row: int) -> str:
        """The place of a row in its file, such as "line 4 of 'may.csv'"; rows are counted from 0."""
        which = bisect_right(self.starts, row) - 1
        return f"{place(row - self.starts[which], self.lines[which])} of {self.files[which]!r}"


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of a source, which keep their places in it.

    Attributes:
        rows: the row of the source, counted from 0, that is each row of the part.
        lines: the lines of the source, if it is a text file.
    """

    rows: NDArray[Any]
    lines: Lines | Several | None

    def place(self, row: int) -> str:
        """The place of a row of the part, counted from 0, in the source."""
        return place(int(self.rows[row]), self.lines)


def place(row: int, lines: Lines | Several | Part | None) -> str:
    """Describe the position of a row (counted from 0) in its source: "row 3", or "line 4" of a text file.

    >>> import numpy as np
    >>> place(1, None), place(1, Lines()), place(1, Part(np.array([2, 6]), None))
    ('row 2', 'line 3', 'row 7')
    """
    if isinstance(lines, (Several, Part)):
        return lines.place(row)
    return f"row {row + 1}" if lines is None else f"line {lines.line(row)}"
