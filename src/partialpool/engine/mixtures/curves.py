"""Distribution functions of groups: mixtures of conditionals, sampled on grids and integrated by sinc series.

The mixture density of z (the logit or the log of theta) is analytic, so that on an equally spaced (stretched) grid its
sinc series and the integral of that converge exponentially, as long as no component is much sharper than the grid.
Components are therefore sorted by their sizes into layers, each with a grid of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Protocol

import numpy as np
from scipy import special as sc

from partialpool.distributions import ExponentialFamily
from partialpool.engine.mixtures.mixtures import narrow
from partialpool.engine.mixtures.rule import Rule
from partialpool.quadrature.line import STRETCH, log_stretch, stretched
from partialpool.special import Array, Index, row_sums

_STEP = 0.14
SHARP = 2.3 * _STEP  # sd of the sharpest component that a grid resolves, in units of its scale
_WIDEST = 3.0  # largest scale in z: beyond it a mixture has power-law tails, which the stretch covers
_BAND = 9.0  # ratio of the largest to the smallest size of a layer
_DROP = 33.0  # grids end where the density has fallen by e^-33
_CACHED = 1 << 16  # numbers per piece, so that it fits into the processor's cache
_TINY = 1e-300
_NEGLIGIBLE = 1e-12  # layers of less probability are left out
_NEAR, _MORE, _FAR = 5.04, 8, 16.0  # half-range of t at first; points added at least; largest |t| times bend


@dataclass(frozen=True)
class Layer:
    """Mixture densities of a few cells over one band of sizes, on one grid of t."""

    centre: Array
    scale: Array
    t: Array
    density: Array  # of t: (cells, grid)
    bend: float = STRETCH  # the coordinate is centre + scale sinh(bend t)/bend
    below: Array | None = None  # probability of each cell that is known to lie to the left of the grid

    def at(self, z: Array, which: Index) -> Array:
        """Cdf, density and slope of the density at one z for each of `which` cells: (3, points)."""
        t = np.arcsinh(self.bend * (z - self.centre[which]) / self.scale[which]) / self.bend
        t = np.clip(t, self.t[0] - 1.0, self.t[-1] + 1.0)
        away = (t[:, None] - self.t) * (np.pi / _STEP)
        density = self.density[which]
        value = np.einsum("ij,ij->i", 0.5 + sc.sici(away)[0] / np.pi, density) * _STEP
        value = value if self.below is None else value + self.below[which]
        near = np.sinc(away / np.pi)
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = np.where(np.abs(away) < 1e-4, -away / 3.0, (np.cos(away) - near) / away)
        slope_t = np.einsum("ij,ij->i", near, density)
        bend_t = np.einsum("ij,ij->i", turn, density) * (np.pi / _STEP)
        rate = 1.0 / (np.cosh(self.bend * t) * self.scale[which])  # dt / dz
        change = -self.bend * np.tanh(self.bend * t) * rate**2
        return np.stack([value, slope_t * rate, bend_t * rate**2 + slope_t * change])


@dataclass(frozen=True)
class Curves:
    """Distribution functions of z for a few cells."""

    cells: Any
    layers: tuple[Layer, ...]
    rule: Rule

    def at(self, z: Array, which: Index) -> Array:
        """Cdf, density and slope of the density at one z for each of `which` cells: (3, points)."""
        out = narrow(self.rule, z, self.cells, which)
        for layer in self.layers:
            out += layer.at(z, which)
        return out


def curves(rule: Rule, cells: Any) -> Curves:
    """Sample the mixture densities of a few cells whose conditionals have similar sizes."""
    p = rule.nodes.probability
    if not len(p):
        return Curves(cells, (), rule)
    each = rule.source.conditionals(cells, rule.nodes.point)
    size = each.log_size.min(axis=0)
    order = np.argsort(size)
    middle = size[order][np.searchsorted(np.cumsum(p[order]), 0.5 * p.sum())]
    band = np.maximum(np.ceil((size - middle) / np.log(_BAND)), 1.0)
    parts = [band == b for b in np.unique(band)]
    layers = [_layer(each.part((slice(None), of)), p[of]) for of in parts if p[of].sum() > _NEGLIGIBLE]
    return Curves(cells, tuple(layers), rule)


def _layer(each: ExponentialFamily, probability: Array) -> Layer:
    total = float(probability.sum())
    centre, scale = _where(each, probability / total)
    powers = np.swapaxes(each.powers, 1, 2)
    grid = _Grid(each, probability, powers, centre, np.minimum(scale, each.width.min(axis=1) / SHARP))
    return completed(sampled(grid), total)


class Grid(Protocol):
    """Densities of t on a grid, where z = centre + scale sinh(bend t)/bend."""

    @property
    def centre(self) -> Array:
        """Centre of each cell's grid: (cells,)."""

    @property
    def scale(self) -> Array:
        """Scale of each cell's grid: (cells,)."""

    def density(self, t: Array) -> Array:
        """Density of t at the points t: (cells, points)."""


def sampled(grid: Grid, bend: float = STRETCH) -> Layer:
    """Sample densities of t, extending the grid until they are negligible.

    bend: STRETCH, or less for mixtures of components much narrower than the mixture.
    """
    t: Array = _STEP * np.arange(-round(_NEAR / _STEP), round(_NEAR / _STEP) + 1, dtype=float)
    density = grid.density(t)
    floor = np.exp(-_DROP) * density.max(axis=1)
    for end in (0, -1):
        while np.any(density[:, end] > floor) and abs(t[end]) * bend < _FAR:
            size = max(_MORE, len(t) // 4)
            more: Array = t[end] + (_STEP if end else -_STEP) * np.arange(1.0, size + 1.0)
            columns = grid.density(more)
            t = np.concatenate([t, more] if end else [more[::-1], t])
            density = np.concatenate([density, columns] if end else [columns[:, ::-1], density], axis=1)
    return Layer(grid.centre, grid.scale, t, density, bend)


def completed(layer: Layer, total: float) -> Layer:
    """Assign the missing probability to the left tail."""
    return replace(layer, below=total - layer.density.sum(axis=1) * _STEP)


def _where(each: ExponentialFamily, probability: Array) -> tuple[Array, Array]:
    """Approximate centre and sd of each mixture in z: (cells,)."""
    mean = row_sums(each.mean, probability)
    sd = np.sqrt(row_sums(each.variance + (each.mean - mean[:, None]) ** 2, probability))
    centre = np.clip(each.line(mean), *each.limits)
    with np.errstate(over="ignore", divide="ignore"):
        return centre, np.clip(sd * np.exp(-each.log_rise(centre)), 1e-12, _WIDEST)


@dataclass(frozen=True)
class _Grid:
    """Mixture densities of t from conditionals that are products of powers of functions of z."""

    each: ExponentialFamily
    probability: Array
    powers: Array
    centre: Array
    scale: Array

    def density(self, t: Array) -> Array:
        z = self.centre[:, None] + self.scale[:, None] * stretched(t)
        of_z = self.each.logs(z)
        out, count = np.zeros(z.shape), len(self.probability)
        nodes = max(1, min(count, _CACHED // z.shape[1]))
        size = max(1, _CACHED // (z.shape[1] * nodes))
        with np.errstate(over="ignore"):
            for k, j in product(range(0, len(of_z), size), range(0, count, nodes)):
                some, few = slice(k, k + size), slice(j, j + nodes)
                exponent = of_z[some] @ self.powers[some, :, few]  # (cells, points, nodes)
                out[some] += row_sums(np.exp(exponent, out=exponent), self.probability[few])
        return out * self.scale[:, None] * np.exp(log_stretch(t))
