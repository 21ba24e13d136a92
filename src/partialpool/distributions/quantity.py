"""What two thetas have together: their difference, their ratio and their odds ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.special import Array

# (z of theta_other, value) -> the z that theta_one then has, increasing in the value, and its slopes in z and in value
Shift = Callable[[Array, float], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Quantity:
    """A number that two thetas have together, such as their difference.

    What belongs to theta_one at a value, belongs to theta_other at minus the value.

    Attributes:
        name: of the quantity.
        value: of the quantity, or its log, at z of theta_one and of theta_other.
        shift: the z of theta_one at which the quantity has a value, from the z of theta_other.
        along: mean and variance of each theta on the scale on which the quantity is a difference.
        power: of a ratio, mean and squared coefficient of variation of each theta above the line (True) and of one over
            each theta below it; NaN where they do not exist. None of a difference.
        sign: of the values at which theta_one is never at the lower end of its range (0 if at no value it is).
        halfway: where theta_one comes to the upper end of its range while theta_other is still inside its own, the z of
            theta_other and of theta_one at which both are as far from the ends that they begin and come to.
    """

    name: str
    value: Callable[[Array, Array], Array]
    shift: Shift
    along: Callable[[Any], tuple[Array, Array]]
    power: Callable[[Any, bool], tuple[Array, Array]] | None = None
    sign: float = 0.0
    halfway: Callable[[float], tuple[float, float]] | None = None

    @property
    def logged(self) -> bool:
        """Whether the value is the log of a ratio."""
        return self.power is not None


def apart(one: Array, other: Array) -> Array:
    """How far z of theta_one is above z of theta_other."""
    return one - other


def shifted(z: Array, value: float) -> tuple[Array, Array, Array]:
    """The shift of a quantity that is a difference of z, or the ratio of what z is the log of."""
    one = np.ones(z.shape)
    return z + value, one, one


def where_positive(x: Array) -> Array:
    """x where it is above 0, NaN elsewhere."""
    return np.where(x > 0.0, x, np.nan)
