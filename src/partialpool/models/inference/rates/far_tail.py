"""Moments of a gamma population that barely exist, because the mean can go to infinity as the shape goes to 0.

At a fixed shape the posterior density times the quantity to be averaged falls, as s = log(mean) goes to infinity, like

    exp(-(room + groups shape) s)

with the room of `propriety.rates.room`. Where the room is 0, the tail in s is a power of s once the shape is integrated
out, so that no lattice in s reaches its end. In the coordinates (log(shape), y) with s = y + e^(y - c) it lies along a
line and falls exponentially. So each of these moments is an integral of its own in these coordinates, divided by the
integral of the density. Where s is so large that rounding would matter, the density is continued by the formula above,
which is exact there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.distributions.populations.gamma import Point
from partialpool.priors.on_gamma import GammaPrior
from partialpool.quadrature.line import Interval
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.tilted import integral
from partialpool.special import Array, without_nan

LogPosterior = Callable[[Point], Array]

_FAR = 300.0  # log distance above a typical s: the rate is negligible beside any exposure, rounding not yet felt
_LARGEST = 700.0  # the exponential of anything larger overflows a double
_FURTHER, _NEAR = 100.0, 1e-9  # log distance over which the fall is checked, and its required relative accuracy


@dataclass(frozen=True)
class Line:
    """A map from the whole real line to s, a log without an upper end.

    below: the interval of s; begins: the coordinate at which s begins to grow exponentially.
    """

    below: Interval
    begins: float

    def value(self, y: Array) -> Array:
        """The s that belongs to y; infinite where it is too large for a double."""
        with np.errstate(over="ignore"):
            return self.below.value(y) + np.exp(y - self.begins)

    def log_slope(self, y: Array) -> Array:
        """Log of ds/dy."""
        return np.logaddexp(self.below.log_slope(y) if self.below.bounded else 0.0, y - self.begins)

    def log_beyond(self, y: Array, far: float) -> Array:
        """Return log(s - far), or minus infinity where s is less than far."""
        excess = y - self.begins
        near = self.value(np.minimum(y, self.begins + _LARGEST)) - far
        with np.errstate(divide="ignore"):
            return np.where(excess < _LARGEST, np.log(np.maximum(near, 0.0)), excess)


@dataclass(frozen=True)
class FarTail:
    """Coordinates that follow the mean to infinity as the shape goes to 0.

    log_density: log density of (mean, rate), up to a constant; groups: the number of groups with exposure.
    """

    log_density: LogPosterior
    groups: float
    shapes: Interval
    line: Line
    on_mean: bool  # whether s is log(mean); else it is -log(rate)
    far: float

    def point(self, log_shape: Array, s: Array) -> Point:
        """The population's parameters with this log shape and s."""
        if self.on_mean:
            return Point(s, log_shape - s, log_shape)
        return Point(log_shape + s, -s, log_shape)

    def log_tilted(self, parameter: str, power: int, room: float) -> LogDensity:
        """Log of the density times a power of a parameter, with respect to dx dy."""

        def log_density(x: Array, y: Array) -> Array:
            x, y = np.broadcast_arrays(x, y)
            with np.errstate(all="ignore"):
                log_shape, beyond = self.shapes.value(x), self.line.log_beyond(y, self.far)
                at = self.point(log_shape, np.minimum(self.line.value(y), self.far))
                value = self.log_density(at) + power * at.log(parameter) + log_shape
                fall = self.groups * np.exp(log_shape + beyond) + (room * np.exp(beyond) if room else 0.0)
                slopes = self.line.log_slope(y) + (self.shapes.log_slope(x) if self.shapes.bounded else 0.0)
            return without_nan(np.asarray(value - fall + slopes))

        return log_density

    def log_integral(self, parameter: str, power: int, room: float, start: Point) -> tuple[float, float]:
        """Log integral of the density times a power of a parameter, and its relative error."""
        if not self._falls_as_it_should(parameter, power, room):
            return -np.inf, np.inf
        tilted = self.log_tilted(parameter, power, room)
        s = start.log_mean if self.on_mean else -start.log_rate
        x, y = self.shapes.coordinate(start.log_shape), self.line.below.coordinate(s)
        return integral(tilted, (np.asarray(x).item(), np.asarray(y).item()))

    def _falls_as_it_should(self, parameter: str, power: int, room: float) -> bool:
        """Whether the formula for the tail holds from `far` on; it does not if a prior's own scale lies beyond."""
        at = self.point(np.zeros(2), self.far + np.array([0.0, _FURTHER]))
        first, last = self.log_density(at) + power * at.log(parameter)
        fall = (room + self.groups) * _FURTHER
        return bool(abs(first - last - fall) < _NEAR * (1.0 + fall))


def log_integral(pieces: list[FarTail], parameter: str, power: int, room: float, start: Point) -> tuple[float, float]:
    """Log integral over all pieces, and its relative error."""
    logs, errors = np.array([piece.log_integral(parameter, power, room, start) for piece in pieces]).T
    if not np.isfinite(errors).all():
        return -np.inf, np.inf
    total = float(np.logaddexp.reduce(logs))
    return total, float(np.exp(logs - total) @ errors)


def reaches_far(prior: GammaPrior) -> bool:
    """Whether the prior lets the mean go to infinity as shape goes to 0."""
    mean, rate, shape = _ends(prior)
    return mean[1] == np.inf and rate[0] == 0.0 and shape[0] == 0.0


def _ends(prior: GammaPrior) -> list[tuple[float, float]]:
    """The supports of mean, rate and shape, in this order."""
    ends = {name: part.support for name, part in prior.parts.items()}
    return [ends.get(name, (0.0, np.inf)) for name in ("mean", "rate", "shape")]


def far_tail(log_density: LogPosterior, prior: GammaPrior, groups: float, typical: Point) -> list[FarTail]:
    """Cover the parameters, for a prior that reaches far, with pieces that are adjacent in shape.

    typical: a point at which the posterior density is high.
    """
    mean, rate, shape = _ends(prior)
    with np.errstate(divide="ignore"):
        lowest, highest, most = (float(np.log(end)) for end in (mean[0], rate[1], shape[1]))
    cut = lowest + highest if np.isfinite([lowest, highest]).all() else None

    def piece(shapes: Interval, end: float, s: Array, *, on_mean: bool) -> FarTail:
        middle = max(_inside(s), end + 1.0)
        return FarTail(log_density, groups, shapes, Line(Interval(end), middle), on_mean, middle + _FAR)

    if cut is None:
        on_mean = highest == np.inf
        s, end = (typical.log_mean, lowest) if on_mean else (-typical.log_rate, -highest)
        return [piece(Interval(-np.inf, most), end, s, on_mean=on_mean)]
    return [
        piece(Interval(-np.inf, cut), lowest, typical.log_mean, on_mean=True),
        piece(Interval(cut, np.inf), -highest, -typical.log_rate, on_mean=False),
    ]


def _inside(of: Array) -> float:
    """The only element of an array, or 0 if it is infinite."""
    value = float(np.asarray(of).item())
    return value if np.isfinite(value) else 0.0
