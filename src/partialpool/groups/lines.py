"""The lines of a source file on which rows begin."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


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


def place(row: int, lines: Lines | Several | None) -> str:
    """Describe the position of a row (counted from 0) in its source: "row 3", or "line 4" of a text file."""
    if isinstance(lines, Several):
        return lines.place(row)
    return f"row {row + 1}" if lines is None else f"line {lines.line(row)}"
