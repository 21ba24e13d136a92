"""Find the group of each row of a table, by its labels or, if each row is a group, by its position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.errors import DataError
from partialpool.groups.codes import distinct
from partialpool.groups.groups import Array, Codes, Groups
from partialpool.groups.labels import joined, kind_of
from partialpool.io.backends.rows import Column
from partialpool.messages.wording import counted

_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Lookup:
    """The groups of a fit, in which the rows of a table are looked up.

    Attributes:
        groups: the groups of the fit.
        unknown: "null" leaves rows of other groups without an answer, "refuse" refuses them.
    """

    groups: Groups
    unknown: str

    def places(self, columns: Sequence[Column], *, whole: bool = True) -> Codes:
        """Position of each row's group, shape (rows,); -1 for a row whose labels are missing or unknown.

        `whole` says whether these are all rows of the table.

        Raises:
            DataError: no row has a known group, or one has none and unknown groups are refused.
        """
        missing = np.logical_or.reduce([np.broadcast_to(_missing(column), len(column.data)) for column in columns])
        places = _places(list(self.groups.labels.values()), [column.data for column in columns])
        places[missing] = -1
        strange = (places < 0) & ~missing
        if whole and strange.any() and not (places >= 0).any():
            raise DataError(self._all_strange(columns, strange))
        if strange.any() and self.unknown == "refuse":
            raise DataError(self._some_strange(columns, strange, whole=whole))
        return places

    def positions(self, size: int, cure: str) -> Codes:
        """Position of each row's group if each row is a group, shape (size,); -1 for rows that the fit left out.

        Args:
            size: number of rows of the table.
            cure: a sentence that says what to do if the table has more or fewer rows.

        Raises:
            DataError: the table does not have as many rows as the data of the fit.
        """
        if size != self.rows:
            raise DataError(
                f"each row is its own group in this fit, which has {counted(self.rows, 'row')}, and the table has "
                f"{size:,}: rows are matched by position. {cure}"
            )
        places = np.full(size, -1, dtype=np.intp)
        (numbers,) = self.groups.labels.values()
        places[numbers - 1] = np.arange(len(numbers))
        return places

    @property
    def rows(self) -> int:
        """Number of rows of the table that was fitted, if each row is its own group."""
        (numbers,) = self.groups.labels.values()
        return self.groups.source.rows if self.groups.source else int(numbers[-1])

    def _all_strange(self, columns: Sequence[Column], strange: Array) -> str:
        known = _shown([label[0] for label in self.groups.labels.values()])
        return (
            f"no row of the table has a group that the fit knows: {_first(columns, strange)} there, and {known} in the "
            f"fit.{self._other_kinds(columns)} Name the columns that hold the groups, group=..., or fit this table."
        )

    def _some_strange(self, columns: Sequence[Column], strange: Array, *, whole: bool) -> str:
        rows = np.flatnonzero(strange)
        where = f" (first in {columns[0].place(int(rows[0]))})" if whole else ""
        return (
            f"{len(rows):,} row{'s have' if len(rows) > 1 else ' has'} a group that the fit does not know: "
            f"{_first(columns, strange)}{where}. Correct the labels, or allow null cells with unknown='null'."
        )

    def _other_kinds(self, columns: Sequence[Column]) -> str:
        """The hint ' The labels are text in the table and numbers in the fit: ...', if their kinds differ."""
        pairs = zip(columns, self.groups.labels.values(), strict=True)
        for here, there in ((kind_of(column.data), kind_of(label)) for column, label in pairs):
            if here != there:
                return f" The labels are {here} in the table and {there} in the fit: make them the same."
        return ""


def _first(columns: Sequence[Column], strange: Array) -> str:
    """The first unknown labels in words, such as 'ad' is 'x', 'y'."""
    rows = np.flatnonzero(strange)[: 20 * _SHOWN].tolist()
    seen = dict.fromkeys(_shown([column.data[row] for column in columns]) for row in rows)
    return f"{' and '.join(repr(column.name) for column in columns)} is {', '.join(list(seen)[:_SHOWN])}"


def _missing(column: Column) -> Array:
    return np.zeros(1, np.bool_) if column.missing is None else column.missing


def _places(known: Sequence[Array], labels: Sequence[Array]) -> Codes:
    """Position of each combination of labels among the known ones; -1 if it is unknown."""
    size = len(known[0])
    _, codes = distinct([joined(one, other) for one, other in zip(known, labels, strict=True)])
    table = np.full(int(codes.max(initial=-1)) + 1, -1, dtype=np.intp)
    table[codes[:size]] = np.arange(size)
    return table[codes[size:]]


def _shown(labels: Sequence[Any]) -> str:
    shown = [repr(label.item() if isinstance(label, np.generic) else label) for label in labels]
    return shown[0] if len(shown) == 1 else f"({', '.join(shown)})"
