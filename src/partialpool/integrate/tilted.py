"""Moments whose tails need a frame of their own: the integral of a density times a power of something that grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.integrate.frame import locate
from partialpool.integrate.moments import Moment, ratio, sd_of
from partialpool.integrate.plane import Rule, integrate
from partialpool.integrate.ridge import LogDensity
from partialpool.safety import TWINS_OF_A_MOMENT
from partialpool.special import Array

_NONE = np.empty(0)


@dataclass(frozen=True)
class Averages:
    """Means and sds that a rule found, bettered one by one where the rule is not good for them.

    common: what every average is off by, relative to its size, beside its own error.
    """

    rule: Rule
    log_density: LogDensity
    common: float

    def statistic(self, index: int) -> Moment:
        """One of the rule's statistics."""
        return Moment(float(self.rule.statistics[index]), float(self.rule.spread[1 + index]) + self.common)

    def growing(self, index: int, log_value: Callable[[Array, Array], Array]) -> tuple[Moment, Moment]:
        """Mean and sd, from this index on, of a positive quantity given by its log at (x, y)."""

        def apart(power: int) -> Moment:
            def log_tilted(x: Array, y: Array) -> Array:
                return self.log_density(x, y) + power * log_value(x, y)

            top = int(np.argmax(self.rule.log_probability))
            log_integral, error = integral(log_tilted, (float(self.rule.x[top]), float(self.rule.y[top])))
            return ratio(log_integral, self.rule.log_total, TWINS_OF_A_MOMENT * error + self.common)

        mean = self.statistic(index).better(lambda: apart(1))
        return mean, self.statistic(index + 1).better(lambda: sd_of(mean, apart(2)))


def integral(log_tilted: LogDensity, start: tuple[float, float]) -> tuple[float, float]:
    """log of the integral over the plane, and its relative error by the estimate of `plane.integrate`.

    start: a place to begin the search for its mass; a coordinate that is infinite stands for 0.
    """
    x, y = (value if np.isfinite(value) else 0.0 for value in start)
    frame = locate(log_tilted, (x, y, 1.0, 1.0))
    rule = integrate(log_tilted, frame, lambda _x, _y, _log_p: _NONE)
    return rule.log_total, rule.error
