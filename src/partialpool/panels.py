"""Panels along z that resolve some distributions, with functions on them read between their points as polynomials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from partialpool.composite import width_at
from partialpool.distributions import Each
from partialpool.integrate.gauss import legendre
from partialpool.special import Array, Index

_FINE = 1.5  # panels: more than integrals take, since functions are read between their points
_WIDTH = 1.0  # of a panel, in spreads of a distribution that is about normal
_CORE, _GROWTH = 3.0, 0.33  # beyond so many spreads from its middle the panels grow
_BEND = 1.2  # of a panel where a distribution bends into a power of theta, in z
_POWER = 2.0  # beyond so far from its bend a distribution is a power of theta, if that is no more than 1
_TAIL = 0.75  # of a panel along such a tail, beside how far it is out in it
_BROAD = 1.5  # a spread from which on a distribution is two such tails and the bend between them
_SPARE = 3  # times as many halves of halves as there are panels in the end

POINTS = 12
"""Points of a panel."""


@dataclass(frozen=True)
class Panels:
    """The panels of one theta's grid: their edges, and the points in them (panels, points)."""

    edges: Array
    z: Array
    width: Array

    @property
    def size(self) -> int:
        """How many panels."""
        return len(self.width)

    def place(self, z: Array) -> tuple[Index, Array]:
        """The panel that each z is in, or is nearest to, and how far into it from 0 to 1."""
        panel = np.clip(np.searchsorted(self.edges, z, side="right") - 1, 0, self.size - 1)
        inside = np.clip(z, self.edges[0], self.edges[-1]) - self.edges[panel]
        return panel, np.clip(inside / self.width[panel], 0.0, 1.0)


def panels(of: Each, most: int, room: Callable[[Each, Array], Array]) -> Panels | None:
    """Panels that resolve all of some distributions, (nodes), at once; None if these are more than so many.

    room: how wide a panel may be about z for each of some distributions that live there.
    Between two points that are no further apart than a panel may be, panels have the widths that they may have there.
    """
    low, high = of.reach

    def widest(z: Array) -> Array:
        """How wide a panel may be about each z."""
        alive = np.clip(z[:, None], low, high)
        return np.min(room(of, alive) + np.abs(z[:, None] - alive), axis=1)

    edges = np.array([low.min(), high.max()])
    limit = widest(edges)
    while True:
        width = np.diff(edges)
        wide = np.flatnonzero(width > np.minimum(limit[:-1], limit[1:]))
        if not len(wide):
            break
        if len(edges) + len(wide) > _SPARE * most:
            return None
        between = 0.5 * (edges[wide] + edges[wide + 1])
        edges, limit = np.insert(edges, wide + 1, between), np.insert(limit, wide + 1, widest(between))
    count = np.concatenate([[0.0], np.cumsum(width / np.minimum(limit[:-1], limit[1:]))])
    size = int(np.ceil(count[-1]))
    if size > most:
        return None
    edges = np.interp(np.linspace(0.0, count[-1], size + 1), count, edges)
    width = np.diff(edges)
    return Panels(edges, edges[:-1, None] + width[:, None] * legendre(POINTS)[0], width)


def read_in_probability(of: Each, z: Array) -> Array:
    """How wide a panel may be, to read distribution functions within 2e-10 in probability."""
    normal = of.spread * (_WIDTH + _GROWTH * np.maximum(np.abs(z - of.middle) / of.spread - _CORE, 0.0))
    beyond = np.zeros(np.broadcast_shapes(z.shape, of.shape))
    for end, shape in of.ends:
        away = of.bend - z if end == 0.0 else z - of.bend
        beyond = np.maximum(beyond, away - _POWER - np.log(np.maximum(shape, 1.0)))
    bent = _BEND + _TAIL * beyond
    return np.where(of.spread > _BROAD, bent, np.minimum(normal, bent))


def read_in_tails(of: Each, z: Array) -> Array:
    """How wide a panel may be, to read densities far out in tails too."""
    return width_at(of, z) / _FINE


def basis(x: Array) -> tuple[Array, Array]:
    """Lagrange's polynomials of the points of a panel at x in (0, 1), and their integrals from 0: (x, points).

    With Gauss's weights w_q,  l_q(x) = w_q sum_m (2m + 1) P_m(x_q) P_m(x)  in Legendre polynomials of (0, 1).
    """
    at = np.vander(2.0 * x - 1.0, POINTS + 1, increasing=True)
    values, integrals = _from_powers()
    return at @ values, at @ integrals


@cache
def _from_powers() -> tuple[Array, Array]:
    """What turns 1, t, ..., t^points of t = 2x - 1 into the polynomials of `basis`, and into their integrals."""
    nodes, weights = legendre(POINTS)
    order = np.arange(POINTS)
    weighted = np.polynomial.legendre.legvander(2.0 * nodes - 1.0, POINTS - 1).T * weights
    values, integrals = np.zeros((2, POINTS + 1, POINTS))
    values[:-1] = (2.0 * order + 1.0)[:, None] * weighted
    # the integral of P_m from -1 is (P_{m+1} - P_{m-1}) / (2m + 1), and P_1 + P_0 for m = 0
    integrals[1:] += 0.5 * weighted
    integrals[:-2] -= 0.5 * weighted[1:]
    integrals[0] += 0.5 * weighted[0]
    powers = np.zeros((POINTS + 1, POINTS + 1))
    for m in range(POINTS + 1):
        powers[: m + 1, m] = np.polynomial.legendre.leg2poly(np.eye(POINTS + 1)[m])[: m + 1]
    return powers @ values, powers @ integrals
