"""Careful scalar functions, elementwise on arrays.

Each is accurate to a few units in the last place over the whole range named in its docstring; the tests hold them
against 50-digit arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Columns = Mapping[str, NDArray[Any]]
"""A table: name of each column -> its values, all of one length."""

HALF_LOG_2PI = 0.9189385332046727
LARGEST_LOG = 709.0  # exp() of anything larger overflows a double


def row_sums(values: Array, weights: Array) -> Array:
    """Return sum_k values_ik weights_k for each row i.

    A matrix product is quicker, but its last bit changes with the position of the row and the number of threads.
    """
    return np.einsum("...k,k->...", values, weights)


def safe_log(x: Array) -> Array:
    """log(x) for x >= 0, with a large negative number in place of log(0)."""
    return np.asarray(np.log(np.maximum(x, 1e-300)))


def log_sigmoid(x: Array) -> Array:
    """log(1 / (1 + e^-x)) for any real x: the log of a probability from its logit."""
    return np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))


def expit(x: Array) -> Array:
    """Return 1/(1 + e^-x); the larger of this and its complement is computed as one minus the smaller."""
    small = np.exp(log_sigmoid(-np.abs(x)))
    return np.where(np.asarray(x) <= 0.0, small, 1.0 - small)


def log_sigmoids(x: Array) -> tuple[Array, Array]:
    """Logs of a probability and of its complement, from its logit."""
    more = np.log1p(np.exp(-np.abs(x)))
    return np.minimum(x, 0.0) - more, np.minimum(-x, 0.0) - more


def without_nan(log_value: Array) -> Array:
    """Replace NaN in log densities, where a formula ran out of range, by -inf; the array is changed in place."""
    lost = np.isnan(log_value)
    if lost.any():
        log_value[lost] = -np.inf
    return log_value


def log_expm1(x: Array) -> Array:
    """log(e^x - 1) for x > 0."""
    return np.where(x > 1.0, x + np.log1p(-np.exp(-np.maximum(x, 1.0))), np.log(np.expm1(np.minimum(x, 1.0))))


def log_sinh_exp(log_x: Array) -> Array:
    """log sinh(e^log_x), also where e^log_x underflows."""
    x = np.exp(np.clip(log_x, -10.0, LARGEST_LOG))
    return np.where(
        log_x < -10.0, log_x + np.exp(2.0 * np.minimum(log_x, 0.0)) / 6.0, log_expm1(2.0 * x) - x - np.log(2.0)
    )


def log_cosh(x: Array) -> Array:
    """log cosh(x) for any real x."""
    size = np.abs(x)
    return size + np.log1p(np.exp(-2.0 * size)) - np.log(2.0)


def log1p_minus(x: Array) -> Array:
    """log(1 + x) - x for x > -1, with full relative accuracy at small x.

    With r = x / (2 + x): log(1 + x) = 2 (r + r^3/3 + r^5/5 + ...) and x = 2 r / (1 - r), so the difference is
    2 r^3 (1/3 + r^2/5 + ...) - r x.
    """
    x = np.asarray(x, dtype=float)
    r = np.clip(x, -0.5, 0.5) / (2.0 + np.clip(x, -0.5, 0.5))
    r2 = r * r
    series = np.zeros_like(r)
    for k in range(35, 1, -2):
        series = series * r2 + 1.0 / k
    small = 2.0 * r * r2 * series - r * np.clip(x, -0.5, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(x) <= 0.5, small, np.log1p(x) - x)


def stirling_remainder(x: Array) -> Array:
    """lgamma(x) - (x - 1/2) log x + x - log(2 pi)/2 for x >= 10 (Abramowitz and Stegun 6.1.40)."""
    t = 1.0 / x
    t2 = t * t
    series = np.full_like(t, 1.0 / 156.0)
    for c in (-691.0 / 360360.0, 1.0 / 1188.0, -1.0 / 1680.0, 1.0 / 1260.0, -1.0 / 360.0, 1.0 / 12.0):
        series = series * t2 + c
    return series * t


def half_log_minus_remainder(x: Array, log_x: Array) -> Array:
    """log(x)/2 - stirling_remainder(x) for any x > 0 given with its log, also where x itself underflows.

    For x < 10 it is (1 + x) log x - x - lgamma(1 + x) + log(2 pi)/2.
    """
    low = np.minimum(x, 10.0)
    below = (1.0 + low) * np.minimum(log_x, np.log(10.0)) - low - sc.gammaln(1.0 + low) + HALF_LOG_2PI
    above = 0.5 * log_x - stirling_remainder(np.maximum(x, 10.0))
    return np.where(x < 10.0, below, above)


def log_drawn(a: Array, rng: np.random.Generator) -> Array:
    """Log of a draw from Gamma(a, 1): a draw from Gamma(a + 1, 1) times the a-th root of a uniform number."""
    return np.log(rng.standard_gamma(a + 1.0)) - rng.standard_exponential(a.shape) / a
