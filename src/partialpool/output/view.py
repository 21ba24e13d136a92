"""Which rows of a long table people see, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import RequestError
from partialpool.output.cells import plain

ROWS = 20
"""Rows of a long table that are shown unless another number is asked for."""

RANK, GIVEN = "rank", "given"


@dataclass(frozen=True)
class View:
    """What is asked of all tables of an answer.

    Attributes:
        sort: "rank" puts first what matters, "given" keeps the order of the data; otherwise the name of a column:
            labels from the smallest, or in the order of the alphabet, results from the largest, what is missing last.
        top: show so many rows, the first ones; left out, 20, of which half may be the last ones.
        whole: show all rows.
    """

    sort: str = RANK
    top: int | None = None
    whole: bool = False

    def order(self, columns: Mapping[str, NDArray[Any]], by: NDArray[Any] | None, keys: int = 1) -> NDArray[np.intp]:
        """The places of the rows in the order asked for.

        Args:
            columns: the table.
            by: a number for each row, the smallest for the row that matters most; None keeps the order of the data.
            keys: how many first columns are labels.

        Raises:
            RequestError: `sort` is no column of the table.

        >>> table = {"group": np.array(["b", "c", "a"]), "mean": np.array([0.2, np.nan, 0.5])}
        >>> [View(sort).order(table, -table["mean"]).tolist() for sort in ("rank", "given", "group", "mean")]
        [[2, 0, 1], [0, 1, 2], [2, 0, 1], [2, 0, 1]]
        """
        size = len(next(iter(columns.values()), ()))
        if by is None or self.sort == GIVEN:
            return np.arange(size)
        if self.sort == RANK:
            return np.argsort(by, kind="stable")
        check_column(self.sort, list(columns))
        return _sorted(columns[self.sort], -1.0 if self.sort in list(columns)[keys:] else 1.0)

    def rows(self, size: int, usual: int = ROWS) -> int:
        """How many of so many rows are shown."""
        if self.top is not None:
            return min(size, self.top)
        return size if self.whole else min(size, usual)


def check_column(sort: str, columns: Sequence[str]) -> None:
    """Refuse a column to sort by that is not there.

    Raises:
        RequestError: with the columns that are there.
    """
    if sort not in columns:
        raise RequestError(
            f'there is no column "{sort}" to sort by; there are {", ".join(columns)}, besides {RANK} and {GIVEN}.'
        )


def _sorted(column: NDArray[Any], sign: float) -> NDArray[np.intp]:
    """Numbers from the smallest on, or if sign is -1 from the largest, texts by the alphabet, what is missing last."""
    values = plain(column)
    if all(value is None or isinstance(value, (int, float)) for value in values):
        numbers = [np.inf if value is None else sign * float(value) for value in values]
        return np.argsort(numbers, kind="stable")
    return np.array(sorted(range(len(values)), key=lambda i: (values[i] is None, str(values[i]))), dtype=np.intp)
