"""A density that a user gives as a function, checked before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors.density import INF, Positive, require
from partialpool.special import Array, log_sigmoid

_REACH = 230.0  # the function is evaluated at log x from -230 to 230, that is x from 1e-100 to 1e100
_STEPS = 9201  # points of the grid on which it is checked, 0.05 apart in log x


@dataclass(frozen=True)
class Custom(Positive):
    """A proper density given as a function of the parameter that takes and returns arrays.

    Args:
        pdf: function f(x) >= 0 of an array x inside `within`, with a finite integral; its constant does not matter.
        within: the support (lo, hi), by default (0, infinity); use (0, 1) for the mean of proportions.

    Example: `Custom(lambda k: k * np.exp(-k / 10))`. The function is evaluated from 1e-100 to 1e100, and continued
    beyond by the power of x that it follows there. Unless it is smooth inside its support, answers take long to reach
    the stated accuracy.
    """

    pdf: Callable[[Any], Any]
    within: tuple[float, float] = (0.0, INF)

    def __post_init__(self) -> None:
        require(callable(self.pdf), self, "pdf must be a function of an array")
        lo, hi = self.within
        require(0 <= lo < hi, self, "support must be (lo, hi) with 0 <= lo < hi")
        self._check()

    @property
    def support(self) -> tuple[float, float]:
        return self.within

    @property
    def at_zero(self) -> float:
        return self._ends[0]

    @property
    def at_infinity(self) -> float:
        return self._ends[1]

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        inside = np.clip(log_x, -_REACH, _REACH)
        value = self._evaluated(inside)
        beyond = log_x - inside
        if not np.any(beyond):
            return value
        low = self.at_zero if self.within[0] == 0.0 else 0.0
        high = self.at_infinity if self.within[1] == INF else 0.0
        with np.errstate(invalid="ignore"):
            value = np.where(beyond < 0.0, value + low * beyond, value)
            value = np.where(beyond > 0.0, value - high * beyond, value)
        return np.where(np.isnan(value), -INF, value)

    def _evaluated(self, log_x: Array) -> Array:
        """Log of the function at exp(log_x)."""
        x = np.exp(log_x)
        x = np.minimum(x, np.nextafter(self.within[1], 0.0))  # x may round to the end, where a density need not exist
        with np.errstate(all="ignore"):
            value = np.broadcast_to(np.asarray(self.pdf(x), dtype=float), np.shape(x))
            bad = ~(value >= 0.0) | np.isinf(value)
            if np.any(bad):
                where = float(x[bad].flat[0])
                raise PriorError(
                    f"The prior density {self.name} is {value[bad].flat[0]} at {where:g}; "
                    "a density must be a finite number, 0 or more, everywhere in its support."
                )
            return np.log(value)

    @property
    def name(self) -> str:
        return str(getattr(self.pdf, "__name__", "pdf"))

    def formula(self, x: str) -> str:
        return f"{'pdf' if self.name == '<lambda>' else self.name}({x})"

    @cached_property
    def _grid(self) -> tuple[Array, Array]:
        """A grid of t with log x at each; t is log x, log(x - lo) or logit((x - lo)/(hi - lo)), by the support."""
        lo, hi = self.within
        t = np.linspace(-_REACH, _REACH, _STEPS)
        if hi == INF:
            return t, t if lo == 0 else np.logaddexp(np.log(lo), t)
        share = log_sigmoid(t)
        return t, np.logaddexp(np.log(lo), np.log(hi - lo) + share) if lo > 0 else np.log(hi) + share

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """The exponents of the density at both ends of the support, from the slopes of log p."""
        lo, hi = self.within
        t, log_x = self._grid
        keep = slice(None) if hi == INF else t < 25.0  # beyond, hi - x is lost to rounding
        log_p, t = self._evaluated(log_x[keep]), t[keep]
        at_zero = INF if lo > 0 else _slope(t, log_p, 0)
        top = INF if hi not in (1.0, INF) else -_slope(t, log_p, -1)
        return at_zero, top

    def _check(self) -> None:
        """Refuse a function that is negative, not a number or zero everywhere, or that has an infinite integral."""
        _, log_x = self._grid
        log_p = self._evaluated(log_x)
        if not np.any(np.isfinite(log_p)):
            raise PriorError(f"The prior density {self.name} is 0 everywhere in its support; give one with mass.")
        at_zero, top = self._ends
        heavy_top = top <= (1.0 if self.within[1] == INF else -1.0) + 1e-6
        if at_zero <= -1.0 + 1e-6 or heavy_top:
            raise PriorError(
                f"The prior density {self.name} is not normalisable: it falls like x^{at_zero:.3g} towards 0 and "
                f"x^{0.0 - top:.3g} towards infinity. Give a proper density, or Flat or Power, which are known to be "
                "improper."
            )


def _slope(t: Array, log_p: Array, end: int) -> float:
    """Slope of log p in t at one end of the grid; infinite where the density has vanished."""
    first, second = (end, end + 40) if end == 0 else (end - 40, end)
    if not np.isfinite(log_p[first]) or not np.isfinite(log_p[second]):
        return INF if end == 0 else -INF
    return float((log_p[second] - log_p[first]) / (t[second] - t[first]))
