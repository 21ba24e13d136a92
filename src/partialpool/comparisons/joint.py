"""Two thetas at nodes where panels for all of their conditionals are few: probabilities of regions of both.

Given a node the two are independent, so that the joint density of their z is a sum of products,

    f(z_one, z_other)  =  sum_k p_k f_one,k(z_one) f_other,k(z_other).

Between the points of panels it is a polynomial, so that  P(z_one <= s(z_other))  for any s is one integral over z_other
of what is read from the panel that z_one = s(z_other) is in. The sum over nodes is a product of two small matrices for
each two panels, and is kept, since other values and quantities ask for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from partialpool.distributions import Each, Quantity
from partialpool.integrate.chunks import chunks
from partialpool.integrate.gauss import legendre
from partialpool.panels import POINTS, Panels, basis
from partialpool.special import Array, Index

Slope = Callable[[Array], Array]

_HALVINGS, _LEAST = 30, 0.5  # of a piece of a panel, and the shortest that is halved
_FEW = 2  # panels of theta_one that a panel of theta_other may pass through, for its own points to serve
_UNSEEN = 1e-25  # of a density times the root of a probability
_AWAY = 15.0  # z up to which theta_one may come without being as good as at the upper end of its range
_STRAIGHT = 0.1  # how far z_one may bend away on a panel: the change of its slope, times its width, if that is above 1


@dataclass(frozen=True)
class Side:
    """One theta over some nodes: its densities at the points of panels, and after these the integral before each panel.

    Attributes:
        at: the panels.
        root: of the probability of each node.
        rows: times that root, (panels, points + 1, nodes).
        first: the node before which none counts in a panel, of nodes from the narrowest to the widest.
    """

    at: Panels
    root: Array
    rows: Array
    first: Index

    @classmethod
    def of(cls, probability: Array, each: Each, at: Panels) -> Side:
        """Conditionals of (nodes), of mass 1 on these panels."""
        root, rows = np.sqrt(probability), np.zeros((at.size, POINTS + 1, len(probability)))
        low, high = each.reach
        for some in chunks(at.size, 4 * POINTS * len(probability)):
            z, first, last = at.z[some, :, None], at.edges[some.start], at.edges[some.stop]
            alive = np.flatnonzero((low < last) & (high > first))
            rows[some, :-1, alive] = np.exp(each.part(alive).log_density(z))
        whole = at.width[:, None] * (legendre(POINTS)[1] @ rows[:, :-1])
        rows[:, -1] = np.cumsum(whole, axis=0) - whole
        rows *= root / whole.sum(axis=0)
        return cls(at, root, rows, np.argmax(rows.max(axis=1) > _UNSEEN, axis=1))

    def upto(self, z: float) -> Array:
        """The integral up to one z at each node, times the root."""
        panel, inside = self.at.place(np.array([z]))
        rows = self.rows[panel[0]]
        return np.asarray(rows[-1] + self.at.width[panel] * (basis(inside)[1][0] @ rows[:-1]))


@dataclass(frozen=True)
class Joint:
    """Two thetas over the same nodes."""

    one: Side
    other: Side

    @cached_property
    def swapped(self) -> Joint:
        """The same with the two thetas in each other's place."""
        out = Joint(self.other, self.one)
        out.__dict__["swapped"] = self
        return out

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """P(quantity <= value) and the density of the quantity there, both times the probability of the nodes."""
        if quantity.sign * value < 0.0:
            p, density = self.swapped.below(quantity, -value)
            return float(self.one.root @ self.one.root) - p, density
        if quantity.halfway is None or self.one.at.edges[-1] < _AWAY:
            return self.under(quantity, value, -np.inf, np.inf)
        # where theta_one would come to an end of its range, theta_other is followed instead
        cut, moved = quantity.halfway(value)
        first, rise = self.under(quantity, value, -np.inf, cut)
        second, more = self.swapped.under(quantity, -value, moved, np.inf)
        left, right = self.other.upto(cut), self.one.root - self.one.upto(moved)
        return float(first + self.other.root @ (self.other.root - left) - (second - left @ right)), rise + more

    def under(self, quantity: Quantity, value: float, low: float, high: float) -> tuple[float, float]:
        """P(quantity <= value and low < z_other <= high), and its slope in the value."""
        p = rise = 0.0
        with np.errstate(all="ignore"):
            moved = quantity.shift(self.one.at.edges, -value)[0]
            slope = partial(_slope, quantity, value)
            for points in self._points(moved[np.isfinite(moved)], slope, low, high):
                there, _, in_value = quantity.shift(points.z, value)
                there = np.nan_to_num(there, nan=np.inf, posinf=np.inf, neginf=-np.inf)
                below, density = self._read(there, points)
                p += float(points.weight @ below)
                rise += float(points.weight @ np.nan_to_num(density * in_value, nan=0.0, posinf=0.0, neginf=0.0))
        return p, rise

    def _points(self, moved: Array, slope: Slope, low: float, high: float) -> Iterator[_Points]:
        """Points over z_other from low to high: those of its panels, where these serve, and others in pieces of panels.

        moved: where z_one passes from one of its panels to the next; slope: of z_one in z_other.
        """
        at = self.other.at
        x, w = legendre(POINTS)
        crossed = np.bincount(np.clip(np.searchsorted(at.edges, moved), 1, at.size) - 1, minlength=at.size)
        straight = (crossed <= _FEW) & (_bend(at.edges, slope) <= _STRAIGHT)
        whole = (at.edges[:-1] >= low) & (at.edges[1:] <= high) & straight
        kept = np.flatnonzero(whole)
        if len(kept):
            yield _Points(at.z[kept].ravel(), (at.width[kept, None] * w).ravel(), np.repeat(kept, POINTS), None)
        low, high = max(low, at.edges[0]), min(high, at.edges[-1])
        ends = _halved(np.unique(np.clip(np.concatenate([at.edges, moved, [low, high]]), low, high)), slope)
        first, length = ends[:-1], np.diff(ends)
        parted = ~whole[at.place(first + 0.5 * length)[0]]
        if parted.any():
            first, length = first[parted], length[parted]
            z = (first[:, None] + length[:, None] * x).ravel()
            panel, inside = at.place(z)
            yield _Points(z, (length[:, None] * w).ravel(), panel, basis(inside)[0])

    def _read(self, there: Array, points: _Points) -> tuple[Array, Array]:
        """The integral over z_one up to `there`, and the density there, at the z_other of each point."""
        at = self.one.at
        panel, inside = at.place(there)
        value, integral = basis(inside)
        sums = self._sums(points.panel, panel)
        if points.basis is None:
            rows = sums.table[sums.place[points.panel, panel], np.arange(len(there)) % POINTS]
        else:
            rows = np.einsum("nj,nji->ni", points.basis, sums.table[sums.place[points.panel, panel]])
        below = rows[:, -1] + at.width[panel] * np.einsum("ni,ni->n", rows[:, :-1], integral)
        outside = (there < at.edges[0]) | (there > at.edges[-1])
        return below, np.where(outside, 0.0, np.einsum("ni,ni->n", rows[:, :-1], value))

    def _sums(self, beside: Index, panel: Index) -> _Sums:
        """The sum over the nodes of what both thetas have at the points of their panels, where it is needed."""
        sums = self._kept
        pairs = np.unique(beside * self.one.at.size + panel)
        new = pairs[sums.place.ravel()[pairs] < 0]
        room = sums.room(len(new))
        for out, b, a in zip(room, *np.divmod(new, self.one.at.size), strict=True):
            first = max(self.other.first[b], self.one.first[a])
            np.matmul(self.other.rows[b, :-1, first:], self.one.rows[a, :, first:].T, out=out)
        sums.place.ravel()[new] = np.arange(sums.size - len(new), sums.size)
        return sums

    @cached_property
    def _kept(self) -> _Sums:
        """None at first."""
        return _Sums(np.full((self.other.at.size, self.one.at.size), -1), np.empty((0, POINTS, POINTS + 1)))


@dataclass
class _Sums:
    """Sums over nodes for each two panels that were asked for, one after the other: few of all that there are.

    Attributes:
        place: where the sums of a panel of theta_other and one of theta_one are; -1 where they are not known.
        table: (places, points, points + 1).
        size: how many places are taken.
    """

    place: Index
    table: Array
    size: int = 0

    def room(self, more: int) -> Array:
        """So many places more."""
        if self.size + more > len(self.table):
            larger = np.empty((2 * (self.size + more), *self.table.shape[1:]))
            larger[: self.size] = self.table[: self.size]
            self.table = larger
        self.size += more
        return self.table[self.size - more : self.size]


def _slope(quantity: Quantity, value: float, z: Array) -> Array:
    """The slope of z_one in z_other where the quantity has a value; 0 where it is none."""
    return np.nan_to_num(quantity.shift(z, value)[1], nan=0.0, posinf=0.0)


def _bend(edges: Array, slope: Slope) -> Array:
    """How far z_one may bend away from a line between one edge of z_other and the next."""
    return np.asarray(np.abs(np.diff(slope(edges))) * np.maximum(np.diff(edges), 1.0))


def _halved(edges: Array, slope: Slope) -> Array:
    """Edges between which z_one is about straight in z_other: about 0 a difference bends within a panel of many z."""
    for _ in range(_HALVINGS):
        bent = np.flatnonzero(_bend(edges, slope) > _STRAIGHT)
        bent = bent[np.diff(edges)[bent] > _LEAST]
        if not len(bent):
            break
        edges = np.insert(edges, bent + 1, 0.5 * (edges[bent] + edges[bent + 1]))
    return edges


@dataclass(frozen=True)
class _Points:
    """Points over z_other with their weights, the panel of each, and what its points count there (None: its points)."""

    z: Array
    weight: Array
    panel: Index
    basis: Array | None
