"""Panels along z that resolve some distributions, with functions on them read between their points as polynomials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.composite import small_grid
from partialpool.distributions import Each
from partialpool.integrate.gauss import legendre
from partialpool.special import Array, Index

_FINE = 1.5  # panels: more than integrals take, since functions are read between their points

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
    """Panels that resolve all of some distributions, (nodes), at once; None if these are more than so many."""
    found = small_grid(of.part((slice(None), None)), most, fine=_FINE)
    if found is None:
        return None
    width = found.width[0][found.width[0] > 0.0]
    edges = np.append(found.edge[0][: len(width)], found.edge[0][len(width) - 1] + width[-1])
    return Panels(edges, edges[:-1, None] + width[:, None] * legendre(POINTS)[0], width)


def basis(x: Array) -> tuple[Array, Array]:
    """Lagrange's polynomials of the points of a panel at x in (0, 1), and their integrals from 0: (x, points).

    With Gauss's weights w_q,  l_q(x) = w_q sum_m (2m + 1) P_m(x_q) P_m(x)  in Legendre polynomials of (0, 1).
    """
    nodes, weights = legendre(POINTS)
    order = np.arange(POINTS)
    at = np.polynomial.legendre.legvander(2.0 * x - 1.0, POINTS)
    from_points = np.polynomial.legendre.legvander(2.0 * nodes - 1.0, POINTS - 1) * weights[:, None]
    lower = np.concatenate([-np.ones((len(at), 1)), at[:, : POINTS - 1]], axis=1)
    integral = 0.5 * (at[:, 1:] - lower)
    return (at[:, :POINTS] * (2.0 * order + 1.0)) @ from_points.T, integral @ from_points.T
