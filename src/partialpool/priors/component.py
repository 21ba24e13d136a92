"""One component of a joint prior: a density of a power of a parameter, turned into a density of the parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors.code import code_of
from partialpool.priors.density import INF, Density, Line, Positive, number, power, product
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.user import Custom
from partialpool.special import Array

Given = Density | Line | Callable[[object], object] | None

SCALES: Mapping[str, Mapping[str, float]] = {
    "concentration": {"concentration": 1.0, "sd": -0.5, "variance": -1.0},
    "sd": {"sd": 1.0, "variance": 2.0, "precision": -2.0},
    "sigma": {"sigma": 1.0, "sd": 1.0, "variance": 2.0, "precision": -2.0},
    "ratio": {"ratio": 1.0, "squared-ratio": 2.0},
}
"""Parameter -> scale that `on=` may name -> exponent: the scale is proportional to that power of the parameter."""


@dataclass(frozen=True)
class Typical:
    """The value symbol^exponent of a parameter, at which a typical group's own data have a weight of one half."""

    symbol: str
    exponent: float = 1.0

    def text(self, outer: float) -> str:
        """The value to the power `outer`, in plain text."""
        exponent = self.exponent * outer
        return f"1/{self.symbol}" if exponent == -1.0 else power(self.symbol, exponent)


@dataclass(frozen=True)
class Component:
    """The density of x > 0 when x^power has the given density.

    Attributes:
        density: the density p of x^power.
        power: the exponent; p(x^power) |power| x^(power - 1) is the density of x.
        typical: the value that the design gives as a scale; None where it gives none.
    """

    density: Density
    power: float = 1.0
    typical: Typical | None = None

    def __repr__(self) -> str:
        return code_of(self)

    @property
    def support(self) -> tuple[float, float]:
        """The open interval of x outside which the density is zero."""
        lo, hi = (np.float64(end) for end in self.density.support)
        with np.errstate(divide="ignore"):
            ends = sorted((float(lo ** (1 / self.power)), float(hi ** (1 / self.power))))
        return ends[0], ends[1]

    @property
    def at_zero(self) -> float:
        """The exponent a for which the density is proportional to x^a as x -> 0."""
        r = self.power
        low, high = self._inner_exponents
        return r * (low if r > 0 else -high) + r - 1.0

    @property
    def at_infinity(self) -> float:
        """The exponent b for which the density is proportional to x^(-b) as x -> infinity."""
        r = self.power
        low, high = self._inner_exponents
        return r * (high if r > 0 else -low) - r + 1.0

    @property
    def _inner_exponents(self) -> tuple[float, float]:
        """Exponents of the density of x^power at 0 and at infinity; INF where its support ends before."""
        lo, hi = self.density.support
        return self.density.at_zero if lo == 0 else INF, self.density.at_infinity if hi == INF else INF

    def log_pdf(self, log_x: Array) -> Array:
        """Log density at points inside the support, given as log x; any shape."""
        inner = self.density.log_pdf(self.power * log_x, log_x)
        if self.power == 1.0:
            return inner
        return inner + np.log(abs(self.power)) + (self.power - 1.0) * log_x

    def log_pdf_anywhere(self, log_x: Array) -> Array:
        """Log density at any x > 0, given as log x; minus infinity outside the support."""
        with np.errstate(divide="ignore"):
            lo, hi = np.log(self.support)
        if lo == -INF and hi == INF:
            return self.log_pdf(log_x)
        inside = np.clip(log_x, lo, hi)
        return np.where(inside == log_x, self.log_pdf(inside), -INF)

    def for_design(self, size: float, variances: Array | None = None) -> Component:
        """Fill in the scale that the density takes from the design.

        Args:
            size: the number that the symbol of `typical` stands for: n0, e0 or s0.
            variances: the squared standard errors of the groups, shape (groups,), where they are known.
        """
        if not self.density.needs_design:
            return self
        assert self.typical is not None
        x = float(size ** (self.typical.exponent * self.power))
        known = np.array([]) if variances is None else variances
        return replace(self, density=self.density.for_design(x, known))

    @property
    def is_power(self) -> bool:
        """Whether the density is a power of x from 0 to infinity."""
        return self.support == (0.0, INF) and self.at_zero == -self.at_infinity and abs(self.at_zero) < INF

    def formula(self, symbol: str) -> str:
        """The density as a function of `symbol` in plain text, without its constant; empty where it is constant."""
        if self.is_power:
            return power(symbol, self.at_zero)
        typical = self.typical.text(self.power) if self.typical else "n0"
        text = self.density.formula_for(power(symbol, self.power), typical)
        return product(text, power(symbol, self.power - 1.0))

    @property
    def ends(self) -> str:
        """The exponents of the density at 0 and at infinity, in plain text."""
        low = "vanishes" if self.at_zero == INF else f"^{number(self.at_zero)}"
        high = "vanishes" if self.at_infinity == INF else f"^{number(-self.at_infinity)}"
        return f"{low} at 0, {high} at infinity"


def as_density(given: Given, parameter: str, within: tuple[float, float] = (0.0, INF)) -> Density | Line | None:
    """Return a caller's density as it is, and a plain function as a density on the interval `within`."""
    if given is None or isinstance(given, (Density, Line)):
        return given
    if callable(given):
        return Custom(given, within)
    raise PriorError(f"The prior of {parameter} must be a density such as Gamma(2, 0.1), not {given!r}.")


def stated(
    given: Given,
    parameter: str,
    scales: Mapping[str, float] | None = None,
    typical: Typical | None = None,
) -> Component:
    """Turn a caller's density of a positive parameter into a component.

    Args:
        given: a density, or a plain function.
        parameter: the name of the parameter, for messages.
        scales: scale that `on=` may name -> exponent of the parameter; None allows only the parameter's own name.
        typical: the value that the design gives as a scale; None where it gives none.

    Raises:
        PriorError: the density does not fit the parameter.
    """
    density = as_density(given, parameter)
    if not isinstance(density, Positive):
        where = "(0, 1)" if isinstance(density, Density) else "the whole line"
        raise PriorError(f"{density} lies in {where} and does not fit {parameter}; HalfNormal, HalfCauchy or Gamma do.")
    allowed = {parameter: 1.0} if scales is None else scales
    if density.on is not None and density.on not in allowed:
        raise PriorError(f'{density}: a prior on {parameter} can be on {", ".join(allowed)}, not "{density.on}".')
    component = Component(density, allowed[density.on] if density.on else 1.0, typical)
    _check_design(component, parameter)
    return component


def _check_design(component: Component, parameter: str) -> None:
    """Refuse a density whose scale would come from the design, if the design has none for this parameter."""
    density, typical = component.density, component.typical
    if isinstance(density, Jeffreys):
        if typical != Typical("s0") or component.power != 1.0:
            raise PriorError(f"{density} is made of known standard errors: it fits the sd of estimates, nothing else.")
    elif density.needs_design and typical is None:
        raise PriorError(f"{density} needs a scale: nothing in the design sets that of {parameter}.")
