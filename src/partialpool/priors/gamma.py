"""The gamma density and its special case, the exponential."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Positive, atom, positive, power, product
from partialpool.special import Array


@dataclass(frozen=True)
class Gamma(Positive):
    """The gamma density, p(x) = rate^shape x^(shape-1) e^(-rate x) / Gamma(shape) for x > 0; shape > 0, rate > 0."""

    shape: float
    rate: float

    def __post_init__(self) -> None:
        positive(self, shape=self.shape, rate=self.rate)

    @property
    def at_zero(self) -> float:
        return self.shape - 1.0

    @property
    def at_infinity(self) -> float:
        return INF

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        log_scaled = log_x + np.log(self.rate)
        constant = np.log(self.rate) - float(sc.gammaln(self.shape))
        return constant + (self.shape - 1.0) * log_scaled - np.exp(np.minimum(log_scaled, 700.0))

    def formula(self, x: str) -> str:
        return product(power(x, self.shape - 1.0), f"exp(-{self.rate:g} {atom(x)})")


@dataclass(frozen=True)
class Exponential(Positive):
    """The exponential density, p(x) = rate e^(-rate x) for x > 0; rate > 0."""

    rate: float

    def __post_init__(self) -> None:
        positive(self, rate=self.rate)

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return INF

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        log_scaled = log_x + np.log(self.rate)
        return np.log(self.rate) - np.exp(np.minimum(log_scaled, 700.0))

    def formula(self, x: str) -> str:
        return f"exp(-{self.rate:g} {atom(x)})"
