"""Add up the rows of each group; integer sums are exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError

Array = NDArray[Any]
Codes = NDArray[np.intp]

# statistics of the rows, names to show, number of each row's group, number of groups -> statistics of the groups
Combine: TypeAlias = Callable[[Mapping[str, Array], Mapping[str, str], Codes, int], dict[str, Array]]

LARGEST_TOTAL = 2**62
"""Larger integer totals are refused, since 64-bit integers could overflow."""

_EXACT_IN_DOUBLE = 2.0**53


def added(statistics: Mapping[str, Array], columns: Mapping[str, str], codes: Codes, size: int) -> dict[str, Array]:
    """Add up the rows of each group."""
    return {role: _totals(columns[role], values, codes, size) for role, values in statistics.items()}


def _totals(name: str, values: Array, codes: Codes, size: int) -> Array:
    """Sum of the values of each group; integer sums are exact."""
    if values.dtype.kind == "f":
        return np.bincount(codes, weights=values, minlength=size)
    magnitude = np.abs(values.astype(np.float64))
    if magnitude.sum() < _EXACT_IN_DOUBLE:
        return np.bincount(codes, weights=values, minlength=size).astype(np.int64)
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, codes, values.astype(np.int64))
    rough = np.bincount(codes, weights=magnitude, minlength=size)
    if (rough > 1.5 * LARGEST_TOTAL).any() or (np.abs(totals) > LARGEST_TOTAL).any():
        raise CellError(
            f"column {name!r}: the total of a group exceeds 2^62 ({LARGEST_TOTAL}). "
            "Give counts of real trials, or count in larger units."
        )
    return totals
