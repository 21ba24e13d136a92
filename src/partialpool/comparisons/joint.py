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
from partialpool.distributions import Each
from partialpool.integrate.gauss import legendre
from partialpool.panels import POINTS, Panels, basis
from partialpool.special import Array, Index


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
        weight = legendre(POINTS)[1]
        whole = np.einsum("abij,i,a->abj", self.density, weight, self.one.width)
        return np.concatenate([np.zeros((1, *whole.shape[1:])), np.cumsum(whole, axis=0)])

    @cached_property
    def total(self) -> float:
        """The integral over both, 1 but for rounding and what the grids leave out."""
        return float(np.einsum("bj,j,b->", self._before[-1], legendre(POINTS)[1], self.other.width))

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
        return float(np.einsum("bj,j,b->", self._before[-1, first:], legendre(POINTS)[1], self.other.width[first:]))

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
        x, w = legendre(POINTS)
        width = np.diff(ends)
        z = (ends[:-1, None] + width[:, None] * x).ravel()
        panel, inside = self.other.place(z)
        return _Points(z, (width[:, None] * w).ravel(), panel, basis(inside)[0])

    def _read(self, there: Array, points: _Points) -> tuple[Array, Array]:
        """The integral over z_one up to `there`, and the density there, at the z_other of each point."""
        panel, inside = self.one.place(there)
        value, integral = basis(inside)
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
    shape = (first.size, POINTS, second.size, POINTS)
    return Table(first, second, joint.reshape(shape).transpose(0, 2, 1, 3))
