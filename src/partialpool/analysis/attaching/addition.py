"""The columns that are attached to a table, and how the group of a row is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.analysis.attaching.lookup import Lookup
from partialpool.analysis.attaching.same_rows import check_same_rows
from partialpool.errors import ColumnError, RequestError
from partialpool.groups.groups import Array, Groups, group_columns
from partialpool.io.backends import read_labels
from partialpool.io.backends.columns import check_request
from partialpool.messages.calling import checked
from partialpool.messages.wording import counted

_CURE = "Attach to the table that was fitted, in its order, or fit with group=."


@dataclass(frozen=True, eq=False)
class Addition:
    """Answers about groups, to be added to a table.

    Attributes:
        lookup: the groups of the fit.
        names: the group columns of the table; empty if rows are matched by position.
        results: name of each column to add -> one number per group, shape (groups,).
    """

    lookup: Lookup
    names: list[str]
    results: Mapping[str, Array]

    def columns(self, data: object, size: int, *, whole: bool = True) -> dict[str, Array]:
        """The columns to add to these rows, NaN in a row without a known group.

        `size` is the number of rows, and `whole` says whether they are all rows of the table.

        Raises:
            DataError: a group column is missing, or groups are refused.
        """
        lookup = self.lookup
        if self.names:
            places = lookup.places(read_labels(data, self.names), whole=whole)
        else:
            places = lookup.positions(size, _CURE)
            check_same_rows(data, lookup.groups, places, _CURE)
        return {name: np.where(places >= 0, values[places], np.nan) for name, values in self.results.items()}

    def check_clashes(self, columns: Sequence[object], *, folded: bool = False) -> None:
        """Refuse to add columns that the table already has; `folded` ignores upper and lower case.

        Raises:
            ColumnError: the table has such columns; the message names them.
        """
        there = {column.casefold() if folded and isinstance(column, str) else column for column in columns}
        both = [name for name in self.results if (name.casefold() if folded else name) in there]
        if both:
            raise ColumnError(
                f"the table already has {'columns' if len(both) > 1 else 'a column'} {', '.join(map(repr, both))}. "
                "Give another prefix, such as prefix='fit_', or leave the old ones out of the table."
            )


@checked
def addition(
    groups: Groups,
    results: Mapping[str, Array],
    *,
    prefix: str = "",
    group: str | Sequence[str] | None = None,
    unknown: str = "null",
) -> Addition:
    """Check the arguments of `attach`, and return the columns to add.

    Args:
        groups: the groups of the fit.
        results: name -> one number per group, shape (groups,).
        prefix: the first part of the names of the columns to add.
        group: the group columns of the table; None if they have the same names as in the fit.
        unknown: "null" leaves rows of groups that the fit does not know without an answer, "refuse" refuses them.

    Raises:
        RequestError: an argument is out of range.
    """
    if not isinstance(prefix, str):
        raise RequestError(f"prefix={prefix!r} is not text. Give the beginning of a name, such as 'posterior_'.")
    if unknown not in ("null", "refuse"):
        raise RequestError(f"unknown={unknown!r} is unknown. Use unknown='null' or unknown='refuse'.")
    named = {f"{prefix}{name}": np.asarray(values, dtype=float) for name, values in results.items()}
    return Addition(Lookup(groups, unknown), _names(groups, group), named)


def _names(groups: Groups, group: str | Sequence[str] | None) -> list[str]:
    """The names of the group columns in the caller's table; empty if rows are matched by position."""
    if groups.numbered:
        if group is not None:
            raise RequestError("each row is its own group in this fit: rows are matched by position. Leave out group=.")
        return []
    given: Any = group_columns(groups) if group is None else group
    names = list(given) if isinstance(given, (list, tuple)) else [given]
    check_request((), names, "drop")
    if len(names) != len(groups.labels):
        raise RequestError(
            f"group names {counted(len(names), 'column')}, and the groups of the fit have "
            f"{len(groups.labels)}: {', '.join(map(repr, groups.labels))}. Name one for each, in this order."
        )
    return names
