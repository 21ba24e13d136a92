"""The posterior of (mean, sd, sigma) from raw rows in 50-digit arithmetic: an oracle without a line of the package.

x = log(sd/sigma) is the outer variable and y = log sigma the inner one.  Given both, everything is normal.  Float64
only places nodes; every value that enters an answer is an `arb`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb

INF = math.inf


# --- priors: p(v) up to a constant in arb, its log in float64, and the support


@dataclass(frozen=True)
class Density:
    """A density on v > 0 stated on v^power."""

    at_power: Callable[[arb], arb]
    log64_power: Callable[[np.ndarray], np.ndarray]  # of log(v^power)
    support_power: tuple[float, float] = (0.0, INF)
    power: int = 1

    def at(self, v: arb) -> arb:
        return self.at_power(v**self.power) * v ** (self.power - 1)

    def log64(self, log_v: np.ndarray) -> np.ndarray:
        return self.log64_power(self.power * log_v) + (self.power - 1) * log_v

    @cached_property
    def support(self) -> tuple[float, float]:
        """Ends of log v."""
        with np.errstate(divide="ignore"):
            ends = np.sort(np.log(np.array(self.support_power)) / self.power)
        return float(ends[0]), float(ends[1])


def density(spec: Sequence[Any], typical: arb | None = None) -> Density:
    """The density of a JSON description such as ["Gamma", 2, 0.5, {"on": "variance"}]."""
    name, *args = spec
    options = args.pop() if args and isinstance(args[-1], dict) else {}
    power = {"variance": 2, "precision": -2, "squared-ratio": 2}.get(options.get("on"), 1)
    a = [arb(v) for v in args]
    f = [float(v) for v in args]
    if name == "Exponential":
        name, a, f = "Gamma", [arb(1), a[0]], [1.0, f[0]]
    support = {"Uniform": tuple(f[:2]), "Pareto": (f[0] if f else 0.0, INF)}.get(name, (0.0, INF))
    if name == "UniformShrinkage":
        a = a or [typical]
        f = [float(a[0])]
    return Density(*_pair(name, a, f), support, power)


def _pair(name: str, a: list[arb], f: list[float]) -> tuple[Callable[[arb], arb], Callable[[np.ndarray], np.ndarray]]:
    """The density of v in arb and its log in float64, a function of log v; f are the numbers a as doubles."""
    return {
        "Flat": (lambda v: arb(1), lambda t: 0.0 * t),
        "Uniform": (lambda v: arb(1), lambda t: 0.0 * t),
        "Power": (lambda v: v ** a[0], lambda t: f[0] * t),
        "UniformShrinkage": (lambda v: 1 / (a[0] + v) ** 2, lambda t: -2 * np.logaddexp(math.log(f[0]), t)),
        "HalfCauchy": (lambda v: 1 / (1 + (v / a[0]) ** 2), lambda t: -np.logaddexp(0, 2 * (t - math.log(f[0])))),
        "HalfNormal": (
            lambda v: (-((v / a[0]) ** 2) / 2).exp(),
            lambda t: -0.5 * np.exp(2 * (t - math.log(f[0]))),
        ),
        "HalfStudentT": (
            lambda v: (1 + (v / a[1]) ** 2 / a[0]) ** (-(a[0] + 1) / 2),
            lambda t: -(f[0] + 1) / 2 * np.logaddexp(0, 2 * (t - math.log(f[1])) - math.log(f[0])),
        ),
        "Gamma": (
            lambda v: v ** (a[0] - 1) * (-a[1] * v).exp(),
            lambda t: (f[0] - 1) * t - f[1] * np.exp(t),
        ),
        "InverseGamma": (
            lambda v: v ** (-a[0] - 1) * (-a[1] / v).exp(),
            lambda t: (-f[0] - 1) * t - f[1] * np.exp(-t),
        ),
        "LogNormal": (
            lambda v: (-(((v.log() - a[0]) / a[1]) ** 2) / 2).exp() / v,
            lambda t: -0.5 * ((t - f[0]) / f[1]) ** 2 - t,
        ),
        "Pareto": (lambda v: v ** (-a[1] - 1), lambda t: -(f[1] + 1) * t),
    }[name]


# --- the model


@dataclass(frozen=True)
class Given:
    """Sums over the groups at one r."""

    r: arb
    weight: arb
    mean: arb
    squares: arb
    factor: arb


class Model:
    """A problem: groups as (n, mean, sum of squares), and the prior."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.groups = [_group(g) for g in problem["groups"]]
        self.n = [g[0] for g in self.groups]
        self.y = [g[1] for g in self.groups]
        self.within = sum((g[2] for g in self.groups), arb(0))
        self.rows, self.j = sum(self.n), len(self.n)
        spec = problem["prior"]
        if spec.get("name") == "reference":
            spec = {"sd": ["Flat"]}
        inverse = sum(arb(1) / n for n in self.n) / self.j  # 1/n0
        sd = spec.get("sd", ["UniformShrinkage", {"on": "squared-ratio"}])
        options = sd[-1] if isinstance(sd[-1], dict) else {}
        self.relative = options.get("on") in ("ratio", "squared-ratio")
        self.sd = density(sd, inverse)
        self.sigma = density(spec.get("sigma", ["Power", -1]))
        mean = spec.get("mean", ["Flat"])
        self.normal = (arb(mean[1]), arb(mean[2])) if mean[0] == "Normal" else None
        self.power = self._power(sd, spec.get("sigma", ["Power", -1]))
        self.y64, self.n64 = np.array([float(y) for y in self.y]), np.array(self.n, dtype=float)

    def _power(self, sd: Sequence[Any], sigma: Sequence[Any]) -> arb | None:
        """The k for which the density along a row is sigma^-k exp(-squares/(2 sigma^2)) dy; None where it is not so."""
        exponents = [{"Flat": 0, "Power": s[1] if len(s) > 1 else 0}.get(s[0]) for s in (sd, sigma)]
        plain = not isinstance(sigma[-1], dict) and (self.relative or not isinstance(sd[-1], dict))
        if self.normal is not None or exponents[1] is None or not plain:
            return None
        if self.relative:
            return arb(self.rows - 2) - arb(exponents[1])
        return None if exponents[0] is None else arb(self.rows - 3) - arb(exponents[1]) - arb(exponents[0])

    # exact

    def given(self, x: arb) -> Given:
        r = x.exp()
        h = r * r
        weights = [n / (1 + n * h) for n in self.n]
        total = sum(weights, arb(0))
        mean = sum((w * y for w, y in zip(weights, self.y)), arb(0)) / total
        squares = self.within + sum((w * square(y - mean) for w, y in zip(weights, self.y)), arb(0))
        factor = arb(1)
        for n in self.n:
            factor = factor / (1 + n * h)
        factor = factor.sqrt() * r
        if self.relative:
            factor = factor * self.sd.at(r)
        if self.normal is None:
            factor = factor / total.sqrt()
        return Given(r, total, mean, squares, factor)

    def density(self, at: Given, y: arb) -> arb:
        """With respect to dx dy."""
        sigma = y.exp()
        variance = square(sigma)
        value = at.factor * (-at.squares / (2 * variance)).exp() * self.sigma.at(sigma) * sigma
        if not self.relative:
            value = value * self.sd.at(at.r * sigma) * sigma
        if self.normal is None:
            return value * sigma ** (1 - self.rows)
        m0, s0 = self.normal
        own = variance / at.weight
        value = value * (1 + s0**2 / own) ** arb("-0.5") * (-square(at.mean - m0) / (2 * (s0**2 + own))).exp()
        return value * sigma ** (-self.rows)

    def centre(self, at: Given, y: arb) -> tuple[arb, arb]:
        """Mean and variance of the population's mean given r and sigma."""
        own = (2 * y).exp() / at.weight
        if self.normal is None:
            return at.mean, own
        m0, s0 = self.normal
        share = 1 / (1 + own / s0**2)
        return m0 + share * (at.mean - m0), share * own

    # float64, for placing nodes

    def log64(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """log density, x and y broadcast; minus infinity outside the support."""
        return self.log64_y(self.sums64(x), x, y)

    def sums64(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        lh = 2 * np.asarray(x, dtype=float)[..., None]
        log_w = np.log(self.n64) - np.logaddexp(0, np.log(self.n64) + lh)
        top = log_w.max(axis=-1, keepdims=True)
        w = np.exp(log_w - top)
        total = w.sum(axis=-1)
        mean = (w * self.y64).sum(axis=-1) / total
        between = (w * (self.y64 - mean[..., None]) ** 2).sum(axis=-1)
        spread = 0.5 * np.logaddexp(0, np.log(self.n64) + lh).sum(axis=-1)
        return np.log(total) + top[..., 0], mean, between, top[..., 0], spread

    def log64_y(self, sums: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray) -> np.ndarray:
        log_total, mean, between, top, spread = sums
        with np.errstate(all="ignore"):
            value = -spread + x + y + self.sigma.log64(y) - 0.5 * float(self.within) * np.exp(-2 * y)
            value = value - 0.5 * np.where(between > 0, np.exp(np.log(between) + top - 2 * y), 0.0)
            value = value + (self.sd.log64(x) if self.relative else self.sd.log64(x + y) + y)
            if self.normal is None:
                value = value + (1 - self.rows) * y - 0.5 * log_total
            else:
                m0, s0 = float(self.normal[0]), float(self.normal[1])
                ratio = log_total - 2 * y + 2 * math.log(s0)
                loose = np.logaddexp(0, ratio)
                value = value - self.rows * y - 0.5 * loose
                value = value - 0.5 * ((mean - m0) / s0) ** 2 * np.exp(ratio - loose)
            inside = (y > self.sigma.support[0]) & (y < self.sigma.support[1])
            s = x + 0 * y if self.relative else x + y
            inside = inside & (s > self.sd.support[0]) & (s < self.sd.support[1])
        return np.where(inside & ~np.isnan(value), value, -INF)

    def inner(self, x: float) -> tuple[float, float]:
        """Where y can be on the line of x."""
        lo, hi = self.sigma.support
        if not self.relative:
            lo, hi = max(lo, self.sd.support[0] - x), min(hi, self.sd.support[1] - x)
        return lo, hi

    def outer(self) -> list[tuple[float, float]]:
        """Intervals of x with smooth bounds of y."""
        if self.relative:
            return [self.sd.support]
        (s_lo, s_hi), (t_lo, t_hi) = self.sigma.support, self.sd.support
        ends = t_lo - s_hi, t_hi - s_lo
        with np.errstate(invalid="ignore"):
            kinks = sorted({k for k in (t_lo - s_lo, t_hi - s_hi) if np.isfinite(k) and ends[0] < k < ends[1]})
        cuts = [ends[0], *kinks, ends[1]]
        return list(pairwise(cuts))


def square(x: arb) -> arb:
    """x^2, also where the ball holds zero, which ** takes for a branch point."""
    return x * x


def _group(spec: dict[str, Any]) -> tuple[int, arb, arb]:
    """n, mean and sum of squares, exact."""
    if "rows" in spec:
        rows = [arb(v) for v in spec["rows"]]
        mean = sum(rows, arb(0)) / len(rows)
        return len(rows), mean, sum((square(v - mean) for v in rows), arb(0))
    return spec["n"], arb(spec["mean"]), (spec["n"] - 1) * arb(spec["sd"]) ** 2


# --- which moments exist: by how the density times a power falls on the edges of growing squares


def exists(model: Model, growth: Callable[[np.ndarray, np.ndarray], np.ndarray], k: int) -> bool:
    """Whether the mean of exp(k growth(x, y)) is finite."""
    tops = []
    for size in (150.0, 220.0):
        edge = np.linspace(-size, size, 2001)
        s = np.full_like(edge, size)
        x, y = np.concatenate([edge, edge, s, -s]), np.concatenate([s, -s, edge, edge])
        tops.append(float(np.max(model.log64(x, y) + k * growth(x, y))))
    return tops[0] == -INF or (tops[1] - tops[0]) / 70.0 < -1e-2
