"""Distribution functions along a row whose conditional is narrow beside the row's posterior of the mean."""

from __future__ import annotations

import numpy as np

from partialpool.averaging.rule import Row, Source
from partialpool.integrate.gauss import legendre
from partialpool.populations.beta import Point
from partialpool.populations.beta_distribution import cdf
from partialpool.special import Array

_POINTS = 36
_REACH = 7.5
_LOWEST = 700.0
_TINY = 1e-300


def smoothed(source: Source, row: Row, logit: Array, y: Array, f: Array) -> tuple[Array, Array]:
    """P(theta <= x) and its slope in the logit of x, for groups with y successes and f failures, 1-D arrays.

    Given the row, m = (y + alpha)/(n + kappa) is the conditional mean and theta ~ Beta(s m, s (1-m)), s = n + kappa.
    Where m is so small that theta <= x is certain, the row's own distribution function serves; across those m where it
    is in doubt, Gauss-Legendre in arcsin(sqrt(m)), on whose scale the conditional's sd is 1/(2 sqrt(s)).
    """
    kappa = float(np.exp(min(row.log_kappa, _LOWEST)))
    s = y + f + kappa
    middle = np.arctan(np.exp(0.5 * np.clip(logit, -_LOWEST, _LOWEST)))
    reach = 0.5 * _REACH / np.sqrt(s)
    floor, ceiling = np.arctan2(np.sqrt(y), np.sqrt(f + kappa)), np.arctan2(np.sqrt(y + kappa), np.sqrt(f))
    low, high = np.clip(middle - reach, floor, ceiling), np.clip(middle + reach, floor, ceiling)
    nodes, weights = legendre(_POINTS)
    phi = low[:, None] + (high - low)[:, None] * nodes
    a, b = s[:, None] * np.sin(phi) ** 2, s[:, None] * np.cos(phi) ** 2
    density = _density(source, row, phi, y[:, None], f[:, None], s[:, None])
    doubtful = (density * cdf(logit[:, None], a, b)) @ weights * (high - low)
    certain = row.marginal.cdf(_place(source, row, low, y, f, s)[0])
    steep = _density(source, row, np.clip(middle, low, high)[:, None], y[:, None], f[:, None], s[:, None])[:, 0]
    return certain + doubtful, steep * 0.25 * np.sin(2.0 * middle)


def _place(source: Source, row: Row, phi: Array, y: Array, f: Array, s: Array) -> tuple[Array, Array, Array]:
    """The row's coordinate that belongs to a conditional mean sin^2(phi), with alpha and beta there."""
    alpha = np.maximum(s * np.sin(phi) ** 2 - y, _TINY)
    beta = np.maximum(s * np.cos(phi) ** 2 - f, _TINY)
    log_sum = np.log(alpha + beta)
    at = Point(np.log(alpha) - log_sum, np.log(beta) - log_sum, np.full(phi.shape, row.log_kappa))
    return source.chart.inverse(at)[1], alpha, beta


def _density(source: Source, row: Row, phi: Array, y: Array, f: Array, s: Array) -> Array:
    """Density of phi = arcsin(sqrt(m)) along the row."""
    place, alpha, beta = _place(source, row, phi, y, f, s)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_p = source.log_density(np.full(place.shape, row.x), place) - row.log_total
        jump = source.chart.slope(place) * (alpha + beta) / (alpha * beta)  # d place / d alpha
        density = np.exp(log_p) * jump * s * np.sin(2.0 * phi)
    return np.nan_to_num(density, nan=0.0, posinf=0.0)
