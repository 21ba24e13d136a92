"""Write a prior or a density as Python code that creates it, for `repr`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any


def code_of(record: Any) -> str:
    """Return code that creates an equal record where the public names are in scope, without arguments at their default.

    A density given as a function is written as the name of that function, which has to be in scope too; a lambda has no
    name, so that its code does not run.

    >>> from partialpool.priors import HalfCauchy
    >>> print(code_of(HalfCauchy(1.0, on="sd")))
    HalfCauchy(scale=1.0, on='sd')
    """
    given = [field for field in fields(record) if field.init and field.repr and not _is_default(record, field)]
    given.sort(key=lambda field: bool(field.kw_only))
    parts = (f"{field.name}={_value(getattr(record, field.name))}" for field in given)
    return f"{type(record).__name__}({', '.join(parts)})"


def code_of_joint(family: str, parts: Mapping[str, Any], name: str) -> str:
    """Return code that creates the joint prior of a family, from the densities of its parameters and its name."""
    given = [f"{parameter}={_value(density)}" for parameter, density in parts.items() if density is not None]
    given += [f"name={name!r}"] * bool(name)
    return f"Prior({', '.join(given)}).joint({family!r})"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_value, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float):  # a NumPy number among them
        text = repr(float(value))
        return text if text.lstrip("-")[0].isdigit() else f"float({text!r})"
    return str(value.__name__) if callable(value) and hasattr(value, "__name__") else repr(value)


def _is_default(value: Any, field: Any) -> bool:
    given = getattr(value, field.name)
    return field.default is not MISSING and type(given) is type(field.default) and bool(given == field.default)
