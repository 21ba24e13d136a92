"""Find subtotals: rows that hold the sums of rows above or below them, throughout a table or only in places."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from partialpool.groups.groups import Array
from partialpool.groups.rows import Rows

_FEWEST_BLOCKS = 2  # blocks with a subtotal: a single one arises by chance too often
_FEWEST_PARTS = 2  # rows that a subtotal adds up
_LEAST = 20.0  # smallest subtotal of a block: one of this size rarely arises by chance, and several do not
_MOST_ROWS = 10_000  # longer tables are not searched
_MOST_DECIMALS = 6
_ROUNDING = 1e-6  # relative error of sums, since exposures are often rounded before they are added up
_ACCIDENT = 1e-3  # largest probability that unrelated rows hold the scattered sums that are found


def subtotals(rows: Rows, sums: Sequence[str], called: Collection[int] = ()) -> tuple[list[int], str]:
    """Return the rows that hold sums, unless that may be chance, and whether they add up the rows "above" or "below".

    A table that consists of blocks, each of two or more rows and their subtotal, with or without a grand total at the
    end, does not arise by chance. Scattered sums count only if unrelated rows would rarely hold them, or if the label
    of the row says that it is a total.

    Args:
        rows: the rows read.
        sums: names of the columns that add up, the first of which counts events; with fewer than two no row is found.
        called: the rows whose labels say that they are totals.
    """
    if len(sums) < 2 or rows.size > _MOST_ROWS:
        return [], ""
    values = np.stack([np.asarray(rows.columns[name], dtype=float) for name in sums], axis=1)
    chances = rows.size * _chances(values)
    chances[list(called)] = 0.0
    back = rows.size - 1
    if above := _blocks(values):
        return above, "above"
    if below := _blocks(values[::-1]):
        return sorted(back - place for place in below), "below"
    if above := _scattered(values, chances):
        return above, "above"
    if below := _scattered(values[::-1], chances[::-1]):
        return sorted(back - place for place in below), "below"
    return [row for row in sorted(called) if _adds_up(values[:row], values[row])], "above"


def _adds_up(above: Array, row: Array) -> bool:
    """Whether a row holds the sums of the last k rows above it, for some k."""
    return bool(row.any() and _equal(np.cumsum(above[::-1], axis=0), row).any())


def _blocks(values: Array) -> list[int]:
    """Rows with subtotals (and the grand total) of a table that consists of blocks with a subtotal each; else none."""
    found: list[int] = []
    if not _equal(np.cumsum(values, axis=0)[:-1], values[1:]).any():  # the first subtotal adds up all rows above it
        return found
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


def _scattered(values: Array, chances: Array) -> list[int]:
    """Rows that hold the sum of the rows since the last sum, or of all rows above that are not sums themselves.

    Args:
        values: the columns that add up, shape (rows, columns).
        chances: expected number of rows of the table that hold the sum in a given row by chance, shape (rows,).
    """
    found: list[int] = []
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    full = np.concatenate([[0], np.cumsum(values.any(axis=1))])  # rows above each that are not empty
    start, before = 0, np.zeros(values.shape[1])  # before: the sum of all rows above `start` that are not sums
    while True:
        places = np.arange(start, len(values))
        since = sums[places] - sums[start]
        hits = _equal(since, values[start:]) & (full[places] - full[start] >= _FEWEST_PARTS)
        hits |= _equal(before + since, values[start:]) & (len(found) > 1)
        hits &= (chances[start:] < 1.0) & (values[start:] > 0.0).any(axis=1)
        if not hits.any():
            return found if np.prod(chances[found]) <= _ACCIDENT and found else []
        place = int(places[np.argmax(hits)])
        before = before + sums[place] - sums[start]
        found.append(place)
        start = place + 1


def _chances(values: Array) -> Array:
    """Approximate probability that a row holds the sums of some other rows by chance, one per row.

    In a column other than the first, a cell of u units agrees with a given sum with probability about 1/u. In the first
    column, x events are about Poisson distributed given the others, and the difference of two independent Poisson
    counts with mean x is 0 with probability about 1/sqrt(4 pi x).
    """
    counts = np.stack([np.abs(column) / _unit(column) for column in values.T], axis=1)
    counts[:, 0] = np.sqrt(4.0 * np.pi * counts[:, 0])
    return np.asarray(np.prod(1.0 / np.maximum(counts, 1.0), axis=1))


def _unit(column: Array) -> float:
    """Largest number of which all cells are multiples, with up to six decimals; else the rounding error of the sums."""
    largest = float(np.abs(column).max(initial=0.0))
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = column * 10.0**decimals
        whole = np.round(scaled)
        if largest * 10.0**decimals < 2.0**53 and np.all(np.abs(scaled - whole) <= 1e-9 * np.maximum(np.abs(whole), 1)):
            return max(int(np.gcd.reduce(whole.astype(np.int64))), 1) / 10.0**decimals
    return max(_ROUNDING * largest, np.finfo(float).tiny)


def _equal(added: Array, row: Array) -> Array:
    """Whether each row equals its sums in all columns, up to rounding; one bool per row."""
    return np.asarray(np.all(np.abs(added - row) <= _ROUNDING * np.abs(row), axis=-1))
