"""The distribution of successes in very many trials, with theta a mixture of beta distributions over nodes.

    P(y* <= y)  =  E[F(U)],   U ~ Beta(y + 1, n - y),   F the distribution function of theta

For nodes at which theta spreads more than U, F is tabulated once. For nodes at which theta spreads less, the roles are
exchanged: theta is represented by points, and P(y* <= y) = E[P(U > theta)].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.distributions import Betas
from partialpool.distributions.grids import grid
from partialpool.distributions.panels import POINTS, Panels, basis, panels, read_in_tails
from partialpool.quadrature.chunks import chunks
from partialpool.quadrature.gauss import legendre
from partialpool.special import Array, Index, log_sigmoid

_SHARPEST = 2.0  # in units of the spread of U (logit): nodes whose theta spreads less are represented by points
_BANDS = (
    0.0003,
    0.001,
    0.003,
    0.01,
    0.03,
    0.12,
    0.5,
)  # spreads of theta (logit) that divide the nodes into bands, so that tables of wide thetas can be coarse
_MOST = 1 << 14  # panels of a table
_REACH, _ACROSS = 8.5, 40  # an integral over a narrow theta: its half-width in spreads, and its points
_STEPS, _NEAR = 6.0, 16  # lattice steps per spread of U, and lattice points that replace one point
_AT_ONCE = 1000  # nodes without a table that are computed at once
_UNSEEN = 1e-18  # quadrature weights of U that are neglected


@dataclass(frozen=True)
class _Table:
    """Distribution function of logit theta over a band of nodes, from integrals of its density over panels."""

    at: Panels
    density: Array  # (panels, points)

    @cached_property
    def _whole(self) -> Array:
        return self.at.width * (self.density @ legendre(POINTS)[1])

    @cached_property
    def _beside(self) -> tuple[Array, Array]:
        """Integrals of the density below each panel, and above it, each of shape (panels,)."""
        below = np.concatenate([[0.0], np.cumsum(self._whole)])
        above = np.concatenate([np.cumsum(self._whole[::-1])[::-1], [0.0]])
        return below[:-1], above[1:]

    def tail(self, z: Array, *, upper: bool) -> Array:
        """P(Z > z) if `upper`, else P(Z <= z), times the probability of the nodes; Z is logit theta."""
        panel, inside = self.at.place(z)
        part = self.at.width[panel] * np.einsum("ni,ni->n", self.density[panel], basis(inside)[1])
        below, above = self._beside
        return above[panel] + self._whole[panel] - part if upper else below[panel] + part


@dataclass(frozen=True)
class ManyTrials:
    """The number of successes in `trials` trials, with theta ~ Beta given each node."""

    probability: Array
    of: Betas
    trials: float

    def tails(self, y: Array, *, upper: bool) -> Array:
        """P(Y > y) if `upper`, else P(Y <= y), for 0 <= y < trials."""
        u = Betas(y + 1.0, self.trials - y)
        points = grid(u.part(None))
        z, weight = points.z, points.weight * np.exp(u.part((slice(None), None)).log_density(points.z))
        weight /= weight.sum(axis=1, keepdims=True)
        out = np.zeros(len(y))
        for i in range(len(y)):
            live = weight[i] > _UNSEEN
            out[i] = sum(float(weight[i, live] @ table.tail(z[i, live], upper=upper)) for table in self._tables)
            for some in np.array_split(self._others, len(self._others) // _AT_ONCE + 1):
                others = self.of.part((some, None))
                tail = others.sf(z[i, live]) if upper else others.cdf(z[i, live])
                out[i] += float(self.probability[some] @ (tail @ weight[i, live]))
            if self._sharp is not None:
                logits, share = self._sharp
                a, b = (y[i] + 1.0, self.trials - y[i]) if upper else (self.trials - y[i], y[i] + 1.0)
                out[i] += share @ sc.betainc(a, b, np.exp(log_sigmoid(logits if upper else -logits)))
        return out

    @property
    def _sharpest(self) -> float:
        """Spread of logit theta below which a node is represented by points instead of a table."""
        return _SHARPEST * 2.0 / float(np.sqrt(self.trials))

    @cached_property
    def _tables(self) -> list[_Table]:
        return [self._table(nodes, at) for nodes, at in self._bands if at is not None]

    @cached_property
    def _others(self) -> Index:
        """The nodes in bands whose table would be too large; they are computed without one."""
        return np.concatenate([np.zeros(0, dtype=np.intp), *(nodes for nodes, at in self._bands if at is None)])

    @cached_property
    def _bands(self) -> list[tuple[Index, Panels | None]]:
        """The nodes in each band of spreads, with panels for their table; None if there would be too many panels."""
        spread = self.of.spread
        band = np.searchsorted(_BANDS, spread)
        band[spread < self._sharpest] = -1
        some = [np.flatnonzero(band == b) for b in np.unique(band[band >= 0])]
        return [(nodes, panels(self.of.part(nodes), _MOST, read_in_tails)) for nodes in some]

    def _table(self, nodes: Index, at: Panels) -> _Table:
        of, probability = self.of.part(nodes), self.probability[nodes]
        density = np.empty(at.z.size)
        for some in chunks(len(density), len(nodes)):
            with np.errstate(under="ignore"):
                density[some] = np.exp(of.log_density(at.z.ravel()[some, None])) @ probability
        return _Table(at, density.reshape(at.z.shape))

    @cached_property
    def _sharp(self) -> tuple[Array, Array] | None:
        """Weighted points of logit theta that represent the nodes with a narrow theta; None if there are none."""
        nodes = np.flatnonzero(self.of.spread < self._sharpest)
        if not len(nodes):
            return None
        of = self.of.part((nodes, None))
        x, w = legendre(_ACROSS)
        z = of.middle + _REACH * of.spread * (2.0 * x - 1.0)
        weight = w * np.exp(of.log_density(z) - of.log_density(of.middle))
        weight *= self.probability[nodes, None] / weight.sum(axis=1, keepdims=True)
        return _on_lattice(z.ravel(), weight.ravel(), 2.0 / float(np.sqrt(self.trials)) / _STEPS)


def _on_lattice(z: Array, weight: Array, step: float) -> tuple[Array, Array]:
    """Replace weighted points by those of a lattice, unless the lattice has more points.

    Each point is replaced by the nearest lattice points, weighted by Lagrange polynomials, so that integrals of
    polynomials up to degree 15 around each point stay the same.
    """
    base = np.floor(z / step).astype(np.int64) - _NEAR // 2 + 1
    first, size = int(base.min()), int(base.max() - base.min()) + _NEAR
    if size > len(z):
        return z, weight
    out, gap = np.zeros(size), z / step - base
    for i in range(_NEAR):
        part = weight.copy()
        for k in range(_NEAR):
            if k != i:
                part *= (gap - k) / (i - k)
        out += np.bincount(base - first + i, part, size)
    return step * (first + np.arange(float(size))), out
