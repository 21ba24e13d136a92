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
        reverse: turn the order around; what is missing stays last, and rows that tie stay in the order of the data.
    """

    sort: str = RANK
    top: int | None = None
    whole: bool = False
    reverse: bool = False

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
        if by is None:
            return np.arange(size)
        turned = -1.0 if self.reverse else 1.0
        if self.sort in (RANK, GIVEN):
            return np.argsort(turned * (by if self.sort == RANK else np.arange(size)), kind="stable")
        check_column(self.sort, list(columns))
        return _sorted(columns[self.sort], -turned if self.sort in list(columns)[keys:] else turned)

    def said(self, order: str) -> str:
        """The order in words; order: that of "rank", which ends in "first".

        >>> [View(reverse=turned).said("the best first") for turned in (False, True)]
        ['the best first', 'the best last']
        """
        if self.sort == RANK and order:
            return f"{order.removesuffix('first')}last" if self.reverse else order
        said = "" if self.sort in (RANK, GIVEN) else f"sorted by {self.sort}"
        return ", ".join([said] * bool(said) + ["in reverse order"] * self.reverse)

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
    """Numbers or texts from the smallest on, or if sign is -1 from the largest, what is missing last."""
    values = plain(column)
    if all(value is None or isinstance(value, (int, float)) for value in values):
        numbers = [np.inf if value is None else sign * float(value) for value in values]
        return np.argsort(numbers, kind="stable")
    there = [i for i, value in enumerate(values) if value is not None]
    missing = [i for i, value in enumerate(values) if value is None]
    texts = sorted(there, key=lambda i: str(values[i]), reverse=sign < 0.0)
    return np.array([*texts, *missing], dtype=np.intp)
