"""The interface of prior densities of one parameter: density, support, and behaviour at the ends of the support.

    p(x) ~ x^at_zero  as x -> 0,      p(x) ~ x^(-at_infinity)  as x -> infinity

The two exponents decide, before anything is integrated, whether a posterior is proper and which moments it has.
An exponent of +infinity means "vanishes faster than any power".
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from partialpool.errors import PriorError
from partialpool.priors.code import code_of
from partialpool.special import Array

INF = math.inf


@dataclass(frozen=True)
class Density(ABC):
    """A prior density of one parameter, normalised if it is proper; its `repr` is code that creates it."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # set here, so that the decorator of a dataclass does not make its own
            cls.__repr__ = code_of  # type: ignore[method-assign]

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """The open interval outside which the density is zero."""

    @property
    @abstractmethod
    def at_zero(self) -> float:
        """The exponent a for which p(x) is proportional to x^a as x -> 0."""

    @property
    @abstractmethod
    def at_infinity(self) -> float:
        """The exponent b for which p(x) ~ x^(-b) as x -> infinity; on (0, 1) that of (1 - x)^b as x -> 1."""

    @abstractmethod
    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        """Log density at x > 0, given as log x; log_rest is log(1 - x), used only by densities on (0, 1). Any shape."""

    @abstractmethod
    def formula(self, x: str) -> str:
        """The density in plain text, as a function of the symbol x, without its constant."""

    def formula_for(self, x: str, typical: str) -> str:
        """The `formula` with a symbol, `typical`, for a scale that the design has not given yet."""
        return self.formula(x)

    @property
    def needs_design(self) -> bool:
        """Whether the density still lacks a scale that comes from the design."""
        return False

    def for_design(self, typical: float, variances: Array) -> Density:
        """Return the density with its scale filled in from the design.

        Args:
            typical: the x at which the own data of a typical group have a weight of one half.
            variances: the squared standard errors of the groups, shape (groups,), where they are known; else empty.
        """
        return self

    @property
    def caution(self) -> str:
        """A warning for readers of results under this density; mostly empty."""
        return ""


@dataclass(frozen=True)
class Line(ABC):
    """A normalised density on the real line, with p(x) ~ |x|^(-at_infinity) at both ends."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # set here, so that the decorator of a dataclass does not make its own
            cls.__repr__ = code_of  # type: ignore[method-assign]

    @property
    def support(self) -> tuple[float, float]:
        """The real line."""
        return -INF, INF

    @property
    @abstractmethod
    def at_infinity(self) -> float:
        """The exponent b for which p(x) ~ |x|^(-b) as |x| -> infinity."""

    @abstractmethod
    def log_pdf(self, x: Array) -> Array:
        """Log density at any real x."""

    @abstractmethod
    def formula(self, x: str) -> str:
        """The density in plain text, as a function of the symbol x, without its constant."""


@dataclass(frozen=True)
class Positive(Density):
    """A density of a positive parameter; `on` names the scale that has this density, if not the parameter itself."""

    on: str | None = field(default=None, kw_only=True)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, INF


def require(ok: bool, density: object, what: str) -> None:
    """Raise a PriorError that says `what` about the density, unless `ok`."""
    if not ok:
        raise PriorError(f"{density}: {what}.")


def positive(density: object, **values: float) -> None:
    """Refuse parameters that are not finite numbers above zero."""
    for name, value in values.items():
        require(_is_number(value) and value > 0, density, f"{name} must be a finite number above 0, not {value!r}")


def finite(density: object, **values: float) -> None:
    """Refuse parameters that are not finite numbers."""
    for name, value in values.items():
        require(_is_number(value), density, f"{name} must be a finite number, not {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def number(value: float) -> str:
    """Format a number as people write it: 2, 0.5, -3/2, 1e-06."""
    value = value + 0.0  # minus zero is zero
    doubled = 2 * value
    if value != int(value) and doubled == int(doubled) and abs(value) < 100:
        return f"{int(doubled)}/2"
    return f"{value:g}"


def atom(x: str) -> str:
    """Put the text in parentheses, unless it is a name or in parentheses already."""
    return x if x.isidentifier() or _enclosed(x) else f"({x})"


def _enclosed(x: str) -> bool:
    """Whether the text begins with a parenthesis that its last character closes."""
    if not x.startswith("("):
        return False
    depth = 0
    for place, char in enumerate(x):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place == len(x) - 1
    return False


def power(x: str, exponent: float) -> str:
    """Format x^exponent in plain text; empty if the exponent is 0."""
    if exponent == 0:
        return ""
    if exponent == 1:
        return x
    text = number(exponent)
    return f"{atom(x)}^{text}" if text.isdigit() else f"{atom(x)}^({text})"


def product(*factors: str) -> str:
    """Join the non-empty factors by spaces; "1" if there are none."""
    return " ".join(factor for factor in factors if factor) or "1"
