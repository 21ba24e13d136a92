"""Mixtures of normals: distribution functions, and their inverses for many groups at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.integrate.invert import invert
from partialpool.special import Array, Index, row_sums

_FARTHEST = 1e9  # in units of the mixture's size
_NEAR = 1e-5  # relative distance from a level from which one more step, of third order, leaves rounding alone
_EPSILON = 2.3e-16
_ROOT_2PI = 2.5066282746310002


@dataclass(frozen=True)
class Mixtures:
    """One mixture a row: components' means and sds (rows, nodes), their shared probabilities (nodes).

    centre, size: where each mixture lies and how wide it is, roughly. Zero is where a mixture may be much narrower than
    its size: there quantiles keep their digits.
    """

    mean: Array
    sd: Array
    probability: Array
    centre: Array
    size: Array

    def beside(self, mean: Array, sd: Array, centre: Array, size: Array) -> Mixtures:
        """These and other mixtures with the same probabilities."""
        own, more = (self.mean, self.sd, self.centre, self.size), (mean, sd, centre, size)
        means, sds, centres, sizes = (np.concatenate(pair) for pair in zip(own, more, strict=True))
        return Mixtures(means, sds, self.probability, centres, sizes)

    def shares(self, x: Array) -> Array:
        """What each node adds to P(X_i <= x_i): (nodes, rows)."""
        with np.errstate(over="ignore"):
            return np.asarray((self.probability * sc.ndtr((x[:, None] - self.mean) / self.sd)).T)

    def quantiles(self, levels: Array) -> Array:
        """The x with P(X_i <= x) = p for each level p: (levels, rows)."""
        rows = len(self.centre)
        mean, sd = self.mean / self.size[:, None], self.sd / self.size[:, None]

        def curve(z: Array, which: Index) -> Array:
            row = which % rows
            scale = sd[row]
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # no derivatives at atoms: x is bisected
                u = (z[:, None] - mean[row]) / scale
                density = np.exp(-0.5 * u * u) / scale
                bend = np.where(density > 0.0, u, 0.0) * density / scale
            p = self.probability
            return np.stack([row_sums(sc.ndtr(u), p), row_sums(density, p) / _ROOT_2PI, -row_sums(bend, p) / _ROOT_2PI])

        level = np.repeat(levels, rows)
        start = np.tile(self.centre / self.size, len(levels)) + sc.ndtri(level)
        found = invert(curve, level, start, -_FARTHEST, _FARTHEST, _NEAR)
        return self.size * found.reshape(len(levels), rows)

    def rounding(self, x: Array) -> float:
        """How far P(X_i <= x_i) can be off because x, means and sds are doubles."""
        far = np.abs(x[:, None] - self.mean)
        with np.errstate(over="ignore", under="ignore"):
            u = far / self.sd
            off = np.exp(-0.5 * u * u) * (np.abs(x[:, None]) + np.abs(self.mean) + far) / self.sd
        off = np.minimum(off, 1.0 / _EPSILON)  # a probability is off by 1 at most
        return float(_EPSILON * np.max(row_sums(off, self.probability), initial=0.0))
