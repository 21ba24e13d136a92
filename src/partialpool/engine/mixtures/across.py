"""Quantiles of very many cells, interpolated between those of some hundreds.

A quantile is an analytic function of a cell's data, which need not be whole numbers. Sparse cells have few distinct
counts of events: each count has a polynomial of its own in the log of the exposure (`Lines`). Where the rates of other
cells are about the same, one polynomial in log(exposure) and in the distance of the cell's own rate from the common
one, in standard deviations, serves them all (`Rectangle`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from partialpool.engine.mixtures.source import Map, Source, joined
from partialpool.quadrature.square import Square, chebyshev_points, chebyshev_shares
from partialpool.special import Array, Index

FEWEST = 700
"""Number of cells from which interpolation pays."""

_SIZES = (16, 30)  # points of the rectangle in log(size), and in the distance
_FARTHEST = 8.0  # distance in standard deviations beyond which polynomials of that degree are not enough
_NARROWEST = 1e-3  # side of a rectangle
_SINGULAR = np.pi  # distance from the real line where functions of log(size) are singular: 1 + size/concentration is 0
_LEFT = 1e-11  # what the coefficients of a line have fallen to at its last point
_WORTH = 0.5  # points per cell, up to which they pay
_BENDS = 6.0  # more points of a line
_FEW = 24.0  # events up to which cells are on lines, if there are enough of them
_JUDGES = 64


class Way(Protocol):
    """A way of interpolating functions of some cells."""

    @property
    def points(self) -> Any:
        """The cells between which it interpolates."""

    @property
    def margin(self) -> Array:
        """How near each of the cells is to where interpolation is worst: 1 at an end or an edge, (cells,)."""

    def between(self, values: Array) -> Array:
        """The values of the cells, (cells, functions), from those of the points, (points, functions)."""


def way(source: Source, cells: Any) -> Way | None:
    """How to interpolate between these cells: by few counts on lines, the rest on lines or a rectangle; None: not."""
    maps = source.maps(cells)
    if maps is None or len(cells.count) < FEWEST:
        return None
    few = maps.lines.place(cells)[0] <= _FEW
    if few.any() and not _pays(Lines.of(maps.lines, cells.subset(few)), few.sum()):
        few[:] = False
    parts = []
    for which, sparse in ((np.flatnonzero(few), True), (np.flatnonzero(~few), False)):
        if len(which):
            some = cells.subset(which)
            lines, rectangle = Lines.of(maps.lines, some), None if sparse else Rectangle.of(maps.plane, some)
            parts.append((which, min((lines, rectangle or lines), key=lambda one: len(one.points.count))))
    both = Together(tuple(parts))
    return both if _pays(both, len(cells.count)) else None


def _pays(of: Way, cells: int) -> bool:
    return len(of.points.count) <= _WORTH * cells


def judges(way: Way) -> Index:
    """The cells by which a way is judged: half of them where it is worst, the others from everywhere."""
    margin = way.margin
    everywhere = np.linspace(0, len(margin) - 1, _JUDGES // 2).round().astype(np.intp)
    return np.unique(np.concatenate([everywhere, np.argsort(margin)[-(_JUDGES // 2) :]]))


@dataclass(frozen=True)
class Together:
    """Ways of some of the cells each, which have each cell among them."""

    parts: tuple[tuple[Index, Way], ...]

    @property
    def points(self) -> Any:
        return joined([part.points for _, part in self.parts])

    @property
    def margin(self) -> Array:
        return self._of_all([part.margin for _, part in self.parts])

    def between(self, values: Array) -> Array:
        ends = np.cumsum([len(part.points.count) for _, part in self.parts])
        of = np.split(values, ends[:-1])
        return self._of_all([part.between(some) for (_, part), some in zip(self.parts, of, strict=True)])

    def _of_all(self, values: list[Array]) -> Array:
        which = np.concatenate([which for which, _ in self.parts])
        return np.asarray(np.concatenate(values)[np.argsort(which)])


@dataclass(frozen=True)
class Rectangle:
    """Polynomials in both coordinates of a map; place: where the cells lie on it, (2, cells)."""

    map: Map
    place: Array
    square: Square

    @staticmethod
    def of(plane: Map, cells: Any) -> Rectangle | None:
        """The rectangle that holds these cells; None where they are too far apart, or on a line."""
        place = plane.place(cells)
        low, high = place.min(axis=1), place.max(axis=1)
        sides = high - low
        usable = sides.min() > _NARROWEST and sides[1] < 2.0 * _FARTHEST
        return Rectangle(plane, place, Square(low, high, _SIZES)) if usable else None

    @property
    def points(self) -> Any:
        return self.map.cells(self.square.points)

    @property
    def margin(self) -> Array:
        low, high = self.square.low[:, None], self.square.high[:, None]
        return np.asarray(np.abs((2.0 * self.place - low - high) / (high - low)).max(axis=0))

    def between(self, values: Array) -> Array:
        return _smooth(lambda finite: self.square.between(finite, self.place), values)


@dataclass(frozen=True)
class _Line:
    """Cells with the same first coordinate: which they are, where they lie from -1 to 1, and the number of points.

    With as many points as cells, the points are the cells.
    """

    which: Index
    inside: Array
    size: int

    @property
    def exact(self) -> bool:
        return self.size == len(self.which)

    def polynomials(self, values: Array) -> Array:
        """Interpolate functions at the cells, (cells, functions), from finite values at the points."""
        return np.einsum("ij,jk->ik", chebyshev_shares(self.inside, self.size), values)


@dataclass(frozen=True)
class Lines:
    """Polynomials in the second coordinate of a map, one for each value of the first.

    place: where the points of all lines lie on the map, (2, points).
    """

    map: Map
    place: Array
    lines: tuple[_Line, ...]

    @staticmethod
    def of(by_count: Map, cells: Any) -> Lines:
        """Lines that hold these cells."""
        first, second = by_count.place(cells)
        order = np.argsort(first, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(first[order])) + 1)
        lines, places = zip(*(_line(which, second[which], first[which[0]]) for which in parts), strict=True)
        value = np.concatenate([np.full(line.size, first[line.which[0]]) for line in lines])
        return Lines(by_count, np.stack([value, np.concatenate(places)]), lines)

    @property
    def points(self) -> Any:
        return self.map.cells(self.place)

    @property
    def margin(self) -> Array:
        out = np.empty(sum(len(line.which) for line in self.lines))
        for line in self.lines:
            out[line.which] = 0.0 if line.exact else np.abs(line.inside)
        return out

    def between(self, values: Array) -> Array:
        out = np.empty((sum(len(line.which) for line in self.lines), values.shape[1]))
        ends = np.cumsum([line.size for line in self.lines])
        for line, of in zip(self.lines, np.split(values, ends[:-1]), strict=True):
            out[line.which] = of if line.exact else _smooth(line.polynomials, of)
        return out


def _smooth(between: Callable[[Array], Array], values: Array) -> Array:
    """Interpolate functions, (points, functions); one that is infinite at all points is so everywhere, else unknown."""
    finite = np.isfinite(values)
    end = np.where((values == values[0]).all(axis=0), values[0], np.nan)
    return np.where(finite.all(axis=0), between(np.where(finite, values, 0.0)), end)


def _line(which: Index, x: Array, count: float) -> tuple[_Line, Array]:
    """The line of a count through the places x, and the places of its points.

    There are enough points for a function that is analytic within pi of the line, and that bends on the scale of the
    standard deviation of the log of the cell's own rate, 1/sqrt(count).
    """
    middle, half = 0.5 * (x.min() + x.max()), max(0.5 * float(np.ptp(x)), _NARROWEST)
    reach = _SINGULAR / half
    size = math.ceil(-math.log(_LEFT) / math.log(reach + math.hypot(1.0, reach)) + _BENDS * half * math.sqrt(count)) + 2
    inside = (x - middle) / half
    if size >= len(x):
        return _Line(which, inside, len(x)), x
    return _Line(which, inside, size), middle + half * chebyshev_points(size)
