"""Grids over z, one for each node, that resolve the conditionals of all groups there at once.

A grid is made of panels with a few Gauss-Legendre points each. A panel is no wider than the narrowest conditional that
lives there, so that densities and distribution functions, and products of many of them, are polynomials on it to the
accuracy that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from partialpool.distributions import Each
from partialpool.errors import RequestError
from partialpool.integrate.gauss import legendre
from partialpool.special import Array, Index

_POINTS = 8
_WIDTH = 1.0
_CORE, _GROWTH = 3.0, 0.5  # beyond so many spreads from its middle a conditional allows ever wider panels
_BEND = 1.8  # of a panel where densities bend: exp(-e^z) is a polynomial there to 1e-10
_MOST = 4000  # panels
_LIVE = 0.7  # of the nodes, below which those that are done are set aside
_CELLS, _POINTS_AT_ONCE = (1 << 16, 1 << 18), 1 << 13  # functions times points at a time: least, most; and points


@cache
def _running() -> Array:
    """From values at the points of (0, 1) to the integrals from 0 to each of them: (points, points)."""
    x, _ = legendre(_POINTS)
    powers = x[:, None] ** np.arange(_POINTS)
    integrals = x[:, None] ** np.arange(1, _POINTS + 1) / np.arange(1, _POINTS + 1)
    return np.asarray(np.linalg.solve(powers.T, integrals.T).T)


@dataclass(frozen=True)
class Grid:
    """Panels from `edge` on, of widths `width`, at each node: (nodes, panels)."""

    edge: Array
    width: Array

    @property
    def z(self) -> Array:
        """The points: (nodes, points)."""
        x, _ = legendre(_POINTS)
        at = self.edge[..., None] + self.width[..., None] * x
        return at.reshape(len(self.edge), -1)

    @property
    def weight(self) -> Array:
        """Of each point, in an integral over z: (nodes, points)."""
        _, w = legendre(_POINTS)
        return (self.width[..., None] * w).reshape(len(self.edge), -1)

    def pieces(self, functions: int) -> Iterator[tuple[Index, Grid]]:
        """Which nodes, and their panels, piece by piece: as many nodes as so many functions have room for at a time.

        Nodes with about as many panels are together, so that few of the points are at panels of no width.
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
        """Values at the points, panel by panel: (..., nodes, panels, points of each)."""
        return values.reshape(*values.shape[:-1], -1, _POINTS)

    def divided(self, parts: Index) -> Grid:
        """The same with every panel in so many equal parts, those of no width last: parts (nodes, panels)."""
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


def grid(of: Each, *, fine: float | Array = 1.0) -> Grid:
    """The grid for conditionals of (groups, nodes); `fine` times as many panels as usual, or at each node.

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


def _next(of: Each, low: Array, high: Array, at: Array, fine: Array) -> Array:
    """Where the panels that begin at `at` may end, at each node; the conditionals live from low to high."""

    def step(seen: Array) -> Array:
        """How wide the panel may be by the conditionals at `seen`."""
        return np.min(np.where(alive, width_at(of, np.maximum(seen, low), fine) + before, np.inf), axis=0)

    alive, before = at < high, np.maximum(low - at, 0.0)  # until a conditional begins to live
    begins = np.min(np.where(alive, np.maximum(low, at), np.inf), axis=0)  # beyond a gap, where there is one
    first = step(at)
    return np.where(begins > at, begins, at + np.minimum(first, step(at + first)))


def width_at(of: Each, z: Array, fine: float | Array = 1.0) -> Array:
    """How wide a panel may be about z for each of some distributions that live there.

    fine: below 1 panels are wider only where a distribution is like a normal one, not in tails and where it bends.
    """
    middle, spread, finer = of.middle, of.spread, np.maximum(fine, 1.0)
    wide = spread * (_WIDTH / fine + _GROWTH / finer * np.maximum(np.abs(z - middle) / spread - _CORE, 0.0))
    return np.minimum(wide, (_BEND + _GROWTH * np.abs(z - of.bend)) / finer)
