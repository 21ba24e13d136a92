"""theta ~ Gamma(shape, rate): the population of rates, and every parameter of it that is asked about.

    mean = shape/rate,  sd = sqrt(shape)/rate

In logs every parameter is a sum of multiples of any two of them, so that a chart of two serves for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.integrate.line import Interval, with_slopes
from partialpool.special import Array, Index

LINE = Interval()
PARAMETERS = ("mean", "shape", "rate", "sd")

_LARGEST = 650.0  # log of a shape, from where a population is certain

# (first, second coordinate) -> log of each parameter as (multiple of the first, multiple of the second)
_CHARTS = {
    ("rate", "mean"): {"mean": (0.0, 1.0), "rate": (1.0, 0.0), "shape": (1.0, 1.0), "sd": (-0.5, 0.5)},
    ("shape", "mean"): {"mean": (0.0, 1.0), "rate": (1.0, -1.0), "shape": (1.0, 0.0), "sd": (-0.5, 1.0)},
    ("shape", "rate"): {"mean": (1.0, -1.0), "rate": (0.0, 1.0), "shape": (1.0, 0.0), "sd": (0.5, -1.0)},
}


@dataclass(frozen=True)
class Point:
    """Population parameters, kept as logs since any of them may underflow."""

    log_mean: Array
    log_rate: Array
    log_shape: Array

    @property
    def log_sd(self) -> Array:
        return 0.5 * (self.log_mean - self.log_rate)

    def log(self, parameter: str) -> Array:
        """The log of the parameter of this name."""
        return np.asarray(getattr(self, f"log_{parameter}"))

    @property
    def limited(self) -> Point:
        """The point, or where its shape is above e^650 that shape and the same mean: the limit, within doubles."""
        over = np.maximum(self.log_shape - _LARGEST, 0.0)
        return Point(self.log_mean, self.log_rate - over, self.log_shape - over)

    def subset(self, which: Index | NDArray[np.bool_]) -> Point:
        """Some of the points."""
        return Point(self.log_mean[which], self.log_rate[which], self.log_shape[which])


@dataclass(frozen=True)
class Chart:
    """x and y stand for the logs of the two parameters that the prior is stated on, each inside its support."""

    on: tuple[str, str]
    xs: Interval = LINE
    ys: Interval = LINE

    def multiples(self, parameter: str) -> tuple[float, float]:
        """p, q with log(parameter) = p log(first) + q log(second)."""
        return _CHARTS[self.on][parameter]

    def at(self, x: Array, y: Array) -> Point:
        """The parameters, which broadcast."""
        first, second = self.xs.value(x), self.ys.value(y)
        return Point(*(_sum(self.multiples(name), first, second) for name in ("mean", "rate", "shape")))

    def point(self, x: Array, y: Array) -> tuple[Point, Array]:
        """The parameters, and log of |d(mean, rate) / d(x, y)|."""
        at = self.at(x, y)
        return at, with_slopes(at.log_mean + at.log_rate, (self.xs, x), (self.ys, y))

    def slope(self, y: Array) -> Array:
        """d y / d log(second)."""
        return np.exp(-self.ys.log_slope(y))


def _sum(multiples: tuple[float, float], first: Array, second: Array) -> Array:
    """p first + q second; where either is 0 it is one of the two itself."""
    p, q = multiples
    return first if q == 0.0 else second if p == 0.0 else p * first + q * second


# log of each parameter as (multiple of log mean, multiple of log rate)
_FORMS = {"mean": (1.0, 0.0), "rate": (0.0, 1.0), "shape": (1.0, 1.0), "sd": (0.5, -0.5)}


def of_two(names: tuple[str, str], first: Array, second: Array) -> tuple[Point, Array]:
    """The point where two parameters have these logs, and log of |d(mean, rate) / d(the two logs)|."""
    (a, b), (c, d) = (_FORMS[name] for name in names)
    det = a * d - b * c
    log_mean, log_rate = (d * first - b * second) / det, (a * second - c * first) / det
    logs = dict(zip(names, (first, second), strict=True))
    log_shape = logs["shape"] if "shape" in logs else log_mean + log_rate
    point = Point(logs.get("mean", log_mean), logs.get("rate", log_rate), log_shape)
    return point, log_mean + log_rate - np.log(abs(det))
