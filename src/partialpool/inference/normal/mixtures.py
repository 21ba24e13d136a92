"""Mixtures of normals over nodes: distribution functions, their inverses, and how few nodes serve for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.integrate.invert import invert
from partialpool.marginals.normal_given import Nodes
from partialpool.special import Array, Index, row_sums

_FARTHEST = 1e12  # in units of a mixture's size
_NEAR = 1e-5  # relative distance from a level from which one more step, of third order, leaves rounding alone
_EPSILON = 2.3e-16
_ROOT_2PI = 2.5066282746310002
_LEAST = 1e-300
_GOAL = 1e-10  # difference of two distribution functions that are the same


@dataclass(frozen=True)
class Mixtures:
    """One mixture a row: components' means and sds, (rows, nodes), and their shared probabilities."""

    mean: Array
    sd: Array
    probability: Array

    def below(self, x: Array) -> Array:
        """P(X_i <= x_i): (rows)."""
        with np.errstate(over="ignore"):
            return row_sums(sc.ndtr((x[:, None] - self.mean) / self.sd), self.probability)

    def quantiles(self, levels: Array, start: Array | None = None) -> Array:
        """The x with P(X_i <= x) = p for each level p, from roughly these: (levels, rows).

        Zero is where a mixture may be much narrower than its size: there quantiles keep their digits.
        """
        rows, p = len(self.mean), self.probability
        centre = row_sums(self.mean, p)
        away = np.maximum(np.hypot(self.sd, self.mean - centre[:, None]), _LEAST)
        size = np.exp(row_sums(np.log(away), p) / p.sum())  # no far tail moves a geometric mean
        mean, sd = self.mean / size[:, None], self.sd / size[:, None]
        x = centre + np.outer(sc.ndtri(levels), size) if start is None else start
        x, level = (x / size).ravel(), np.repeat(levels, rows)

        def curve(z: Array, which: Index) -> Array:
            row = which % rows
            scale = sd[row]
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # no derivatives at atoms: x is bisected
                u = (z[:, None] - mean[row]) / scale
                density = np.exp(-0.5 * u * u) / scale
                bend = np.where(density > 0.0, u, 0.0) * density / scale
            return np.stack([row_sums(sc.ndtr(u), p), row_sums(density, p) / _ROOT_2PI, -row_sums(bend, p) / _ROOT_2PI])

        return size * invert(curve, level, x, -_FARTHEST, _FARTHEST, _NEAR).reshape(len(levels), rows)

    def disagreement(self, x: Array, levels: Array) -> float:
        """The largest |F(x) - level| at quantiles x found elsewhere: (levels, rows)."""
        return max(float(np.max(np.abs(self.below(at) - level))) for at, level in zip(x, levels, strict=True))

    def rounding(self, x: Array) -> float:
        """How far P(X_i <= x_i) can be off because x, means and sds are doubles."""
        far = np.abs(x[:, None] - self.mean)
        with np.errstate(over="ignore", under="ignore"):
            u = far / self.sd
            off = np.exp(-0.5 * u * u) * (np.abs(x[:, None]) + np.abs(self.mean) + far) / self.sd
        off = np.minimum(off, 1.0 / _EPSILON)  # a probability is off by 1 at most
        return float(_EPSILON * np.max(row_sums(off, self.probability), initial=0.0))


Rules = Sequence[Callable[[], Nodes]]


def fitted(few: Rules, whole: Rules, mixtures: Callable[[Nodes], Mixtures], levels: Array) -> tuple[Nodes, float]:
    """The fewest nodes whose quantiles finer ones confirm, and how far distribution functions are off with them.

    few: Gauss rules of more and more nodes. Two of them may share an error, so that all nodes have the last word.
    whole: all nodes of an integration, and of finer ones.
    mixtures: those that nodes are judged by, at the levels.
    """
    best: tuple[Nodes, Array] | None = None
    last: tuple[Nodes, Array] | None = None
    error = np.inf
    for k, make in enumerate((*few, *whole)):
        nodes = make()
        here, start = mixtures(nodes), None
        if last is not None:
            start = last[1]
            moved = here.disagreement(start, levels)
            if k < len(few) and moved < _GOAL:
                moved = max(moved, mixtures(whole[0]()).disagreement(start, levels))
            if best is None or moved < error:
                best, error = last, moved
            if error < _GOAL:
                break
        last = nodes, here.quantiles(levels, start)
    assert best is not None
    nodes, x = best
    rounding = mixtures(nodes).rounding
    return nodes, error + max(rounding(at) for at in x)
