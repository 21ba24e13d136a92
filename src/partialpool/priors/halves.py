"""The half-Cauchy, half-normal and half-t densities, which have their mode at zero and one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Positive, number, positive
from partialpool.special import HALF_LOG_2PI, Array


@dataclass(frozen=True)
class HalfCauchy(Positive):
    """The half-Cauchy density, p(x) = 2 / (pi scale (1 + (x/scale)^2)) for x > 0; scale > 0.

    For a concentration, HalfCauchy(1, on="sd") is the density of concentration^(-1/2).
    """

    scale: float

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return 2.0

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        z = 2.0 * (log_x - np.log(self.scale))
        return np.log(2.0 / np.pi) - np.log(self.scale) - np.logaddexp(0.0, z)

    def formula(self, x: str) -> str:
        return f"1/(1 + ({x}/{self.scale:g})^2)"


@dataclass(frozen=True)
class HalfNormal(Positive):
    """The half-normal density, p(x) = sqrt(2/pi)/scale exp(-(x/scale)^2 / 2) for x > 0; scale > 0."""

    scale: float

    def __post_init__(self) -> None:
        positive(self, scale=self.scale)

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return INF

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        z = log_x - np.log(self.scale)
        return np.log(2.0) - HALF_LOG_2PI - np.log(self.scale) - 0.5 * np.exp(np.minimum(2.0 * z, 700.0))

    def formula(self, x: str) -> str:
        return f"exp(-({x}/{self.scale:g})^2 / 2)"


@dataclass(frozen=True)
class HalfStudentT(Positive):
    """The half-t density, p(x) proportional to (1 + (x/scale)^2/df)^(-(df+1)/2) for x > 0; df = 1 is half-Cauchy."""

    df: float
    scale: float

    def __post_init__(self) -> None:
        positive(self, df=self.df, scale=self.scale)

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return self.df + 1.0

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        z = 2.0 * (log_x - np.log(self.scale)) - np.log(self.df)
        constant = np.log(2.0) - float(sc.betaln(0.5 * self.df, 0.5)) - 0.5 * np.log(self.df) - np.log(self.scale)
        return constant - 0.5 * (self.df + 1.0) * np.logaddexp(0.0, z)

    def formula(self, x: str) -> str:
        return f"(1 + ({x}/{self.scale:g})^2/{number(self.df)})^({number(-0.5 * (self.df + 1.0))})"
