"""Characteristic functions of beta-binomial counts as sums over points of theta, whose cost hardly grows with n.

    E[exp(-i w Y)] = integral of f(z) (1 - theta + theta e^(-i w))^n dz,   theta = 1/(1 + e^-z)

is computed by the trapezoidal rule in z = logit theta, with f the density of z. Its error is exponentially small, since
f is analytic and falls off on both sides. The phase of the power changes by n w theta (1 - theta) per unit of z, so
that a step is fine enough up to a largest w. Where f is narrower than a step, the power is interpolated between points.

Source: Trefethen and Weideman 2014, SIAM Review 56:385.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Betas
from partialpool.special import Array, log_sigmoid

_TURN, _SPREAD = 2.0 * np.pi, 14.0  # phase per step at the aliasing frequency, and sds of f's spectrum kept below it
_WIDEST = 0.4  # largest step in z: 1/(1 + e^-z) has a pole at i pi
_TURNED = 0.4  # largest phase of the power per step (radians), so that it can be interpolated to 1e-12
_NARROW, _OWN, _NEAR = 3.0, 32, 16  # steps per sd below which f has points of its own, their number, and neighbours
_MOST = 20_000  # points


@dataclass(frozen=True)
class Points:
    """A lattice of points of theta that represents beta-binomial counts.

    Attributes:
        trials: number of trials n.
        z: logits of theta at the points, equidistant, shape (points,).
        limit: largest frequency w for which the points are fine enough.
        middle: a count near the mean, which is subtracted to reduce phases.
    """

    trials: int
    z: Array
    limit: float
    middle: int

    @property
    def size(self) -> int:
        """The number of points."""
        return len(self.z)

    def probabilities(self, a: Array, b: Array) -> Array:
        """Weight of each point for each Beta(a, b), shape (points, len(a)); narrow densities are interpolated."""
        out, of = np.zeros((self.size, len(a))), Betas(a, b)
        narrow = of.spread < _NARROW * self.step
        wide = of.part(~narrow)
        if len(wide.a):
            with np.errstate(under="ignore"):
                p = np.exp(wide.log_density(self.z[:, None]))
            out[:, ~narrow] = p / p.sum(axis=0)
        if narrow.any():
            out[:, narrow] = self._interpolated(of.part(narrow))
        return out

    def _interpolated(self, of: Betas) -> Array:
        """Weights of the points, shape (points, distributions), for distributions narrower than the lattice.

        Each distribution has its own fine points, each of which is replaced by the nearest lattice points with the
        weights of Lagrange polynomials, so that the integrals of polynomials are exact.
        """
        low, high = of.reach
        z = low + (high - low) * np.linspace(0.0, 1.0, _OWN)[:, None]  # (own points, distributions)
        with np.errstate(under="ignore"):
            p = np.exp(of.log_density(z))
        p /= p.sum(axis=0)
        at = (z - self.z[0]) / self.step
        base = np.clip(np.floor(at).astype(np.intp) - _NEAR // 2 + 1, 0, self.size - _NEAR)
        column = np.arange(z.shape[1])
        gap = [at - base - i for i in range(_NEAR)]
        out = np.zeros(self.size * z.shape[1])
        for i in range(_NEAR):
            weight = p.copy()
            for k in range(_NEAR):
                if k != i:
                    weight *= gap[k] / (i - k)
            out += np.bincount(((base + i) * z.shape[1] + column).ravel(), weight.ravel(), len(out))
        return out.reshape(self.size, -1)

    def waves(self, w: Array) -> NDArray[np.complex128]:
        """E[exp(-i w (Y - middle))] given theta at each point, shape (w, points)."""
        theta, w = np.exp(log_sigmoid(self.z)), w[:, None]
        u, v = -2.0 * theta * np.sin(0.5 * w) ** 2, theta * np.sin(w)
        size = 0.5 * self.trials * np.log1p(u * (2.0 + u) + v * v)
        angle = self.middle * w - self.trials * np.arctan2(v, 1.0 + u)
        return np.asarray(np.exp(size + 1j * angle))

    def left_out(self, p: Array, a: Array, b: Array) -> Array:
        """Estimate the probability beyond the lattice for each Beta(a, b), from the weights p of the points."""
        return 2.0 * (p[0] / np.minimum(a, 1.0) + p[-1] / np.minimum(b, 1.0)) / self.step

    @property
    def step(self) -> float:
        """Distance between the points."""
        return float(self.z[1] - self.z[0]) if len(self.z) > 1 else 1.0


def points(trials: int, of: Betas, limit: float) -> Points | None:
    """A lattice fine enough for all nodes at frequencies up to `limit`; None if it would have too many points."""
    low, high = of.reach
    first, last, turn = float(low.min()), float(high.max()), trials * limit * _steepest(of)
    sampled = _TURN / (_SPREAD / float(of.spread.min()) + turn)
    step = min(_WIDEST, max(sampled, _TURNED / turn))
    if (last - first) / step > _MOST:
        return None
    z = first + step * (np.arange(int((last - first) / step) + _NEAR + 2, dtype=float) - _NEAR // 2)
    mean = of.mean * trials
    return Points(trials, z, limit, int(0.5 * (mean.min() + mean.max())))


def _steepest(of: Betas) -> float:
    """The largest theta (1 - theta) in the range of the distributions."""
    low, high = of.reach
    z = np.clip(0.0, low.min(), high.max())
    return float(np.exp(log_sigmoid(z) + log_sigmoid(-z)))
