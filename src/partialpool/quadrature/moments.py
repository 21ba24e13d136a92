"""Moments of a positive quantity from weighted points, and the choice between two ways to compute one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.special import Array

_LARGEST_GAP = 350.0  # the exponential of anything larger cannot be squared
_POOR = 1e-9  # relative error above which another way to compute the moment is tried
_LARGEST_LOG = 700.0  # the exponential of anything larger overflows a double
USELESS = 1e-3
"""Relative error above which a moment is not shown."""


def useful(values: Array, error: float) -> Array:
    """Return moments with a common relative error; NaN if the error makes them useless."""
    return values if error <= USELESS else np.full_like(values, np.nan)


def claim(error: float) -> float:
    """Relative error to state for moments that are shown; 0 if they are not."""
    return error if error <= USELESS else 0.0


@dataclass(frozen=True)
class Moment:
    """A mean or an sd (NaN where it does not exist) with an estimate of its relative error."""

    value: float
    error: float

    @property
    def useless(self) -> bool:
        """Whether the moment exists but is too inaccurate to be of use."""
        return not (np.isnan(self.value) or self.error <= USELESS)

    @property
    def shown(self) -> float:
        """The value, NaN where it is useless."""
        return np.nan if self.useless else self.value

    def better(self, other: Callable[[], Moment]) -> Moment:
        """Return the moment, or, if it is not accurate to nine digits, the more accurate of it and `other()`."""
        if np.isnan(self.value) or self.error <= _POOR:
            return self
        found = other()
        return found if found.error < self.error else self

    def averaged(self, other: Moment) -> Moment:
        """Average two estimates of the same moment."""
        return Moment(0.5 * (self.value + other.value), max(self.error, other.error))

    @property
    def claim(self) -> float:
        """The error to state for the moment; 0 where none is shown."""
        return 0.0 if np.isnan(self.value) else claim(self.error)


def ratio(log_integral: float, log_total: float, error: float) -> Moment:
    """Mean of a positive quantity, from the log integrals of the density times it and of the density alone.

    error: the sum of the relative errors of both integrals.
    """
    log_mean = log_integral - log_total
    if not (abs(log_mean) < _LARGEST_LOG and error < 1.0):
        return Moment(0.0, np.inf)
    return Moment(float(np.exp(log_mean)), error)


def sd_of(mean: Moment, square: Moment) -> Moment:
    """The sd from the mean and the mean of the square, with the error that cancellation leaves."""
    square_of_mean = mean.value * mean.value
    variance = square.value - square_of_mean
    off = square.value * square.error + 2.0 * square_of_mean * mean.error
    if not variance > off:
        return Moment(0.0, np.inf)
    return Moment(float(np.sqrt(variance)), 0.5 * off / (variance - off))


def orders(highest: float) -> int:
    """Number of finite moments among mean and sd (0, 1 or 2), if all moments of order below `highest` are finite."""
    return 2 if highest == np.inf else max(0, min(2, int(np.ceil(highest)) - 1))


def log_moments(log_value: Array, log_p: Array, exist: int) -> list[float]:
    """Return mean and sd of a positive quantity given by its log; NaN beyond the first `exist` of the two.

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
