"""Leave rows out by their labels, such as a row of totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from partialpool.errors import RequestError
from partialpool.groups.groups import Codes, frozen
from partialpool.groups.rows import Rows


def without_labels(rows: Rows, group: Sequence[str], labels: Sequence[str]) -> Rows:
    """Return the rows without those that have one of these labels in a group column.

    Raises:
        RequestError: no row would be left.
    """
    if not labels or not group:
        return rows
    texts = [np.array([str(label) for label in rows.columns[name].tolist()], dtype=object) for name in group]
    keep = ~np.logical_or.reduce([np.isin(column, labels) for column in texts])
    if keep.all():
        return rows
    if not keep.any():
        raise RequestError("Every row is to be excluded, so that none is left.")
    numbers = np.arange(1, rows.size + 1) if rows.kept is None else rows.kept
    columns = frozen({name: column[keep] for name, column in rows.columns.items()})
    if rows.sums is not None:
        return _totals(replace(rows, columns=columns), np.flatnonzero(keep))
    return replace(
        rows, columns=columns, size=int(keep.sum()), kept=numbers[keep], excluded=tuple(numbers[~keep].tolist())
    )


def _totals(rows: Rows, places: Codes) -> Rows:
    """Some of the totals that an engine has added up, with the places that they had."""
    sums = {role: values[places] for role, values in (rows.sums or {}).items()}
    counts = None if rows.counts is None else rows.counts[places]
    size, called = len(places), lambda index: rows.place(int(places[index]))
    return replace(rows, sums=frozen(sums), counts=counts, size=size, called=called)
