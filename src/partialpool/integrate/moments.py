"""Moments of a positive quantity from weighted points."""

from __future__ import annotations

import numpy as np

from partialpool.special import Array

_LARGEST_GAP = 350.0  # whose exponential can still be squared


def orders(highest: float) -> int:
    """How many of mean and sd are finite, if moments below `highest` are."""
    return 2 if highest == np.inf else max(0, min(2, int(np.ceil(highest)) - 1))


def log_moments(log_value: Array, log_p: Array, exist: int) -> list[float]:
    """Mean and sd of a positive quantity given by its log, the first `exist` of them; NaN for the others.

    A probability too small for a double can still matter to the sd, so that large values are squared in logs. A moment
    too large for a double is infinite.
    """
    if exist == 0:
        return [np.nan, np.nan]
    with np.errstate(over="ignore"):
        return _positive_moments(log_value, log_p, exist)


def _positive_moments(log_value: Array, log_p: Array, exist: int) -> list[float]:
    top = float(np.max(log_p + log_value))
    log_mean = top + float(np.log(np.sum(np.exp(log_p + log_value - top))))
    if exist == 1:
        return [float(np.exp(log_mean)), np.nan]
    above = log_value - log_mean
    gap = np.expm1(np.minimum(above, _LARGEST_GAP))
    far = above > _LARGEST_GAP
    if far.any():
        gap[far] = 0.0
    square = float((gap * gap) @ np.exp(log_p)) + float(np.sum(np.exp(2.0 * above[far] + log_p[far])))
    return [float(np.exp(log_mean)), float(np.exp(log_mean)) * float(np.sqrt(square))]
