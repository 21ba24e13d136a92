"""Factorials and gamma functions of counts, as differences in which no large terms cancel."""

from __future__ import annotations

import numpy as np

from partialpool.special import HALF_LOG_2PI, Array, half_log_minus_remainder


def slack(v: Array, a: Array) -> Array:
    """Return log Gamma(a + v) - log Gamma(a) - v log(a + v), free of cancellation."""
    g = half_log_minus_remainder
    value = a * np.log1p(v / a) - v - g(a + v, np.log(a + v)) + g(a, np.log(a))
    return np.where(v > 0.0, value, 0.0)


def modal(v: Array) -> Array:
    """Return log v! - (v log v - v), which is 0 for v = 0."""
    some = np.maximum(v, 1.0)
    value = HALF_LOG_2PI + np.log(some) - half_log_minus_remainder(some, np.log(some))
    return np.where(v > 0.0, value, 0.0)
