"""Grids over z, one per node, that resolve the conditionals of all groups there at once.

A grid consists of panels with a few Gauss-Legendre points each. A panel is no wider than the narrowest conditional that
has mass there, so that densities and distribution functions, and products of many of them, are polynomials on it to the
required accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from partialpool.distributions import Distribution
from partialpool.errors import RequestError
from partialpool.quadrature.gauss import legendre
from partialpool.special import Array, Index

_POINTS = 8  # Gauss-Legendre points per panel
_WIDTH = 1.0  # width of a panel near a conditional's middle, in spreads
_CORE, _GROWTH = 3.0, 0.5  # beyond _CORE spreads from its middle, the width may grow by _GROWTH per unit of distance
_BEND = 1.8  # width of a panel where tails give way to one another: exp(-e^z) is a polynomial there to 1e-10
_MOST = 4000  # most panels
_LIVE = 0.7  # finished nodes are set aside when less than this share is unfinished
_CELLS, _POINTS_AT_ONCE = (1 << 16, 1 << 18), 1 << 13  # numbers per piece: least, most; per function in between


@cache
def _running() -> Array:
    """Matrix from values at the points of (0, 1) to the integrals from 0 to each of them: (points, points)."""
    x, _ = legendre(_POINTS)
    powers = x[:, None] ** np.arange(_POINTS)
    integrals = x[:, None] ** np.arange(1, _POINTS + 1) / np.arange(1, _POINTS + 1)
    return np.asarray(np.linalg.solve(powers.T, integrals.T).T)


@dataclass(frozen=True)
class Grid:
    """Panels at each node, from `edge` on, of widths `width`: (nodes, panels) each."""

    edge: Array
    width: Array

    @property
    def z(self) -> Array:
        """The Gauss-Legendre points of all panels: (nodes, points)."""
        x, _ = legendre(_POINTS)
        at = self.edge[..., None] + self.width[..., None] * x
        return at.reshape(len(self.edge), -1)

    @property
    def weight(self) -> Array:
        """Weight of each point in an integral over z: (nodes, points)."""
        _, w = legendre(_POINTS)
        return (self.width[..., None] * w).reshape(len(self.edge), -1)

    def pieces(self, functions: int) -> Iterator[tuple[Index, Grid]]:
        """Yield pieces of the grid, as indices of nodes and their panels, sized for `functions` functions at a time.

        Nodes with similar numbers of panels go together, so that few points are wasted on panels of width 0.
        """
        count = np.count_nonzero(self.width, axis=1)
        order = np.argsort(count, kind="stable")
        while len(order):
            most = max(1, int(count[order[-1]]))
            cells = min(max(functions * _POINTS_AT_ONCE, _CELLS[0]), _CELLS[1])
            size = max(1, cells // (functions * most * _POINTS))
            here, order = order[-size:], order[:-size]
            yield here, Grid(self.edge[here, :most], self.width[here, :most])

    def panels(self, values: Array) -> Array:
        """Arrange values at the points by panel: (..., nodes, panels, points per panel)."""
        return values.reshape(*values.shape[:-1], -1, _POINTS)

    def divided(self, parts: Index) -> Grid:
        """Divide every panel into equal parts, with panels of width 0 last; parts: number for each, (nodes, panels)."""
        most = int(parts.sum(axis=1).max())
        edge, width = np.zeros((2, len(parts), most))
        for k, each in enumerate(parts):
            begins = np.repeat(np.cumsum(each) - each, each)
            size = np.repeat(self.width[k] / each, each)
            edge[k, : len(size)] = np.repeat(self.edge[k], each) + (np.arange(len(size)) - begins) * size
            edge[k, len(size) :] = self.edge[k, -1] + self.width[k, -1]
            width[k, : len(size)] = size
        return Grid(edge, width)

    def running(self, density: Array) -> Array:
        """Integrals up to each point of functions given at the points: (functions, nodes, points)."""
        _, w = legendre(_POINTS)
        panels = self.panels(density)
        whole = (panels @ w) * self.width
        before = np.cumsum(whole, axis=-1) - whole
        within = (panels @ _running().T) * self.width[..., None]
        out: Array = (before[..., None] + within).reshape(density.shape)
        return out


def grid(of: Distribution, *, fine: float | Array = 1.0) -> Grid:
    """Build the grid for conditionals of (groups, nodes); `fine` multiplies the number of panels, overall or per node.

    Raises:
        RequestError: thousands of panels would be needed.
    """
    low, high = of.reach
    edges, end, live = [low.min(axis=0)], high.max(axis=0), np.arange(low.shape[1])
    every = np.broadcast_to(fine, end.shape)
    while (more := edges[-1][live] < end[live]).any():
        if len(edges) > _MOST:
            raise RequestError(
                f"So many groups are known so exactly that more than {_MOST:,} panels would be needed to tell them "
                "apart; compare those that matter two at a time."
            )
        if np.count_nonzero(more) < _LIVE * len(live):
            live = live[more]
            of, low, high, every = of.part((slice(None), more)), low[:, more], high[:, more], every[more]
        edges.append(edges[-1].copy())
        edges[-1][live] = np.minimum(_next(of, low, high, edges[-1][live], every), end[live])
    edge = np.stack(edges, axis=1)
    return Grid(edge[:, :-1], np.diff(edge, axis=1))


def _next(of: Distribution, low: Array, high: Array, at: Array, fine: Array) -> Array:
    """Ends of the panels that begin at `at`, per node; the conditionals have mass from low to high."""

    def step(seen: Array) -> Array:
        """Allowed width of the panel, given the conditionals at `seen`."""
        return np.min(np.where(alive, width_at(of, np.maximum(seen, low), fine) + before, np.inf), axis=0)

    alive, before = at < high, np.maximum(low - at, 0.0)  # distance to where a conditional begins
    begins = np.min(np.where(alive, np.maximum(low, at), np.inf), axis=0)  # skips a gap without mass
    first = step(at)
    return np.where(begins > at, begins, at + np.minimum(first, step(at + first)))


def width_at(of: Distribution, z: Array, fine: float | Array = 1.0) -> Array:
    """Allowed width of a panel around z, for each of several distributions that have mass there.

    fine: below 1, panels are wider only where a distribution is nearly normal, not in tails or where it bends.
    """
    middle, spread, finer = of.middle, of.spread, np.maximum(fine, 1.0)
    wide = spread * (_WIDTH / fine + _GROWTH / finer * np.maximum(np.abs(z - middle) / spread - _CORE, 0.0))
    return np.minimum(wide, (_BEND + _GROWTH * np.abs(z - of.bend)) / finer)
