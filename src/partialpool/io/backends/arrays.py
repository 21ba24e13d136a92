"""Read the columns of a dict: lists, tuples, ranges, arrays and Series."""

from __future__ import annotations

import sys
from array import array as machine_array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.errors import ColumnError
from partialpool.groups.groups import Array
from partialpool.io.backends.cells import objects
from partialpool.io.backends.columns import positions
from partialpool.io.backends.frames import series
from partialpool.io.backends.given import is_column
from partialpool.io.backends.rows import Column, check_lengths


def read_mapping(data: Mapping[Any, object], wanted: Sequence[str]) -> list[Column]:
    """Read the wanted columns of a dict, which must have one length.

    Raises:
        ColumnError: a column is missing, not one-dimensional, or of another length.
    """
    keys = list(data)
    columns = [_column(name, data[keys[i]]) for name, i in zip(wanted, positions(keys, wanted), strict=True)]
    check_lengths(columns)
    return columns


def read_columns(given: Mapping[str, object]) -> list[Column]:
    """Read columns that are given by name.

    Raises:
        ColumnError: one of them is not a column, or not one-dimensional.
    """
    return [_column(name, cells) for name, cells in given.items()]


def _column(name: str, cells: object) -> Column:
    import narwhals.stable.v2 as nw

    if isinstance(cells, (list, tuple)):
        return Column(name, _from_list(list(cells)))
    if isinstance(cells, (range, machine_array)):
        return Column(name, np.asarray(cells))
    if isinstance(cells, np.ndarray):
        return _from_array(name, cells)
    native = nw.from_native(_as_series(cells), series_only=True, pass_through=True)
    if isinstance(native, nw.Series):
        return series(name, native)
    if is_column(native):
        return _from_array(name, _as_array(name, native))
    raise ColumnError(
        f"column {name!r} is a {type(cells).__name__}, not a column. Give a list or a one-dimensional array."
    )


def _as_series(cells: object) -> object:
    """Turn bare arrays of pandas and PyArrow into their Series; return anything else as it is."""
    pandas, pyarrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and isinstance(cells, (pandas.api.extensions.ExtensionArray, pandas.Index)):
        return cells if isinstance(cells, pandas.MultiIndex) else pandas.Series(cells)
    if pyarrow is not None and isinstance(cells, pyarrow.Array):
        return pyarrow.chunked_array([cells])
    return cells


def _as_array(name: str, cells: Any) -> Array:
    """Convert an object of another library to an array."""
    try:
        return np.asarray(cells)
    except Exception as error:
        raise ColumnError(
            f"column {name!r} is a {type(cells).__name__} that does not turn into an array: {error}. Give an array."
        ) from error


def _from_array(name: str, cells: Array) -> Column:
    if cells.ndim != 1:
        raise ColumnError(
            f"column {name!r} is an array of shape {cells.shape}. Give a one-dimensional array, a cell a row."
        )
    if isinstance(cells, np.ma.MaskedArray):
        return Column(name, np.ma.getdata(cells), np.ma.getmaskarray(cells))
    return Column(name, np.asarray(cells))


def _from_list(cells: list[Any]) -> Array:
    """An int, float or boolean array if all cells have that type, else an object array."""
    kinds = set(map(type, cells))
    for kind, dtype in ((int, np.int64), (float, np.float64), (bool, np.bool_)):
        if kinds == {kind}:
            try:
                return np.fromiter(cells, dtype, len(cells))
            except OverflowError:
                break
    return objects(cells)
