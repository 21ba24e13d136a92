"""Maps from the whole real line: onto an interval, and the stretch that turns exponential tails into short ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from partialpool.special import Array, log_sigmoid

STRETCH = 0.4  # x = centre + scale sinh(STRETCH t)/STRETCH


def stretched(t: Array) -> Array:
    """sinh(g t)/g: t near zero, exponential far out."""
    return np.sinh(STRETCH * t) / STRETCH


def unstretched(x: Array) -> Array:
    """The inverse of `stretched`."""
    return np.arcsinh(STRETCH * x) / STRETCH


def log_stretch(t: Array) -> Array:
    """log of d stretched(t) / dt."""
    return np.log(np.cosh(STRETCH * t))


@dataclass(frozen=True)
class Interval:
    """An open interval of the real line, either end possibly infinite, as the image of the whole line."""

    lo: float = -math.inf
    hi: float = math.inf

    def value(self, x: Array) -> Array:
        """The point of the interval that belongs to x, increasing in x."""
        below, above = self.lo > -math.inf, self.hi < math.inf
        if below and above:
            return self.lo + (self.hi - self.lo) * np.exp(log_sigmoid(x))
        if below:
            return self.lo + np.exp(np.clip(x, -700.0, 700.0))
        return self.hi - np.exp(np.clip(-x, -700.0, 700.0)) if above else x

    def log_slope(self, x: Array) -> Array:
        """log d value / dx."""
        below, above = self.lo > -math.inf, self.hi < math.inf
        if below and above:
            return np.log(self.hi - self.lo) + log_sigmoid(x) + log_sigmoid(-x)
        return x if below else -x if above else np.zeros_like(x)

    def coordinate(self, value: Array) -> Array:
        """The x that belongs to a point of the interval; infinite outside it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            lower = np.log(np.maximum(value - self.lo, 0.0)) if self.lo > -math.inf else None
            upper = np.log(np.maximum(self.hi - value, 0.0)) if self.hi < math.inf else None
        if lower is not None and upper is not None:
            return np.asarray(lower - upper)
        if lower is not None:
            return lower
        return -upper if upper is not None else np.asarray(value)
