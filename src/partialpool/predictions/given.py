"""What is asked of a prediction, in numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from partialpool.errors import RequestError
from partialpool.special import Array


def side(above: object, below: object) -> tuple[bool, float]:
    """Whether what is above a number is asked for, and the number.

    Raises:
        RequestError: not exactly one of the two is given, or it is no finite number.
    """
    if (above is None) == (below is None):
        raise RequestError("Of a prediction, give one of above and below.")
    name, value = ("below", below) if above is None else ("above", above)
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not number or not math.isfinite(value):  # type: ignore[arg-type]
        raise RequestError(f"Of a prediction, {name} takes a finite number, not {value!r}.")
    return above is not None, float(value)  # type: ignore[arg-type]


def numbers(method: str, name: str, value: ArrayLike) -> Array:
    """The argument as numbers; a label that was given in its place is refused."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise RequestError(
            f"{name} must be numbers, not {value!r}: .{method}({name}, group) takes the numbers first, and then the "
            "label of a group."
        ) from None
