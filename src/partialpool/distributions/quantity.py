"""Quantities that compare two thetas: their difference, their ratio and their odds ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.special import Array

# (z of theta_other, value) -> z of theta_one, increasing in the value, with its derivatives in z and in the value
Shift = Callable[[Array, float], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Quantity:
    """A number that compares two thetas, such as their difference.

    Exchanging the two thetas changes the sign of the value.

    Attributes:
        name: name of the quantity.
        value: function that gives the quantity, or its log, at z of theta_one and z of theta_other.
        shift: function that gives z of theta_one from z of theta_other and the value.
        along: function that gives mean and variance of each theta on the scale on which the quantity is a difference.
        power: for a ratio, function that gives mean and squared coefficient of variation of theta in the numerator
            (True), or of 1/theta in the denominator; NaN where they do not exist. None for a difference.
        sign: sign of the values that are handled directly; for the other sign the thetas are exchanged first, because
            theta_one would come to an end of its range inside that of theta_other. 0 if all values are direct.
        halfway: function that gives, for a value, z of theta_other and z of theta_one at which both are equally far
            from the ends at which they begin and stop. None if theta_one cannot reach the upper end of its range while
            theta_other is inside its own.
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
    """Difference of z of theta_one and z of theta_other."""
    return one - other


def shifted(z: Array, value: float) -> tuple[Array, Array, Array]:
    """Shift of a quantity that is a difference of z, or a ratio where z is a log."""
    one = np.ones(z.shape)
    return z + value, one, one


def where_positive(x: Array) -> Array:
    """Return x where it is above 0, and NaN elsewhere."""
    return np.where(x > 0.0, x, np.nan)
