"""Rows that hold the sums of the rows above or below them, throughout a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partialpool.groups import Array, Rows

_FEWEST_BLOCKS = 2  # one block of sums is an accident too often
_FEWEST_PARTS = 2
_LEAST = 20.0  # a subtotal of this size or more is rarely met by chance, and several are not
_MOST_ROWS = 10_000
_ROUNDING = 1e-6  # of exposures that were rounded before they were added up, as a share


def subtotals(rows: Rows, sums: Sequence[str]) -> tuple[list[int], str]:
    """The rows that hold sums, and where what they add up stands, "above" or "below"; none unless it is a whole table.

    A whole table is one block after the other, each of two rows or more and their subtotal, and at the end perhaps the
    sum of all subtotals.

    Args:
        rows: the rows read.
        sums: names of the columns that add up, if these are at least two.
    """
    if len(sums) < 2 or rows.size > _MOST_ROWS:
        return [], ""
    values = np.stack([np.asarray(rows.columns[name], dtype=float) for name in sums], axis=1)
    if above := _blocks(values):
        return above, "above"
    return sorted(rows.size - 1 - place for place in _blocks(values[::-1])), "below"


def _blocks(values: Array) -> list[int]:
    """The rows that hold the sums of those between them and the one before, if these make up the whole table."""
    found: list[int] = []
    start, added = 0, np.zeros(values.shape[1])
    for place, row in enumerate(values):
        if place - start >= _FEWEST_PARTS and row.min() >= _LEAST and _equal(added, row):
            found.append(place)
            start, added = place + 1, np.zeros(values.shape[1])
        else:
            added = added + row
    last = len(values) - 1
    if len(found) < _FEWEST_BLOCKS:
        return []
    if start == last and _equal(values[found].sum(axis=0), values[last]):
        return [*found, last]
    return found if start == last + 1 else []


def _equal(added: Array, row: Array) -> bool:
    """Whether a row holds these sums."""
    return bool(np.all(np.abs(added - row) <= _ROUNDING * row))
