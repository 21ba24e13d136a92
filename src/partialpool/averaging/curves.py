"""Distribution functions of groups: mixtures of beta distributions, sampled on grids and integrated by sinc series.

The mixture density of logit(theta) is analytic, so that on an equally spaced (stretched) grid its sinc series and the
integral of that converge exponentially, as long as no component is much sharper than the grid. Components are
therefore sorted by concentration into layers, each with a grid of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import special as sc

from partialpool.averaging.mixtures import narrow, parameters
from partialpool.averaging.moments import Moments, Nodes, moments
from partialpool.averaging.rule import Rule
from partialpool.integrate.line import STRETCH, log_stretch, stretched
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta_distribution import log_norm
from partialpool.special import Array, Index, log_sigmoids, row_sums

_HIGHEST = 700.0  # log of the largest parameter that is kept apart from infinity
_STEP = 0.14
SHARP = 2.3 * _STEP  # sd of the sharpest component that a grid resolves, in units of its scale
_WIDEST = 3.0  # in logits: beyond, a mixture is a power law that the stretch takes care of
_BAND = 9.0  # ratio of the largest to the smallest concentration (plus trials) of a layer
_DROP = 33.0
_CACHED = 1 << 16  # numbers that stay near the processor
_SMALLEST = 1e-300
_NEGLIGIBLE = 1e-12  # probability of a layer
_NEAR, _MORE, _FAR = 5.04, 8, 16.0


@dataclass(frozen=True)
class Layer:
    """Mixture densities of a few pairs over one band of concentrations, on one grid of t."""

    centre: Array
    scale: Array
    t: Array
    density: Array  # of t: (pairs, grid)
    bend: float = STRETCH  # the coordinate is centre + scale sinh(bend t)/bend
    below: Array | None = None  # probability of each pair that is known to lie to the left of the grid

    def at(self, logit: Array, which: Index) -> Array:
        """Distribution function, density and slope of the density in the logit, for `which` pairs: (3, points)."""
        t = np.arcsinh(self.bend * (logit - self.centre[which]) / self.scale[which]) / self.bend
        t = np.clip(t, self.t[0] - 1.0, self.t[-1] + 1.0)
        z = (t[:, None] - self.t) * (np.pi / _STEP)
        density = self.density[which]
        value = np.einsum("ij,ij->i", 0.5 + sc.sici(z)[0] / np.pi, density) * _STEP
        value = value if self.below is None else value + self.below[which]
        near = np.sinc(z / np.pi)
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = np.where(np.abs(z) < 1e-4, -z / 3.0, (np.cos(z) - near) / z)
        slope_t = np.einsum("ij,ij->i", near, density)
        bend_t = np.einsum("ij,ij->i", turn, density) * (np.pi / _STEP)
        rate = 1.0 / (np.cosh(self.bend * t) * self.scale[which])  # dt / d logit
        change = -self.bend * np.tanh(self.bend * t) * rate**2
        return np.stack([value, slope_t * rate, bend_t * rate**2 + slope_t * change])


@dataclass(frozen=True)
class Curves:
    """Distribution functions of logit(theta) for a few pairs."""

    pairs: Pairs
    layers: tuple[Layer, ...]
    rule: Rule

    def at(self, logit: Array, which: Index) -> Array:
        """Distribution function, density and its slope at one logit for each of `which` pairs: (3, points)."""
        out = np.zeros((3, len(logit)))
        for layer in self.layers:
            out += layer.at(logit, which)
        if self.rule.narrow:
            out[:2] += narrow(self.rule, logit, self.pairs.successes[which], self.pairs.failures[which])
        return out


def curves(rule: Rule, pairs: Pairs) -> Curves:
    """Sample the mixture densities of a few pairs of about the same number of trials."""
    kappa = np.exp(np.minimum(rule.nodes.point.log_kappa, _HIGHEST))
    if not len(kappa):
        return Curves(pairs, (), rule)
    size = kappa + pairs.trials.min()
    order = np.argsort(size)
    middle = size[order][np.searchsorted(np.cumsum(rule.nodes.probability[order]), 0.5 * rule.nodes.probability.sum())]
    band = np.maximum(np.ceil(np.log(size / middle) / np.log(_BAND)), 1.0)
    parts = [rule.nodes.subset(band == b) for b in np.unique(band)]
    layers = [_layer(Rule(part), pairs) for part in parts if part.probability.sum() > _NEGLIGIBLE]
    return Curves(pairs, tuple(layers), rule)


def _layer(rule: Rule, pairs: Pairs) -> Layer:
    nodes = rule.nodes
    total = float(nodes.probability.sum())
    centre, scale = _where(moments(Nodes(nodes.point, nodes.probability / total), pairs))
    a, b = parameters(rule, pairs)
    with np.errstate(divide="ignore"):
        sharpest = np.sqrt(np.min(1.0 / np.maximum(a, _SMALLEST) + 1.0 / np.maximum(b, _SMALLEST), axis=1))
    grid = _Grid(nodes.probability, a, b, log_norm(a, b), centre, np.minimum(scale, sharpest / SHARP))
    return completed(sampled(grid), total)


class Grid(Protocol):
    """Densities of t, where a coordinate of theta is centre + scale sinh(bend t)/bend."""

    @property
    def centre(self) -> Array:
        """Of each pair."""

    @property
    def scale(self) -> Array:
        """Of each pair."""

    def density(self, t: Array) -> Array:
        """At points of t: (pairs, points)."""


def sampled(grid: Grid, bend: float = STRETCH) -> Layer:
    """Sample densities as far out as they are anything.

    bend: the usual one, or less for mixtures of components much narrower than they are.
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
    """The same, if what its grid lacks of the total probability lies to the left of it."""
    return replace(layer, below=total - layer.density.sum(axis=1) * _STEP)


def _where(of: Moments) -> tuple[Array, Array]:
    """Centre and sd of logit(theta), roughly."""
    mean, other = np.maximum(of.mean, 1e-300), np.maximum(of.other, 1e-300)
    return np.log(mean) - np.log(other), np.clip(of.sd / (mean * other), 1e-12, _WIDEST)


@dataclass(frozen=True)
class _Grid:
    """What it takes to evaluate mixture densities of t."""

    probability: Array
    a: Array
    b: Array
    constant: Array
    centre: Array
    scale: Array

    def density(self, t: Array) -> Array:
        logit = self.centre[:, None] + self.scale[:, None] * stretched(t)
        powers = np.stack([*log_sigmoids(logit), np.ones(logit.shape)], axis=2)
        parameters = np.stack([self.a, self.b, self.constant], axis=1)
        out, size = np.empty(logit.shape), max(1, _CACHED // (logit.shape[1] * len(self.probability)))
        with np.errstate(over="ignore"):
            for k in range(0, len(powers), size):
                some = slice(k, k + size)
                exponent = powers[some] @ parameters[some]
                out[some] = row_sums(np.exp(exponent, out=exponent), self.probability)
        return out * self.scale[:, None] * np.exp(log_stretch(t))
