"""A density of the user's own, checked before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors.density import INF, Positive, require
from partialpool.special import Array, log_sigmoid

_REACH = 230.0  # log x from -230 to 230: x from 1e-100 to 1e100
_STEPS = 9201


@dataclass(frozen=True)
class Custom(Positive):
    """A density given as a function of the parameter, taking and returning arrays; the constant does not matter.

    pdf: f(x) >= 0 for an array x inside `support`; it must be normalisable there.
    support: (lo, hi), by default (0, infinity); use (0, 1) for a mean.

    Example: `Custom(lambda k: k * np.exp(-k / 10))`. It is evaluated from 1e-100 to 1e100, beyond which it goes on as
    the power of x that it is there. It must be smooth inside its support for the stated accuracy to be reached quickly.
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
        """The log of what the function returns."""
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
        """Coordinates t over the support, and log x at each."""
        lo, hi = self.within
        t = np.linspace(-_REACH, _REACH, _STEPS)
        if hi == INF:
            return t, t if lo == 0 else np.logaddexp(np.log(lo), t)
        share = log_sigmoid(t)
        return t, np.logaddexp(np.log(lo), np.log(hi - lo) + share) if lo > 0 else np.log(hi) + share

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Exponents at both ends of the support, from the slopes of log p."""
        lo, hi = self.within
        t, log_x = self._grid
        keep = slice(None) if hi == INF else t < 25.0  # beyond, hi - x is lost to rounding
        log_p, t = self._evaluated(log_x[keep]), t[keep]
        at_zero = INF if lo > 0 else _slope(t, log_p, 0)
        top = INF if hi not in (1.0, INF) else -_slope(t, log_p, -1)
        return at_zero, top

    def _check(self) -> None:
        """Refuse what is negative, not a number, zero everywhere, or has infinite mass."""
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
    """d log p / d t at one end; infinite where the density has vanished."""
    first, second = (end, end + 40) if end == 0 else (end - 40, end)
    if not np.isfinite(log_p[first]) or not np.isfinite(log_p[second]):
        return INF if end == 0 else -INF
    return float((log_p[second] - log_p[first]) / (t[second] - t[first]))
