"""The number of decimals that a column of locations needs, so that their intervals do not look like points.

Measurements of 1000.01 mm with a posterior sd of 0.005 mm differ from their fifth digit on. So locations have at least
the number of decimals in which the width of the narrowest interval, or the smallest sd, has two digits.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output.cells import plain

LOCATIONS = frozenset({"mean", "median", "lower", "upper", "raw", "estimate"})
"""Columns that are locations, all in the same unit."""
_SHARE = 0.1  # intervals wider than this share of their location are visible with the usual digits
_KEPT = 2  # digits of a width that must be visible


def needed(width: float, *locations: float) -> int | None:
    """The number of decimals that show an interval of this width at these locations; None if the usual digits do.

    >>> needed(0.0031, 1000.01), needed(0.02, 0.1), needed(0.0, 5.0)
    (4, None, None)
    """
    largest = max((abs(value) for value in locations if math.isfinite(value)), default=0.0)
    if not 0.0 < width < _SHARE * largest:
        return None
    return _KEPT - 1 - math.floor(math.log10(width))


def least_decimals(columns: Mapping[str, NDArray[Any]]) -> dict[str, Sequence[int | None]]:
    """The number of decimals that each number of each column needs, so that the intervals of the table are visible."""
    least = _rows(columns)
    return {name: least if name in LOCATIONS else () for name in columns}


def _rows(columns: Mapping[str, NDArray[Any]]) -> list[int | None]:
    """The number of decimals that the locations of each row need, by its interval, or by its sd if it has none."""
    cells = {name: column for name, value in columns.items() if (column := _floats(value)) is not None}
    if "lower" in cells and "upper" in cells:
        widths = [upper - lower for lower, upper in zip(cells["lower"], cells["upper"], strict=True)]
    else:
        widths = list(cells.get("sd", []))
    if not widths:
        return []
    located = [cells[name] for name in cells if name in LOCATIONS]
    return [needed(width, *row) for width, *row in zip(widths, *located, strict=True)] if located else []


def _floats(column: NDArray[Any]) -> Sequence[float] | None:
    """The numbers of a column, NaN where one is missing; None if the column has cells that are not numbers."""
    if column.dtype.kind == "f":
        return column.tolist()
    cells = plain(column) if column.dtype.kind == "O" else []
    if not cells or not all(value is None or type(value) in (int, float) for value in cells):
        return None
    return np.array([math.nan if value is None else float(value) for value in cells]).tolist()
