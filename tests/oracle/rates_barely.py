"""Moments of the population of rates by a second calculation: the shape integrated in closed form, then the rate.

    y_j ~ Poisson(e_j theta_j),   theta_j ~ Gamma(a, b),   m = a/b

With a prior a^(c-1) e^(-r a) b^(d-1) g(b) da db, the rising factorials as a polynomial in a, and

    L(b) = sum_j log(1 + e_j/b),    prod_j a (a+1) ... (a+y_j-1) = sum_i p_i a^i,

the integral over a of the density times a^k is  sum_i p_i Gamma(i+c+k) / (r + L(b))^(i+c+k)  times what depends on b.
The integral over log(b) = -sinh(s), or log(top) - e^s where b < top, is a trapezoid rule in s: log(b) reaches
-1e300, so that powers of it are short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

REACH, BELOW_TOP = (-6.0, 700.0), (-40.0, 700.0)
STEP = 0.02

# mean^k, shape^k, rate^k and sd^k as powers of a and of b
POWERS = {"mean": (1.0, -1.0), "shape": (1.0, 0.0), "rate": (0.0, 1.0), "sd": (0.5, -1.0)}


@dataclass(frozen=True)
class Prior:
    """a^(c-1) e^(-r a) b^(d-1) g(b) with respect to da db, b < top; log_g: of log b."""

    c: float
    r: float
    d: float
    log_g: Callable[[np.ndarray], np.ndarray] = np.zeros_like
    top: float = np.inf


def shrinkage(exposure: Sequence[float]) -> Callable[[np.ndarray], np.ndarray]:
    """1/(e0 + b)^2 with e0 the harmonic mean of the exposures."""
    e0 = len(exposure) / sum(1.0 / e for e in exposure)
    return lambda log_b: -2.0 * np.logaddexp(np.log(e0), log_b)


def exponential(rate: float) -> Callable[[np.ndarray], np.ndarray]:
    """e^(-rate b)."""
    return lambda log_b: -rate * np.exp(log_b)


def half_cauchy(scale: float) -> Callable[[np.ndarray], np.ndarray]:
    """1/(1 + (b/scale)^2)."""
    return lambda log_b: -np.logaddexp(0.0, 2.0 * (log_b - np.log(scale)))


def log_moment(y: Sequence[int], e: Sequence[float], prior: Prior, more_a: float, more_b: float) -> float:
    """log of the integral of the posterior density times a^more_a b^more_b."""
    log_b, log_slope = _line(prior.top)
    log_e = np.log(np.array(e))[:, None]
    loose = np.sum(np.maximum(log_e - log_b, 0.0) + np.log1p(np.exp(-np.abs(log_e - log_b))), axis=0)
    of_events = -(np.array(y, dtype=float) @ np.logaddexp(log_e, log_b))
    outside = of_events + (prior.d + more_b) * log_b + prior.log_g(log_b) + log_slope
    terms = [
        log_p + gammaln(i + prior.c + more_a) - (i + prior.c + more_a) * np.log(prior.r + loose)
        for i, log_p in _polynomial(y)
    ]
    return float(logsumexp(logsumexp(terms, axis=0) + outside))


def _line(top: float) -> tuple[np.ndarray, np.ndarray]:
    """log(b), and the log of its slope."""
    if top == np.inf:
        s = np.arange(*REACH, STEP)
        return -np.sinh(s), np.log(np.cosh(s))
    s = np.arange(*BELOW_TOP, STEP)
    return np.log(top) - np.exp(s), s


def moments(y: Sequence[int], e: Sequence[float], prior: Prior, parameter: str) -> tuple[float, float]:
    """Mean and sd of a parameter; what does not exist is some number."""
    on_a, on_b = POWERS[parameter]
    total, first, second = (log_moment(y, e, prior, k * on_a, k * on_b) for k in (0, 1, 2))
    mean = float(np.exp(first - total))
    with np.errstate(invalid="ignore", over="ignore"):
        return mean, float(np.sqrt(np.exp(second - total) - mean**2))


def _polynomial(y: Sequence[int]) -> list[tuple[int, float]]:
    """The powers of a in the product of rising factorials, and the logs of their coefficients."""
    found = [1]
    for count in y:
        for i in range(count):
            found = [i * low + high for low, high in zip([*found, 0], [0, *found], strict=True)]
    return [(i, float(np.log(float(p)))) for i, p in enumerate(found) if p]
