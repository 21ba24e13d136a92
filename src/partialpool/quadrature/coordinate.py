"""Distribution and quantiles of a quantity z that is a function of the first coordinate of a density over the plane.

Lattices in such coordinates give the density of z at equally spaced points, and its sinc series the cdf. The step is
refined until the points resolve the density, judged by its spectrum, and the total mass agrees with the known log
total. The plane may come in parts side by side in z, each smooth in itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from partialpool.quadrature.frame import DROP, Frame, framed, locate
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.plane import Rule, projected
from partialpool.quadrature.ridge import LogDensity
from partialpool.safety import ALONG_A_COORDINATE
from partialpool.special import Array

_STEPS = (0.36, 0.28, 0.22, 0.17, 0.13, 0.1, 0.077, 0.06, 0.045)  # of the stretched coordinates, tried in turn
_FINER = 0.7  # factor on the step for a refined first coordinate
_LOST, _MOST = 0.5, 150_000  # missing mass that no refinement recovers; nodes beyond which no finer step is tried
_NOTHING = 1e-15  # probability below which a part is left out
_ENOUGH_NODES = 1500  # about how many nodes suffice to show where a density lives
_NARROWEST = 1e-9  # least width of a part


class Along(Protocol):
    """How z follows from x: an increasing map from the whole line to an interval."""

    @property
    def hi(self) -> Array | float:
        """The upper end of the interval."""

    def value(self, x: Array) -> Array:
        """The z that belongs to x."""

    def coordinate(self, z: Array) -> Array:
        """The x that belongs to z; infinite outside the interval."""


@dataclass(frozen=True)
class Part:
    """A density over (x, y), the frame in which it lives, and the map from x to z."""

    log_density: LogDensity
    along: Along
    frame: Frame


@dataclass(frozen=True)
class Found:
    """Quantiles of z, and an estimate of how far the cdf at them can be from the levels."""

    z: Array
    error: float


def nothing(p: Array) -> Found:
    """The empty answer: NaN for each p, with infinite error."""
    return Found(np.full(len(p), np.nan), np.inf)


@dataclass(frozen=True)
class Held:
    """The marginal of x over one part, and the part's share of the total probability."""

    along: Along
    marginal: Marginal
    share: float


@dataclass(frozen=True)
class CoordinateDistribution:
    """The distribution of z as pieces in increasing order, and an estimate of the error of its cdf."""

    pieces: tuple[Held, ...]
    error: float

    def cdf(self, z: Array) -> Array:
        """P(Z <= z)."""
        out = np.zeros(len(z))
        for piece in self.pieces:
            x = piece.along.coordinate(z)
            inside = np.isfinite(x)
            certain = np.where(z >= piece.along.hi, 1.0, 0.0)
            out += piece.share * np.where(inside, piece.marginal.cdf(np.where(inside, x, 0.0)), certain)
        return out

    def found(self, p: Array) -> Found:
        """Quantiles of z at levels p, found in the piece where the running probability reaches p."""
        z, below = np.full(len(p), np.nan), 0.0
        for k, piece in enumerate(self.pieces):
            share = (p - below) / piece.share
            here = np.isnan(z) & ((share <= 1.0) | (k == len(self.pieces) - 1))
            if here.any():
                z[here] = piece.along.value(piece.marginal.quantile(np.clip(share[here], 0.0, 1.0)))
            below += piece.share
        return Found(z, self.error)


NOWHERE = CoordinateDistribution((), np.inf)
"""The distribution of which nothing is known: no pieces, infinite error."""


def enough(size: int) -> slice:
    """Slice that picks about 1,500 of `size` nodes, enough to show where a density lives."""
    return slice(None, None, 1 + size // _ENOUGH_NODES)


def part(log_density: LogDensity, along: Along, nodes: tuple[Array, Array, Array], *, search: bool) -> Part | None:
    """Build a part around nodes (x, y, log probability), or return None if hardly any probability is on finite nodes.

    search: locate the density anew from there, because the nodes may not show all of it.
    """
    x, y, log_p = (values[enough(len(values))] for values in nodes)
    here = np.isfinite(x) & np.isfinite(y) & (log_p > np.max(log_p) - DROP)  # all other nodes serve only moments
    x, y, log_p = x[here], y[here], log_p[here]
    share = float(np.exp(log_p).sum())
    if share < _NOTHING:
        return None
    log_p = log_p - np.log(share)
    if not search:
        return Part(log_density, along, framed(x, y, log_p))
    (x_at, x_width), (y_at, y_width) = (_spread(values, np.exp(log_p)) for values in (x, y))
    return Part(log_density, along, locate(log_density, (x_at, y_at, x_width, y_width)))


def distribution(parts: list[Part], log_total: float, goal: float) -> CoordinateDistribution:
    """Return the distribution over all parts, from lattices that are refined until the error is below `goal`.

    log_total: log of the integral over all parts, known beforehand.
    """
    best = NOWHERE
    for step in _STEPS:
        sampled = [projected(one.log_density, one.frame, step) for one in parts]
        with np.errstate(over="ignore"):
            shares = [float(np.exp(log_mass - log_total)) for _, log_mass, _ in sampled]
        missing = abs(sum(shares) - 1.0)
        if not missing < _LOST:
            break
        pieces = [Held(one.along, rows[0], share) for one, rows, share in zip(parts, sampled, shares, strict=True)]
        error = ALONG_A_COORDINATE * (missing + sum(piece.share * piece.marginal.unseen for piece in pieces))
        best = CoordinateDistribution(tuple(pieces), error) if error < best.error else best
        if best.error < goal or max(size for _, _, size in sampled) > _MOST:
            break
    return best


def along_first(log_density: LogDensity, along: Along, rule: Rule, goal: float) -> CoordinateDistribution:
    """Distribution of the first coordinate of an integrated rule, refined until the error is below `goal`."""
    marginal, size, missing = rule.marginal, len(rule.x), 0.0
    while True:
        error = ALONG_A_COORDINATE * (missing + marginal.unseen)
        if error < goal or size > _MOST:
            return CoordinateDistribution((Held(along, marginal, 1.0),), error)
        marginal, log_total, size = projected(log_density, rule.frame, _FINER * 2.0 * marginal.step)
        missing = abs(float(np.expm1(log_total - rule.log_total)))


def rough_quantiles(value: Array, probability: Array, p: Array) -> Array:
    """Approximate quantiles of weighted points, to start a search from."""
    order = np.argsort(value)
    running = np.cumsum(probability[order]) - 0.5 * probability[order]
    return np.interp(p, running / running[-1], value[order])


def _spread(value: Array, probability: Array) -> tuple[float, float]:
    """Median and half the distance between the 16 % and 84 % quantiles of weighted points."""
    low, middle, high = rough_quantiles(value, probability, np.array([0.16, 0.5, 0.84]))
    return float(middle), max(float(high - low) / 2.0, _NARROWEST)
