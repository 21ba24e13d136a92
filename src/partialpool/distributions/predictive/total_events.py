"""The distribution of the total events of groups, independent given a node, from the mixture's characteristic function.

    phi(w) = E[exp(i w Y)] = sum_k p_k prod_j (1 + r_j (1 - e^(i w)))^(-a_j),   r_j = exposure_j/s_j given node k

    P(Y > y) = (1/pi) integral from 0 to pi of Im[h(w) e^(-i w (y + 1/2))] dw,   h(w) = (phi(w) - 1)/(2 sin(w/2))

for y >= 0, and plus 1 for y < 0, where Y is the total minus a count near its lower end. h is smooth on the scale of w,
however long the tail of Y is. So panels from w to a multiple of w, halved until the Legendre series of h has converged
on each, are good for every y, and the oscillating factor is integrated exactly.

Sources: Gil-Pelaez 1951, Biometrika 38:481 (the integral); Bakhvalov and Vasil'eva 1968, USSR Computational
Mathematics and Mathematical Physics 8(1):241 (Legendre series times oscillations, by spherical Bessel functions).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.distributions import Gammas
from partialpool.distributions.predictive.counts import quantile
from partialpool.distributions.predictive.events import LEFT, LISTED
from partialpool.quadrature.chunks import chunks
from partialpool.quadrature.gauss import legendre
from partialpool.special import Array, Index

Complex = NDArray[np.complex128]

_POINTS, _RATIO = 16, 8.0  # points of a panel, and the ratio of its ends before it is halved
_CONVERGED, _NOTHING = 3e-11, 1e-11  # last terms of a panel's integral, and |1 - phi| below which the panels end
_MOST, _HALVINGS = 40, 40  # panels at first, and times that they are halved
_LARGEST = 600.0  # log of exposure/s, so that its exponential does not overflow
_SDS, _BELOW = 6.0, 1e-3  # sds below a node's mean, and probability of the nodes that begin lower still


@dataclass(frozen=True)
class TotalOfEvents:
    """The total events of some groups, with theta ~ Gamma given a node; a distribution with one row.

    Attributes:
        probability: probability of each node, shape (nodes,).
        parts: gamma distribution of theta of each kind of group given a node, shape (kinds, nodes).
        exposure: exposure of one group of each kind, shape (kinds,).
        times: number of groups of each kind, shape (kinds,).
    """

    probability: Array
    parts: Gammas
    exposure: Array
    times: Array

    @property
    def most(self) -> Array:
        return np.array([np.inf])

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        middle, half, series = self._panels
        beyond = y - self._start
        above = np.where(beyond < 0.0, 1.0, 0.0)
        for some in chunks(len(row), 2 * series.size):
            at = beyond[some, None] + 0.5
            bessel = sc.spherical_jn(np.arange(_POINTS), (at * half)[..., None])
            inside = np.einsum("ypn,pn->yp", bessel, series) * np.exp(-1j * at * middle)
            above[some] += (inside @ half).imag / np.pi
        above = np.clip(above, 0.0, 1.0)
        return above if upper else 1.0 - above

    def pmf(self, row: int) -> Array:
        """The pmf from 0 up to an upper tail probability of 1e-12, or of 2^20 counts."""
        last = quantile(self, np.array([row]), np.array([LEFT]), upper=True)[0]
        y = np.arange(min(last + 1, LISTED))
        return np.maximum(np.diff(self.tails(np.zeros(len(y), dtype=np.intp), y, upper=False), prepend=0.0), 0.0)

    @cached_property
    def _panels(self) -> tuple[Array, Array, Complex]:
        """Midpoints and half-widths of the panels, and 2 (-i)^n times the Legendre coefficients of h, (panels, n)."""
        kept, low, high = [], *self._first
        for _ in range(_HALVINGS):
            series = self._series(low, high)
            size = (high - low)[:, None] * np.abs(series)
            good = size[:, -2:].max(axis=1) < _CONVERGED
            kept.append((low[good], high[good], series[good]))
            between = np.sqrt(low * high)[~good]
            low, high = np.concatenate([low[~good], between]), np.concatenate([between, high[~good]])
            if not len(low):
                break
        low, high, series = (np.concatenate(each) for each in zip(*kept, strict=True))
        return 0.5 * (low + high), 0.5 * (high - low), 2.0 * (-1j) ** np.arange(_POINTS) * series

    @cached_property
    def _start(self) -> float:
        """A count near the lower end of the total, which is subtracted so that the phase of phi hardly changes."""
        of, size = self.parts, self.exposure[:, None]
        mean = self.times @ (size * of.mean)
        low = mean - _SDS * np.sqrt(mean + self.times @ (size**2 * of.variance))
        order = np.argsort(low)
        return max(0.0, float(np.floor(low[order][np.searchsorted(np.cumsum(self.probability[order]), _BELOW)])))

    @property
    def _first(self) -> tuple[Array, Array]:
        """Lower and upper ends of the first panels, from pi down to where phi is 1."""
        low = np.pi * _RATIO ** -np.arange(1.0, _MOST)
        size = np.abs(self._beside_one(low))
        last = int(np.argmax(np.append(size < _NOTHING, True)))
        return low[: last + 1], _RATIO * low[: last + 1]

    def _series(self, low: Array, high: Array) -> Complex:
        """Legendre coefficients of h on the panels, shape (panels, n)."""
        x, weight = legendre(_POINTS)
        n = np.arange(_POINTS)
        by_point = (2.0 * n + 1.0) * weight[:, None] * sc.eval_legendre(n, 2.0 * x[:, None] - 1.0)
        w = low[:, None] + (high - low)[:, None] * x
        return self._beside_one(w.ravel()).reshape(w.shape) / (2.0 * np.sin(0.5 * w)) @ by_point

    def _beside_one(self, w: Array) -> Complex:
        """phi(w) - 1 of the total minus its start, for each w."""
        odds = np.exp(np.minimum(np.log(self.exposure)[:, None] - self.parts.log_s, _LARGEST))
        power = self.times[:, None] * self.parts.a
        gap = -np.expm1(1j * w)
        out = np.empty(len(w), dtype=complex)
        for some in chunks(len(w), odds.size):
            u = gap[some, None, None] * odds
            log_phi = -np.einsum("wjk,jk->wk", _log1p(u), power) - 1j * self._start * w[some, None]
            out[some] = np.expm1(log_phi) @ self.probability
        return out


def _log1p(x: Complex) -> Complex:
    """log(1 + x) of complex x, accurate also for small x, since it is multiplied by a large shape."""
    u, v = x.real, x.imag
    return np.asarray(0.5 * np.log1p(u * (2.0 + u) + v * v) + 1j * np.arctan2(v, 1.0 + u))
