"""Moments by one-dimensional integrals in closed form otherwise, for tails that fall hardly fast enough to have them.

A log that is integrated over is z = 2 sinh(u/2), to e^(1e6) and beyond, in equal steps of u.  A density's power of x is
kept as a number, so that powers which cancel do so exactly, and lies beside the log of what is left of the density.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln, logsumexp

U = np.arange(-16.0, 32.0, 0.01)
Z, SLOPE = 2.0 * np.sinh(0.5 * U), np.log(np.cosh(0.5 * U))
FAR = Z > 60.0  # beyond any scale of the problems: what is left of a function is constant


@dataclass(frozen=True)
class Tail:
    """A density of x > lowest that falls like x^-power: power, and log of (density times max(x, 1)^power) at log x."""

    power: float
    log_rest: Callable[[np.ndarray], np.ndarray]
    lowest: float = 0.0


def half_t(df: float, scale: float) -> Tail:
    def log_rest(z):
        near = np.minimum(z, 60.0)
        log = -0.5 * (df + 1.0) * np.logaddexp(0.0, 2.0 * (near - np.log(scale)) - np.log(df))
        return log + (df + 1.0) * np.maximum(near, 0.0)

    return Tail(df + 1.0, log_rest)


def inverse_gamma(shape: float, scale: float) -> Tail:
    return Tail(shape + 1.0, lambda z: -(shape + 1.0) * np.minimum(z, 0.0) - scale * np.exp(-np.clip(z, -700.0, 700.0)))


def power(exponent: float) -> Tail:
    """x^-exponent."""
    return Tail(exponent, lambda z: -exponent * np.minimum(z, 0.0))


def _log_integral(prior: Tail, left: np.ndarray, fall: float, extra: float) -> float:
    """log of the integral over log x of x^(1 + extra) p(x) max(x, 1)^-fall e^left, where left is constant far out."""
    net = 1.0 + extra - prior.power - fall
    log = prior.log_rest(Z) + left + np.where(Z > 0.0, net * Z, (1.0 + extra) * Z) + SLOPE
    return float(logsumexp(log))


def _flat(values: np.ndarray) -> np.ndarray:
    """The values, constant where they are: there rounding would take over."""
    return np.where(FAR, values[np.flatnonzero(~FAR)[-1]], values)


def _exp(log: float) -> float:
    """e^log, infinite for what does not exist and grows with the range of u."""
    return float(np.exp(log)) if log < 700.0 else np.inf


def _sd(first: float, second: float) -> float:
    return float(np.sqrt(max(second - first**2, 0.0)))


def proportions(halves: int, successes: int, failures: int, prior: Tail) -> dict[str, tuple[float, float]]:
    """Groups of 1/2, 1/1 and 0/1 and a uniform mean: mean and concentration are independent a posteriori.

    p(data) = mean^(halves + successes) (1 - mean)^(halves + failures) (concentration/(1 + concentration))^halves
    """
    left = _flat(-halves * np.logaddexp(0.0, -Z))
    total, first, second = (_log_integral(prior, left, 0.0, k) for k in (0.0, 1.0, 2.0))
    means = {k: _exp(log - total) for k, log in ((1, first), (2, second))}
    a, b = halves + successes + 1.0, halves + failures + 1.0
    shares = {"concentration": (0, 0), "alpha": (1, 0), "beta": (0, 1)}
    found = {}
    for name, (i, j) in shares.items():
        one, two = (means[k] * np.exp(betaln(a + k * i, b + k * j) - betaln(a, b)) for k in (1, 2))
        found[name] = float(one), _sd(one, two)
    found["mean"] = a / (a + b), float(np.sqrt(a * b / (a + b + 1)) / (a + b))
    return found


def by_alpha_and_beta(
    y: Sequence[int], n: Sequence[int], alpha: Tail, beta: Tail
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """By sums over log alpha and log beta, and over log concentration and logit(mean).

    Either resolves the tails that lie along its own coordinates, so that the nearer one counts.
    """
    u = np.arange(-15.0, 17.0, 0.03)
    z, slope = 2.0 * np.sinh(0.5 * u), np.log(np.cosh(0.5 * u))
    one, other = z[:, None] + 0.0 * z, z + 0.0 * z[:, None]
    share = np.logaddexp(0.0, -other), np.logaddexp(0.0, other)
    charts = (one, other), (one - share[0], one - share[1])
    return tuple(_sums(y, n, alpha, beta, logs, slope[:, None] + slope) for logs in charts)  # type: ignore[return-value]


def _sums(
    y: Sequence[int],
    n: Sequence[int],
    alpha: Tail,
    beta: Tail,
    logs: tuple[np.ndarray, np.ndarray],
    log_slope: np.ndarray,
) -> dict[str, tuple[float, float]]:
    log_a, log_b = logs
    log_k, log = np.logaddexp(log_a, log_b), log_slope.copy()
    for prior, x in ((alpha, log_a), (beta, log_b)):
        log += prior.log_rest(x) + x - prior.power * np.maximum(x, 0.0)
    for success, trials in zip(y, n, strict=True):
        for x, count, sign in ((log_a, success, 1), (log_b, trials - success, 1), (log_k, trials, -1)):
            for i in range(count):
                log += sign * (np.logaddexp(x, np.log(i)) if i else x)
    total = logsumexp(log)
    found = {}
    for name, x in (("alpha", log_a), ("beta", log_b), ("concentration", log_k)):
        first, second = (_exp(logsumexp(log + k * x) - total) for k in (1, 2))
        found[name] = first, _sd(first, second)
    return found


def estimates(y: Sequence[float], se: Sequence[float], prior: Tail) -> dict[object, tuple[float, float]]:
    """A flat mean, integrated in closed form; of "mean", "sd" and each group's theta."""
    y, se = np.array(y, dtype=float)[:, None], np.array(se, dtype=float)[:, None]
    log_v = np.logaddexp(2.0 * np.log(se), 2.0 * Z)
    size = np.maximum(Z, 0.0)
    log_w = 2.0 * size - log_v  # of weights times max(sd, 1)^2
    w = np.exp(log_w)
    total_w = w.sum(axis=0)
    mu = _flat((w * y).sum(axis=0) / total_w)
    spread = (w * (y - mu) ** 2).sum(axis=0) * np.exp(-2.0 * size)
    groups = len(y)
    left = _flat(0.5 * log_w.sum(axis=0) - 0.5 * np.log(total_w) - 0.5 * spread)
    own_mean = 1.0 / total_w  # variance of mu given sd, over max(sd, 1)^2
    share = np.exp(2.0 * np.log(se) - log_v)

    def average(value: np.ndarray, grows: float) -> float:
        """E[value max(sd, 1)^grows], value > 0."""
        with np.errstate(divide="ignore"):
            log = left + np.log(value)
        # max(sd, 1)^grows is the same as a tail that falls less fast
        return _exp(_log_integral(prior, log, groups - 1.0 - grows, 0.0) - total)

    total = _log_integral(prior, left, groups - 1.0, 0.0)
    p = np.exp(_terms(prior, left, groups - 1.0) - total)
    first, second = (_exp(_log_integral(prior, left, groups - 1.0, k) - total) for k in (1.0, 2.0))
    centre = float(p @ mu)
    found: dict[object, tuple[float, float]] = {"sd": (float(first), _sd(first, second))}
    found["mean"] = centre, float(np.sqrt(average(_flat(own_mean), 2.0) + p @ (mu - centre) ** 2))
    for j in range(groups):
        given = (1.0 - share[j]) * y[j] + share[j] * mu
        variance = (1.0 - share[j]) * se[j] ** 2 + share[j] ** 2 * own_mean * np.exp(2.0 * np.minimum(size, 300.0))
        middle = float(p @ given)
        found[j] = middle, float(np.sqrt(p @ (_flat(variance) + (given - middle) ** 2)))
    return found


def _terms(prior: Tail, left: np.ndarray, fall: float) -> np.ndarray:
    net = 1.0 - prior.power - fall
    return prior.log_rest(Z) + left + np.where(Z > 0.0, net * Z, Z) + SLOPE


def measurements(groups: Sequence[Sequence[float]], ratio: Tail, on_sigma: float) -> dict[object, tuple[float, float]]:
    """A density of r = sd/sigma and sigma^-on_sigma: given r, sigma and the mean are integrated in closed form."""
    n = np.array([len(rows) for rows in groups], dtype=float)[:, None]
    y = np.array([np.mean(rows) for rows in groups])[:, None]
    within = sum(float(np.sum((np.array(rows) - np.mean(rows)) ** 2)) for rows in groups)
    rows, size = float(n.sum()), np.maximum(Z, 0.0)
    log_v = np.logaddexp(0.0, np.log(n) + 2.0 * Z)
    w = np.exp(np.log(n) + 2.0 * size - log_v)  # weights times max(r, 1)^2
    total_w = w.sum(axis=0)
    mu = _flat((w * y).sum(axis=0) / total_w)
    squares = within + (w * (y - mu) ** 2).sum(axis=0) * np.exp(-2.0 * size)
    base = -0.5 * (log_v - 2.0 * size).sum(axis=0) - 0.5 * np.log(total_w)
    fall = len(n) - 1.0

    def given(order: float) -> np.ndarray:
        """log of the integral over sigma of the density times sigma^order, infinite where there is none."""
        half = 0.5 * (rows - 2.0 + on_sigma - order)
        return _flat(base + gammaln(half) - half * np.log(0.5 * squares)) if half > 0.0 else np.full_like(Z, np.inf)

    def average(order: float, extra: float) -> float:
        return _exp(_log_integral(ratio, given(order), fall, extra) - total)

    total = _log_integral(ratio, given(0.0), fall, 0.0)
    p = np.exp(_terms(ratio, given(0.0), fall) - total)
    found: dict[object, tuple[float, float]] = {
        "sd": (average(1.0, 1.0), _sd(average(1.0, 1.0), average(2.0, 2.0))),
        "sigma": (average(1.0, 0.0), _sd(average(1.0, 0.0), average(2.0, 0.0))),
    }
    centre = float(p @ mu)
    of_mean = _exp(_log_integral(ratio, given(2.0) - _flat(np.log(total_w)), fall - 2.0, 0.0) - total)
    found["mean"] = centre, float(np.sqrt(of_mean + p @ (mu - centre) ** 2))
    share = np.exp(-log_v)
    for j in range(len(n)):
        at = (1.0 - share[j]) * y[j] + share[j] * mu
        middle = float(p @ at)
        own = (1.0 - share[j]) / n[j] + share[j] ** 2 / total_w * np.exp(2.0 * np.minimum(size, 300.0))
        inner = _exp(_log_integral(ratio, given(2.0) + np.log(_flat(own)), fall, 0.0) - total)
        found[j] = middle, float(np.sqrt(inner + p @ (at - middle) ** 2))
    return found
