"""Improper densities that are powers of the parameter."""

from __future__ import annotations

from dataclasses import dataclass

from partialpool.priors.density import Positive, finite, power, product
from partialpool.special import Array


@dataclass(frozen=True)
class Power(Positive):
    """The improper density p(x) proportional to x^exponent; the data must make the posterior proper.

    For a concentration, Power(-1.5) is the prior (alpha + beta)^(-5/2) of Gelman et al., Bayesian Data Analysis,
    section 5.3, and Power(-2) that of Morris (Tak, Kelly and Morris 2017, Journal of Statistical Software 78(5)).
    """

    exponent: float

    def __post_init__(self) -> None:
        finite(self, exponent=self.exponent)

    @property
    def at_zero(self) -> float:
        return self.exponent

    @property
    def at_infinity(self) -> float:
        return -self.exponent

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        return self.exponent * log_x

    def formula(self, x: str) -> str:
        return product(power(x, self.exponent))


@dataclass(frozen=True)
class Flat(Positive):
    """The constant density. For a mean in (0, 1) it is Beta(1, 1); for a positive parameter it is improper."""

    @property
    def at_zero(self) -> float:
        return 0.0

    @property
    def at_infinity(self) -> float:
        return 0.0

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        return 0.0 * log_x

    def formula(self, x: str) -> str:
        return "1"
