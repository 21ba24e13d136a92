"""Lines on which the conditional distributions of groups are narrow beside the posterior of their own means.

There the line's distribution function serves, smoothed by the conditional.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.integrate.gauss import legendre
from partialpool.integrate.marginal import Marginal
from partialpool.special import Array

_POINTS, _REACH = 80, 9.0
_LARGEST = 690.0


@dataclass(frozen=True)
class Line:
    """One line of constant x that is kept whole."""

    x: float
    probability: float
    marginal: Marginal
    log_total: float


def smoothed(hyper: Hyperposterior, line: Line, z: Array, y: Array, e: Array) -> tuple[Array, Array]:
    """P(log theta <= z) and its slope on a line where the conditional is narrow, for groups with y events over e.

    Where the conditional mean is so small that theta <= e^z is certain, the line's own distribution function serves;
    across those means where it is in doubt, Gauss-Legendre in the log of the conditional mean.
    """
    log_shape = hyper.chart.at(np.array(line.x), np.array(line.marginal.centre)).log_shape
    reach = _REACH * float(np.exp(-0.5 * np.clip(log_shape, 0.0, _LARGEST)))
    low, high = z - reach, z + reach
    nodes, weights = legendre(_POINTS)
    log_k = low[:, None] + (high - low)[:, None] * nodes
    place, a, s, jump = _place(hyper, line, log_k, y[:, None], e[:, None])
    density = _density(hyper, line, place, jump)
    with np.errstate(all="ignore"):
        inside = sc.gammainc(a, s * np.exp(z)[:, None])
    doubtful = np.nan_to_num(density * inside) @ weights * (high - low)
    edge = _place(hyper, line, low[:, None], y[:, None], e[:, None])[0][:, 0]
    certain = line.marginal.cdf(edge)
    certain = 1.0 - certain if hyper.chart.on[1] == "rate" else certain  # the mean falls where the rate rises
    middle, _, _, slope = _place(hyper, line, z[:, None], y[:, None], e[:, None])
    return certain + doubtful, _density(hyper, line, middle, slope)[:, 0]


def _place(hyper: Hyperposterior, line: Line, log_k: Array, y: Array, e: Array) -> tuple[Array, Array, Array, Array]:
    """The line's coordinate at a conditional mean k, the conditional's shape and rate, and d coordinate / d log(k)."""
    first = float(hyper.chart.xs.value(np.array(line.x)))
    k = np.exp(np.clip(log_k, -_LARGEST, _LARGEST))
    with np.errstate(all="ignore"):
        if hyper.chart.on[0] == "rate":  # k (e + rate) = y + mean rate, at least y
            rate = np.exp(first)
            shape = np.maximum(k * (e + rate) - y, 0.0)
            second, change = np.log(shape) - first, k * (e + rate) / shape
        else:  # k (e + rate) = y + shape
            shape = np.full(k.shape, np.exp(first))
            rate = np.maximum((y + shape) / k - e, 0.0)  # k is at most (y + shape)/e
            change = -(y + shape) / (k * rate)
            second = np.log(rate) if hyper.chart.on[1] == "rate" else first - np.log(rate)
            change = change if hyper.chart.on[1] == "rate" else -change
        place = hyper.chart.ys.coordinate(second)
        jump = change * hyper.chart.slope(place)
    return place, y + shape, e + rate, jump


def _density(hyper: Hyperposterior, line: Line, place: Array, jump: Array) -> Array:
    """Density of log of the conditional mean along the line."""
    with np.errstate(all="ignore"):
        log_p = hyper.log_density(np.full(place.shape, line.x), np.nan_to_num(place)) - line.log_total
        density = np.exp(log_p) * np.abs(jump)
    return np.where(np.isfinite(place), np.nan_to_num(density, nan=0.0, posinf=0.0), 0.0)
