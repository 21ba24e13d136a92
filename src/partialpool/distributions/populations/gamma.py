"""The gamma population of rates, theta ~ Gamma(shape, rate), with all of its parameters.

    mean = shape/rate,  sd = sqrt(shape)/rate

The log of every parameter is a linear combination of the logs of any two, so that two coordinates serve for all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.quadrature.line import Interval, with_slopes
from partialpool.special import Array, Index

LINE = Interval()
PARAMETERS = ("mean", "shape", "rate", "sd")

_LARGEST = 650.0  # log shape above which the population is treated as a point

# (first, second coordinate) -> log of each parameter as (multiple of the first, multiple of the second)
_CHARTS = {
    ("rate", "mean"): {"mean": (0.0, 1.0), "rate": (1.0, 0.0), "shape": (1.0, 1.0), "sd": (-0.5, 0.5)},
    ("shape", "mean"): {"mean": (0.0, 1.0), "rate": (1.0, -1.0), "shape": (1.0, 0.0), "sd": (-0.5, 1.0)},
    ("shape", "rate"): {"mean": (1.0, -1.0), "rate": (0.0, 1.0), "shape": (1.0, 0.0), "sd": (0.5, -1.0)},
}


@dataclass(frozen=True)
class Point:
    """Population parameters, kept as logs because any of them may underflow."""

    log_mean: Array
    log_rate: Array
    log_shape: Array

    @property
    def log_sd(self) -> Array:
        return 0.5 * (self.log_mean - self.log_rate)

    def log(self, parameter: str) -> Array:
        """The log of the named parameter."""
        return np.asarray(getattr(self, f"log_{parameter}"))

    @property
    def limited(self) -> Point:
        """The point, with a shape above e^650 replaced by e^650 at the same mean, which is the limit in doubles."""
        over = np.maximum(self.log_shape - _LARGEST, 0.0)
        return Point(self.log_mean, self.log_rate - over, self.log_shape - over)

    def subset(self, which: Index | NDArray[np.bool_]) -> Point:
        """Select some of the points."""
        return Point(self.log_mean[which], self.log_rate[which], self.log_shape[which])


@dataclass(frozen=True)
class Chart:
    """A map from x and y to the logs of the two parameters on which the prior is stated, each inside its support."""

    on: tuple[str, str]
    xs: Interval = LINE
    ys: Interval = LINE

    def multiples(self, parameter: str) -> tuple[float, float]:
        """The p, q with log(parameter) = p log(first) + q log(second)."""
        return _CHARTS[self.on][parameter]

    def at(self, x: Array, y: Array) -> Point:
        """The parameters at (x, y), which broadcast."""
        first, second = self.xs.value(x), self.ys.value(y)
        return Point(*(_sum(self.multiples(name), first, second) for name in ("mean", "rate", "shape")))

    def point(self, x: Array, y: Array) -> tuple[Point, Array]:
        """The parameters, and the log Jacobian log |d(mean, rate) / d(x, y)|."""
        at = self.at(x, y)
        return at, with_slopes(at.log_mean + at.log_rate, (self.xs, x), (self.ys, y))

    def slope(self, y: Array) -> Array:
        """Return d y / d log(second)."""
        return np.exp(-self.ys.log_slope(y))


def _sum(multiples: tuple[float, float], first: Array, second: Array) -> Array:
    """Return p first + q second, or an argument itself if the other's factor is 0."""
    p, q = multiples
    return first if q == 0.0 else second if p == 0.0 else p * first + q * second


# log of each parameter as (multiple of log mean, multiple of log rate)
_FORMS = {"mean": (1.0, 0.0), "rate": (0.0, 1.0), "shape": (1.0, 1.0), "sd": (0.5, -0.5)}


def of_two(names: tuple[str, str], first: Array, second: Array) -> tuple[Point, Array]:
    """The point at which two parameters have these logs, and log |d(mean, rate) / d(the two logs)|."""
    (a, b), (c, d) = (_FORMS[name] for name in names)
    det = a * d - b * c
    log_mean, log_rate = (d * first - b * second) / det, (a * second - c * first) / det
    logs = dict(zip(names, (first, second), strict=True))
    log_shape = logs["shape"] if "shape" in logs else log_mean + log_rate
    point = Point(logs.get("mean", log_mean), logs.get("rate", log_rate), log_shape)
    return point, log_mean + log_rate - np.log(abs(det))
