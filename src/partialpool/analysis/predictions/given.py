"""Check the numbers that the methods of a prediction are given."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from partialpool.errors import RequestError
from partialpool.special import Array


def side(above: object, below: object) -> tuple[bool, float]:
    """Return whether `above` was given, rather than `below`, and the number.

    Raises:
        RequestError: not exactly one of the two is given, or it is not a finite number.
    """
    if (above is None) == (below is None):
        raise RequestError("Of a prediction, give one of above and below.")
    name, value = ("below", below) if above is None else ("above", above)
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value):  # type: ignore[arg-type]
        raise RequestError(f"Of a prediction, {name} takes a finite number, not {value!r}.")
    return above is not None, float(value)  # type: ignore[arg-type]


def numbers(method: str, name: str, value: ArrayLike) -> Array:
    """Return the argument as an array of floats; refuse, for example, a group label given in its place."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise RequestError(
            f"{name} must be numbers, not {value!r}: .{method}({name}, group) takes the numbers first, and then the "
            "label of a group."
        ) from None
