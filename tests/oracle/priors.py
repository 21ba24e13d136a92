"""Prior densities of (mu, kappa), up to a constant, for the oracle: in `arb`, and as logs in float64 for placing nodes.

Every density is with respect to dmu dkappa.  `q` is the exponent of kappa^(-q) at infinity (inf for light tails): the
moment E[kappa^m | y] is finite iff m < q - 1.  kappa^p0 is the behaviour at 0 (inf if faster than any power), and
`ends` the exponents (p0 + 1, c, d) of the integrals up to kappa = 0, mu = 0 and mu = 1.  `minimum` is the lower end of
the support of kappa.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from flint import arb, fmpq


class Prior(Protocol):
    q: float
    minimum: float
    ends: tuple[float, float, float]

    def density(self, a: arb, b: arb, k: arb, mu: arb, nu: arb) -> arb: ...

    def log64(self, la: np.ndarray, lb: np.ndarray, lk: np.ndarray) -> np.ndarray: ...


def exact(x: Fraction) -> arb:
    """Return a rational as a ball."""
    return arb(fmpq(x.numerator, x.denominator))


class UniformShrinkage:
    """1/(n0 + kappa)^2, n0 the harmonic mean of the n_j > 0: n0/(n0 + kappa) is uniform."""

    q = 2.0
    p0 = 0.0
    minimum = 0.0

    def __init__(self, trials: Sequence[int]) -> None:
        n = [t for t in trials if t > 0]
        self.n0 = len(n) / sum(Fraction(1, t) for t in n)

    def at(self, k: arb) -> arb:
        return 1 / (exact(self.n0) + k) ** 2

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -2 * np.logaddexp(math.log(self.n0), lk)


class Power:
    """kappa^e: bda is e = -3/2, morris e = -2."""

    minimum = 0.0

    def __init__(self, e: float) -> None:
        self.e, self.q, self.p0 = e, -e, e

    def at(self, k: arb) -> arb:
        return k ** arb(self.e)

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return self.e * lk


class Pareto:
    """shape minimum^shape / kappa^(shape+1), kappa > minimum."""

    def __init__(self, minimum: float, shape: float) -> None:
        self.minimum, self.shape, self.q = float(minimum), shape, shape + 1
        self.p0 = math.inf

    def at(self, k: arb) -> arb:
        return k ** (-1 - arb(self.shape))

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -self.q * lk


class Gamma:
    """kappa^(shape-1) exp(-rate kappa)."""

    minimum = 0.0
    q = math.inf

    def __init__(self, shape: float, rate: float) -> None:
        self.shape, self.rate, self.p0 = shape, rate, shape - 1

    def at(self, k: arb) -> arb:
        decay = (-arb(self.rate) * k).exp()
        return decay if self.shape == 1 else k ** (arb(self.shape) - 1) * decay

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return (self.shape - 1) * lk - self.rate * np.exp(lk)


class LogNormal:
    """log kappa ~ Normal(mu, sigma)."""

    minimum = 0.0
    q = math.inf

    def __init__(self, mu: float, sigma: float) -> None:
        self.mu, self.sigma, self.p0 = mu, sigma, math.inf

    def at(self, k: arb) -> arb:
        return (-(((k.log() - arb(self.mu)) / arb(self.sigma)) ** 2) / 2).exp() / k

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -0.5 * ((lk - self.mu) / self.sigma) ** 2 - lk


class HalfCauchy:
    """1/(1 + (kappa/scale)^2)."""

    minimum = 0.0
    q = 2.0
    p0 = 0.0

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def at(self, k: arb) -> arb:
        return 1 / (1 + (k / arb(self.scale)) ** 2)

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -np.logaddexp(0, 2 * (lk - math.log(self.scale)))


class HalfCauchySd:
    """s = kappa^(-1/2) half-Cauchy: kappa^(-3/2) / (1 + 1/(kappa scale^2))."""

    minimum = 0.0
    q = 1.5
    p0 = -0.5

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def at(self, k: arb) -> arb:
        return 1 / (k * k.sqrt() * (1 + 1 / (k * arb(self.scale) ** 2)))

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -1.5 * lk - np.logaddexp(0, -lk - 2 * math.log(self.scale))


class HalfNormal:
    """exp(-kappa^2 / (2 scale^2))."""

    minimum = 0.0
    q = math.inf
    p0 = 0.0

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def at(self, k: arb) -> arb:
        return (-((k / arb(self.scale)) ** 2) / 2).exp()

    def log64(self, lk: np.ndarray) -> np.ndarray:
        return -0.5 * np.exp(2 * (lk - math.log(self.scale)))


class MeanConcentration:
    """mu^(c-1) (1-mu)^(d-1) p(kappa)."""

    def __init__(self, c: float, d: float, concentration: Any) -> None:
        self.c, self.d, self.k = c, d, concentration
        self.q, self.minimum = concentration.q, concentration.minimum
        self.ends = (concentration.p0 + 1, c, d)

    def density(self, a: arb, b: arb, k: arb, mu: arb, nu: arb) -> arb:
        p = self.k.at(k)
        if self.c != 1:
            p = p * mu ** (arb(self.c) - 1)
        return p if self.d == 1 else p * nu ** (arb(self.d) - 1)

    def log64(self, la: np.ndarray, lb: np.ndarray, lk: np.ndarray) -> np.ndarray:
        return (self.c - 1) * (la - lk) + (self.d - 1) * (lb - lk) + self.k.log64(lk)


class AlphaBeta:
    """p(alpha) p(beta) kappa, since dalpha dbeta = kappa dmu dkappa."""

    minimum = 0.0

    def __init__(self, alpha: Any, beta: Any) -> None:
        self.a, self.b = alpha, beta
        self.q = min(alpha.q, beta.q)
        self.ends = (alpha.p0 + beta.p0 + 2, alpha.p0 + 1, beta.p0 + 1)

    def density(self, a: arb, b: arb, k: arb, mu: arb, nu: arb) -> arb:
        return self.a.at(a) * self.b.at(b) * k

    def log64(self, la: np.ndarray, lb: np.ndarray, lk: np.ndarray) -> np.ndarray:
        return self.a.log64(la) + self.b.log64(lb) + lk


def _one(spec: Sequence[Any]) -> Any:
    name, *args = spec
    options = args.pop() if args and isinstance(args[-1], dict) else {}
    if name == "HalfCauchy" and options.get("on") == "sd":
        return HalfCauchySd(*args)
    if name == "Exponential":
        return Gamma(1, *args)
    return {
        "Power": Power,
        "Pareto": Pareto,
        "Gamma": Gamma,
        "LogNormal": LogNormal,
        "HalfCauchy": HalfCauchy,
        "HalfNormal": HalfNormal,
    }[name](*args)


def prior_of(spec: dict[str, Any], trials: Sequence[int]) -> Prior:
    """Return the prior of a problem's JSON description."""
    if spec.get("name") == "bda":
        return MeanConcentration(1, 1, Power(-1.5))
    if spec.get("name") == "uniform-shrinkage":
        return MeanConcentration(1, 1, UniformShrinkage(trials))
    if "alpha" in spec:
        return AlphaBeta(_one(spec["alpha"]), _one(spec["beta"]))
    name, c, d = spec["mean"]
    assert name == "Beta"
    return MeanConcentration(c, d, _one(spec["concentration"]))
