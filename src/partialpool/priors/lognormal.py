"""The log-normal density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.priors.density import INF, Positive, atom, finite, positive
from partialpool.special import HALF_LOG_2PI, Array


@dataclass(frozen=True)
class LogNormal(Positive):
    """The log-normal density: log x ~ Normal(mu, sigma^2), x > 0; sigma > 0."""

    mu: float
    sigma: float

    def __post_init__(self) -> None:
        finite(self, mu=self.mu)
        positive(self, sigma=self.sigma)

    @property
    def at_zero(self) -> float:
        return INF

    @property
    def at_infinity(self) -> float:
        return INF

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        z = (log_x - self.mu) / self.sigma
        return -0.5 * z * z - log_x - np.log(self.sigma) - HALF_LOG_2PI

    def formula(self, x: str) -> str:
        return f"exp(-((log {atom(x)} - {self.mu:g})/{self.sigma:g})^2 / 2) / {atom(x)}"
