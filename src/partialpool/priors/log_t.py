"""The log-t density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import Positive, atom, finite, positive, require
from partialpool.special import Array

_LEAST = 3.0  # smallest df whose tails double precision can represent
_BARELY = 1e-12
"""Distance of the stated exponents from that of 1/x: the factor |log x|^(-df-1) makes 1/x integrable at both ends."""


@dataclass(frozen=True)
class LogStudentT(Positive):
    """The log-t density: (log x - mu)/sigma has a Student t distribution with df >= 3 degrees of freedom, x > 0.

    At both ends p(x) ~ 1/(x |log x|^(df+1)): the density is proper, but none of its moments exists.
    """

    df: float
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        positive(self, df=self.df, sigma=self.sigma)
        finite(self, mu=self.mu)
        require(self.df >= _LEAST, self, f"df must be {_LEAST:g} or more: heavier tails reach beyond every double")

    @property
    def at_zero(self) -> float:
        return -1.0 + _BARELY

    @property
    def at_infinity(self) -> float:
        return 1.0 + _BARELY

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        half = 0.5 * self.df
        constant = sc.gammaln(half + 0.5) - sc.gammaln(half) - 0.5 * np.log(np.pi * self.df) - np.log(self.sigma)
        z = (log_x - self.mu) / self.sigma
        return constant - (half + 0.5) * np.log1p(z * z / self.df) - log_x

    def formula(self, x: str) -> str:
        power = (self.df + 1.0) / 2.0
        away = f"log {atom(x)} {'-' if self.mu >= 0 else '+'} {abs(self.mu):g}"
        return f"(1 + (({away})/{self.sigma:g})^2 / {self.df:g})^(-{power:g}) / {atom(x)}"
