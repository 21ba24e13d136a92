"""Priors written as text, such as "sd ~ HalfNormal(0.5); mean ~ Normal(0, 4)".

    prior      a statement, or several with ";" or "," between them; or a density alone
    statement  parameter ~ density
    density    name(number, ..., name=number, on="scale")

The text is parsed, never evaluated: names must be those of densities, and arguments must be numbers or texts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from partialpool.errors import PriorError
from partialpool.messages.wording import nearest
from partialpool.priors.density import Density, Line
from partialpool.priors.empirical import rhodes_2015, turner_2015
from partialpool.priors.gamma import Exponential, Gamma
from partialpool.priors.halves import HalfCauchy, HalfNormal, HalfStudentT
from partialpool.priors.inverse_gamma import InverseGamma
from partialpool.priors.jeffreys import Jeffreys
from partialpool.priors.log_t import LogStudentT
from partialpool.priors.lognormal import LogNormal
from partialpool.priors.normal import Normal, StudentT
from partialpool.priors.pareto import Pareto
from partialpool.priors.powers import Flat, Power
from partialpool.priors.prior import Prior
from partialpool.priors.shrinkage import DuMouchel, UniformShrinkage
from partialpool.priors.unit import Beta, Uniform
from partialpool.priors.words import PARAMETERS, WORDS, plain

EXAMPLE = "sd ~ HalfNormal(0.5)"
_LONGEST = 500
_SQUARE = re.compile(r"(tau|sd|sigma)\s*(?:\^|\*\*)\s*2", re.IGNORECASE)
_BETWEEN = re.compile(r";|,(?=\s*\w+\s*~)")  # a comma ends a statement only where another one begins

_DENSITIES: Mapping[str, Callable[..., Density | Line]] = {
    "turner_2015": turner_2015,
    "rhodes_2015": rhodes_2015,
    **{
        kind.__name__: kind
        for kind in (
            *(Beta, DuMouchel, Exponential, Flat, Gamma, HalfCauchy, HalfNormal, HalfStudentT, InverseGamma, Jeffreys),
            *(LogNormal, LogStudentT, Normal, Pareto, Power, StudentT, Uniform, UniformShrinkage),
        )
    },
}


def written(density: Density | Line, digits: int | None = None) -> str:
    """Write a density as text that is also code; empty for a density given as a function.

    Args:
        density: the density.
        digits: the number of significant digits of its numbers; by default all.

    >>> written(HalfCauchy(1.0, on="variance"))
    "HalfCauchy(1.0, on='variance')"
    """
    name, kind = type(density).__name__, type(density)
    known: object = _DENSITIES.get(name)
    if known is not kind:
        return ""
    values = {part.name: getattr(density, part.name) for part in fields(density) if part.init}
    numbers = [value for key, value in values.items() if key != "on" and isinstance(value, (int, float))]
    arguments = [repr(value) if digits is None else f"{value:.{digits}g}" for value in numbers]
    arguments += [f"on={values['on']!r}"] if values.get("on") else []
    return f"{name}({', '.join(arguments)})"


def in_words(prior: object, digits: int | None = None) -> str:
    """Write a joint prior as text that `parsed` understands; empty if a density was given as a function.

    >>> in_words(Prior(sd=HalfNormal(0.5)).joint("estimates"))
    'mean ~ Flat(); sd ~ HalfNormal(0.5)'
    """
    parts = {parameter: getattr(prior, parameter, None) for parameter in PARAMETERS}
    densities = {name: getattr(part, "density", part) for name, part in parts.items() if part is not None}
    texts = {name: written(density, digits) for name, density in densities.items()}
    return "; ".join(f"{name} ~ {text}" for name, text in texts.items()) if all(texts.values()) else ""


def parsed(text: str, example: str = EXAMPLE) -> Prior:
    """Parse the text of a prior.

    Args:
        text: the statements.
        example: the text that error messages suggest.

    Raises:
        PriorError: the text is not of this form, or has arguments that the density does not take.

    >>> print(parsed("tau ~ HalfNormal(0.5); mu ~ Normal(0, 4)").joint("estimates").formula)
    exp(-(mean/4)^2 / 2) exp(-(sd/0.5)^2 / 2)
    """
    _check_length(text)
    densities: dict[str, Density | Line] = {}
    for statement in filter(str.strip, _BETWEEN.split(text)):
        left, _, right = (part.strip() for part in statement.partition("~"))
        parameter = _parameter(left, statement.strip(), example)
        if parameter in densities:
            raise PriorError(f"{left} has two densities in {text!r}: give one for each parameter.")
        densities[parameter] = _density(right, statement.strip(), example)
    return Prior(**densities)  # type: ignore[arg-type]  # names of parameters, none of them that of the prior


def alone(text: str, example: str = EXAMPLE) -> Density | Line | None:
    """Parse the text of a density without a parameter; None if it is neither a density nor the name of one.

    Args:
        text: the density.
        example: the text that error messages suggest.

    Raises:
        PriorError: the density does not take these arguments, or has none.

    >>> alone("HalfNormal(0.5)"), alone("half and half")
    (HalfNormal(scale=0.5), None)
    """
    said = text.strip()
    return _density(said, said, example) if "(" in said or _named(said) else None


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise PriorError(f"A prior in words has up to {_LONGEST} characters, not {len(text)}.")


def _named(name: str) -> str | None:
    """The exact name of a density, from a name in any case with or without hyphens; None if there is none."""
    return {plain(known): known for known in _DENSITIES}.get(plain(name))


def _parameter(name: str, statement: str, example: str) -> str:
    """The exact name of a parameter, from its name in any case or its other word, such as tau."""
    if squared := _SQUARE.fullmatch(name):
        density = statement.partition("~")[2].strip().removesuffix(")")
        raise PriorError(
            f"{statement!r} is on a square: say that the density is that of the variance, as in "
            f"\"{squared[1]} ~ {density}, on='variance')\"."
        )
    known = WORDS.get(name.casefold(), name.casefold())
    if known in PARAMETERS:
        return known
    every = [*PARAMETERS, *WORDS]
    near = nearest(name, every)
    hint = f" Did you mean {near!r}?" if near else ""
    raise PriorError(
        f'{statement!r} does not begin with a parameter and "~".{hint} Write "{example}"; parameters are '
        f"{', '.join(every)}."
    )


def _density(text: str, statement: str, example: str) -> Density | Line:
    """Parse the text of one density; `statement` is the text around it, for messages."""
    _check_length(text)
    if bare := _named(text):
        raise PriorError(f"{statement!r} lacks its parentheses: {_takes(bare)}.")
    head, parenthesis, rest = text.partition("(")
    call = _call(f"{_named(head) or head}{parenthesis}{rest}", statement, example)
    assert isinstance(call.func, ast.Name)
    name = _named(call.func.id)
    if name is None:
        near = nearest(call.func.id, _DENSITIES)
        hint = f" Did you mean {near}?" if near else ""
        raise PriorError(f"There is no density {call.func.id}.{hint} Densities are {', '.join(_DENSITIES)}.")
    values = [_argument(node, statement) for node in call.args]
    named = {(part.arg or "").casefold(): _argument(part.value, statement) for part in call.keywords}
    if isinstance(named.get("on"), str):
        named["on"] = named["on"].casefold()
    try:
        return _DENSITIES[name](*values, **named)
    except TypeError as error:
        raise PriorError(f"{statement!r}: {_takes(name)}.") from error


def _call(text: str, statement: str, example: str) -> ast.Call:
    """Parse the text as the syntax tree of a call of a name."""
    try:
        found = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PriorError(_not_a_density(text, statement, example)) from error
    if not isinstance(found, ast.Call) or not isinstance(found.func, ast.Name):
        raise PriorError(_not_a_density(text, statement, example))
    return found


def _not_a_density(text: str, statement: str, example: str) -> str:
    several = ' Put ";" between two statements.' if "~" in text else ""
    return f'{statement!r}: {text!r} is no density. Write a name and its numbers, such as "{example}".{several}'


def _argument(node: ast.expr, statement: str) -> Any:
    """The value of an argument, which must be a number, with or without a sign, or a text."""
    sign = 1.0
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = -sign if isinstance(node.op, ast.USub) else sign, node.operand
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return sign * float(value)
    if isinstance(value, str) and sign == 1.0:
        return value
    raise PriorError(
        f"{statement!r}: {ast.unparse(node)!r} is no number. A density takes numbers, and on= the name of a scale."
    )


def _takes(name: str) -> str:
    kind = _DENSITIES[name]
    if not isinstance(kind, type):
        return (
            f"{name} takes an outcome and a comparison, each in quotes, such as {name}('obstetric', "
            f"'pharmacological vs placebo'); {name}() is for any meta-analysis"
        )
    parts = sorted((part for part in fields(kind) if part.init), key=lambda part: part.name == "on")
    needed = ", ".join(part.name for part in parts if part.default is MISSING)
    how = f"{name}({needed}) with numbers" if needed else f"{name}()"
    return f"{name} takes {', '.join(part.name for part in parts)}: write {how}"
