"""A prior or a density as the Python code that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any


def code_of(record: Any) -> str:
    """Code that makes an equal record where the public names are in scope; what is left at its default is left out.

    A density given as a function is named by the name of the function, which has to be in scope too; a lambda has none.

    >>> from partialpool.priors import HalfCauchy
    >>> print(code_of(HalfCauchy(1.0, on="sd")))
    HalfCauchy(scale=1.0, on='sd')
    """
    given = [field for field in fields(record) if field.init and field.repr and not _is_default(record, field)]
    given.sort(key=lambda field: bool(field.kw_only))
    parts = (f"{field.name}={_value(getattr(record, field.name))}" for field in given)
    return f"{type(record).__name__}({', '.join(parts)})"


def code_of_joint(family: str, parts: Mapping[str, Any], name: str) -> str:
    """Code that makes the joint prior of a family again, from the densities of its parameters and its name."""
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
