"""The beta distribution as a function of logit(theta), elementwise, for parameters of any size."""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from partialpool.quadrature.gauss import legendre
from partialpool.special import HALF_LOG_2PI, Array, half_log_minus_remainder, log1p_minus, log_sigmoid

_SHARP = 1e9  # a concentration above which the incomplete beta function of SciPy is slow, and then wrong
_ROUND = 50.0  # least parameter for the expansions of sharp distributions
_NEARLY_NORMAL, _MIDDLE = 1e6, 1e-3  # both parameters, for two terms to suffice; sds near the mean
_POINTS = 32
_REACH = 9.0  # standard deviations over which a tail is integrated
_NOWHERE = 45.0  # standard deviations beyond which a tail is 0 in double precision
_CERTAIN = 1e-15  # an sd below which theta has one value in double precision
_TINY = 1e-305
LOWEST = 700.0  # a logit beyond this means 0 or 1 in double precision


def cdf(logit: Array, a: Array, b: Array) -> Array:
    """P(theta <= 1/(1 + e^-logit)) for theta ~ Beta(a, b); the arguments broadcast."""
    logit, a, b = np.broadcast_arrays(logit, np.maximum(a, _TINY), np.maximum(b, _TINY))
    low = logit <= 0.0
    x = np.exp(log_sigmoid(-np.abs(logit)))  # the smaller of theta and 1 - theta
    tail = _incomplete(np.where(low, a, b), np.where(low, b, a), x)
    return np.where(low, tail, 1.0 - tail)


def _incomplete(a: Array, b: Array, x: Array) -> Array:
    """Return I_x(a, b), accurate to at least 1e-12; SciPy takes ten times as long for the complement."""
    sharp = (a + b > _SHARP) & (np.minimum(a, b) > _ROUND)
    if not sharp.any():
        return np.asarray(sc.betainc(a, b, x))
    out = np.empty(a.shape)
    out[~sharp] = sc.betainc(a[~sharp], b[~sharp], x[~sharp])
    sharpest = sharp & (np.minimum(a, b) > _NEARLY_NORMAL)
    out[sharpest] = _nearly_normal_cdf(a[sharpest], b[sharpest], x[sharpest])
    sharp &= ~sharpest
    out[sharp] = _sharp_cdf(a[sharp], b[sharp], x[sharp])
    return out


def _nearly_normal_cdf(a: Array, b: Array, x: Array) -> Array:
    """Return I_x(a, b) for very large a and b, to 1e-10, by two terms of Temme's expansion, DLMF 8.18.9.

    With s = a + b and m = a/s: w^2/2 = a log(m/x) + b log((1-m)/(1-x)) and u = (x - m) sqrt(s/(m (1-m))), of the same
    sign, and I_x = Phi(w) + phi(w) (1/w - 1/u), where 1/w - 1/u is (1 - 2m)/(3 sqrt(s m (1-m))) in the middle.
    """
    s = a + b
    off = (x * b - (1.0 - x) * a) / s  # x - m
    scale = np.sqrt((a / s) * (b / s) / s)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = -a * log1p_minus(np.maximum(s * off / a, -1.0)) - b * log1p_minus(-s * off / b)
        w, u = np.sign(off) * np.sqrt(2.0 * half), off / scale
        rest = np.where(np.abs(u) < _MIDDLE, (b - a) / s / (3.0 * s * scale), 1.0 / w - 1.0 / u)
        density = np.exp(-half)
        correction = np.where(density > 0.0, density * rest / np.sqrt(2.0 * np.pi), 0.0)
    return np.asarray(np.clip(sc.ndtr(w) + correction, 0.0, 1.0))


def _sharp_cdf(a: Array, b: Array, x: Array) -> Array:
    """Return I_x(a, b) for large a and b, by Gauss-Legendre in arcsin(sqrt(theta)), where the density is nearly normal.

    The nearer tail is integrated out to _REACH standard deviations, which are 1/(2 sqrt(a + b)) there.
    """
    middle, spread = np.arctan2(np.sqrt(a), np.sqrt(b)), 0.5 / np.sqrt(a + b)
    gap = _angle_gap(a, b, x) / spread
    out = np.heaviside(gap, 0.5)
    near = (np.abs(gap) < _NOWHERE) & (spread >= _CERTAIN)
    if near.any():
        gap, a, b, middle, spread = (part[near, None] for part in (gap, a, b, middle, spread))
        nodes, weights = legendre(_POINTS)
        phi = middle + np.where(gap <= 0.0, -1.0, 1.0) * (np.abs(gap) + _REACH * nodes) * spread
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            density = _angle_density(a, b, phi, middle) * spread
        tail = np.nan_to_num(density @ weights) * _REACH  # NaN where there is no density
        out[near] = np.where(gap[:, 0] <= 0.0, tail, 1.0 - tail)
    return out


def _angle_gap(a: Array, b: Array, x: Array) -> Array:
    """Return arcsin(sqrt(x)) - arcsin(sqrt(a/(a+b))), without cancellation."""
    s = a + b
    top = (x * b - (1.0 - x) * a) / s  # x - a/(a+b)
    bottom = np.sqrt(x * b / s) + np.sqrt((1.0 - x) * a / s)
    return np.arcsin(np.clip(top / bottom, -1.0, 1.0))


def _angle_density(a: Array, b: Array, phi: Array, middle: Array) -> Array:
    """Density of phi = arcsin(sqrt(theta)) for theta ~ Beta(a, b), with a and b large."""
    s = a + b
    shift = np.sin(phi - middle) * np.sin(phi + middle)  # sin^2 phi - a/s
    log_core = a * log1p_minus(shift * s / a) + b * log1p_minus(-shift * s / b)
    g = half_log_minus_remainder
    log_height = g(a, np.log(a)) + g(b, np.log(b)) - g(s, np.log(s)) - HALF_LOG_2PI
    with np.errstate(divide="ignore", invalid="ignore"):  # beyond the ends there is no density
        return 2.0 * np.exp(log_height + log_core) / np.abs(np.sin(phi) * np.cos(phi))


def log_norm(a: Array, b: Array) -> Array:
    """Return -log B(a, b)."""
    a, b = np.maximum(a, _TINY), np.maximum(b, _TINY)
    return sc.gammaln(a + b) - sc.gammaln(a) - sc.gammaln(b)


def logit_quantile(p: Array, a: Array, b: Array) -> Array:
    """Approximate the logit of the p-quantile, finite everywhere, to start a search from."""
    a, b = np.clip(a, 1e-3, 1e12), np.clip(b, 1e-3, 1e12)
    with np.errstate(divide="ignore"):
        theta, rest = sc.betaincinv(a, b, p), sc.betaincinv(b, a, 1.0 - p)
        logit = np.log(theta) - np.log(rest)
    return np.clip(np.nan_to_num(logit), -LOWEST, LOWEST)
