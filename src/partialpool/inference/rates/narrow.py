"""Distribution functions along a line whose conditional is narrow beside the line's posterior of the mean.

On a line one of shape and rate is fixed and the other moves, and with it the conditional Gamma(y + shape, e + rate) of
a group with y events over an exposure e. theta <= x is certain at those points of the line where the conditional lies
far below x, and impossible where it lies far above. Between the two Gauss-Legendre integrates: over the square root of
the conditional's shape, on whose scale its sd is 1/2 everywhere, or over the log of the conditional's rate. What moves
may come near 0 there, where the density may be a power of it: then the integral goes over the log of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions.gammas import Gammas
from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.near_ends import between, from_an_end, joined
from partialpool.special import Array

_POINTS = 56  # of each interval
_DOWN, _UP = 6.0, 4.3  # P(X > q) <= exp(-(sqrt q - sqrt a)^2) and P(X < q) <= exp(-2 (sqrt q - sqrt a)^2), X ~ Gamma(a)
_LEFT = 36.0  # -log of what is left out
_LEAST, _ROUNDING = 1e-16, 1e-12
_LARGEST, _FARTHEST = 690.0, 5e3


@dataclass(frozen=True)
class Line:
    """One line of constant x that is kept whole."""

    x: float
    probability: float
    marginal: Marginal
    log_total: float


@dataclass(frozen=True)
class _Points:
    """Points where theta <= x is in doubt, from small conditional means to large: (groups, points).

    log_moving: the log of what moves along the line, with its weights in the integral. The first and the last are ends.
    """

    conditional: Gammas
    log_moving: Array
    weight: Array


def smoothed(hyper: Hyperposterior, line: Line, z: Array, y: Array, e: Array) -> tuple[Array, Array]:
    """P(log theta <= z) and its slope, for groups with y events over e."""
    fixed, second = hyper.chart.on
    log_fixed = float(hyper.chart.xs.value(np.array(line.x)))
    z, y = z[:, None], y[:, None]
    with np.errstate(divide="ignore"):
        log_e = np.log(e)[:, None]
    if fixed == "rate":
        points = _shapes(z, y, np.logaddexp(log_e, log_fixed))
        log_mean = points.log_moving - log_fixed
    else:
        points = _rates(z, y + np.exp(log_fixed), log_e)
        log_mean = log_fixed - points.log_moving
    place = hyper.chart.ys.coordinate(points.log_moving if second == "rate" else log_mean)
    below = points.conditional.cdf(z)
    mass = points.weight * _density(hyper, line, place)
    before, after = line.marginal.cdf(place[:, 0]), 1.0 - line.marginal.cdf(place[:, -1])
    if second == "rate":  # the mean falls where the rate rises
        before, after = 1.0 - before, 1.0 - after
    with np.errstate(over="ignore"):
        density = np.exp(points.conditional.log_density(z))
    value, slope = (before * x[:, 0] + np.sum(mass * x, axis=1) + after * x[:, -1] for x in (below, density))
    return value, slope


def _shapes(z: Array, y: Array, log_s: Array) -> _Points:
    """Points on a line of constant rate, by how far the root of the conditional's shape is above that of y."""
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
    """Points on a line of constant shape, by w, how far the log of the conditional's rate is above that of a/x."""
    root, sd = np.sqrt(a), 1.0 / np.sqrt(np.maximum(a, 1.0))
    floor = np.maximum(log_e - np.log(a) + z, -_FARTHEST)
    with np.errstate(divide="ignore", invalid="ignore"):
        long = np.where(root > 2.0 * _UP, -2.0 * np.log1p(-_UP / root), np.minimum(_LEFT / a + 1.0, _FARTHEST))
    rounding = _ROUNDING * (1.0 + np.abs(floor))
    low = np.maximum(-np.maximum(long, rounding) - floor, _LEAST * sd)  # above the floor, as all that follow
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
    log_s, share = np.log(a) - z + floor + up, -np.expm1(-up)  # share: of the population's rate in the conditional's
    share = np.where(np.isfinite(log_e), share, 1.0)
    return _Points(Gammas(np.broadcast_to(a, up.shape), log_s), log_s + np.log(share), width / share)


def _density(hyper: Hyperposterior, line: Line, place: Array) -> Array:
    """Density of the log of what moves along the line."""
    with np.errstate(all="ignore"):
        log_p = hyper.log_density(np.full(place.shape, line.x), np.nan_to_num(place)) - line.log_total
        density = np.exp(log_p) * hyper.chart.slope(place)
    return np.where(np.isfinite(place), np.nan_to_num(density, nan=0.0, posinf=0.0), 0.0)
