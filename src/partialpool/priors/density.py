"""What a prior density is: a shape on one parameter, its support, and how it behaves at the ends.

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
    """A prior density on one parameter, normalised where it can be; its `repr` is code that makes it again."""

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
        """Exponent of x as x -> 0."""

    @property
    @abstractmethod
    def at_infinity(self) -> float:
        """Exponent of 1/x as x -> infinity (on (0, 1): of 1 - x as x -> 1)."""

    @abstractmethod
    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        """Log density at x > 0 given as log x; log_rest is log(1 - x), used only on (0, 1)."""

    @abstractmethod
    def formula(self, x: str) -> str:
        """The density in plain text, as a function of the symbol x, without its constant."""

    def formula_for(self, x: str, typical: str) -> str:
        """The same, with a symbol for what the design will give."""
        return self.formula(x)

    @property
    def needs_design(self) -> bool:
        """Whether it takes a number from the design that has not been filled in yet."""
        return False

    def for_design(self, typical: float, variances: Array) -> Density:
        """The same density with what it takes from the design filled in.

        Args:
            typical: the x at which the data of a typical group weigh as much as the population.
            variances: the squared standard errors of the groups, where they are known; else empty.
        """
        return self

    @property
    def caution(self) -> str:
        """What a reader of results under this density should know; mostly nothing."""
        return ""


@dataclass(frozen=True)
class Line(ABC):
    """A density on the whole line, normalised; p(x) ~ |x|^(-at_infinity) at both ends."""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):  # set here, so that the decorator of a dataclass does not make its own
            cls.__repr__ = code_of  # type: ignore[method-assign]

    @property
    def support(self) -> tuple[float, float]:
        """The whole line."""
        return -INF, INF

    @property
    @abstractmethod
    def at_infinity(self) -> float:
        """Exponent of 1/|x| as |x| -> infinity."""

    @abstractmethod
    def log_pdf(self, x: Array) -> Array:
        """Log density at any real x."""

    @abstractmethod
    def formula(self, x: str) -> str:
        """The density in plain text, as a function of the symbol x, without its constant."""


@dataclass(frozen=True)
class Positive(Density):
    """A density on a positive parameter. `on` names the scale that it is stated on, if not the parameter's own."""

    on: str | None = field(default=None, kw_only=True)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, INF


def require(ok: bool, density: object, what: str) -> None:
    """Refuse a density whose parameters are out of range."""
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
    """A number as it is written by hand: 2, 0.5, -3/2, 1e-06."""
    value = value + 0.0  # minus zero is zero
    doubled = 2 * value
    if value != int(value) and doubled == int(doubled) and abs(value) < 100:
        return f"{int(doubled)}/2"
    return f"{value:g}"


def atom(x: str) -> str:
    """The text in parentheses, unless it is a name or stands in parentheses already."""
    return x if x.isidentifier() or _enclosed(x) else f"({x})"


def _enclosed(x: str) -> bool:
    """Whether the first parenthesis is closed by the last character."""
    if not x.startswith("("):
        return False
    depth = 0
    for place, char in enumerate(x):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return place == len(x) - 1
    return False


def power(x: str, exponent: float) -> str:
    """x^exponent in plain text; empty when the exponent is 0."""
    if exponent == 0:
        return ""
    if exponent == 1:
        return x
    text = number(exponent)
    return f"{atom(x)}^{text}" if text.isdigit() else f"{atom(x)}^({text})"


def product(*factors: str) -> str:
    """Factors joined by spaces; 1 when there are none."""
    return " ".join(factor for factor in factors if factor) or "1"
