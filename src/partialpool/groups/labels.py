"""Columns of labels from two tables: their kinds, and one column of both."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_KINDS = {"b": "truth values", "i": "numbers", "u": "numbers", "f": "numbers", "M": "dates"}
_TYPES = {bool: "truth values", int: "numbers", float: "numbers"}


def joined(one: Array, other: Array) -> Array:
    """Concatenate two columns of labels, as Python objects if they are of different kinds."""
    if one.dtype.kind != other.dtype.kind and "M" in (one.dtype.kind, other.dtype.kind):
        one, other = moments(one), moments(other)
    if one.dtype.kind == other.dtype.kind:
        return np.concatenate([one, other])
    return np.concatenate([one.astype(object), other.astype(object)])


def together(one: Array, other: Array) -> Array:
    """Concatenate two columns of labels of one kind; numbers of different types get the type that holds all of them.

    >>> together(np.array([1, 2]), np.array([2.5])), together(np.array([2**53 + 1]), np.array([0.5])).dtype
    (array([1. , 2. , 2.5]), dtype('O'))
    """
    kinds = {one.dtype.kind, other.dtype.kind}
    if len(kinds) == 1 or not kinds <= set("iuf"):
        return joined(one, other)
    for dtype in (np.int64, np.uint64, np.float64):
        if _held(one, dtype) and _held(other, dtype):
            return np.concatenate([one.astype(dtype), other.astype(dtype)])
    return joined(one, other)


def _held(labels: Array, dtype: Any) -> bool:
    """Whether numbers are the same, cell by cell, as a column of this type."""
    with np.errstate(invalid="ignore"):
        return bool(labels.astype(dtype).tolist() == labels.tolist())


def moments(labels: Array) -> Array:
    """Convert Python dates to NumPy, and all dates to microseconds, the resolution of Python."""
    if labels.dtype.kind == "M":
        return labels.astype("M8[us]")
    cells = labels.tolist()
    plain = all(cell is None or (isinstance(cell, date) and getattr(cell, "tzinfo", None) is None) for cell in cells)
    return labels.astype("M8[us]") if plain and labels.dtype.kind == "O" else labels


def kind_of(labels: Array) -> str:
    """The kind of the labels in a column, as a plural noun."""
    if labels.dtype.kind != "O":
        return _KINDS.get(labels.dtype.kind, "text")
    first = next((label for label in labels.tolist() if label is not None), "")
    if isinstance(first, str):
        return "text"
    return _TYPES.get(type(first), f"of the type {type(first).__name__}")
