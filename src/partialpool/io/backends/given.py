"""Columns that a caller gives as arrays or Series in place of names."""

from __future__ import annotations

import sys
from array import array as machine_array
from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.errors import ColumnError

_PLAIN = (list, tuple, range, machine_array, np.ndarray)
_LIBRARIES = ("pandas", "polars", "pyarrow")


def is_column(value: object) -> bool:
    """Whether a value is a column (a list, an array or a Series), and not the name of one."""
    if isinstance(value, (str, bytes, np.generic, type)):
        return False
    return isinstance(value, _PLAIN) or _is_series(value) or hasattr(value, "__array__")


def _is_series(value: object) -> bool:
    """Whether a value is a Series of narwhals."""
    narwhals = sys.modules.get("narwhals")
    return narwhals is not None and isinstance(value, narwhals.Series)


def name_of(column: object) -> str | None:
    """The name of a Series, if it is text and not empty."""
    name = getattr(column, "name", None)
    return name if isinstance(name, str) and name.strip() else None


def library_of_columns(columns: Mapping[str, object]) -> str:
    """The data-frame library of the first column that is from one; "dict" if none is."""
    for column in columns.values():
        native = column.to_native() if _is_series(column) else column  # type: ignore[attr-defined]
        library = type(native).__module__.partition(".")[0]
        if library in _LIBRARIES:
            return library
    return "dict"


def check_indices(data: object, columns: Mapping[str, object]) -> None:
    """Refuse pandas objects whose indexes differ, so that their rows may not correspond.

    Raises:
        ColumnError: two of them have different indexes.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return
    found: dict[str, Any] = {"data": data.index} if isinstance(data, pandas.DataFrame) else {}
    found |= {repr(name): cells.index for name, cells in columns.items() if isinstance(cells, pandas.Series)}
    for name, index in found.items():
        first = next(iter(found))
        if not index.equals(found[first]):
            raise ColumnError(
                f"the rows of {first} and {name} are not the same rows: their indexes differ. Take both from one "
                "table, or give columns without an index, such as series.to_numpy(), which are taken by position."
            )
