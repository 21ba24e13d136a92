"""Moments of a positive quantity from weighted points."""

from __future__ import annotations

import numpy as np

from partialpool.special import Array

_LARGEST_GAP = 350.0  # whose exponential can still be squared


def log_moments(log_value: Array, log_p: Array, orders: int) -> list[float]:
    """Mean and sd of a positive quantity given by its log, the first `orders` of them; NaN for the others."""
    if orders == 0:
        return [np.nan, np.nan]
    top = float(np.max(log_p + log_value))
    log_mean = top + float(np.log(np.sum(np.exp(log_p + log_value - top))))
    if orders == 1:
        return [float(np.exp(log_mean)), np.nan]
    gap = np.expm1(np.minimum(log_value - log_mean, _LARGEST_GAP))
    relative = float(np.sqrt((gap * gap) @ np.exp(log_p)))
    return [float(np.exp(log_mean)), float(np.exp(log_mean)) * relative]
