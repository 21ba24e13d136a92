"""Draws of one parameter of the population from its prior density.

A density of x > 0 is drawn by inverting its distribution function, which is computed by a fine trapezoidal rule in
log x (in logit x on (0, 1)) over the range where the density is not negligible.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.priors.component import Component
from partialpool.priors.density import Density
from partialpool.quadrature.line import Steep
from partialpool.special import Array

_REACH, _COARSE, _FINE = 230.0, 9201, 20001  # range of the coordinate, and points of the coarse and the fine grid
_SEEN = 1e-16  # density, relative to its maximum, that is negligible
_LARGEST_LOG = 690.0  # log of the largest and of the inverse of the smallest number that is drawn


def bounded_exp(log: Array) -> Array:
    """exp(log), kept away from 0 and infinity."""
    return np.exp(np.clip(log, -_LARGEST_LOG, _LARGEST_LOG))


def log_drawn(part: Component, size: int, rng: np.random.Generator) -> Array:
    """Logs of draws of a positive parameter."""
    with np.errstate(divide="ignore"):
        line = Steep(*(float(end) for end in np.log(part.support)))

    def log_density(t: Array) -> Array:
        log_x = line.value(t)
        return part.log_pdf(log_x) + log_x + line.log_slope(t)

    return np.asarray(line.value(_inverse(log_density, rng.uniform(size=size))))


def drawn_on_unit(density: Density, size: int, rng: np.random.Generator) -> Array:
    """Draws of a mean in (0, 1), or in the interval within it that is the support."""
    lo, hi = density.support

    def parts(t: Array) -> tuple[Array, Array, Array]:
        low, high = -np.logaddexp(0.0, -t), -np.logaddexp(0.0, t)  # logs of the shares below and above
        if (lo, hi) == (0.0, 1.0):
            return low, high, low + high
        x = lo + (hi - lo) * np.exp(low)
        return np.log(x), np.log1p(-x), low + high + np.log(hi - lo)

    def log_density(t: Array) -> Array:
        log_x, log_rest, slope = parts(t)
        return np.asarray(density.log_pdf(log_x, log_rest) + slope)

    return np.exp(parts(_inverse(log_density, rng.uniform(size=size)))[0])


def _inverse(log_density: Callable[[Array], Array], u: Array) -> Array:
    """Quantiles at probabilities u of an unnormalised density on the real line."""
    t = np.linspace(-_REACH, _REACH, _COARSE)
    with np.errstate(all="ignore"):
        log_p = np.nan_to_num(log_density(t), nan=-np.inf)
    p = np.exp(log_p - log_p.max())
    seen = np.flatnonzero(p > _SEEN)
    t = np.linspace(t[max(seen[0] - 1, 0)], t[min(seen[-1] + 1, len(t) - 1)], _FINE)
    with np.errstate(all="ignore"):
        log_p = np.nan_to_num(log_density(t), nan=-np.inf)
    p = np.exp(log_p - log_p.max())
    running = np.concatenate([[0.0], np.cumsum(0.5 * (p[1:] + p[:-1]))])
    return np.asarray(np.interp(u * running[-1], running, t))
