"""Rows: columns of plain arrays, read from a table of any kind, or the totals of groups that an engine has added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.groups.lines import Lines, Part, Several, place
from partialpool.groups.source import Reading

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """Columns of plain arrays, read from a table of any kind.

    Attributes:
        columns: the caller's column name -> one-dimensional, read-only array. Value columns are
            float64, or int64 when the source holds whole numbers or booleans. Label columns keep
            a numeric, boolean or date dtype; everything else is an object array as given.
        size: number of rows.
        library: the kind of the source, from which that of tables of results follows: "dict", "path", "pandas",
            "polars", "pyarrow" or "duckdb".
        dropped: rows left out because a cell was missing.
        kept: 1-based source row of each row; None when every row was kept.
        lines: the line of each source row, if the source is a text file.
        decimal: the decimal sign of numbers in text, if it was given or the text shows it.
        lost: column of numbers -> sum of its cells in the rows that were left out.
        excluded: 1-based source rows that were left out by their labels.
        sums: role -> statistic of each row, if an engine has added up the rows of each group; then `columns` has only
            the labels, with one row per group.
        counts: number of rows of the source behind each row, if an engine has added them up.
        read: number of rows of the source, if that is not `size` with those that were left out.
        called: function that describes the row at an index, for rows without a number.
        reading: how they were read; None if it is not known.
    """

    columns: Mapping[str, Array]
    size: int
    library: str
    dropped: int = 0
    kept: NDArray[np.int64] | None = None
    lines: Lines | Several | Part | None = None
    decimal: str | None = None
    lost: Mapping[str, float] = field(default_factory=dict)
    excluded: tuple[int, ...] = ()
    sums: Mapping[str, Array] | None = None
    counts: Array | None = None
    read: int | None = None
    called: Callable[[int], str] | None = None
    reading: Reading | None = None

    def place(self, index: int) -> str:
        """The place of the row at this index in the source: "row 3", or "line 4" of a text file."""
        if self.called is not None:
            return self.called(index)
        return place(self.number(index) - 1, self.lines)

    def number(self, index: int) -> int:
        """1-based row number in the source of the row at this index."""
        return index + 1 if self.kept is None else int(self.kept[index])
