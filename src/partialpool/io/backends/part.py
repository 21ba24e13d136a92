"""Some rows of a table in memory, as a table of the same kind."""

from __future__ import annotations

import os
from array import array as machine_array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.backends.given import is_column
from partialpool.io.backends.records import columns_of

Places = NDArray[np.intp]


def in_columns(data: object) -> object:
    """The table, or the dict of its columns if it is a list of dicts or a structured array."""
    return data if data is None or isinstance(data, (str, os.PathLike)) else columns_of(data) or data


def some_rows(data: object, places: Places) -> object | None:
    """The rows of a table at these places, counted from 0; None for a file, a query or a lazy frame.

    >>> some_rows({"lab": ["A", "B", "C"], "n": range(3)}, np.array([0, 2]))["lab"]
    ['A', 'C']
    """
    if isinstance(data, Mapping):
        return {name: some_cells(cells, places) for name, cells in data.items() if is_column(cells)}
    import narwhals.stable.v2 as nw

    native: Any = nw.to_native(data, pass_through=True)
    if nw.dependencies.is_pandas_dataframe(native):
        return native.iloc[places]
    if nw.dependencies.is_polars_dataframe(native):
        return native[places]
    return native.take(places) if nw.dependencies.is_pyarrow_table(native) else None


def some_cells(cells: Any, places: Places) -> Any:
    """The cells of a column (a list, an array or a Series) at these places, counted from 0."""
    if isinstance(cells, (list, tuple)):
        return [cells[place] for place in places.tolist()]
    if isinstance(cells, (range, machine_array)):
        return np.asarray(cells)[places]
    if hasattr(cells, "iloc"):
        return cells.iloc[places]
    return cells.take(places) if hasattr(cells, "take") else cells[places]
