"""theta ~ Beta(a, b), as a distribution of its logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy import special as sc

from partialpool.distributions.each import ExponentialFamily
from partialpool.distributions.populations.beta_distribution import cdf, log_norm
from partialpool.distributions.quantity import Quantity, apart, shifted, where_positive
from partialpool.special import (
    HALF_LOG_2PI,
    Array,
    expit,
    half_log_minus_remainder,
    log1p_minus,
    log_drawn,
    log_sigmoid,
    log_sigmoids,
)

_SHARP = 1e4  # values of a and b above which logs would cancel, and are expanded around the mean
_TINY = 1e-300
_DROP = 37.0  # `reach` ends where the density has fallen by e^-37
_SHARPEST, _BROAD, _ROUNDED = 1e9, 1e4, 1e-3  # a + b beyond SciPy; a and 1 - theta for which rounding is harmless
_LITTLE = 1e-3  # a smaller probability is computed directly, because 1 minus the rest would lose its digits


@dataclass(frozen=True)
class Betas(ExponentialFamily):
    """Beta(a, b) distributions for any a, b > 0, with z = logit(theta)."""

    a: Array
    b: Array

    scale = "logit"
    support = (0.0, 1.0)
    limits = (-700.0, 700.0)
    blurred = 15.0
    described = "A proportion is above 0 and below 1"
    atoms = (0.0, -1.0, 1.0)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.a.shape

    def part(self, which: Any) -> Betas:
        part = Betas(self.a[which], self.b[which])
        if "_height" in vars(self):  # it takes longer to compute than all else of a density
            vars(part)["_height"] = self._height[which]
        return part

    def remembering(self) -> Self:
        _ = self._height
        return self

    @classmethod
    def joined(cls, parts: Sequence[Betas]) -> Betas:
        return cls(np.concatenate([one.a for one in parts]), np.concatenate([one.b for one in parts]))

    @property
    def ends(self) -> list[tuple[float, Array]]:
        return [(0.0, self.a), (1.0, self.b)]

    def log_rise(self, z: Array) -> Array:
        return log_sigmoid(z) + log_sigmoid(-z)

    @property
    def mirrored(self) -> Betas:
        """The distributions of 1 - theta."""
        return Betas(self.b, self.a)

    def theta(self, z: Array) -> Array:
        return expit(z)

    def line(self, theta: Array) -> Array:
        with np.errstate(divide="ignore"):
            return np.log(theta) - np.log1p(-np.asarray(theta))

    def log_density(self, z: Array) -> Array:
        a, b = self.a, self.b
        log_m, log_r = self._logs
        log_theta, log_rest = log_sigmoids(z)
        out = a * (log_theta - log_m) + b * (log_rest - log_r)
        large = np.minimum(a, b) > _SHARP
        if large.any():
            with np.errstate(all="ignore"):
                gap = np.exp(log_theta) * b - np.exp(log_rest) * a  # (a + b) theta - a
                out = np.where(large, a * log1p_minus(gap / a) + b * log1p_minus(-gap / b), out)
        return out + self._height

    def log_slope(self, z: Array) -> Array:
        """Slope of the log density, (1 - theta) a - theta b."""
        log_theta, log_rest = log_sigmoids(z)
        return self.a * np.exp(log_rest) - self.b * np.exp(log_theta)

    @property
    def log_size(self) -> Array:
        return np.log(np.maximum(self.a + self.b, _TINY))

    @property
    def width(self) -> Array:
        return np.sqrt(1.0 / np.maximum(self.a, _TINY) + 1.0 / np.maximum(self.b, _TINY))

    @property
    def powers(self) -> Array:
        return np.stack([self.a, self.b, log_norm(self.a, self.b)], axis=-1)

    def logs(self, z: Array) -> Array:
        return np.stack([*log_sigmoids(z), np.ones(z.shape)], axis=-1)

    @cached_property
    def _logs(self) -> tuple[Array, Array]:
        """Logs of a/(a+b) and of b/(a+b)."""
        odds = np.log(np.maximum(self.a, _TINY)) - np.log(np.maximum(self.b, _TINY))
        return log_sigmoids(odds)

    @cached_property
    def _height(self) -> Array:
        """Log density of the logit at theta = a/(a+b)."""
        a, b = np.maximum(self.a, _TINY), np.maximum(self.b, _TINY)
        g = half_log_minus_remainder
        return g(a, np.log(a)) + g(b, np.log(b)) - g(a + b, np.log(a + b)) - HALF_LOG_2PI

    def cdf(self, z: Array) -> Array:
        return _below(np.asarray(z), self.a, self.b)

    def sf(self, z: Array) -> Array:
        return _below(-np.asarray(z), self.b, self.a)

    def drawn(self, rng: np.random.Generator) -> Array:
        return rng.beta(np.maximum(self.a, _TINY), np.maximum(self.b, _TINY))

    def drawn_z(self, rng: np.random.Generator) -> Array:
        return log_drawn(np.maximum(self.a, _TINY), rng) - log_drawn(np.maximum(self.b, _TINY), rng)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return _QUANTITIES

    @property
    def mean(self) -> Array:
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> Array:
        total = self.a + self.b
        return (self.a / total) * (self.b / total) / (total + 1.0)

    @cached_property
    def middle(self) -> Array:
        return sc.digamma(np.maximum(self.a, _TINY)) - sc.digamma(np.maximum(self.b, _TINY))

    @cached_property
    def spread(self) -> Array:
        return np.sqrt(sc.polygamma(1, np.maximum(self.a, _TINY)) + sc.polygamma(1, np.maximum(self.b, _TINY)))

    @property
    def reach(self) -> tuple[Array, Array]:
        """Where the density has fallen by e^-37: it is normal near its top, like e^(a z) and e^(-b z) far from it."""
        a, b = np.maximum(self.a, _TINY), np.maximum(self.b, _TINY)
        top, near = np.log(a) - np.log(b), np.sqrt(2.0 * _DROP * (1.0 / a + 1.0 / b))
        return top - near - _DROP / a, top + near + _DROP / b

    @property
    def bend(self) -> Array:
        """The point log(a/b); a parameter below 1 counts as 1, since it only shapes a tail up to the other's end."""
        return np.log(np.maximum(self.a, 1.0)) - np.log(np.maximum(self.b, 1.0))


def _below(z: Array, a: Array, b: Array) -> Array:
    """P(Z <= z), with full relative accuracy where it is small, whether theta is below or above 1/2."""
    z, a, b = np.broadcast_arrays(z, np.maximum(a, _TINY), np.maximum(b, _TINY))
    sharpest = a + b > _SHARPEST
    if sharpest.any():
        out, rest = np.empty(z.shape), ~sharpest
        out[sharpest] = cdf(z[sharpest], a[sharpest], b[sharpest])
        out[rest] = _below(z[rest], a[rest], b[rest])
        return out
    out, small, low = np.empty(z.shape), np.exp(log_sigmoid(-np.abs(z))), z <= 0.0
    out[low] = sc.betainc(a[low], b[low], small[low])
    far = ~low & (small * (a + b) < b)  # 1 - theta is small compared with its mean: little lies above
    near = ~low & ~far
    out[far] = 1.0 - sc.betainc(b[far], a[far], small[far])
    same = near & (small > _ROUNDED) & (a < _BROAD)  # 1 - small is as accurate as small
    out[same] = sc.betainc(a[same], b[same], 1.0 - small[same])
    rest = near & ~same
    out[rest] = 1.0 - sc.betainc(b[rest], a[rest], small[rest])
    tiny = rest & (out < _LITTLE)  # betaincc takes ten times as long, so it serves only these
    out[tiny] = sc.betaincc(b[tiny], a[tiny], small[tiny])
    return out


def _differ(one: Array, other: Array) -> Array:
    """Difference theta_one - theta_other of thetas with these logits, from 1 - theta where both are nearer to 1."""
    high = one + other > 0.0
    above, below = np.where(high, -other, one), np.where(high, -one, other)
    return np.exp(log_sigmoid(above)) - np.exp(log_sigmoid(below))


def _difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta, rest = np.exp(log_sigmoid(z)), np.exp(log_sigmoid(-z))
    up, down = np.maximum(theta + d, 0.0), np.maximum(rest - d, 0.0)
    return np.log(up) - np.log(down), theta * rest / (up * down), 1.0 / (up * down)


def _halfway(d: float) -> tuple[float, float]:
    """Logits of theta_other and theta_one = theta_other + d for which theta_other = 1 - theta_one."""
    z = -2.0 * float(np.arctanh(d)) if d < 1.0 else -np.inf
    return z, -z


def _log_ratio(one: Array, other: Array) -> Array:
    return log_sigmoid(one) - log_sigmoid(other)


def _ratio(z: Array, log_d: float) -> tuple[Array, Array, Array]:
    log_theta = log_sigmoid(z) + log_d
    rest = -np.expm1(np.minimum(log_theta, 0.0))
    return log_theta - np.log(rest), np.exp(log_sigmoid(-z)) / rest, 1.0 / rest


def _along_log(of: Betas) -> tuple[Array, Array]:
    a, total = of.a, of.a + of.b
    return sc.digamma(a) - sc.digamma(total), sc.polygamma(1, a) - sc.polygamma(1, total)


def _power(of: Betas, above: bool) -> tuple[Array, Array]:
    if above:
        return of.mean, of.b / (of.a * (of.a + of.b + 1.0))
    n = of.a + of.b - 1.0
    return n / where_positive(of.a - 1.0), of.b / (n * where_positive(of.a - 2.0))


def _power_of_odds(of: Betas, above: bool) -> tuple[Array, Array]:
    a, b = (of.a, of.b) if above else (of.b, of.a)
    return a / where_positive(b - 1.0), (a + b - 1.0) / (a * where_positive(b - 2.0))


_QUANTITIES = (
    Quantity("difference", _differ, _difference, lambda of: (of.mean, of.variance), sign=1.0, halfway=_halfway),
    Quantity("ratio", _log_ratio, _ratio, _along_log, _power, sign=-1.0),
    Quantity("odds ratio", apart, shifted, lambda of: (of.middle, of.spread**2), _power_of_odds),
)
