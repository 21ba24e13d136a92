"""theta ~ Gamma(shape, rate), as a distribution of its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy import special as sc

from partialpool.distributions.each import ExponentialFamily
from partialpool.distributions.quantity import Quantity, apart, shifted, where_positive
from partialpool.special import HALF_LOG_2PI, Array, half_log_minus_remainder, log1p_minus, log_drawn

_TINY = 1e-300
_LARGEST = 700.0
_DROP = 37.0  # `reach` ends where the density has fallen by e^-37
_SHARP, _NEAR = 1e5, 4.4  # shape, and distance from the mean in sds: beyond both, SciPy's series ends too early
_TEMME = (-1.0 / 3.0, 1.0 / 12.0, -2.0 / 135.0, 1.0 / 864.0, 1.0 / 2835.0)


@dataclass(frozen=True)
class Gammas(ExponentialFamily):
    """Gamma(a, e^log_s) distributions for any shape a > 0 and any rate, whose value may overflow."""

    a: Array
    log_s: Array

    scale = "log"
    support = (0.0, np.inf)
    limits = (-745.0, 700.0)
    described = "A rate is a finite number above 0"
    atoms = (0.0,)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.a.shape

    def part(self, which: Any) -> Gammas:
        part = Gammas(self.a[which], self.log_s[which])
        if "_height" in vars(self):  # it takes longer to compute than all else of a density
            vars(part)["_height"] = self._height[which]
        return part

    def remembering(self) -> Self:
        _ = self._height
        return self

    @classmethod
    def joined(cls, parts: Sequence[Gammas]) -> Gammas:
        return cls(np.concatenate([one.a for one in parts]), np.concatenate([one.log_s for one in parts]))

    @property
    def ends(self) -> list[tuple[float, Array]]:
        return [(0.0, self.a)]

    def log_rise(self, z: Array) -> Array:
        return np.asarray(z, dtype=float)

    def theta(self, z: Array) -> Array:
        return np.exp(np.minimum(z, _LARGEST))

    def line(self, theta: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(theta)

    def log_density(self, z: Array) -> Array:
        """Log density a (u - (e^u - 1)) plus the height at u = 0, where u = z - log(a/s); no large terms cancel."""
        u = z - self._log_mean
        with np.errstate(over="ignore"):
            return self.a * (u - np.expm1(u)) + self._height

    def log_slope(self, z: Array) -> Array:
        """Slope of the log density, a (1 - e^u)."""
        with np.errstate(over="ignore"):
            return -self.a * np.expm1(z - self._log_mean)

    @property
    def log_size(self) -> Array:
        return self.log_s

    @property
    def width(self) -> Array:
        return 1.0 / np.sqrt(np.maximum(self.a, _TINY))

    @property
    def powers(self) -> Array:
        s = np.exp(np.clip(self.log_s, -_LARGEST, _LARGEST))
        return np.stack([self.a, -s, self.a * self.log_s - sc.gammaln(self._positive)], axis=-1)

    def logs(self, z: Array) -> Array:
        return np.stack([z, np.exp(np.minimum(z, _LARGEST)), np.ones(z.shape)], axis=-1)

    @cached_property
    def _log_mean(self) -> Array:
        return np.log(np.maximum(self.a, _TINY)) - self.log_s

    @cached_property
    def _height(self) -> Array:
        a = np.maximum(self.a, _TINY)
        return half_log_minus_remainder(a, np.log(a)) - HALF_LOG_2PI

    def _scaled(self, z: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.exp(z + self.log_s)

    def cdf(self, z: Array) -> Array:
        return np.where(
            self._tiny(z), np.exp(self._log_power(z)), _incomplete(self._positive, self._scaled(z), upper=False)
        )

    def sf(self, z: Array) -> Array:
        return np.where(
            self._tiny(z), -np.expm1(self._log_power(z)), _incomplete(self._positive, self._scaled(z), upper=True)
        )

    @property
    def _positive(self) -> Array:
        return np.maximum(self.a, _TINY)

    def _tiny(self, z: Array) -> Array:
        """Whether s theta may be too small for a double."""
        return np.asarray(z + self.log_s < -_LARGEST)

    def _log_power(self, z: Array) -> Array:
        """Log of (s theta)^a / Gamma(a + 1), at most 0, which is P(Z <= z) where s theta is tiny."""
        return self._positive * np.minimum(z + self.log_s, -_LARGEST) - sc.gammaln(self._positive + 1.0)

    def drawn(self, rng: np.random.Generator) -> Array:
        with np.errstate(divide="ignore"):
            log = np.log(rng.standard_gamma(self.a)) - self.log_s
        return np.exp(np.minimum(log, _LARGEST))

    def drawn_z(self, rng: np.random.Generator) -> Array:
        return log_drawn(self._positive, rng) - self.log_s

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return _QUANTITIES

    @property
    def mean(self) -> Array:
        return np.exp(self._log_mean)

    @property
    def variance(self) -> Array:
        return np.exp(self._log_mean - self.log_s)

    @cached_property
    def middle(self) -> Array:
        return sc.digamma(np.maximum(self.a, _TINY)) - self.log_s

    @cached_property
    def spread(self) -> Array:
        return np.sqrt(sc.polygamma(1, np.maximum(self.a, _TINY)))

    @property
    def reach(self) -> tuple[Array, Array]:
        """Where the density has fallen by e^-37, about the roots of a (e^u - 1 - u) = 37 with u = z - log(a/s)."""
        drop = _DROP / np.maximum(self.a, _TINY)
        near = np.sqrt(2.0 * drop)
        return self._log_mean - near - drop, self._log_mean + np.minimum(near, 1.5 + 1.2 * np.log1p(drop))

    @property
    def bend(self) -> Array:
        return -self.log_s


def _incomplete(a: Array, x: Array, *, upper: bool) -> Array:
    """Return P(a, x), or Q(a, x) if `upper`, also far from the mean of a sharp distribution.

    There SciPy's series ends too early, and Temme's expansion serves, DLMF 8.12.3 and 8.12.4, with
    h = a eta^2/2 = x - a - a log(x/a):

    Q = erfc(+-sqrt(h))/2 + R,   R = e^-h/sqrt(2 pi a) c_0(eta),   c_0 = -1/3 + eta/12 - 2 eta^2/135 + ...
    """
    a, x = np.broadcast_arrays(a, x)
    out = np.array(sc.gammaincc(a, x) if upper else sc.gammainc(a, x))
    far = (a > _SHARP) & (np.abs(x - a) > _NEAR * np.sqrt(a)) & np.isfinite(x)
    if far.any():
        a, x = a[far], x[far]
        side, h = np.sign(x - a), -a * log1p_minus((x - a) / a)
        eta = np.clip(side * np.sqrt(2.0 * h / a), -1.0, 1.0)
        rest = np.exp(-h) / np.sqrt(2.0 * np.pi * a) * np.polynomial.polynomial.polyval(eta, _TEMME)
        out[far] = 0.5 * sc.erfc(side * np.sqrt(h)) + rest if upper else 0.5 * sc.erfc(-side * np.sqrt(h)) - rest
    return out


def _differ(one: Array, other: Array) -> Array:
    """Difference theta_one - theta_other of thetas with these logs."""
    return np.exp(np.minimum(one, _LARGEST)) - np.exp(np.minimum(other, _LARGEST))


def _difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta = np.exp(z)
    up = np.maximum(theta + d, 0.0)
    return np.log(up), theta / up, 1.0 / up


def _power(of: Gammas, above: bool) -> tuple[Array, Array]:
    if above:
        return of.mean, 1.0 / of.a
    return np.exp(of.log_s - np.log(where_positive(of.a - 1.0))), 1.0 / where_positive(of.a - 2.0)


_QUANTITIES = (
    Quantity("difference", _differ, _difference, lambda of: (of.mean, of.variance), sign=1.0),
    Quantity("ratio", apart, shifted, lambda of: (of.middle, of.spread**2), _power),
)
