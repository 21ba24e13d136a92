"""The interface of a model to the engine: a density over the plane, and the distribution of each theta at its points.

    p(x, y | data)  with  x, y the logs of two population parameters, or other coordinates on the whole line
    p(theta_j | data_j, x, y)  and  p(theta | x, y), that of a new group

Everything else follows by integration.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Distribution
from partialpool.engine.results import Results
from partialpool.special import Array, Index


@dataclass(frozen=True)
class Parameter:
    """A positive population parameter, with coordinates (z, w) of the plane in which its log is the first, z.

    Attributes:
        log: function that gives z at (x, y).
        beside: function that gives w at (x, y).
        point: function that gives x and y at (z, w), and the log Jacobian log |d(x, y) / d(z, w)|.
        moments: how many of mean and sd exist: 0, 1 or 2.
    """

    log: Callable[[Array, Array], Array]
    beside: Callable[[Array, Array], Array]
    point: Callable[[Array, Array], tuple[Array, Array, float]]
    moments: int = 2


def product(p: float, q: float, moments: int = 2) -> Parameter:
    """The parameter  e^(p x + q y),  such as a rate = shape/mean where x and y are the logs of mean and shape."""

    def log(x: Array, y: Array) -> Array:
        return p * x + q * y

    if p == 0.0:
        return Parameter(log, lambda x, _: x, lambda z, w: (w, z / q, -float(np.log(abs(q)))), moments)
    return Parameter(log, lambda _, y: y, lambda z, w: ((z - q * w) / p, w, -float(np.log(abs(p)))), moments)


class Model(ABC):
    """A model of groups with positive thetas, given data and prior.

    Attributes:
        parameters: the population's parameters by name, in the order of its table.
        where: index of each group among the distinct groups.
        start: x and y to begin the search from, and rough widths of both.
    """

    parameters: Mapping[str, Parameter]
    where: Index
    start: tuple[float, float, float, float]

    @abstractmethod
    def log_density(self, x: Array, y: Array) -> Array:
        """Log p(x, y | data), up to a constant."""

    @abstractmethod
    def conditionals(self, x: Array, y: Array) -> Distribution:
        """The conditionals p(theta_j | data_j, x, y) of the distinct groups: (distinct, nodes)."""

    @abstractmethod
    def population(self, x: Array, y: Array) -> Distribution:
        """The population p(theta | x, y), which is that of a new group: (nodes,)."""

    @abstractmethod
    def weight(self, x: Array, y: Array) -> Array:
        """The weight of each distinct group's own data in the mean of its conditional: (distinct, nodes)."""

    @abstractmethod
    def given(self, values: Mapping[str, float]) -> Results:
        """Answers at fixed population parameters."""
