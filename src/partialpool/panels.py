"""Panels along z that resolve some distributions, with functions on them read between their points as polynomials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from partialpool.composite import width_at
from partialpool.distributions import Each
from partialpool.integrate.gauss import legendre
from partialpool.special import Array, Index

_FINE = 1.5  # panels: more than integrals take, since functions are read between their points
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


def panels(of: Each, most: int) -> Panels | None:
    """Panels that resolve all of some distributions, (nodes), at once; None if these are more than so many.

    Between two points that are no further apart than a panel may be, panels have the widths that they may have there.
    """
    low, high = of.reach

    def widest(z: Array) -> Array:
        """How wide a panel may be about each z."""
        alive = np.clip(z[:, None], low, high)
        return np.min(width_at(of, alive) / _FINE + np.abs(z[:, None] - alive), axis=1)

    edges = np.array([low.min(), high.max()])
    room = widest(edges)
    while True:
        width = np.diff(edges)
        wide = np.flatnonzero(width > np.minimum(room[:-1], room[1:]))
        if not len(wide):
            break
        if len(edges) + len(wide) > _SPARE * most:
            return None
        between = 0.5 * (edges[wide] + edges[wide + 1])
        edges, room = np.insert(edges, wide + 1, between), np.insert(room, wide + 1, widest(between))
    count = np.concatenate([[0.0], np.cumsum(width / np.minimum(room[:-1], room[1:]))])
    size = int(np.ceil(count[-1]))
    if size > most:
        return None
    edges = np.interp(np.linspace(0.0, count[-1], size + 1), count, edges)
    width = np.diff(edges)
    return Panels(edges, edges[:-1, None] + width[:, None] * legendre(POINTS)[0], width)


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
