"""Ranks of sparse groups by a plain fine lattice: another calculation than the package's in every step.

The posterior of the population's parameters stands on a plain rectangular lattice of their logits and logs. Given a
point of it groups are independent, and with u = F_j(theta_j), which is uniform,

    P(rank_j = r)  =  integral over u of P(r - 1 of the others are above F_j^-1(u)),

by the double exponential rule in u and the recursion for sums of independent events.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

Array = NDArray[np.float64]

CUT = 1e-12  # probability of a point below which it is left out
CUT_OF_MANY = 1e-16  # the same where there are some 1e5 points
PER_CHUNK = 1500
ALIKE = 23.0  # log of a concentration from which on ranks of groups of a few trials are those of groups without data


@dataclass(frozen=True)
class Conditionals:
    """p(theta_j | data_j, point) by two functions of arrays (groups, points).

    inverse(lower, upper, j): where theta_j is with probability `lower` below and `upper` above.
    above(there, i): P(theta_i > theta) at such places.
    """

    inverse: Callable[[Array, Array, int, slice], Any]
    above: Callable[[Any, int, slice], Array]


def ranks(probability: Array, of: Conditionals, kinds: list[int]) -> tuple[Array, Array]:
    """P(rank_j <= r), 1 the largest, of all groups; and P(theta_i > theta_j). kinds: which distinct group each is."""
    size, distinct = len(kinds), sorted(set(kinds))
    lower, upper, weight = double_exponential()
    cumulative, greater = np.zeros((size, size)), np.full((size, size), 0.5)
    for kind in distinct:
        j = kinds.index(kind)
        found, pairs = np.zeros(size), np.zeros(len(distinct))
        for start in range(0, len(probability), PER_CHUNK):
            some = slice(start, start + PER_CHUNK)
            there = of.inverse(lower, upper, kind, some)
            q = {other: of.above(there, other, some) for other in distinct}
            w = probability[some][:, None] * weight
            pairs += [float(np.sum(w * q[other])) for other in distinct]
            others = [q[kinds[i]] for i in range(size) if i != j]
            found += np.einsum("rpu,pu->r", number(others), w)
        for i in (i for i in range(size) if kinds[i] == kind):
            cumulative[i] = np.cumsum(found)
            for other, p in zip(distinct, pairs, strict=True):
                for k in (k for k in range(size) if kinds[k] == other and other != kind):
                    greater[k, i] = p
    return cumulative, greater


def number(q: list[Array]) -> Array:
    """P(r of independent events happen): (r, ...)."""
    out = np.ones((1, *q[0].shape))
    for each in q:
        nothing = np.zeros((1, *each.shape))
        out = np.concatenate([out * (1.0 - each), nothing]) + np.concatenate([nothing, out * each])
    return out


def double_exponential() -> tuple[Array, Array, Array]:
    """u, 1 - u and weights on (0, 1)."""
    t = np.arange(-3.5, 3.5001, 0.125)
    s = np.pi * np.sinh(t)
    u, rest = sc.expit(s), sc.expit(-s)
    weight = np.pi * np.cosh(t) * u * rest
    return u, rest, weight / weight.sum()


def lattice(
    x: Array, y: Array, log_density: Callable[[Array, Array], Array], cut: float = CUT
) -> tuple[Array, Array, Array]:
    """The points of a lattice that count, with their probabilities."""
    with np.errstate(all="ignore"):
        log_p = np.nan_to_num(log_density(x[:, None], y[None, :]), nan=-np.inf)
    p = np.exp(log_p - log_p.max())
    edges = max(p[0].sum(), p[-1].sum(), p[:, 0].sum(), p[:, -1].sum()) / p.sum()
    if edges > 1e-10:
        raise ValueError(f"the lattice ends where there is still {edges:.1e} of the posterior")
    i, j = np.nonzero(p > cut * p.sum())
    return x[i], y[j], p[i, j] / p[i, j].sum()


# --- densities of priors


def log_pdf(spec: list[Any]) -> Callable[[Array], Array]:
    """log density of a positive parameter, or of one on (0, 1), from its log."""
    name, *a = spec
    known: dict[str, Callable[..., Any]] = {
        "Pareto": lambda lo, s: lambda x: np.where(np.exp(x) >= lo, -(s + 1.0) * x, -np.inf),
        "Gamma": lambda s, r: lambda x: (s - 1.0) * x - r * np.exp(x),
        "Exponential": lambda r: lambda x: -r * np.exp(x),
        "LogNormal": lambda m, s: lambda x: -x - 0.5 * ((x - m) / s) ** 2,
        "HalfCauchy": lambda s: lambda x: -np.log1p(np.exp(2.0 * (x - np.log(s)))),
        "HalfNormal": lambda s: lambda x: -0.5 * np.exp(2.0 * (x - np.log(s))),
    }
    made: Callable[[Array], Array] = known[name](*a)
    return made


# --- proportions


def rising(v: Array, log_a: Array) -> Array:
    """sum over groups of log a(a+1)...(a+v-1)."""
    a = np.exp(log_a)
    out = np.zeros(np.shape(log_a))
    for i in range(int(v.max(initial=0))):
        out = out + np.count_nonzero(v > i) * (np.log(a + i) if i else log_a)
    return out


def proportions(problem: dict[str, Any]) -> tuple[Array, Array]:
    y, n = (np.array(problem[name], dtype=float) for name in ("successes", "trials"))
    prior, n0 = problem["prior"], len(n) / np.sum(1.0 / n)

    def log_density(logit: Array, log_k: Array) -> Array:
        log_m, log_r = -np.logaddexp(0.0, -logit), -np.logaddexp(0.0, logit)
        log_a, log_b = log_m + log_k, log_r + log_k
        value = rising(y, log_a) + rising(n - y, log_b) - rising(n, log_k) + log_m + log_r + log_k
        if prior is None:
            return value - 2.0 * np.logaddexp(np.log(n0), log_k)
        if prior == "bda":
            return value - 1.5 * log_k
        if "alpha" in prior:  # d alpha d beta = kappa d mean d kappa
            return value + log_k + log_pdf(prior["alpha"])(log_a) + log_pdf(prior["beta"])(log_b)
        if "mean" in prior:
            a, b = prior["mean"][1:]
            value = value + (a - 1.0) * log_m + (b - 1.0) * log_r
        return value + log_pdf(prior["concentration"])(log_k)

    lowest = 0.0 if isinstance(prior, dict) and prior.get("concentration", [""])[0] == "Pareto" else -45.0
    if lowest == 0.0:  # cut off: log(kappa - 1) is the coordinate
        spread = np.arange(-40.0, 60.0, 0.27)
        x, s, p = lattice(
            np.arange(-42.0, 42.0, 0.22),
            spread,
            lambda u, v: log_density(u, np.logaddexp(0.0, v)) - np.logaddexp(0.0, -v),
        )
        log_k = np.logaddexp(0.0, s)
    else:
        x, log_k, p = lattice(np.arange(-60.0, 60.0, 0.22), np.arange(lowest, 60.0, 0.27), log_density)
    log_m, log_r = -np.logaddexp(0.0, -x), -np.logaddexp(0.0, x)
    log_k = np.minimum(log_k, ALIKE)
    rows, kinds = np.unique(np.stack([y, n], axis=1), axis=0, return_inverse=True)
    a = rows[:, :1] + np.exp(log_m + log_k)
    b = (rows[:, 1] - rows[:, 0])[:, None] + np.exp(log_r + log_k)
    return ranks(p, betas(a, b), np.ravel(kinds).tolist())


def log_scaled(s: Array, t: Array) -> Array:
    """log of s B(s, t), which goes to 0 with s: as -s (psi(t) + Euler's constant) then."""
    usual = sc.gammaln(1.0 + s) + sc.gammaln(t) - sc.gammaln(s + t)
    return np.where(s < 1e-7, -s * (sc.psi(t) + np.euler_gamma), usual)


def betas(a: Array, b: Array) -> Conditionals:
    """Places are pairs (log theta, log(1 - theta))."""

    def near_zero(u: Array, s: Array, t: Array) -> Array:
        """log of the theta that has u below it, Beta(s, t), all of one shape."""
        with np.errstate(all="ignore"):
            out = (np.log(u) + log_scaled(s, t)) / s  # right where theta is tiny
            near = out > -100.0
            u, s, t = u[near], s[near], t[near]
            x = np.maximum(sc.betaincinv(s, t, u), 1e-300)
            density = np.exp((s - 1.0) * np.log(x) + (t - 1.0) * np.log1p(-x) - sc.betaln(s, t))
            step = (sc.betainc(s, t, x) - u) / (density * x)  # the inverse is off now and then
            out[near] = np.log(x) - np.where(np.abs(step) < 0.1, step, 0.0)
        return np.nan_to_num(out, nan=0.0)  # where u is e^-50 the inverse may have no answer, and no weight

    def inverse(lower: Array, upper: Array, j: int, some: slice) -> tuple[Array, Array]:
        lower, upper, s, t = np.broadcast_arrays(lower, upper, a[j, some][:, None], b[j, some][:, None])
        low = near_zero(lower, s, t)
        rest = low >= np.log(0.5)
        high = np.log1p(-np.exp(np.minimum(low, -1e-16)))
        high[rest] = np.minimum(near_zero(upper[rest], t[rest], s[rest]), 0.0)
        with np.errstate(divide="ignore"):
            low[rest] = np.log1p(-np.exp(high[rest]))
        return low, high

    def tail(log_x: Array, s: Array, t: Array) -> Array:
        """P(theta <= x) of Beta(s, t), x at most about 1/2."""
        with np.errstate(all="ignore"):
            far = np.exp(s * log_x - log_scaled(s, t))
            return np.where(log_x < -100.0, far, sc.betainc(s, t, np.exp(log_x)))

    def above(there: tuple[Array, Array], i: int, some: slice) -> Array:
        s, t = a[i, some][:, None], b[i, some][:, None]
        low, high = there
        return np.where(low < high, 1.0 - tail(np.minimum(low, -0.6), s, t), tail(np.minimum(high, -0.6), t, s))

    return Conditionals(inverse, above)


# --- rates


def rates(problem: dict[str, Any]) -> tuple[Array, Array]:
    y, e = (np.array(problem[name], dtype=float) for name in ("events", "exposure"))
    prior, e0 = problem["prior"], len(e) / np.sum(1.0 / e)

    def log_density(log_mean: Array, log_rate: Array) -> Array:
        log_shape = log_mean + log_rate
        shape, value = np.exp(log_shape), rising(y, log_shape) + log_mean + log_rate
        for v, t in zip(y, e, strict=True):
            grown = np.logaddexp(0.0, np.log(t) - log_rate)  # log(1 + t/rate)
            value = value - shape * grown - v * (log_rate + grown)
        if prior is None:
            return value - log_mean - 2.0 * np.logaddexp(np.log(e0), log_rate)
        if "shape" in prior:  # d shape d rate = rate d mean d rate
            return value + log_rate + log_pdf(prior["shape"])(log_shape) + log_pdf(prior["rate"])(log_rate)
        return value + log_pdf(prior["mean"])(log_mean) + log_pdf(prior["rate"])(log_rate)

    t = np.arange(-17.0, 17.0, 0.1)  # stretched, since some tails fall slowly even in logs
    log, log_slope = np.sinh(0.35 * t) / 0.35, np.log(np.cosh(0.35 * t))

    def on_lattice(i: Array, j: Array) -> Array:
        """The density in the stretched logs of shape and rate."""
        i, j = i.astype(int), j.astype(int)
        return log_density(log[i] - log[j], log[j]) + log_slope[i] + log_slope[j]

    at = np.arange(float(len(t)))
    i, j, p = lattice(at, at, on_lattice)
    log_shape, log_rate = log[i.astype(int)], log[j.astype(int)]
    rows, kinds = np.unique(np.stack([y, e], axis=1), axis=0, return_inverse=True)
    a, log_s = rows[:, :1] + np.exp(log_shape), np.logaddexp(np.log(rows[:, 1:]), log_rate)
    return ranks(p, gammas(a, log_s), np.ravel(kinds).tolist())


def gammas(a: Array, log_s: Array) -> Conditionals:
    """Places are log theta."""

    def inverse(lower: Array, upper: Array, j: int, some: slice) -> Array:
        s = a[j, some][:, None]
        with np.errstate(all="ignore"):
            far = (np.log(lower) + sc.gammaln(s + 1.0)) / s
            x = np.where(lower <= 0.5, sc.gammaincinv(s, lower), sc.gammainccinv(s, upper))
            return np.where(far < -100.0, far, np.log(x)) - log_s[j, some][:, None]

    def above(there: Array, i: int, some: slice) -> Array:
        s = a[i, some][:, None]
        log_x = there + log_s[i, some][:, None]
        with np.errstate(all="ignore"):
            far = 1.0 - np.exp(s * log_x - sc.gammaln(s + 1.0))
            return np.where(log_x < -100.0, far, sc.gammaincc(s, np.exp(np.minimum(log_x, 700.0))))

    return Conditionals(inverse, above)


# --- normal populations

ACROSS = np.arange(-8.4, 8.41, 0.25)  # of the population's mean, in its conditional sds
ACROSS_WEIGHT = np.exp(-0.5 * ACROSS**2) / np.exp(-0.5 * ACROSS**2).sum()


def normals(location: Array, spread: Array) -> Conditionals:
    """Places are theta."""

    def inverse(lower: Array, upper: Array, j: int, some: slice) -> Array:
        z = np.where(lower <= 0.5, sc.ndtri(lower), -sc.ndtri(upper))
        return location[j, some][:, None] + spread[j, some][:, None] * z

    def above(there: Array, i: int, some: slice) -> Array:
        return sc.ndtr((location[i, some][:, None] - there) / spread[i, some][:, None])

    return Conditionals(inverse, above)


def estimates(problem: dict[str, Any]) -> tuple[Array, Array]:
    y, se = (np.array(problem[name], dtype=float) for name in ("estimate", "se"))
    prior = problem["prior"] or {}
    log_tau = np.arange(-40.0, 60.0, 0.04)
    tau = np.exp(log_tau)
    v = se[:, None] ** 2 + tau**2
    centre, width = prior.get("mean", [None, 0.0, np.inf])[1:]
    precision = np.sum(1.0 / v, axis=0) + 1.0 / width**2
    mean = (np.sum(y[:, None] / v, axis=0) + centre / width**2) / precision
    log_p = -0.5 * np.sum(np.log(v) + (y[:, None] - mean) ** 2 / v, axis=0) - 0.5 * np.log(precision) + log_tau
    log_p = log_p - (0.5 * ((mean - centre) / width) ** 2 if np.isfinite(width) else 0.0)
    if "sd" in prior:
        log_p = log_p + log_pdf(prior["sd"])(log_tau)
    else:
        square = len(se) / np.sum(1.0 / se**2)
        log_p = log_p + log_tau - 2.0 * np.log(square + tau**2)
    p = np.exp(log_p - log_p.max())
    keep = p > CUT * p.sum()
    p, tau, mean, precision = p[keep] / p.sum(), tau[keep], mean[keep], precision[keep]
    mu = (mean[:, None] + ACROSS / np.sqrt(precision)[:, None]).ravel()
    tau, p = np.repeat(tau, len(ACROSS)), np.outer(p, ACROSS_WEIGHT).ravel()
    rows, kinds = np.unique(np.stack([y, se], axis=1), axis=0, return_inverse=True)
    share = tau**2 / (rows[:, 1:] ** 2 + tau**2)
    spread = np.sqrt(share) * rows[:, 1:]
    return ranks(p, normals(share * rows[:, :1] + (1.0 - share) * mu, spread), np.ravel(kinds).tolist())


def measurements(problem: dict[str, Any]) -> tuple[Array, Array]:
    values = [np.array(group) for group in problem["values"]]
    n, y = np.array([float(len(v)) for v in values]), np.array([v.mean() for v in values])
    within, degrees = sum(float(np.sum((v - v.mean()) ** 2)) for v in values), float(n.sum() - len(n))
    prior = problem["prior"] or {}

    def given(log_r: Array, log_sigma: Array) -> tuple[Array, Array]:
        """Mean and precision of the population's mean."""
        v = np.exp(2.0 * log_sigma) * (np.exp(2.0 * log_r) + 1.0 / n.reshape(-1, *[1] * np.ndim(log_r)))
        precision = np.sum(1.0 / v, axis=0)
        return np.sum(y.reshape(-1, *[1] * np.ndim(log_r)) / v, axis=0) / precision, precision

    def log_density(log_r: Array, log_sigma: Array) -> Array:
        log_r, log_sigma = np.broadcast_arrays(log_r, log_sigma)
        v = np.exp(2.0 * log_sigma) * (np.exp(2.0 * log_r) + 1.0 / n[:, None, None])
        mean, precision = given(log_r, log_sigma)
        value = -0.5 * np.sum(np.log(v) + (y[:, None, None] - mean) ** 2 / v, axis=0) - 0.5 * np.log(precision)
        value = value - degrees * log_sigma - 0.5 * within * np.exp(-2.0 * log_sigma)  # and 1/sigma d sigma
        if "sd" in prior:  # d tau = tau d log r
            return value + log_pdf(prior["sd"])(log_r + log_sigma) + log_r + log_sigma
        n0 = len(n) / np.sum(1.0 / n)
        return value + 2.0 * log_r - 2.0 * np.log(1.0 / n0 + np.exp(2.0 * log_r))

    axes = np.arange(-30.0, 30.0, 0.2), np.arange(-14.0, 40.0, 0.15)
    log_r, log_sigma, p = lattice(*axes, log_density, CUT_OF_MANY)
    mean, precision = given(log_r, log_sigma)
    mu = (mean[:, None] + ACROSS / np.sqrt(precision)[:, None]).ravel()
    log_r, log_sigma = np.repeat(log_r, len(ACROSS)), np.repeat(log_sigma, len(ACROSS))
    p = np.outer(p, ACROSS_WEIGHT).ravel()
    keep = p > CUT_OF_MANY
    log_r, log_sigma, mu, p = log_r[keep], log_sigma[keep], mu[keep], p[keep] / p[keep].sum()
    rows, kinds = np.unique(np.stack([y, n], axis=1), axis=0, return_inverse=True)
    share = 1.0 / (1.0 + np.exp(-2.0 * log_r) / rows[:, 1:])
    spread = np.sqrt(share / rows[:, 1:]) * np.exp(log_sigma)
    return ranks(p, normals(share * rows[:, :1] + (1.0 - share) * mu, spread), np.ravel(kinds).tolist())


FAMILIES = {"proportions": proportions, "rates": rates, "estimates": estimates, "measurements": measurements}


def answer(problem: dict[str, Any]) -> dict[str, Any]:
    """P(rank <= r), a row for each group, and P(theta_i > theta_j), a row for each i and its j > i."""
    cumulative, greater = FAMILIES[problem["family"]](problem)
    pairs = [greater[i, j] for i, j in itertools.combinations(range(len(greater)), 2)]
    return {"cumulative": np.round(cumulative, 13).tolist(), "greater": np.round(pairs, 13).tolist()}
