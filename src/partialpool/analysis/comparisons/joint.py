"""Probabilities of regions of two thetas, at nodes where few panels resolve all of their conditionals.

Given a node the two are independent, so that the joint density of their z is a sum of products,

    f(z_one, z_other)  =  sum_k p_k f_one,k(z_one) f_other,k(z_other).

Between the points of panels it is a polynomial, so that  P(z_one <= s(z_other))  for any s is one integral over z_other
of values interpolated in the panel that holds z_one = s(z_other). The sum over nodes is a product of two small matrices
for each pair of panels, and is cached, since other values and quantities need the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from partialpool.distributions import Distribution, Quantity
from partialpool.distributions.panels import POINTS, Panels, basis
from partialpool.quadrature.chunks import chunks
from partialpool.quadrature.gauss import legendre
from partialpool.special import Array, Index

Slope = Callable[[Array], Array]

_HALVINGS, _LEAST = 30, 0.5  # most halvings of a piece of a panel, and the shortest piece that is halved
_FEW = 2  # panels of theta_one that a panel of theta_other may cross if its own points are to serve
_UNSEEN = 1e-25  # least density, times the root of a probability, that counts
_AWAY = 15.0  # z beyond which theta_one is as good as at the upper end of its range
_STRAIGHT = 0.1  # largest bend of z_one on a panel: the change of its slope, times its width if that is above 1


@dataclass(frozen=True)
class Side:
    """One theta over some nodes: densities at the points of panels, followed by the integral before each panel.

    Attributes:
        at: the panels.
        root: root of the probability of each node.
        rows: densities and integrals times that root, (panels, points + 1, nodes).
        first: per panel, the first node that counts, with nodes ordered from the narrowest to the widest.
    """

    at: Panels
    root: Array
    rows: Array
    first: Index

    @classmethod
    def of(cls, probability: Array, each: Distribution, at: Panels) -> Side:
        """Tabulate conditionals, (nodes,), normalised to mass 1 on these panels."""
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
        """P(Z <= z) at each node, times the root of its probability."""
        panel, inside = self.at.place(np.array([z]))
        rows = self.rows[panel[0]]
        return np.asarray(rows[-1] + self.at.width[panel] * (basis(inside)[1][0] @ rows[:-1]))


@dataclass(frozen=True)
class Joint:
    """The joint distribution of two thetas over the same nodes."""

    one: Side
    other: Side

    @cached_property
    def swapped(self) -> Joint:
        """The pair with the two thetas exchanged."""
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
        # where theta_one would come to an end of its range, the integral is over z_one instead
        cut, moved = quantity.halfway(value)
        first, rise = self.under(quantity, value, -np.inf, cut)
        second, more = self.swapped.under(quantity, -value, moved, np.inf)
        left, right = self.other.upto(cut), self.one.root - self.one.upto(moved)
        return float(first + self.other.root @ (self.other.root - left) - (second - left @ right)), rise + more

    def under(self, quantity: Quantity, value: float, low: float, high: float) -> tuple[float, float]:
        """P(quantity <= value and low < z_other <= high), and its derivative with respect to the value."""
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
        """Yield points over z_other from low to high: those of its panels where these serve, else of pieces of panels.

        moved: z_other at which z_one passes from one of its panels to the next; slope: derivative of z_one in z_other.
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
        """The sums over nodes of products of both thetas' densities, computed for the panels that need them."""
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
        """The sums that are known so far, none at first."""
        return _Sums(np.full((self.other.at.size, self.one.at.size), -1), np.empty((0, POINTS, POINTS + 1)))


@dataclass
class _Sums:
    """Sums over nodes for the pairs of panels that were needed, stored in the order in which they were computed.

    A curve passes through few of all pairs, and a table of all of them would spend most of the time on fresh memory.

    Attributes:
        place: index of the sums of a panel of theta_other and one of theta_one; -1 if they are not known.
        table: the sums, (places, points, points + 1).
        size: number of places that are filled.
    """

    place: Index
    table: Array
    size: int = 0

    def room(self, more: int) -> Array:
        """Return storage for more sums, at the places after those that are filled."""
        if self.size + more > len(self.table):
            larger = np.empty((2 * (self.size + more), *self.table.shape[1:]))
            larger[: self.size] = self.table[: self.size]
            self.table = larger
        self.size += more
        return self.table[self.size - more : self.size]


def _slope(quantity: Quantity, value: float, z: Array) -> Array:
    """Derivative of z_one in z_other where the quantity has this value; 0 where it is undefined."""
    return np.nan_to_num(quantity.shift(z, value)[1], nan=0.0, posinf=0.0)


def _bend(edges: Array, slope: Slope) -> Array:
    """How far z_one may deviate from a straight line between neighbouring edges of z_other."""
    return np.asarray(np.abs(np.diff(slope(edges))) * np.maximum(np.diff(edges), 1.0))


def _halved(edges: Array, slope: Slope) -> Array:
    """Halve pieces until z_one is nearly straight in z_other; near 0, a difference bends within a panel of many z."""
    for _ in range(_HALVINGS):
        bent = np.flatnonzero(_bend(edges, slope) > _STRAIGHT)
        bent = bent[np.diff(edges)[bent] > _LEAST]
        if not len(bent):
            break
        edges = np.insert(edges, bent + 1, 0.5 * (edges[bent] + edges[bent + 1]))
    return edges


@dataclass(frozen=True)
class _Points:
    """Points over z_other with weights, panels, and interpolation weights (None: they are the panels' own points)."""

    z: Array
    weight: Array
    panel: Index
    basis: Array | None
