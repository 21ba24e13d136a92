"""Turn tables that are given row by row, lists of dicts and structured arrays of NumPy, into columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.errors import DataError


def columns_of(data: object) -> Mapping[Any, object] | None:
    """The columns of a dict, a list of dicts or a structured array; None for anything else.

    A key that one of the dicts does not have is a missing cell.

    Raises:
        DataError: the list is empty.
    """
    if isinstance(data, Mapping):
        return data
    if isinstance(data, np.ndarray) and data.dtype.names is not None:
        return {name: data[name] for name in data.dtype.names}
    if not isinstance(data, (list, tuple)) or not all(isinstance(row, Mapping) for row in data):
        return None
    if not data:
        raise DataError("the data have no rows. Give at least one row.")
    names = dict.fromkeys(name for row in data for name in row)
    return {name: [row.get(name) for row in data] for name in names}
