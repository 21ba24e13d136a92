"""Choose the rows of a long table that are shown, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import RequestError
from partialpool.io.output.cells import plain

ROWS = 20
"""Default number of rows of a long table that are shown."""

RANK, GIVEN = "rank", "given"


@dataclass(frozen=True)
class View:
    """The order and the number of rows in which all tables of an answer are shown.

    Attributes:
        sort: "rank" puts the most important rows first, "given" keeps the order of the data; otherwise the name of a
            column: labels in increasing or alphabetical order, results in decreasing order, missing cells last.
        top: number of rows to show, the first ones; by default 20, of which half may be the last ones.
        whole: whether to show all rows.
        reverse: whether to reverse the order; missing cells stay last, and ties keep the order of the data.
    """

    sort: str = RANK
    top: int | None = None
    whole: bool = False
    reverse: bool = False

    def order(self, columns: Mapping[str, NDArray[Any]], by: NDArray[Any] | None, keys: int = 1) -> NDArray[np.intp]:
        """Positions of the rows in the requested order.

        Args:
            columns: the table.
            by: one number per row, the smallest for the most important row; None keeps the order of the data.
            keys: number of first columns that are labels.

        Raises:
            RequestError: `sort` is not a column of the table.

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
        return in_order(columns[self.sort], -turned if self.sort in list(columns)[keys:] else turned)

    def said(self, order: str) -> str:
        """The order in words, where `order` is that of "rank" and ends in "first".

        >>> [View(reverse=turned).said("the best first") for turned in (False, True)]
        ['the best first', 'the best last']
        """
        if self.sort == RANK and order:
            return f"{order.removesuffix('first')}last" if self.reverse else order
        said = "" if self.sort in (RANK, GIVEN) else f"sorted by {self.sort}"
        return ", ".join([said] * bool(said) + ["in reverse order"] * self.reverse)

    def rows(self, size: int, usual: int = ROWS) -> int:
        """The number of rows that are shown of a table with `size` rows."""
        if self.top is not None:
            return min(size, self.top)
        return size if self.whole else min(size, usual)


def check_column(sort: str, columns: Sequence[str]) -> None:
    """Refuse to sort by a column that does not exist.

    Raises:
        RequestError: there is no such column; the message lists the columns.
    """
    if sort not in columns:
        raise RequestError(
            f'there is no column "{sort}" to sort by; there are {", ".join(columns)}, besides {RANK} and {GIVEN}.'
        )


def in_order(column: NDArray[Any], sign: float) -> NDArray[np.intp]:
    """Positions that sort numbers or texts in increasing order, or decreasing if sign is -1, missing cells last."""
    values = plain(column)
    if all(value is None or isinstance(value, (int, float)) for value in values):
        numbers = [np.inf if value is None else sign * float(value) for value in values]
        return np.argsort(numbers, kind="stable")
    there = [i for i, value in enumerate(values) if value is not None]
    missing = [i for i, value in enumerate(values) if value is None]
    texts = sorted(there, key=lambda i: str(values[i]), reverse=sign < 0.0)
    return np.array([*texts, *missing], dtype=np.intp)
