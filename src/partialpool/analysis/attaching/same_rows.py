"""Check that a table matched by position has the same rows as the data of the fit, in the columns that both have."""

from __future__ import annotations

import numpy as np

from partialpool.errors import ColumnError, DataError
from partialpool.groups.groups import Array, Codes, Groups
from partialpool.io.backends import read
from partialpool.models.data.checks import observed


def check_same_rows(data: object, groups: Groups, places: Codes, cure: str) -> None:
    """Refuse a table whose rows are in another order, or have other numbers, than the data of the fit.

    Args:
        data: the table; None if it cannot be read.
        groups: the groups of the fit, one row each.
        places: position of each row's group, shape (rows,); -1 for a row that the fit left out.
        cure: a sentence that says what to do about it.

    Raises:
        DataError: a row differs; the message names the first one.
    """
    if data is None or groups.source is None:
        return
    fitted: dict[str, Array] = {}
    for role, name in groups.columns.items():
        fitted.setdefault(name, groups.statistics[role])
    for name in groups.source.columns:
        numbers = fitted.get(name, fitted.get(observed(name)))
        if numbers is None:
            continue  # a column of variances, of which the fit keeps only the square roots
        try:
            rows = read(data, values=[name], labels=[], missing="drop", decimal=groups.source.decimal)
        except ColumnError:
            continue  # the table need not have all columns
        sources = np.arange(rows.size) if rows.kept is None else rows.kept - 1
        values, there = rows.columns[name], numbers[places[sources]]
        differ = np.flatnonzero((places[sources] >= 0) & (values != there))
        if len(differ):
            first = int(differ[0])
            raise DataError(
                f"{rows.place(first)} of the table has {name}={values[first]}, and the data of the fit have "
                f"{name}={there[first]} there: rows are matched by position, since each row is its own group. {cure}"
            )
