"""Moments of growing quantities as integrals of their own, each in a frame that covers its tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.quadrature.frame import locate
from partialpool.quadrature.moments import Moment, ratio, sd_of
from partialpool.quadrature.plane import Rule, integrate
from partialpool.quadrature.ridge import LogDensity
from partialpool.safety import TWINS_OF_A_MOMENT
from partialpool.special import Array

_NONE = np.empty(0)


@dataclass(frozen=True)
class Averages:
    """Means and sds from a rule, each replaced by an integral of its own where the rule is not accurate.

    common: relative error that every average shares, on top of its own.
    """

    rule: Rule
    log_density: LogDensity
    common: float

    def statistic(self, index: int) -> Moment:
        """Return one of the rule's statistics as a moment."""
        return Moment(float(self.rule.statistics[index]), float(self.rule.spread[1 + index]) + self.common)

    def growing(self, index: int, log_value: Callable[[Array, Array], Array]) -> tuple[Moment, Moment]:
        """Mean and sd of a positive quantity given by its log at (x, y), whose statistics begin at `index`."""

        def apart(power: int) -> Moment:
            def log_tilted(x: Array, y: Array) -> Array:
                return self.log_density(x, y) + power * log_value(x, y)

            top = int(np.argmax(self.rule.log_probability))
            log_integral, error = integral(log_tilted, (float(self.rule.x[top]), float(self.rule.y[top])))
            return ratio(log_integral, self.rule.log_total, TWINS_OF_A_MOMENT * error + self.common)

        mean = self.statistic(index).better(lambda: apart(1))
        return mean, self.statistic(index + 1).better(lambda: sd_of(mean, apart(2)))


def integral(log_tilted: LogDensity, start: tuple[float, float]) -> tuple[float, float]:
    """Return the log of an integral over the plane, and its relative error by the estimate of `plane.integrate`.

    start: a place to begin the search for its mass; an infinite coordinate is replaced by 0.
    """
    x, y = (value if np.isfinite(value) else 0.0 for value in start)
    frame = locate(log_tilted, (x, y, 1.0, 1.0))
    rule = integrate(log_tilted, frame, lambda _x, _y, _log_p: _NONE)
    return rule.log_total, rule.error
