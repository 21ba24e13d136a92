"""Rows that hold the sums of the rows above or below them, throughout a table or here and there in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from partialpool.groups import Array, Rows

_FEWEST_BLOCKS = 2  # one block of sums is an accident too often
_FEWEST_PARTS = 2
_LEAST = 20.0  # a subtotal of this size or more is rarely met by chance, and several are not
_MOST_ROWS = 10_000
_MOST_DECIMALS = 6
_ROUNDING = 1e-6  # of exposures that were rounded before they were added up, as a share
_ACCIDENT = 1e-3  # how probable it may be that rows of no relation hold the sums that are found, here and there


def subtotals(rows: Rows, sums: Sequence[str], called: Collection[int] = ()) -> tuple[list[int], str]:
    """The rows that hold sums, and where what they add up stands, "above" or "below"; none where it may be chance.

    Sums throughout a table are no chance: one block after the other, each of two rows or more and their subtotal, and
    at the end perhaps the sum of all subtotals. Sums here and there are looked at by how often rows would hold them by
    chance, unless a row is called a total too.

    Args:
        rows: the rows read.
        sums: names of the columns that add up, if these are at least two; the first counts events.
        called: the rows whose labels speak of a total.
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
    """Whether a row holds the sums of some rows just above it."""
    return bool(row.any() and _equal(np.cumsum(above[::-1], axis=0), row).any())


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


def _scattered(values: Array, chances: Array) -> list[int]:
    """The rows that hold the sums of those between them and the one before, or of all that are no sums themselves.

    chances: how many rows of the table would hold a sum of the size of each row by chance.
    """
    found: list[int] = []
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    start, before = 0, np.zeros(values.shape[1])  # before: the sum of the rows up to there that are no sums
    while True:
        places = np.arange(start, len(values))
        since = sums[places] - sums[start]
        hits = _equal(since, values[start:]) & (places >= start + _FEWEST_PARTS)
        hits |= _equal(before + since, values[start:]) & (len(found) > 1)
        hits &= (chances[start:] < 1.0) & (values[start:] > 0.0).any(axis=1)
        if not hits.any():
            return found if np.prod(chances[found]) <= _ACCIDENT and found else []
        place = int(places[np.argmax(hits)])
        before = before + sums[place] - sums[start]
        found.append(place)
        start = place + 1


def _chances(values: Array) -> Array:
    """How probable it is, roughly, that a row holds the sums of some others by chance.

    The sum of a column is one of as many numbers as the row's own has units. Given that of the others, the number of
    events, x, is one of those that a Poisson distribution makes probable: the difference of two such numbers is 0 with
    probability 1/sqrt(4 pi x).
    """
    counts = np.stack([np.abs(column) / _unit(column) for column in values.T], axis=1)
    counts[:, 0] = np.sqrt(4.0 * np.pi * counts[:, 0])
    return np.asarray(np.prod(1.0 / np.maximum(counts, 1.0), axis=1))


def _unit(column: Array) -> float:
    """The largest number of which all cells are multiples, with up to six decimals; else the smallest that matters."""
    largest = float(np.abs(column).max(initial=0.0))
    for decimals in range(_MOST_DECIMALS + 1):
        scaled = column * 10.0**decimals
        whole = np.round(scaled)
        if largest * 10.0**decimals < 2.0**53 and np.all(np.abs(scaled - whole) <= 1e-9 * np.maximum(np.abs(whole), 1)):
            return max(int(np.gcd.reduce(whole.astype(np.int64))), 1) / 10.0**decimals
    return max(_ROUNDING * largest, np.finfo(float).tiny)


def _equal(added: Array, row: Array) -> Array:
    """Whether each row holds these sums."""
    return np.asarray(np.all(np.abs(added - row) <= _ROUNDING * np.abs(row), axis=-1))
