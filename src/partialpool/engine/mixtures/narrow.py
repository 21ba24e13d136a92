"""Distribution functions along rows whose conditionals are narrow compared with the row's posterior of the mean.

Given a point of the row, theta <= x is certain where the conditional lies far below x, and impossible where it lies far
above. Between the two, a Gauss-Legendre rule integrates over points that the family provides (`Source.in_doubt`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special as sc

from partialpool.engine.mixtures.source import Row, Source
from partialpool.quadrature.chunks import chunks
from partialpool.quadrature.line import unstretched
from partialpool.special import Array, Index

_ACROSS = 128  # roughly the number of points over which one row is integrated


def smoothed(source: Source, rows: Sequence[Row], z: Array, cells: Any) -> Array:
    """P(Z <= z) and the density of Z given each row, for each of the cells at its own z: (2, rows, cells)."""
    along, out = _Along.of(rows), np.empty((2, len(rows) * len(z)))
    row, cell = np.divmod(np.arange(out.shape[1]), len(z))
    for part in chunks(out.shape[1], _ACROSS):
        out[:, part] = _smoothed(source, along.part(row[part]), z[cell[part]], cells.subset(cell[part]))
    return out.reshape(2, len(rows), len(z))


def _smoothed(source: Source, along: _Along, z: Array, cells: Any) -> Array:
    """The same for a row, a z and a cell at each place: (2, places)."""
    out = np.empty((2, len(z)))
    for some, doubt in source.in_doubt(along.log_first, z, cells):
        at = along.part(some)
        with np.errstate(all="ignore"):
            x = np.full(doubt.y.shape, at.x[:, None])
            log_p = source.log_density(x, np.nan_to_num(doubt.y)) - at.log_total[:, None]
            mass = np.nan_to_num(doubt.weight * np.exp(log_p), nan=0.0, posinf=0.0)
            mass = np.where(np.isfinite(doubt.y), mass, 0.0)
            below, density = doubt.each.cdf(z[some, None]), np.exp(doubt.each.log_density(z[some, None]))
        before, after = at.cdf(doubt.y[:, 0]), 1.0 - at.cdf(doubt.y[:, -1])
        if not doubt.rising:
            before, after = 1.0 - before, 1.0 - after
        for values, of in zip(out, (below, density), strict=True):
            values[some] = before * of[:, 0] + np.sum(mass * of, axis=1) + after * of[:, -1]
    return out


@dataclass(frozen=True)
class _Along:
    """Rows of one rule, as arrays: (rows,), and (rows, points) for the density over the coordinate t of y."""

    x: Array
    log_first: Array
    log_total: Array
    centre: Array
    scale: Array
    density: Array
    t: Array

    @classmethod
    def of(cls, rows: Sequence[Row]) -> _Along:
        values = [(row.x, row.log_first, row.log_total, row.marginal.centre, row.marginal.scale) for row in rows]
        density = np.stack([row.marginal.density for row in rows])
        x, log_first, log_total, centre, scale = np.array(values).T
        return cls(x, log_first, log_total, centre, scale, density, rows[0].marginal.t)

    def part(self, some: Index) -> _Along:
        """Some of the rows, which may repeat."""
        first = self.x[some], self.log_first[some], self.log_total[some]
        return _Along(*first, self.centre[some], self.scale[some], self.density[some], self.t)

    def cdf(self, y: Array) -> Array:
        """P(Y <= y) along each row at its own y, by the integral of the sinc series of the density."""
        step = float(self.t[1] - self.t[0])
        t = np.clip(unstretched((y - self.centre) / self.scale), self.t[0] - 1.0, self.t[-1] + 1.0)
        running = 0.5 + sc.sici(np.pi / step * (t[:, None] - self.t))[0] / np.pi
        return np.clip(np.einsum("ij,ij->i", running, self.density) * step, 0.0, 1.0)
