"""The inverse-gamma density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Positive, atom, positive, power, product
from partialpool.special import LARGEST_LOG, Array


@dataclass(frozen=True)
class InverseGamma(Positive):
    """The inverse-gamma density, p(x) = scale^shape x^(-shape-1) e^(-scale/x) / Gamma(shape) for x > 0.

    It is commonly used for a variance, on="variance". It vanishes at 0 faster than any power of x, so that it rules out
    small values whatever the data, and the posterior depends on its parameters however small they are. HalfCauchy and
    UniformShrinkage are less informative.

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
