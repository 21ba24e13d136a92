"""Conditionals of a density over the plane: on each line of constant x, the log mass and the cdf of y."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy import special as sc

from partialpool.quadrature.line import log_stretch, stretched, unstretched
from partialpool.quadrature.ridge import LogDensity, ridge
from partialpool.special import Array

_DROP = 40.0  # points are dropped where the density has fallen by e^-40 on every line
_HOPELESS = 150.0  # a line e^-150 below the others is ignored
_START, _FARTHEST = 8.0, 40.0  # half-range of u at first and at most
_BESIDE = 10  # points on either side that the interpolating polynomial passes through
_LEAST = 1e-14
_LEAST_MASS = 1e-200  # mass given to a line without any

Near = Callable[[Array], tuple[Array, Array]]  # x -> approximate position and width of the ridge


@dataclass(frozen=True)
class Rows:
    """A density on lines of constant x, at y = centre + width stretched(u) with equally spaced u.

    density: normalised density of u, (lines, points); log_mass: log of the integral over y, (lines,).
    """

    x: Array
    centre: Array
    width: Array
    u: Array
    density: Array
    log_mass: Array

    @property
    def step(self) -> float:
        return float(self.u[1] - self.u[0])

    @property
    def y(self) -> Array:
        """The y of the points: (lines, points)."""
        return self.centre[:, None] + self.width[:, None] * stretched(self.u)

    def at(self, y: Array) -> tuple[Array, Array]:
        """P(Y <= y) on each line, and the density there; y: (lines, any number), possibly infinite.

        At the points the cdf is the integral of the sinc series (a sum of sine integrals); between them, both are
        polynomials through the nearest points.
        """
        u = unstretched((y - self.centre[:, None]) / self.width[:, None])
        place = np.clip((u - self.u[0]) / self.step, -1.0, float(len(self.u)))
        first = np.minimum(np.floor(place), len(self.u) - 1.0)
        weights = _lagrange(place - first)
        near = first.astype(np.intp)[..., None] + np.arange(2, 2 * _BESIDE + 2)  # in the padded tables
        lines = np.arange(len(self.x))[:, None, None]
        running, density = (np.sum(table[lines, near] * weights, axis=-1) for table in self._padded)
        slope = density / (self.width[:, None] * np.exp(log_stretch(u)))
        inside = (place > -1.0) & (place < len(self.u))
        return np.where(inside, np.clip(running, 0.0, 1.0), place > 0.0), np.where(inside, slope, 0.0)

    @cached_property
    def _padded(self) -> tuple[Array, Array]:
        """Cdf and density at the points, padded with 0 and 1, or with 0, beyond either end."""
        running = self.density @ _running(len(self.u)) * self.step
        pad = np.zeros((len(self.x), _BESIDE + 1))
        return (
            np.concatenate([pad, running, pad + 1.0], axis=1),
            np.concatenate([pad, self.density, pad], axis=1),
        )


def rows(log_density: LogDensity, x: Array, near: Near, step: float) -> Rows:
    """Evaluate the density on lines at x, around where `near` places the ridge."""
    y, width, _ = ridge(log_density, x, *near(x))
    u = step * np.arange(-np.ceil(_START / step), np.ceil(_START / step) + 1.0)
    while True:
        ys = y[:, None] + width[:, None] * stretched(u)
        log_f = log_density(x[:, None], ys) + log_stretch(u)
        top = log_f.max(axis=1, keepdims=True)
        matters = top > top.max() - _HOPELESS
        live = np.flatnonzero(((log_f > top - _DROP) & matters).any(axis=0))
        if not len(live):  # no line has any mass in sight
            live = np.array([0, len(u) - 1])
            break
        if (live[0] > 0 and live[-1] < len(u) - 1) or u[-1] > _FARTHEST:
            break
        u = step * np.arange(np.floor(1.5 * u[0] / step), np.ceil(1.5 * u[-1] / step) + 1.0)
    kept = slice(live[0], live[-1] + 1)
    mass = np.exp(log_f[:, kept] - np.where(np.isfinite(top), top, 0.0))
    total = np.maximum(mass.sum(axis=1, keepdims=True), _LEAST_MASS) * step
    return Rows(x, y, width, u[kept], mass / total, (top + np.log(total))[:, 0] + np.log(width))


def _lagrange(share: Array) -> Array:
    """Weights of the points -9, ..., 10 in the polynomial through them, at `share` of the way from 0 to 1."""
    theta = np.clip(share, _LEAST, 1.0 - _LEAST)[..., None]
    gaps = theta - np.arange(1 - _BESIDE, _BESIDE + 1)
    return np.prod(gaps, axis=-1, keepdims=True) * _barycentric() / gaps


@cache
def _barycentric() -> Array:
    points = np.arange(2 * _BESIDE)
    return np.array([1.0 / np.prod([float(i - j) for j in points if j != i]) for i in points])


@cache
def _running(size: int) -> Array:
    """Matrix whose [j, i] entry is the integral up to point i of the sinc function centred at point j, in steps."""
    gap = np.arange(size)
    return 0.5 + sc.sici(np.pi * (gap[None, :] - gap[:, None]))[0] / np.pi
