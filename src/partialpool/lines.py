"""Where rows stand in their source, as people count there."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Lines:
    """The line of a text file on which each of its rows begins.

    Attributes:
        starts: rows, counted from 0 below the header, from where on another shift holds.
        shifts: what is added to the number of a row, counted from 0, to give its line, counted from 1.
    """

    starts: list[int] = field(default_factory=lambda: [-1])
    shifts: list[int] = field(default_factory=lambda: [2])

    def note(self, row: int, line: int) -> int:
        """Learn on which line a row begins, and those after it until another is told; the shift."""
        self.starts.append(row)
        self.shifts.append(line - row)
        return line - row

    def line(self, row: int) -> int:
        """The line of a row that is counted from 0."""
        return row + self.shifts[bisect_right(self.starts, row) - 1]


def place(row: int, lines: Lines | None) -> str:
    """Where a row of a source stands, counted from 0: "row 3", or "line 4" of a text file."""
    return f"row {row + 1}" if lines is None else f"line {lines.line(row)}"
