"""Distribution functions along a row whose conditionals are narrow compared with the row's posterior of the mean.

Given a point of the row, theta <= x is certain where the conditional lies far below x, and impossible where it lies far
above. Between the two, a Gauss-Legendre rule integrates over points that the family provides (`Source.in_doubt`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from partialpool.averaging.source import Row, Source
from partialpool.special import Array


def smoothed(source: Source, row: Row, z: Array, cells: Any) -> tuple[Array, Array]:
    """P(Z <= z) given the row, and the density of Z, for each of the cells at its own z."""
    value, slope = np.empty((2, len(z)))
    for some, doubt in source.in_doubt(row, z, cells):
        with np.errstate(all="ignore"):
            log_p = source.log_density(np.full(doubt.y.shape, row.x), np.nan_to_num(doubt.y)) - row.log_total
            mass = np.nan_to_num(doubt.weight * np.exp(log_p), nan=0.0, posinf=0.0)
            mass = np.where(np.isfinite(doubt.y), mass, 0.0)
            below, density = doubt.each.cdf(z[some, None]), np.exp(doubt.each.log_density(z[some, None]))
        before, after = row.marginal.cdf(doubt.y[:, 0]), 1.0 - row.marginal.cdf(doubt.y[:, -1])
        if not doubt.rising:
            before, after = 1.0 - before, 1.0 - after
        for out, of in ((value, below), (slope, density)):
            out[some] = before * of[:, 0] + np.sum(mass * of, axis=1) + after * of[:, -1]
    return value, slope
