"""Attach columns to dicts of columns, lists of dicts and structured arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.groups.groups import Array
from partialpool.io.backends import not_read
from partialpool.io.backends.records import columns_of


def attach_to_rows(data: Any, added: Addition) -> Any:
    """A new dict, list of dicts or structured array with added columns; cells without an answer are NaN or None.

    Raises:
        DataError: the data are not a table, or their groups are not those of the fit.
    """
    if isinstance(data, (list, tuple)) and not data:
        return type(data)()
    columns = columns_of(data)
    if columns is None:
        raise not_read(data)
    added.check_clashes(list(columns))
    found = added.columns(columns, _size(columns))
    if isinstance(data, Mapping):
        return dict(data) | found
    return _structured(data, found) if isinstance(data, np.ndarray) else _dicts(data, found)


def _size(columns: Mapping[Any, Any]) -> int:
    first = next(iter(columns.values()), ())
    return len(first) if hasattr(first, "__len__") else 0


def _structured(data: Array, found: Mapping[str, Array]) -> Array:
    """A structured array with added fields of floats, masked or a record array if the old one is."""
    names = data.dtype.names or ()
    dtype = np.dtype([*((name, data.dtype[name]) for name in names), *((name, np.float64) for name in found)])
    made: Any = np.ma.zeros(data.shape, dtype) if isinstance(data, np.ma.MaskedArray) else np.zeros(data.shape, dtype)
    for name in names:
        made[name] = data[name]
    for name, values in found.items():
        made[name] = values
    return made if isinstance(data, np.ma.MaskedArray) else made.view(type(data))


def _dicts(data: Any, found: Mapping[str, Array]) -> Any:
    """New dicts with added keys."""
    cells = zip(*([None if x != x else x for x in values.tolist()] for values in found.values()), strict=True)
    return type(data)([{**row, **dict(zip(found, more, strict=True))} for row, more in zip(data, cells, strict=True)])
