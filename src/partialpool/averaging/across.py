"""Quantiles of very many cells, from those of a few hundred between which they are interpolated.

A quantile is an analytic function of a cell's data, which need not be whole numbers. Where all the rates are about the
same, it is taken as a polynomial in log(size) and in v, the distance of the cell's own rate from the common one in
standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partialpool.averaging.source import Across
from partialpool.integrate.square import Square
from partialpool.special import Array

FEWEST = 700
"""Cells from where it pays."""

_SIZES = (16, 26)  # in log(size), and in v
_FARTHEST = 8.0  # v beyond which polynomials of that degree are not enough
_NARROWEST = 1e-3


def rectangle(place: Array) -> Square | None:
    """The rectangle of these places, (2, cells); None where they are few, or too far apart."""
    if place.shape[1] < FEWEST:
        return None
    low, high = place.min(axis=1), place.max(axis=1)
    sides = high - low
    return Square(low, high, _SIZES) if sides.min() > _NARROWEST and sides[1] < 2.0 * _FARTHEST else None


def interpolated(quantiles: Callable[[Any], Array], of: Across, cells: Any) -> Array:
    """The z of the quantiles of cells: (levels, cells)."""
    return of.square.between(quantiles(of.cells(of.square.points)).T, of.place(cells)).T
