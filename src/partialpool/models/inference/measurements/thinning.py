"""Few nodes of (r, sigma) that are as accurate as the whole lattice for the distribution functions of groups.

Rows of constant x are at the Gauss nodes of the posterior of x; along each, the nodes are the Gauss nodes of the row's
distribution of sigma. Both rules are in a share between 0 and 1, in which the integrands are nearly polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.models.inference.measurements.target import Lines
from partialpool.quadrature.gauss import from_share, thinned_logs, thinned_rows
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.rows import Near, rows
from partialpool.special import Array, log_sigmoid

_STEP = 0.15
_NEGLIGIBLE = 1e-17

Points = tuple[Array, Array, Array]  # log r, log sigma and probability


@dataclass(frozen=True)
class Source:
    """The integrated posterior: its coordinates, the marginal of x, and where the rows have their mass."""

    lines: Lines
    marginal: Marginal
    near: Near

    def few(self, size: int, across: int) -> Points:
        """Thin to `size` rows with `across` nodes each."""
        along, of = self.lines.along, self.marginal
        at, weight = thinned_logs(along.value(of.place(of.t)), of.density * of.step, size)
        x = along.coordinate(at)
        y, mass = self._rows(x, _STEP)
        _, log_sigma, _ = self.lines.point(x[:, None], y)
        middle = np.sum(log_sigma * mass, axis=1, keepdims=True)
        rules = thinned_rows(np.exp(log_sigmoid(log_sigma - middle)), mass, np.full(len(x), across))
        line = np.repeat(np.arange(len(x)), [len(p) for _, p in rules])
        share, p = (np.concatenate(part) for part in zip(*rules, strict=True))
        log_sigma = from_share(share) + middle[line, 0]
        log_r = at[line] - log_sigma if self.lines.parameter == "sd" else at[line]
        return log_r, log_sigma, weight[line] * p

    def whole(self, refine: int) -> Points:
        """All points of all rows of the lattice, or of one `refine` times as fine."""
        own = self.marginal.t
        t = np.linspace(own[0], own[-1], refine * (len(own) - 1) + 1)
        weight = self.marginal.pdf_t(t)
        keep = weight > _NEGLIGIBLE * weight.sum()
        x, weight = self.marginal.place(t[keep]), weight[keep] / weight[keep].sum()
        y, mass = self._rows(x, _STEP / refine)
        log_r, log_sigma, _ = np.broadcast_arrays(*self.lines.point(x[:, None], y))
        p = weight[:, None] * mass
        return log_r[p > _NEGLIGIBLE], log_sigma[p > _NEGLIGIBLE], p[p > _NEGLIGIBLE]

    def _rows(self, x: Array, step: float) -> tuple[Array, Array]:
        """Points along rows, with their shares of each row's probability."""
        found = rows(self.lines.log_density, x, self.near, step)
        return found.y, found.density * found.step
