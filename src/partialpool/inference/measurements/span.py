"""A range of a log, either end possibly infinite, as the image of the whole line; ends may change from line to line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.special import Array, log_expm1, log_sigmoid

Ends = Array | float


@dataclass(frozen=True)
class Span:
    """lo < v < hi with v = lo + log(1 + e^x), hi - log(1 + e^-x), lo + (hi - lo)/(1 + e^-x), or x where nothing ends.

    Far from an end v and x move alike, so that whatever is smooth in a log stays so.
    """

    lo: Ends = -np.inf
    hi: Ends = np.inf

    @property
    def _below(self) -> bool:
        return bool(np.all(np.isfinite(self.lo)))

    @property
    def _above(self) -> bool:
        return bool(np.all(np.isfinite(self.hi)))

    def value(self, x: Array) -> Array:
        """The v that belongs to x."""
        if self._below and self._above:
            return self.lo + (np.asarray(self.hi) - self.lo) * np.exp(log_sigmoid(x))
        if self._below:
            return self.lo + np.logaddexp(0.0, x)
        return self.hi - np.logaddexp(0.0, -x) if self._above else x

    def log_slope(self, x: Array) -> Array:
        """log dv/dx."""
        if self._below and self._above:
            return np.log(np.asarray(self.hi) - self.lo) + log_sigmoid(x) + log_sigmoid(-x)
        if self._below:
            return log_sigmoid(x)
        return log_sigmoid(-x) if self._above else np.zeros_like(x)

    def coordinate(self, value: Array) -> Array:
        """The x that belongs to v; infinite outside the range."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self._below and self._above:
                return np.log(np.maximum(value - self.lo, 0.0)) - np.log(np.maximum(self.hi - value, 0.0))
            if self._below:
                return _inverse(value - self.lo)
            return -_inverse(np.asarray(self.hi - value)) if self._above else np.asarray(value)


def _inverse(distance: Array) -> Array:
    """log(e^d - 1), minus infinity for d <= 0."""
    return np.where(distance > 0.0, log_expm1(np.where(distance > 0.0, distance, 1.0)), -np.inf)
