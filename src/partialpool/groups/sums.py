"""Sums: what a family needs of the rows of a group, if an engine such as DuckDB or Spark is to add them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from partialpool.groups.rows import Rows


@dataclass(frozen=True)
class Sums:
    """The sufficient statistics of a family as sums over the rows of each group.

    Attributes:
        whole: role of a statistic -> the column of whole numbers whose sum it is, computed exactly.
        real: role of a statistic -> the column of real numbers whose sum it is.
        number: role of the statistic that is the number of rows; None if none is.
        spread: the column of which number, mean and sd of the rows are the statistics "n", "mean" with "rest", and
            "sd"; None if none is.
        refused: function that maps columns, by role, to whether a row is refused. It uses only comparisons, `&` and
            `|`, so that it works for arrays and for the expressions of an engine.
        check: function that refuses rows read in the usual way, with the family's own message.
    """

    refused: Callable[[Mapping[str, Any]], Any]
    check: Callable[[Rows], object]
    whole: Mapping[str, str]
    real: Mapping[str, str]
    number: str | None = None
    spread: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Role -> column of numbers, for all columns that are read."""
        return {**self.whole, **self.real, **({} if self.spread is None else {"value": self.spread})}
