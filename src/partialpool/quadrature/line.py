"""Maps from the whole real line onto an interval, and a sinh stretch that shortens exponential tails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.special import Array, log_expm1, log_sigmoid

Ends = Array | float

_LARGEST = 700.0  # the exponential of anything larger overflows a double
STRETCH = 0.4  # x = centre + scale sinh(STRETCH t)/STRETCH


def stretched(t: Array) -> Array:
    """Return sinh(g t)/g with g = STRETCH: close to t near zero, exponential far out."""
    return np.sinh(STRETCH * t) / STRETCH


def unstretched(x: Array) -> Array:
    """The inverse of `stretched`."""
    return np.arcsinh(STRETCH * x) / STRETCH


def log_stretch(t: Array) -> Array:
    """Log derivative of `stretched` at t."""
    return np.log(np.cosh(STRETCH * t))


@dataclass(frozen=True)
class Interval:
    """An interval lo < v < hi as the image of the whole line; either end may be infinite or an array, one per line.

        v = lo + log(1 + e^x),   hi - log(1 + e^-x),   lo + (hi - lo)/(1 + e^-x),   or x without finite ends

    Far from an end v and x move alike, so that whatever is smooth in v is smooth in x.
    """

    lo: Ends = -math.inf
    hi: Ends = math.inf

    @cached_property
    def _below(self) -> bool:
        return bool(np.all(np.isfinite(self.lo)))

    @cached_property
    def _above(self) -> bool:
        return bool(np.all(np.isfinite(self.hi)))

    @property
    def bounded(self) -> bool:
        """Whether the interval has a finite end; without one, v = x."""
        return self._below or self._above

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends as floats, which requires that they are the same on every line."""
        return float(self.lo), float(self.hi)

    def value(self, x: Array) -> Array:
        """The v that belongs to x, increasing in x."""
        if self._below and self._above:
            return self.lo + (np.asarray(self.hi) - self.lo) * np.exp(log_sigmoid(x))
        if self._below:
            return self.lo + np.logaddexp(0.0, x)
        return self.hi - np.logaddexp(0.0, -x) if self._above else x

    def log_slope(self, x: Array) -> Array:
        """Log derivative of `value` at x."""
        if self._below and self._above:
            return np.log(np.asarray(self.hi) - self.lo) + log_sigmoid(x) + log_sigmoid(-x)
        if self._below:
            return log_sigmoid(x)
        return log_sigmoid(-x) if self._above else np.zeros_like(x)

    def coordinate(self, value: Array) -> Array:
        """The x that belongs to v; infinite outside the interval."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self._below and self._above:
                return np.log(np.maximum(value - self.lo, 0.0)) - np.log(np.maximum(self.hi - value, 0.0))
            if self._below:
                return _inverse(value - self.lo)
            return -_inverse(np.asarray(self.hi - value)) if self._above else np.asarray(value)


def with_slopes(log_slope: Array, *along: tuple[Interval, Array]) -> Array:
    """Add the log slopes of the intervals at their coordinates to a log slope; an unbounded interval adds nothing."""
    for interval, x in along:
        if interval.bounded:
            log_slope = log_slope + interval.log_slope(x)
    return log_slope


@dataclass(frozen=True)
class Steep(Interval):
    """An `Interval` with the exponential map v = lo + e^x or hi - e^-x where exactly one end is finite.

    A density that falls exponentially away from the end falls doubly so in x, and needs no stretching.
    """

    def value(self, x: Array) -> Array:
        if self._below == self._above:
            return super().value(x)
        if self._below:
            return self.lo + np.exp(np.clip(x, -_LARGEST, _LARGEST))
        return self.hi - np.exp(np.clip(-x, -_LARGEST, _LARGEST))

    def log_slope(self, x: Array) -> Array:
        if self._below == self._above:
            return super().log_slope(x)
        return x if self._below else -x

    def coordinate(self, value: Array) -> Array:
        if self._below == self._above:
            return super().coordinate(value)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (
                np.log(np.maximum(value - self.lo, 0.0)) if self._below else -np.log(np.maximum(self.hi - value, 0.0))
            )


def _inverse(distance: Array) -> Array:
    """Return log(e^d - 1), or minus infinity where d <= 0."""
    return np.where(distance > 0.0, log_expm1(np.where(distance > 0.0, distance, 1.0)), -np.inf)
