"""Mixtures of normals over nodes: distribution functions, quantiles, and how few nodes suffice for these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.quadrature.invert import invert
from partialpool.special import Array, Index, row_sums

_FARTHEST = 1e12  # range of the search, in units of a mixture's size
_NEAR = 1e-5  # relative distance from a level at which one more step, of third order, leaves only rounding error
_EPSILON = 2.3e-16  # spacing of doubles at 1
_ROOT_2PI = 2.5066282746310002
_LEAST = 1e-300
_GOAL = 1e-10  # two distribution functions that differ by less agree


@dataclass(frozen=True)
class Mixtures:
    """One mixture per row: means and sds of the components, (rows, nodes), and their shared probabilities, (nodes,)."""

    mean: Array
    sd: Array
    probability: Array

    def below(self, x: Array) -> Array:
        """P(X_i <= x_i) of each mixture: (rows,)."""
        with np.errstate(over="ignore"):
            return row_sums(sc.ndtr((x[:, None] - self.mean) / self.sd), self.probability)

    def quantiles(self, levels: Array, start: Array | None = None) -> Array:
        """Quantiles of each mixture at each level: (levels, rows); start: approximate values.

        A mixture may be much narrower than its distance from 0; the search is relative to 0, so that quantiles keep
        their digits.
        """
        rows, p = len(self.mean), self.probability
        centre = row_sums(self.mean, p)
        away = np.maximum(np.hypot(self.sd, self.mean - centre[:, None]), _LEAST)
        size = np.exp(row_sums(np.log(away), p) / p.sum())  # a far tail does not move a geometric mean
        mean, sd = self.mean / size[:, None], self.sd / size[:, None]
        x = centre + np.outer(sc.ndtri(levels), size) if start is None else start
        x, level = (x / size).ravel(), np.repeat(levels, rows)

        def curve(z: Array, which: Index) -> Array:
            row = which % rows
            scale = sd[row]
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # atoms have no derivatives
                u = (z[:, None] - mean[row]) / scale
                density = np.exp(-0.5 * u * u) / scale
                bend = np.where(density > 0.0, u, 0.0) * density / scale
            return np.stack([row_sums(sc.ndtr(u), p), row_sums(density, p) / _ROOT_2PI, -row_sums(bend, p) / _ROOT_2PI])

        return size * invert(curve, level, x, -_FARTHEST, _FARTHEST, _NEAR).reshape(len(levels), rows)

    def disagreement(self, x: Array, levels: Array) -> float:
        """Largest |F(x) - level| at quantiles x from elsewhere: (levels, rows)."""
        return max(float(np.max(np.abs(self.below(at) - level))) for at, level in zip(x, levels, strict=True))

    def rounding(self, x: Array) -> float:
        """Error of P(X_i <= x_i) that comes from x, means and sds being doubles."""
        far = np.abs(x[:, None] - self.mean)
        with np.errstate(over="ignore", under="ignore"):
            u = far / self.sd
            off = np.exp(-0.5 * u * u) * (np.abs(x[:, None]) + np.abs(self.mean) + far) / self.sd
        off = np.minimum(off, 1.0 / _EPSILON)  # a probability is off by 1 at most
        return float(_EPSILON * np.max(row_sums(off, self.probability), initial=0.0))


Rules = Sequence[Callable[[], Nodes]]


def fitted(few: Rules, whole: Rules, mixtures: Callable[[Nodes], Mixtures], levels: Array) -> tuple[Nodes, float]:
    """Find the fewest nodes whose quantiles finer nodes confirm, with the error of their distribution functions.

    few: functions that make Gauss rules of more and more nodes. Two of these may share an error, so that all nodes
    check them in the end. whole: functions that make all nodes of an integration, and of finer ones.
    mixtures: function that gives, for nodes, the mixtures by which they are judged.
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
