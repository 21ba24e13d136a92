"""Convert columns of a table to plain Python values, for all writers."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Cell: TypeAlias = str | int | float | bool | None


def cell(value: Any) -> Cell:
    """Convert one value to text, a number, a boolean or None.

    >>> cell(np.float64(0.5)), cell(float("nan")), cell(dt.date(2020, 1, 31))
    (0.5, None, '2020-01-31')
    """
    if isinstance(value, np.generic):
        return plain(value.reshape(1))[0]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, dt.date)) and value != value:  # NaN, NaT
        return None
    if isinstance(value, float):
        return value
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def plain(column: NDArray[Any]) -> list[Cell]:
    """Convert a column to a list of cells; NaN and NaT become None.

    >>> plain(np.array([1.5, np.nan])), plain(np.array(["007", 7, None], dtype=object))
    ([1.5, None], ['007', 7, None])
    """
    if column.dtype.kind == "f":
        values: list[Cell] = column.tolist()
        for row in np.flatnonzero(np.isnan(column)).tolist():
            values[row] = None
        return values
    if column.dtype.kind in "biuU":
        whole: list[Cell] = column.tolist()
        return whole
    if column.dtype.kind == "M":
        texts = np.datetime_as_string(column).tolist()
        return [None if text == "NaT" else text for text in texts]
    return [cell(value) for value in column]


def noted(where: Mapping[str, NDArray[np.bool_]]) -> dict[str, NDArray[Any]]:
    """Return the column `note` if any row has a note; `where` maps each note to a mask of the rows that it is on."""
    notes = [np.where(rows, note, "") for note, rows in where.items() if rows.any()]
    if not notes:
        return {}
    said = ["; ".join(part for part in row if part) for row in zip(*notes, strict=True)]
    return {"note": np.array(said, dtype=object)}
