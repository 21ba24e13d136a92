"""Read the cells of a column as labels of groups, strictly: a cell that cannot be a label is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from partialpool.errors import CellError
from partialpool.groups.groups import Array
from partialpool.io.backends.cells import as_python, cells_of, either, is_missing, objects, tabulate
from partialpool.io.backends.rows import Column, Mask

LABELS = (str, int, float, Decimal, date, datetime, time, UUID)

_EXACT = 2.0**53
_CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,17}")


def names(column: Column) -> Column:
    """Read a column as labels: numeric, boolean and date arrays keep their type, all else becomes an object array.

    Raises:
        CellError: a cell is neither text nor a number nor a date.
    """
    data, kind = column.data, column.data.dtype.kind
    if kind in "biu":
        return column
    if kind == "f":
        return _whole(replace(column, missing=either(column.missing, np.isnan(data))))
    if kind == "M":
        return replace(column, missing=either(column.missing, np.isnat(data)))
    if kind in "OUT":
        return _objects(column)
    raise CellError(
        f"group column {column.name!r} holds {data.dtype} cells. Turn its labels into text, numbers or dates."
    )


def _objects(column: Column) -> Column:
    cells = cells_of(column)
    kinds = set(map(type, cells))
    if kinds == {str}:
        return replace(column, data=column.data.astype(object))
    plain = [as_python(cell) for cell in cells]
    table = tabulate(column, plain, is_missing)
    missing = np.fromiter((table[cell] for cell in plain), np.bool_, len(plain))
    _check_labels(column, plain, table)
    found = {type(cell) for cell in plain if not table[cell]}
    return _whole(replace(column, data=_typed(plain, missing, found), missing=either(column.missing, missing)))


def _whole(column: Column) -> Column:
    """Turn floats that are all whole into integers, since an empty cell turns a column of years into floats."""
    data, missing = column.data, column.missing
    if data.dtype.kind != "f" or missing is None or missing.all():
        return column
    there = data[~missing]
    if not ((np.floor(there) == there) & (np.abs(there) < _EXACT)).all():
        return column
    return replace(column, data=np.where(missing, 0.0, data).astype(np.int64))


def _check_labels(column: Column, cells: list[Any], missing: Mapping[Any, bool]) -> None:
    """Refuse labels of types other than `LABELS`."""
    wrong = {kind for kind in set(map(type, cells)) if not issubclass(kind, LABELS)}
    for row, cell in enumerate(cells if wrong else ()):
        if type(cell) in wrong and not missing[cell]:
            raise CellError(
                f"group column {column.name!r}, {column.place(row)}: a label cannot be a {type(cell).__name__}. "
                "Turn the labels into text, numbers or dates."
            )


def _typed(cells: list[Any], missing: Mask, kinds: set[type]) -> Array:
    """An int64, float64 or boolean array when every label is of that type, else objects."""
    for kind, dtype, empty in ((int, np.int64, 0), (float, np.float64, math.nan), (bool, np.bool_, False)):
        if kinds == {kind}:
            filled = (empty if gone else x for x, gone in zip(cells, missing.tolist(), strict=True))
            try:
                return np.fromiter(filled, dtype, len(cells))
            except OverflowError:
                break
    return objects(cells)


def text_labels(name: str, cells: list[str]) -> Column:
    """Labels of a text file: integers if all are written as Python writes them ("7", not "007"), else text.

    An empty cell is missing, as in a column of numbers; any other text is a label.
    """
    blank = {cell for cell in set(cells) if not cell.strip()}
    missing = np.fromiter((cell in blank for cell in cells), np.bool_, len(cells)) if blank else None
    if all(_CANONICAL.fullmatch(cell) for cell in set(cells) - blank):
        return Column(name, np.fromiter((0 if cell in blank else int(cell) for cell in cells), np.int64), missing)
    return Column(name, objects(cells), missing)
