"""A prior or a density as the Python code that makes it again."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any


def code_of(value: Any) -> str:
    """Code that makes an equal value where the public names are in scope; what is left at its default is left out.

    A density given as a function is named by the name of the function, which has to be in scope too; a lambda has none.

    >>> from partialpool.priors import HalfCauchy
    >>> print(code_of(HalfCauchy(1.0, on="sd")))
    HalfCauchy(scale=1.0, on='sd')
    """
    if is_dataclass(value) and not isinstance(value, type):
        given = [field for field in fields(value) if field.init and not _is_default(value, field)]
        given.sort(key=lambda field: bool(field.kw_only))
        parts = (f"{field.name}={code_of(getattr(value, field.name))}" for field in given)
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(code_of, value))}{',' * (len(value) == 1)})"
    if isinstance(value, float):  # a NumPy number among them
        text = repr(float(value))
        return text if text.lstrip("-")[0].isdigit() else f"float({text!r})"
    return str(getattr(value, "__name__", None) or repr(value))


def _is_default(value: Any, field: Any) -> bool:
    given = getattr(value, field.name)
    return field.default is not MISSING and type(given) is type(field.default) and bool(given == field.default)
