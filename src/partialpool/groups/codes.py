"""Numbers for the distinct labels of groups, in order of first appearance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Codes = NDArray[np.intp]


def distinct(columns: list[Array]) -> tuple[Codes, Codes]:
    """Return the first row of each distinct combination, and the number of each row's combination."""
    first, codes = _factorize(columns[0])
    for column in columns[1:]:
        width, more = _factorize(column)
        first, codes = _factorize(codes * max(len(width), 1) + more)
    return first, codes


def _factorize(values: Array) -> tuple[Codes, Codes]:
    """Number the distinct values 0, 1, 2, ... by first appearance."""
    if not len(values):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    if values.dtype.kind == "O":
        return _by_hash(values)
    if values.dtype.kind == "M":
        values = values.view(np.int64)
    if values.dtype.kind in "iub":
        wide = values if values.dtype == np.uint64 else values.astype(np.int64, copy=False)
        low = wide.min()
        span = int(wide.max()) - int(low) + 1
        if span <= max(1024, 4 * len(wide)):
            return _by_table((wide - low).astype(np.intp, copy=False), span)
    return _by_sort(values)


def _by_table(places: Codes, span: int) -> tuple[Codes, Codes]:
    """Number distinct values among 0, ..., span - 1, with one look-up per row."""
    size = len(places)
    first = np.full(span, size, dtype=np.intp)
    first[places[::-1]] = np.arange(size - 1, -1, -1)  # of repeated places the last write remains
    order = np.argsort(first, kind="stable")[: np.count_nonzero(first < size)]
    rank = np.empty(span, dtype=np.intp)
    rank[order] = np.arange(len(order))
    return first[order], rank[places]


def _by_sort(values: Array) -> tuple[Codes, Codes]:
    """Number distinct values of any dtype that can be sorted."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    places = np.empty(len(values), dtype=np.intp)
    places[order] = np.cumsum(starts) - 1
    return _by_table(places, int(np.count_nonzero(starts)))


def _by_hash(values: Array) -> tuple[Codes, Codes]:
    """Number distinct objects; True is not the same label as 1."""
    cells = values.tolist()
    kinds = set(map(type, cells))
    keys = cells if len(kinds) == 1 else [(isinstance(cell, bool), cell) for cell in cells]
    seen: dict[object, int] = {}
    codes = np.fromiter((seen.setdefault(key, len(seen)) for key in keys), np.intp, len(cells))
    return _by_table(codes, len(seen))
