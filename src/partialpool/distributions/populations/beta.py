"""The beta population of proportions, theta ~ Beta(alpha, beta), with all of its parameters.

    mean = alpha/(alpha+beta),  concentration = alpha + beta,  sd = sqrt(mean (1-mean)/(concentration+1))

A chart describes a point (mean, concentration) by two real coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.quadrature.line import Interval, with_slopes
from partialpool.special import Array, log_sigmoids

LINE = Interval()


@dataclass(frozen=True)
class Point:
    """Population parameters, kept as logs because any of them may underflow."""

    log_mean: Array
    log_other: Array  # log(1 - mean)
    log_kappa: Array

    @property
    def log_alpha(self) -> Array:
        return self.log_mean + self.log_kappa

    @property
    def log_beta(self) -> Array:
        return self.log_other + self.log_kappa

    @property
    def log_sd(self) -> Array:
        return 0.5 * (self.log_mean + self.log_other - np.logaddexp(0.0, self.log_kappa))

    def subset(self, which: Any) -> Point:
        """Select some of the points."""
        return Point(self.log_mean[which], self.log_other[which], self.log_kappa[which])


@dataclass(frozen=True)
class Natural(Point):
    """A point that was given by alpha and beta, which it keeps so that they need not be recomputed."""

    own_alpha: Array
    own_beta: Array

    @property
    def log_alpha(self) -> Array:
        return self.own_alpha

    @property
    def log_beta(self) -> Array:
        return self.own_beta


def natural(log_alpha: Array, log_beta: Array) -> Natural:
    """The point with these alpha and beta, which broadcast."""
    gap = log_alpha - log_beta
    log_kappa = np.maximum(log_alpha, log_beta) + np.log1p(np.exp(-np.abs(gap)))
    return Natural(*log_sigmoids(gap), log_kappa, log_alpha, log_beta)


@dataclass(frozen=True)
class Chart:
    """A map from x to log(concentration) and from y to logit(mean), each inside the support of its prior."""

    logits: Interval = LINE
    log_kappas: Interval = LINE

    def at(self, x: Array, y: Array) -> Point:
        """The population's parameters at (x, y)."""
        return Point(*log_sigmoids(self.logits.value(y)), self.log_kappas.value(x))

    def point(self, x: Array, y: Array) -> tuple[Point, Array]:
        """The population's parameters, and the log Jacobian log |d(mean, concentration) / d(x, y)|."""
        at = self.at(x, y)
        slope = at.log_mean + at.log_other + at.log_kappa
        return at, with_slopes(slope, (self.logits, y), (self.log_kappas, x))

    def inverse(self, at: Point) -> tuple[Array, Array]:
        """The coordinates of a point."""
        return self.log_kappas.coordinate(at.log_kappa), self.logits.coordinate(at.log_mean - at.log_other)

    def slope(self, y: Array) -> Array:
        """Return d y / d logit(mean)."""
        return np.exp(-self.logits.log_slope(y))


@dataclass(frozen=True)
class Piece:
    """Coordinates (x, y) of the whole plane for the part of the parameter space where low < z < high.

    z: a parameter's coordinate, increasing in x.
    point(x, y): the population's parameters, and log |d(mean, concentration) / d(x, y)|; inverse(point): x and y.
    """

    z: Interval
    point: Callable[[Array, Array], tuple[Point, Array]]
    inverse: Callable[[Point], tuple[Array, Array]]
