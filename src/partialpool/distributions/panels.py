"""Panels along z that resolve several distributions, and interpolation of functions on them by polynomials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from partialpool.distributions import Distribution
from partialpool.distributions.grids import width_at
from partialpool.quadrature.gauss import legendre
from partialpool.special import Array, Index

_FINE = 1.5  # how many times more panels than integrals need, because functions are interpolated
_SPARE = 3  # most panels during refinement, as a multiple of the most at the end

# widths of panels for distribution functions, measured on betas and gammas of shapes 1e-13 to 1e5
_WIDTH = 1.0  # width of a panel over the spread of a distribution that is about normal
_CORE, _GROWTH = 3.0, 0.33  # spreads from the middle beyond which panels grow, and how fast
_BEND = 1.2  # width in z where a distribution bends into a power of theta
_POWER, _TAIL = (
    2.0,
    0.75,
)  # distance from the bend beyond which there is only that power, and how fast panels grow there
_BROAD = 1.5  # spread above which a distribution consists of two such tails and the bend between them

POINTS = 12
"""Number of points per panel."""


@dataclass(frozen=True)
class Panels:
    """The panels of one theta's grid: edges (panels + 1,), points z (panels, points), and widths (panels,)."""

    edges: Array
    z: Array
    width: Array

    @property
    def size(self) -> int:
        """The number of panels."""
        return len(self.width)

    def place(self, z: Array) -> tuple[Index, Array]:
        """The panel that each z is in, or nearest to, and its position in the panel from 0 to 1."""
        panel = np.clip(np.searchsorted(self.edges, z, side="right") - 1, 0, self.size - 1)
        inside = np.clip(z, self.edges[0], self.edges[-1]) - self.edges[panel]
        return panel, np.clip(inside / self.width[panel], 0.0, 1.0)


def panels(of: Distribution, most: int, room: Callable[[Distribution, Array], Array]) -> Panels | None:
    """Return panels that resolve several distributions, (nodes,), at once; None if that needs more than `most`.

    Between two points that are closer than a panel may be wide, panels take the width allowed there.

    room: function that gives the largest width of a panel around z for each of the distributions.
    """
    low, high = of.reach

    def widest(z: Array) -> Array:
        """The largest width of a panel around each z."""
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


def read_in_probability(of: Distribution, z: Array) -> Array:
    """The largest width of a panel from which distribution functions are interpolated within 2e-10 in probability."""
    normal = of.spread * (_WIDTH + _GROWTH * np.maximum(np.abs(z - of.middle) / of.spread - _CORE, 0.0))
    beyond = np.zeros(np.broadcast_shapes(z.shape, of.shape))
    for end, shape in of.ends:
        away = of.bend - z if end == 0.0 else z - of.bend
        beyond = np.maximum(beyond, away - _POWER - np.log(np.maximum(shape, 1.0)))
    bent = _BEND + _TAIL * beyond
    return np.where(of.spread > _BROAD, bent, np.minimum(normal, bent))


def read_in_tails(of: Distribution, z: Array) -> Array:
    """The largest width of a panel from which densities are interpolated far out in tails too."""
    return width_at(of, z) / _FINE


def basis(x: Array) -> tuple[Array, Array]:
    """Lagrange polynomials of a panel's points, at x in (0, 1), and their integrals from 0: (x, points) each.

    With Gauss weights w_q,  l_q(x) = w_q sum_m (2m + 1) P_m(x_q) P_m(x)  in Legendre polynomials of (0, 1).
    """
    at = np.vander(2.0 * x - 1.0, POINTS + 1, increasing=True)
    values, integrals = _from_powers()
    return at @ values, at @ integrals


@cache
def _from_powers() -> tuple[Array, Array]:
    """Matrices that map 1, t, ..., t^points, with t = 2x - 1, to the polynomials of `basis` and to their integrals."""
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
