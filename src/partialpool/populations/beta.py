"""theta ~ Beta(alpha, beta): the population of proportions, in every parametrisation that is asked about.

    mean = alpha/(alpha+beta),  concentration = alpha + beta,  sd = sqrt(mean (1-mean)/(concentration+1))

A chart names a point of the (mean, concentration) quadrant by two real coordinates, the first of which is a monotone
function of one parameter. Integrating the posterior over the second coordinate gives that parameter's distribution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.integrate.line import Interval
from partialpool.special import Array, log_cosh, log_sigmoid, log_sinh_exp

LINE = Interval()


@dataclass(frozen=True)
class Point:
    """Hyperparameters, kept as logs since any of them may underflow."""

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


@dataclass(frozen=True)
class Chart:
    """Coordinates (x, y) of the whole plane for the hyperparameters.

    point(x, y) -> the hyperparameters and log of |d(mean, concentration) / d(x, y)|
    inverse(point) -> x, y;   value(x) -> the parameter, increasing in x unless `falling`.
    """

    parameter: str
    point: Callable[[Array, Array], tuple[Point, Array]]
    inverse: Callable[[Point], tuple[Array, Array]]
    value: Callable[[Array], Array]
    falling: bool = False
    slope: Callable[[Array], Array] = np.ones_like  # d y / d logit(mean), where y stands for the mean


def _polar(psi: Array, log_kappa: Array) -> tuple[Point, Array]:
    """From logit(mean) and log(concentration)."""
    point = Point(log_sigmoid(psi), log_sigmoid(-psi), log_kappa)
    return point, point.log_mean + point.log_other + log_kappa


def concentration_chart(logits: Interval = LINE, log_kappas: Interval = LINE) -> Chart:
    """x stands for log(concentration), y for logit(mean), each inside the support of its prior."""

    def point(x: Array, y: Array) -> tuple[Point, Array]:
        at, slope = _polar(logits.value(y), log_kappas.value(x))
        return at, slope + logits.log_slope(y) + log_kappas.log_slope(x)

    def inverse(at: Point) -> tuple[Array, Array]:
        return log_kappas.coordinate(at.log_kappa), logits.coordinate(at.log_mean - at.log_other)

    def slope(y: Array) -> Array:
        return np.exp(-logits.log_slope(y))

    return Chart("concentration", point, inverse, lambda x: _exp(log_kappas.value(x)), slope=slope)


def mean_chart(logits: Interval = LINE, log_kappas: Interval = LINE) -> Chart:
    """x stands for logit(mean), y for log(concentration)."""
    other = concentration_chart(logits, log_kappas)

    def inverse(at: Point) -> tuple[Array, Array]:
        y, x = other.inverse(at)
        return x, y

    return Chart("mean", lambda x, y: other.point(y, x), inverse, lambda x: np.exp(log_sigmoid(logits.value(x))))


def alpha_chart() -> Chart:
    """x = log(alpha), y = log(beta)."""

    def point(x: Array, y: Array) -> tuple[Point, Array]:
        log_kappa = np.logaddexp(x, y)
        return Point(log_sigmoid(x - y), log_sigmoid(y - x), log_kappa), x + y - log_kappa

    return Chart("alpha", point, lambda at: (at.log_alpha, at.log_beta), _exp)


def beta_chart() -> Chart:
    """x = log(beta), y = log(alpha)."""
    other = alpha_chart()
    return Chart("beta", lambda x, y: other.point(y, x), lambda at: (at.log_beta, at.log_alpha), _exp)


def sd_chart() -> Chart:
    """x = log z with sd = 1/(2 cosh(z/2)); at a given sd the logit of the mean lies between -z and z, as z tanh(y).

    1/sd^2 = (concentration+1)/(mean (1-mean)) = 4 cosh(z/2)^2, so that, with psi = logit(mean),
    concentration = sinh((z+psi)/2) sinh((z-psi)/2) / cosh(psi/2)^2.
    """

    def point(x: Array, y: Array) -> tuple[Point, Array]:
        z = np.exp(np.minimum(x, 300.0))
        log_up, log_down = log_sigmoid(2.0 * y), log_sigmoid(-2.0 * y)  # (z +- psi)/(2 z)
        psi = z * np.tanh(y)
        both = log_sinh_exp(x + log_up) + log_sinh_exp(x + log_down)
        log_kappa = both - 2.0 * log_cosh(0.5 * psi)
        at, slope = _polar(psi, log_kappa)
        log_slope = log_sinh_exp(x) - np.log(2.0) - both  # d log kappa / d z at fixed psi
        return at, slope + log_slope + x + x + 2.0 * np.log(2.0) + log_up + log_down

    def inverse(at: Point) -> tuple[Array, Array]:
        z = 2.0 * np.arccosh(0.5 * np.exp(-at.log_sd))
        share = np.clip((at.log_mean - at.log_other) / z, -1 + 1e-12, 1 - 1e-12)
        return np.log(z), np.arctanh(share)

    return Chart("sd", point, inverse, lambda x: 0.5 / np.cosh(0.5 * np.exp(x)), falling=True)


def _exp(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(x)
