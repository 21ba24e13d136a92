"""Group the rows of a lazy frame, and add up whole numbers in each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.groups.groups import Array
from partialpool.io.backends.rows import Column
from partialpool.io.engines.exact import LIMBS, limbs

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw


def grouped(frame: nw.LazyFrame[Any], keys: Sequence[str], parts: Sequence[str]) -> nw.LazyFrame[Any]:
    """The groups with their number of rows n and sums of whole numbers, as 64-bit integers in every engine."""
    import narwhals.stable.v2 as nw

    found = frame.group_by(*keys).agg(nw.len().alias("n"), *(nw.col(name).sum().alias(name) for name in parts))
    return found.with_columns(*(nw.col(name).cast(nw.Int64) for name in ("n", *parts)))


def in_order(columns: Mapping[str, Column], keys: Sequence[str]) -> dict[str, Column]:
    """Sort groups by their labels, the first column of labels first."""
    order = np.lexsort([columns[key].data for key in reversed(keys)])
    return {name: Column(name, column.data[order]) for name, column in columns.items()}


def named_limbs(name: str, x: nw.Expr, scale: float) -> dict[str, nw.Expr]:
    """The limbs of x as columns with names of their own (see `exact`)."""
    return {f"s_{name}_{k}": limb for k, limb in enumerate(limbs(x, scale))}


def sums_of(columns: Mapping[str, Column], name: str) -> list[Array]:
    """The sums of these limbs."""
    return [columns[f"s_{name}_{k}"].data for k in range(LIMBS)]
