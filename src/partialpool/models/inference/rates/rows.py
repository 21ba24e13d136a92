"""The conditionals of theta along rows of constant shape or rate, for `averaging`.

Where a row's conditionals are narrow: one of shape and rate is fixed on the row and the other moves, and with it the
conditional Gamma(y + shape, e + rate) of a group with y events over an exposure e. theta <= x is certain at those
points of the row where the conditional lies far below x, and impossible where it lies far above. Between the two,
Gauss-Legendre integrates: over the square root of the conditional's shape, on which scale its sd is 1/2 everywhere, or
over the log of the conditional's rate. The moving parameter may come near 0, where the density may be a power of it:
there the integral is over its log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.distributions import Gammas, conjugate_gammas
from partialpool.distributions.marginals.gamma_moments import group_moments
from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import Chart, Point
from partialpool.engine.mixtures.source import Doubt, Map, Maps, Nodes, Source
from partialpool.quadrature.near_ends import between, from_an_end, joined
from partialpool.special import Array, Index

_SHARPEST = 1e8  # events beyond which gamma functions do not give a density enough digits
_POINTS = 56  # Gauss-Legendre points per interval
_DOWN, _UP = 6.0, 4.3  # P(X > q) <= exp(-(sqrt q - sqrt a)^2) and P(X < q) <= exp(-2 (sqrt q - sqrt a)^2), X ~ Gamma(a)
_LEFT = 36.0  # minus the log of the probability that is left out
_LEAST, _ROUNDING = 1e-16, 1e-12
_LARGEST, _FARTHEST = 690.0, 5e3  # largest |log| in exponentials, and in logs of rates


@dataclass(frozen=True)
class Rates(Source):
    """The posterior of the chart's two parameters, and the conditionals of theta given them."""

    chart: Chart

    def log_first(self, x: Array) -> Array:
        return self.chart.xs.value(x)

    def coordinate(self, log_first: Array) -> Array:
        return self.chart.xs.coordinate(log_first)

    def at(self, x: Array, y: Array) -> Point:
        return self.chart.at(x, y).limited

    def conditionals(self, cells: PoissonCells, at: Point) -> Gammas:
        return conditionals_of(cells, at)

    def start(self, nodes: Nodes, cells: PoissonCells, levels: Array) -> Array:
        """Approximate each quantile by that of a gamma distribution with the same mean and sd."""
        of = group_moments(cells, nodes.point, nodes.probability / nodes.probability.sum())
        with np.errstate(all="ignore"):
            shape = np.clip((of.mean / of.sd) ** 2, 1e-3, 1e12)
            z = np.log(sc.gammaincinv(shape, levels[:, None]) / shape * of.mean)
            own = np.log(cells.events + 0.5) - np.log(cells.exposure)
        return np.where(np.isfinite(z), z, np.where(np.isfinite(own), own, 0.0))

    def location(self, at: Point) -> Array:
        return at.log_mean

    def located(self, log_first: float, z: Array) -> Point:
        log_rate = np.full(z.shape, log_first) if self.chart.on[0] == "rate" else log_first - z
        return Point(z, log_rate, z + log_rate).limited

    def middle(self, log_first: Array, median: Array, cells: PoissonCells) -> Array:
        """The z at which, on a row of constant shape, the rate is a typical exposure; else the median itself."""
        some = cells.informative
        if self.chart.on[0] == "rate" or not len(some.count):
            return median
        return log_first - float(np.mean(np.log(some.exposure)))

    def sampled(self, cells: PoissonCells) -> bool:
        return bool(np.max(cells.events) <= _SHARPEST)

    def order(self, cells: PoissonCells) -> Array:
        return cells.events

    def maps(self, cells: PoissonCells) -> Maps | None:
        if not cells.exposure.min() > 0.0:
            return None
        return Maps(_Lines(), _Plane(float(cells.events @ cells.count / (cells.exposure @ cells.count))))

    def in_doubt(self, log_first: Array, z: Array, cells: PoissonCells) -> Iterator[tuple[Index, Doubt]]:
        """Points by the root of the conditional's shape on rows of constant rate, or else by the log of its rate."""
        log_first, z, y = log_first[:, None], z[:, None], cells.events[:, None]
        with np.errstate(divide="ignore"):
            log_e = np.log(cells.exposure)[:, None]
        on_rate, moving = self.chart.on[0] == "rate", self.chart.on[1]
        with np.errstate(over="ignore"):
            points = (
                _shapes(z, y, np.logaddexp(log_e, log_first)) if on_rate else _rates(z, y + np.exp(log_first), log_e)
            )
        log_mean = points.log_moving - log_first if on_rate else log_first - points.log_moving
        place = self.chart.ys.coordinate(points.log_moving if moving == "rate" else log_mean)
        with np.errstate(all="ignore"):
            weight = points.weight * self.chart.slope(place)
        yield np.arange(len(z)), Doubt(points.conditional, place, weight, rising=moving != "rate")


def conditionals_of(pairs: PoissonCells, at: Point) -> Gammas:
    """Conditional of theta for each pair given each point: (pairs, points)."""
    at = at.limited
    with np.errstate(divide="ignore"):
        log_exposure = np.log(pairs.exposure)
    return conjugate_gammas(pairs.events, log_exposure, np.exp(at.log_shape), at.log_rate)


class _Lines(Map):
    """Pairs by y and log(e)."""

    def place(self, cells: PoissonCells) -> Array:
        return np.stack([cells.events, np.log(cells.exposure)])

    def cells(self, place: Array) -> PoissonCells:
        return PoissonCells(place[0], np.exp(place[1]), np.ones(place.shape[1]))


@dataclass(frozen=True)
class _Plane(Map):
    """Pairs by log(e) and v = 2 (sqrt(y) - sqrt(common e))."""

    common: float

    def place(self, cells: PoissonCells) -> Array:
        v = 2.0 * (np.sqrt(cells.events) - np.sqrt(self.common * cells.exposure))
        return np.stack([np.log(cells.exposure), v])

    def cells(self, place: Array) -> PoissonCells:
        log_e, v = place
        e = np.exp(log_e)
        return PoissonCells((np.sqrt(self.common * e) + 0.5 * v) ** 2, e, np.ones(len(e)))


# --- narrow rows


@dataclass(frozen=True)
class _Points:
    """Points where theta <= x is in doubt, ordered from small conditional means to large: (groups, points).

    log_moving: log of the parameter that moves along the line; weight: weights for an integral over that log. The first
    and the last points are ends, with weight 0.
    """

    conditional: Gammas
    log_moving: Array
    weight: Array


def _shapes(z: Array, y: Array, log_s: Array) -> _Points:
    """Points on a line of constant rate, by how far the root of the conditional's shape exceeds the root of y."""
    floor = np.sqrt(y)
    middle = np.exp(0.5 * np.clip(z + log_s, -_LARGEST, _LARGEST)) - floor
    rounding = _ROUNDING * (middle + floor)
    low = np.maximum(middle - np.maximum(_DOWN, rounding), _LEAST)
    high = np.maximum(middle + np.maximum(_UP, rounding), low)
    first = np.clip(0.5, low, high)
    middle = np.clip(middle, first, high)
    end = np.zeros(low.shape)
    parts = [
        (low, end),
        from_an_end(low, first),
        between(first, middle, _POINTS),
        between(middle, high, _POINTS),
        (high, end),
    ]
    up, width = joined(parts)
    shape = up * (2.0 * floor + up)
    return _Points(Gammas(y + shape, log_s), np.log(shape), width * 2.0 * (floor + up) / shape)


def _rates(z: Array, a: Array, log_e: Array) -> _Points:
    """Points on a line of constant shape, by w, the log of the conditional's rate minus log(a/x)."""
    root, sd = np.sqrt(a), 1.0 / np.sqrt(np.maximum(a, 1.0))
    floor = np.maximum(log_e - np.log(a) + z, -_FARTHEST)
    with np.errstate(divide="ignore", invalid="ignore"):
        long = np.where(root > 2.0 * _UP, -2.0 * np.log1p(-_UP / root), np.minimum(_LEFT / a + 1.0, _FARTHEST))
    rounding = _ROUNDING * (1.0 + np.abs(floor))
    low = np.maximum(-np.maximum(long, rounding) - floor, _LEAST * sd)  # above the floor, like all that follow
    high = np.maximum(np.maximum(2.0 * np.log1p(_DOWN / root), rounding) - floor, low)
    first = np.clip(sd, low, high)
    middle = np.clip(-floor, first, high)
    before = np.clip(-floor - 5.0 * sd, first, middle)
    end = np.zeros(low.shape)
    parts = [
        (low, end),
        from_an_end(low, first),
        between(first, before, _POINTS),
        between(before, middle, _POINTS),
        between(middle, high, _POINTS),
        (high, end),
    ]
    up, width = (part[:, ::-1] for part in joined(parts))
    log_s, share = np.log(a) - z + floor + up, -np.expm1(-up)  # share: population's rate over conditional's
    share = np.where(np.isfinite(log_e), share, 1.0)
    return _Points(Gammas(np.broadcast_to(a, up.shape), log_s), log_s + np.log(share), width / share)
