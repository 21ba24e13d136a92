"""The beta density on (0, 1), for a population mean that is a probability, and the uniform density on any interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.priors.density import INF, Density, Positive, finite, number, power, product, require
from partialpool.special import Array


@dataclass(frozen=True)
class Beta(Density):
    """The beta density, p(x) proportional to x^(a-1) (1-x)^(b-1) for 0 < x < 1; a >= 0, b >= 0.

    Beta(1, 1) is uniform, Beta(1/2, 1/2) is Jeffreys' prior, and Beta(0, 0) is Haldane's, which is improper. Beta(a, b)
    has the weight of a earlier successes and b earlier failures.
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        finite(self, a=self.a, b=self.b)
        require(self.a >= 0 and self.b >= 0, self, "a and b must be 0 or more")

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, 1.0

    @property
    def at_zero(self) -> float:
        return self.a - 1.0

    @property
    def at_infinity(self) -> float:
        return self.b - 1.0

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        constant = float(sc.betaln(self.a, self.b)) if self.a > 0 and self.b > 0 else 0.0
        return (self.a - 1.0) * log_x + (self.b - 1.0) * log_rest - constant

    def formula(self, x: str) -> str:
        return product(power(x, self.a - 1), power(f"(1-{x})", self.b - 1))


@dataclass(frozen=True)
class Uniform(Positive):
    """The uniform density, p(x) = 1/(hi - lo) for lo < x < hi; lo >= 0."""

    lo: float
    hi: float

    def __post_init__(self) -> None:
        finite(self, lo=self.lo, hi=self.hi)
        require(0 <= self.lo < self.hi, self, "needs 0 <= lo < hi")

    @property
    def support(self) -> tuple[float, float]:
        return self.lo, self.hi

    @property
    def at_zero(self) -> float:
        return 0.0 if self.lo == 0 else INF

    @property
    def at_infinity(self) -> float:
        return 0.0 if self.hi == 1.0 else INF

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        return 0.0 * log_x - np.log(self.hi - self.lo)

    def formula(self, x: str) -> str:
        return f"[{number(self.lo)} < {x} < {number(self.hi)}]"
