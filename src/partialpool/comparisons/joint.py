"""The joint density of two thetas, averaged over nodes, as a table from which probabilities of regions are read.

Given a node the two are independent, so that the joint density of their z is a sum of products,

    f(z_one, z_other)  =  sum_k p_k f_one,k(z_one) f_other,k(z_other),

one product of two matrices on the points of a grid for each theta. Between the points it is a polynomial on each panel,
so that  P(z_one <= s(z_other))  for any s is one integral over z_other of what is read from the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.comparisons.quantities import Quantity
from partialpool.composite import small_grid
from partialpool.distributions import Each
from partialpool.integrate.gauss import legendre
from partialpool.special import Array, Index

_FINE, _POINTS = 1.5, 12  # panels, and points of each: more than integrals take, since the table is read between points


@dataclass(frozen=True)
class Panels:
    """The panels of one theta's grid: their edges, and the points in them (panels, points)."""

    edges: Array
    z: Array
    width: Array

    @property
    def size(self) -> int:
        return len(self.width)

    def place(self, z: Array) -> tuple[Index, Array]:
        """The panel that each z is in, or is nearest to, and how far into it from 0 to 1."""
        panel = np.clip(np.searchsorted(self.edges, z, side="right") - 1, 0, self.size - 1)
        inside = np.clip(z, self.edges[0], self.edges[-1]) - self.edges[panel]
        return panel, np.clip(inside / self.width[panel], 0.0, 1.0)


def panels(of: Each, most: int) -> Panels | None:
    """Panels that resolve all of some distributions, (nodes), at once; None if these are more than so many."""
    found = small_grid(of.part((slice(None), None)), most, fine=_FINE)
    if found is None:
        return None
    width = found.width[0][found.width[0] > 0.0]
    edges = np.append(found.edge[0][: len(width)], found.edge[0][len(width) - 1] + width[-1])
    return Panels(edges, edges[:-1, None] + width[:, None] * legendre(_POINTS)[0], width)


@dataclass(frozen=True)
class Table:
    """The joint density at the points of both grids: (panels of one, panels of other, points, points)."""

    one: Panels
    other: Panels
    density: Array

    @cached_property
    def swapped(self) -> Table:
        """The same with the two thetas in each other's place."""
        return Table(self.other, self.one, self.density.transpose(1, 0, 3, 2))

    @cached_property
    def _before(self) -> Array:
        """The integral over z_one up to the beginning of each panel, and to the end of the last, at each z_other."""
        weight = legendre(_POINTS)[1]
        whole = np.einsum("abij,i,a->abj", self.density, weight, self.one.width)
        return np.concatenate([np.zeros((1, *whole.shape[1:])), np.cumsum(whole, axis=0)])

    @cached_property
    def total(self) -> float:
        """The integral over both, 1 but for rounding and what the grids leave out."""
        return float(np.einsum("bj,j,b->", self._before[-1], legendre(_POINTS)[1], self.other.width))

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """P(quantity <= value), and the density of the quantity there."""
        if quantity.sign * value < 0.0:
            p, density = self.swapped.below(quantity, -value)
            return 1.0 - p, density
        if not quantity.ends:
            p, density = self.under(quantity, value, -np.inf, np.inf)
            return p / self.total, density / self.total
        # where theta_one would come to an end of its range, theta_other is followed instead
        cut, moved = self._cut(quantity, value)
        first, rise = self.under(quantity, value, -np.inf, cut)
        corner = self.swapped.under_level(cut, moved)
        second, more = self.swapped.under(quantity, -value, moved, np.inf)
        above = self._mass_above(cut)
        return (first + above - (second - corner)) / self.total, (rise + more) / self.total

    def _cut(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """An edge of z_other below which theta_one is followed, and the z_one that belongs to it."""
        edges = self.other.edges
        with np.errstate(all="ignore"):
            there = quantity.shift(edges, value)[0]
        room = np.where(np.isfinite(there), np.minimum(-edges, 0.0) - np.maximum(there, 0.0), -np.inf)
        at = int(np.argmax(room)) if np.isfinite(room).any() else 0
        return float(edges[at]), float(there[at]) if np.isfinite(there[at]) else np.inf

    def _mass_above(self, cut: float) -> float:
        """P(z_other > cut), for a cut at an edge."""
        first = int(np.searchsorted(self.other.edges, cut))
        return float(np.einsum("bj,j,b->", self._before[-1, first:], legendre(_POINTS)[1], self.other.width[first:]))

    def under_level(self, level: float, low: float) -> float:
        """P(z_one <= level and z_other > low)."""
        points = self._points(np.zeros(0), low, np.inf)
        return float(points.weight @ self._read(np.full(len(points.z), level), points)[0])

    def under(self, quantity: Quantity, value: float, low: float, high: float) -> tuple[float, float]:
        """P(quantity <= value and low < z_other <= high), and its slope in the value."""
        with np.errstate(all="ignore"):
            moved = quantity.shift(self.one.edges, -value)[0]
            points = self._points(moved[np.isfinite(moved)], low, high)
            there, _, in_value = quantity.shift(points.z, value)
            there = np.nan_to_num(there, nan=np.inf, posinf=np.inf, neginf=-np.inf)
            below, density = self._read(there, points)
            slope = np.nan_to_num(density * in_value, nan=0.0, posinf=0.0, neginf=0.0)
        return float(points.weight @ below), float(points.weight @ slope)

    def _points(self, edges: Array, low: float, high: float) -> _Points:
        """Points over z_other from low to high, on panels that end at its own edges and at others besides."""
        own = self.other.edges
        low, high = max(low, own[0]), min(high, own[-1])
        ends = np.unique(np.clip(np.concatenate([own, edges, [low, high]]), low, high))
        x, w = legendre(_POINTS)
        width = np.diff(ends)
        z = (ends[:-1, None] + width[:, None] * x).ravel()
        panel, inside = self.other.place(z)
        return _Points(z, (width[:, None] * w).ravel(), panel, _basis(inside)[0])

    def _read(self, there: Array, points: _Points) -> tuple[Array, Array]:
        """The integral over z_one up to `there`, and the density there, at the z_other of each point."""
        panel, inside = self.one.place(there)
        value, integral = _basis(inside)
        rows = np.einsum("nij,nj->ni", self.density[panel, points.panel], points.basis)
        before = np.einsum("nj,nj->n", self._before[panel, points.panel], points.basis)
        below = before + self.one.width[panel] * np.einsum("ni,ni->n", rows, integral)
        outside = (there < self.one.edges[0]) | (there > self.one.edges[-1])
        return below, np.where(outside, 0.0, np.einsum("ni,ni->n", rows, value))


@dataclass(frozen=True)
class _Points:
    """Points over z_other with their weights, the panel of each, and what its points count there."""

    z: Array
    weight: Array
    panel: Index
    basis: Array


def table(probability: Array, one: Each, other: Each, first: Panels, second: Panels) -> Table:
    """The table of two thetas' conditionals at nodes, on panels for each."""
    with np.errstate(under="ignore"):
        parts = [
            np.exp(of.part((slice(None), None)).log_density(at.z.reshape(1, -1)))
            for of, at in ((one, first), (other, second))
        ]
    joint = (parts[0] * probability[:, None]).T @ parts[1]
    shape = (first.size, _POINTS, second.size, _POINTS)
    return Table(first, second, joint.reshape(shape).transpose(0, 2, 1, 3))


def _basis(x: Array) -> tuple[Array, Array]:
    """Lagrange's polynomials of the points of a panel at x in (0, 1), and their integrals from 0: (x, points).

    With Gauss's weights w_q,  l_q(x) = w_q sum_m (2m + 1) P_m(x_q) P_m(x)  in Legendre polynomials of (0, 1).
    """
    nodes, weights = legendre(_POINTS)
    order = np.arange(_POINTS)
    at = np.polynomial.legendre.legvander(2.0 * x - 1.0, _POINTS)
    from_points = np.polynomial.legendre.legvander(2.0 * nodes - 1.0, _POINTS - 1) * weights[:, None]
    lower = np.concatenate([-np.ones((len(at), 1)), at[:, : _POINTS - 1]], axis=1)
    integral = 0.5 * (at[:, 1:] - lower)
    return (at[:, :_POINTS] * (2.0 * order + 1.0)) @ from_points.T, integral @ from_points.T
