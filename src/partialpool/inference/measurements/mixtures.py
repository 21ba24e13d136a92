"""Distribution functions of group parameters and of the population's mean: mixtures of normals over (r, sigma)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.integrate.invert import invert
from partialpool.marginals.normal_moments import Nodes, shares
from partialpool.marginals.normal_unknown import Likelihood, population
from partialpool.special import HALF_LOG_2PI, Array, Index, row_sums

_CHUNK = 1 << 18
_FARTHEST = 1e12  # in units of the first guess of a parameter's sd
_HEAVY = 100.0  # times a geometric mean, of an arithmetic one that a far tail has carried away
_NEAR = 2e-5  # relative distance from a level within which one more step is exact to 1e-14


@dataclass(frozen=True)
class Targets:
    """Whose distribution is asked for: theta of groups of n rows with mean y; n = 0 stands for the mean itself."""

    n: Array
    y: Array

    def subset(self, which: Index) -> Targets:
        return Targets(self.n[which], self.y[which])


@dataclass(frozen=True)
class Mixture:
    """P(theta <= x) = sum over nodes of probability times a normal distribution function."""

    model: Likelihood
    nodes: Nodes

    @cached_property
    def _given(self) -> tuple[Array, Array, Array]:
        mu = population(self.model, self.nodes.log_r, self.nodes.log_sigma)
        return mu.mean, mu.variance, np.exp(2.0 * self.nodes.log_sigma)

    def conditionals(self, of: Targets) -> tuple[Array, Array]:
        """Mean and sd of theta given each node: (targets, nodes)."""
        mean, variance, square = self._given
        sizes, where = np.unique(of.n, return_inverse=True)
        shrinkage, weight = shares(sizes, self.nodes.log_r)
        own = weight * square / np.maximum(sizes, 1.0)[:, None]
        sd = np.sqrt(own + shrinkage**2 * variance)
        y = np.where(of.n > 0.0, of.y, 0.0)[:, None]
        return y - shrinkage[where] * (y - mean), sd[where]

    def at(self, x: Array, centre: Array, sd: Array) -> Array:
        """Distribution function, density and its slope at one x for each target's conditionals: (3, targets)."""
        z = (x[:, None] - centre) / sd
        p = self.nodes.probability
        density = np.exp(-0.5 * z * z - HALF_LOG_2PI) / sd
        return np.stack([row_sums(part, p) for part in (sc.ndtr(z), density, -z * density / sd)])

    def starts(self, of: Targets, levels: Array) -> Array:
        """The quantiles of normals with the same middle and about the same width: (levels, targets)."""
        centre, sd = self.conditionals(of)
        p = self.nodes.probability
        middle = row_sums(centre, p)
        away = np.abs(centre - middle[:, None]) + sd
        width = row_sums(away, p)
        out = middle + np.outer(sc.ndtri(levels), width)
        for row in np.flatnonzero(~(width < _HEAVY * np.exp(row_sums(np.log(np.maximum(away, 1e-300)), p)))):
            out[:, row] = _rough(centre[row], sd[row], p, levels)
        return out

    def quantiles(self, of: Targets, levels: Array, start: Array) -> Array:
        """Quantiles at the levels, from roughly these: (levels, targets)."""
        out = np.empty((len(levels), len(of.n)))
        size = max(1, _CHUNK // max(1, len(self.nodes)))
        for i in range(0, len(of.n), size):
            part = slice(i, i + size)
            out[:, part] = self._inverted(Targets(of.n[part], of.y[part]), levels, start[:, part])
        return out

    def _inverted(self, of: Targets, levels: Array, start: Array) -> Array:
        centre, sd = self.conditionals(of)
        which = np.tile(np.arange(len(of.n)), len(levels))
        middle, unit = start[len(levels) // 2], np.maximum(start[-1] - start[0], 1e-300)

        def curve(t: Array, i: Index) -> Array:
            j = which[i]
            scale = np.array([np.ones(len(j)), unit[j], unit[j] ** 2])
            return self.at(middle[j] + unit[j] * t, centre[j], sd[j]) * scale

        first = ((start - middle) / unit).ravel()
        t = invert(curve, np.repeat(levels, len(of.n)), first, -_FARTHEST, _FARTHEST, _NEAR)
        return middle + unit * t.reshape(start.shape)

    def disagreement(self, of: Targets, x: Array, levels: Array) -> float:
        """The largest |F(x) - level| at quantiles x found elsewhere: (levels, targets)."""
        centre, sd = self.conditionals(of)
        worst = 0.0
        for at, level in zip(x, levels, strict=True):
            worst = max(worst, float(np.max(np.abs(self.at(at, centre, sd)[0] - level), initial=0.0)))
        return worst


def _rough(centre: Array, sd: Array, p: Array, levels: Array) -> Array:
    """Rough quantiles of a mixture of normals of any widths, from the quantiles of how far they reach."""
    order = np.argsort(centre)
    middle = centre[order][np.searchsorted(np.cumsum(p[order]), 0.5 * p.sum())]
    away = np.abs(centre - middle) + sd
    order = np.argsort(away)
    running = np.cumsum(p[order]) / p.sum()
    reach = np.interp(1.0 - np.minimum(levels, 1.0 - levels), running, away[order])
    return np.asarray(middle + np.sign(levels - 0.5) * reach)
