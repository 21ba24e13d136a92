"""Which columns the summaries of trials need, and the argument of the effect's function that each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from partialpool.effects.measures import Measure
from partialpool.errors import RequestError

Names: TypeAlias = Any
"""One or several columns, each by its name or as an array; None if they are left out."""

_ARMS = ("treated", "control")
_TAKES = {
    "counts": 'events=(treated, control) and sizes=(treated, control), or cells=("a", "b", "c", "d")',
    "means": "means=(treated, control), sds=(treated, control) and sizes=(treated, control)",
    "correlation": "correlation= and sizes=, a column each",
    "interval": "estimate=, lower= and upper=, a column each",
}


def columns_of(of: Measure, given: Mapping[str, Names]) -> dict[str, Any]:
    """Map each argument of the effect's function to its column."""
    return taken(of, given, roles_of(of, cells="cells" in given))


def roles_of(of: Measure, *, cells: bool) -> dict[str, tuple[str, ...]]:
    """Map each role from which an effect is computed to the arguments of its function."""
    if of.kind == "counts" and cells:
        return {"cells": ("a", "b", "c", "d")}
    if of.kind == "counts":
        return {"events": both_arms("events"), "sizes": both_arms("n")}
    if of.kind == "means":
        return {"means": both_arms("mean"), "sds": both_arms("sd"), "sizes": both_arms("n")}
    if of.kind == "interval":
        return {role: (role,) for role in ("estimate", "lower", "upper")}
    return {"correlation": ("correlation",), "sizes": ("n",)}


def both_arms(what: str) -> tuple[str, ...]:
    """The arguments for the treated and for the control arm."""
    return tuple(f"{arm}_{what}" for arm in _ARMS)


def taken(of: Measure, given: Mapping[str, Names], roles: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Map arguments to columns, for the given roles; refuse other roles, or the wrong number of columns in one."""
    if set(given) != set(roles):
        noun = "A published interval" if of.kind == "interval" else f"A {of.name}"
        lacking = " and ".join(f"{role}=" for role in roles if role not in given)
        if given and set(given) < set(roles):
            raise RequestError(f"{noun} takes {_TAKES[of.kind]}; {lacking} is missing.")
        named = f", not {', '.join(f'{role}=' for role in given)}" if given else ""
        raise RequestError(f"{noun} takes {_TAKES[of.kind]}{named}.")
    columns: dict[str, Any] = {}
    for role, arguments in roles.items():
        value = given[role]
        several = _several(value, len(arguments))
        if len(several) != len(arguments):
            how = "1 column" if len(arguments) == 1 else f"{len(arguments)} columns ({', '.join(arguments)})"
            texts = all(isinstance(part, str) for part in several)
            named = ", ".join(map(repr, several)) if texts else f"{len(several)}"
            raise RequestError(f"{role}= takes {how}, not {named}.")
        columns |= dict(zip(arguments, several, strict=True))
    return columns


def _several(value: Names, size: int) -> list[Any]:
    """The columns of a role as a list; where the role takes one column, a list of numbers is that column itself."""
    if not isinstance(value, (list, tuple)):
        return [value]
    numbers = size == 1 and not any(isinstance(part, (str, list, tuple)) for part in value)
    return [value] if numbers else list(value)
