"""Densities on the real line, for the mean of a normal population."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Line, atom, finite, number, positive
from partialpool.special import HALF_LOG_2PI, Array


@dataclass(frozen=True)
class Normal(Line):
    """The normal density, p(x) = exp(-((x - mean)/sd)^2 / 2) / (sd sqrt(2 pi)) for real x; sd > 0."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        finite(self, mean=self.mean)
        positive(self, sd=self.sd)

    @property
    def at_infinity(self) -> float:
        return INF

    def log_pdf(self, x: Array) -> Array:
        z = (x - self.mean) / self.sd
        return -0.5 * z * z - np.log(self.sd) - HALF_LOG_2PI

    def formula(self, x: str) -> str:
        return f"exp(-({_standard(x, self.mean, self.sd)})^2 / 2)"


@dataclass(frozen=True)
class StudentT(Line):
    """The Student t density, p(x) proportional to (1 + z^2/df)^(-(df+1)/2) with z = (x - mean)/scale, for real x."""

    df: float
    mean: float
    scale: float

    def __post_init__(self) -> None:
        finite(self, mean=self.mean)
        positive(self, df=self.df, scale=self.scale)

    @property
    def at_infinity(self) -> float:
        return self.df + 1.0

    def log_pdf(self, x: Array) -> Array:
        z = np.abs(x - self.mean) / self.scale
        constant = -float(sc.betaln(0.5 * self.df, 0.5)) - 0.5 * np.log(self.df)
        with np.errstate(divide="ignore"):
            spread = np.logaddexp(0.0, 2.0 * np.log(z) - np.log(self.df))
        return constant - np.log(self.scale) - 0.5 * (self.df + 1.0) * spread

    def formula(self, x: str) -> str:
        exponent = number(-0.5 * (self.df + 1.0))
        return f"(1 + ({_standard(x, self.mean, self.scale)})^2/{number(self.df)})^({exponent})"


def _standard(x: str, mean: float, scale: float) -> str:
    """The expression (x - mean)/scale in plain text."""
    centred = f"({x} - {number(mean)})" if mean > 0 else f"({x} + {number(-mean)})" if mean < 0 else atom(x)
    return f"{centred}/{scale:g}"
