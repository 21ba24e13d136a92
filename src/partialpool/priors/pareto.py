"""The Pareto density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.priors.density import INF, Positive, number, positive, power
from partialpool.special import Array


@dataclass(frozen=True)
class Pareto(Positive):
    """The Pareto density, p(x) = shape minimum^shape / x^(shape+1) for x > minimum; minimum > 0, shape > 0."""

    minimum: float
    shape: float

    def __post_init__(self) -> None:
        positive(self, minimum=self.minimum, shape=self.shape)

    @property
    def support(self) -> tuple[float, float]:
        return self.minimum, INF

    @property
    def at_zero(self) -> float:
        return INF

    @property
    def at_infinity(self) -> float:
        return self.shape + 1.0

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        return np.log(self.shape) + self.shape * np.log(self.minimum) - (self.shape + 1.0) * log_x

    def formula(self, x: str) -> str:
        return f"{power(x, -self.shape - 1.0)} [{x} > {number(self.minimum)}]"
