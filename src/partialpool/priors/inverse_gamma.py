"""The inverse-gamma density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Positive, atom, positive, power, product
from partialpool.special import LARGEST_LOG, Array


@dataclass(frozen=True)
class InverseGamma(Positive):
    """p(x) = scale^shape x^(-shape-1) e^(-scale/x) / Gamma(shape), x > 0; usual on="variance".

    It vanishes at 0 faster than any power, so small values are ruled out before the data are seen, and the answers
    follow the parameters however small these are; HalfCauchy or UniformShrinkage say less.

    Source: Gelman 2006, Bayesian Analysis 1:515.
    """

    shape: float
    scale: float

    def __post_init__(self) -> None:
        positive(self, shape=self.shape, scale=self.scale)

    @property
    def at_zero(self) -> float:
        return INF

    @property
    def at_infinity(self) -> float:
        return self.shape + 1.0

    @property
    def caution(self) -> str:
        return (
            "an inverse-gamma density is informative near 0: it rules out small values whatever the data say, and the "
            "answers depend on its parameters even where they are small (Gelman 2006); HalfCauchy says less"
        )

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        log_scaled = log_x - np.log(self.scale)
        constant = -np.log(self.scale) - float(sc.gammaln(self.shape))
        return constant - (self.shape + 1.0) * log_scaled - np.exp(np.minimum(-log_scaled, LARGEST_LOG))

    def formula(self, x: str) -> str:
        return product(power(x, -self.shape - 1.0), f"exp(-{self.scale:g}/{atom(x)})")
