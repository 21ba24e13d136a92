"""Quantiles of very many cells, interpolated from those of a few hundred.

A quantile is an analytic function of a cell's data, which need not be whole numbers. Where all the rates are about the
same, it is interpolated by a polynomial in log(size) and in v, the distance of the cell's own rate from the common one
in standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partialpool.averaging.source import Across
from partialpool.integrate.square import Square
from partialpool.special import Array

FEWEST = 700
"""Number of cells from which interpolation pays."""

_SIZES = (16, 26)  # Chebyshev points along log(size), and along v
_FARTHEST = 8.0  # v beyond which polynomials of that degree are not accurate enough
_NARROWEST = 1e-3  # rectangles with a side shorter than this are not used


def rectangle(place: Array) -> Square | None:
    """Return the rectangle around places, (2, cells), or None where the cells are few, all alike, or too far apart."""
    if place.shape[1] < FEWEST:
        return None
    low, high = place.min(axis=1), place.max(axis=1)
    sides = high - low
    return Square(low, high, _SIZES) if sides.min() > _NARROWEST and sides[1] < 2.0 * _FARTHEST else None


def interpolated(quantiles: Callable[[Any], Array], of: Across, cells: Any) -> Array:
    """Interpolate the z of the quantiles of cells from the values at Chebyshev points: (levels, cells)."""
    return of.square.between(quantiles(of.cells(of.square.points)).T, of.place(cells)).T
