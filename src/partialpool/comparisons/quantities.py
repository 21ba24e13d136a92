"""What two thetas have together: their difference, their ratio and their odds ratio."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Betas, Each, Gammas
from partialpool.special import Array, log_sigmoid

# (z of theta_other, value) -> the z that theta_one then has, increasing in the value, and its slopes in z and in value
Shift = Callable[[Array, float], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Quantity:
    """A number that two thetas have together, such as their difference.

    What belongs to theta_one at a value, belongs to theta_other at minus the value.

    Attributes:
        name: of the quantity.
        value: of the quantity at z of theta_one and of theta_other.
        shift: the z of theta_one at which the quantity has a value, from the z of theta_other.
        logged: whether the value is the log of a ratio.
        sign: of the values at which theta_one is never at the lower end of its range (0 if at no value it is).
        ends: whether theta_one comes to the upper end of its range where theta_other is still inside its own.
    """

    name: str
    value: Callable[[Array, Array], Array]
    shift: Shift
    logged: bool = True
    sign: float = 0.0
    ends: bool = False


def _along(z: Array, d: float) -> tuple[Array, Array, Array]:
    one = np.ones(z.shape)
    return z + d, one, one


def _beta_difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta, rest = np.exp(log_sigmoid(z)), np.exp(log_sigmoid(-z))
    up, down = np.maximum(theta + d, 0.0), np.maximum(rest - d, 0.0)
    return np.log(up) - np.log(down), theta * rest / (up * down), 1.0 / (up * down)


def _beta_ratio(z: Array, log_d: float) -> tuple[Array, Array, Array]:
    log_theta = log_sigmoid(z) + log_d
    rest = -np.expm1(np.minimum(log_theta, 0.0))
    return log_theta - np.log(rest), np.exp(log_sigmoid(-z)) / rest, 1.0 / rest


def _gamma_difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta = np.exp(z)
    up = np.maximum(theta + d, 0.0)
    return np.log(up), theta / up, 1.0 / up


def _apart(one: Array, other: Array) -> Array:
    return one - other


def _difference(of: Each) -> Callable[[Array, Array], Array]:
    return lambda one, other: of.theta(one) - of.theta(other)


def quantities(of: Each) -> tuple[Quantity, ...]:
    """What is asked of two thetas of such a kind."""
    shifted = Quantity("odds ratio" if isinstance(of, Betas) else "ratio", _apart, _along)
    if isinstance(of, Betas):
        ratio = Quantity("ratio", lambda one, other: log_sigmoid(one) - log_sigmoid(other), _beta_ratio, sign=-1.0)
        return (
            Quantity("difference", _difference(of), _beta_difference, logged=False, sign=1.0, ends=True),
            ratio,
            shifted,
        )
    if isinstance(of, Gammas):
        return Quantity("difference", _difference(of), _gamma_difference, logged=False, sign=1.0), shifted
    return (Quantity("difference", _apart, _along, logged=False),)
