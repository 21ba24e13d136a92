"""Group the rows of a lazy frame, and add up whole numbers in each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.groups.groups import Array
from partialpool.io.backends.rows import Column
from partialpool.io.engines.exact import limb_names

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


def sums_of(columns: Mapping[str, Column], name: str) -> list[Array]:
    """The sums of the limbs of a number (see `exact`)."""
    return [columns[limb].data for limb in limb_names(name)]
