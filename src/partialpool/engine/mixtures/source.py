"""The interface through which `averaging` sees a posterior whose two population parameters are integrated numerically.

The plane of these parameters is cut into rows. Along a row the first parameter is constant and the population's mean
moves, and with it the conditionals p(theta_j | data_j, x, y) of groups.

Two kinds of records belong to each family. `cells` are the distinct data of groups, such as (successes, failures):
`data` (2, cells) identifies them, `count` says how many groups have each, and `subset(which)` selects some. `at` are
points of the plane, a frozen dataclass of arrays with the logs of the population's parameters, also with
`subset(which)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from partialpool.distributions import ExponentialFamily
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.rows import Near
from partialpool.special import Array, Index

P = TypeVar("P", bound=Any)


def joined(points: Sequence[P]) -> P:
    """Concatenate records of points, field by field."""
    kind = type(points[0])
    return kind(*(np.concatenate([getattr(at, of.name) for at in points]) for of in fields(kind)))


@dataclass(frozen=True)
class Nodes:
    """Points of the plane with their posterior probabilities."""

    point: Any
    probability: Array

    def __len__(self) -> int:
        return len(self.probability)

    def subset(self, which: Any) -> Nodes:
        """Select some of the nodes, with their probabilities unchanged."""
        return Nodes(self.point.subset(which), self.probability[which])


@dataclass(frozen=True)
class Row:
    """The posterior along one row, where the first parameter is constant: its probability and the density of y."""

    x: float
    log_first: float
    probability: float
    marginal: Marginal  # marginal distribution of y along the row
    log_total: float  # log of the integral of the density over y


@dataclass(frozen=True)
class Doubt:
    """Points along a row where theta <= x is neither certain nor impossible, by increasing conditional mean.

    each: the conditionals at the points, (groups, points). y: coordinates of the points, with weights for an integral
    over y. Beyond the first and the last point the conditionals are taken to be as there. rising: whether the mean
    rises with y.
    """

    each: ExponentialFamily
    y: Array
    weight: Array
    rising: bool = True


@dataclass(frozen=True)
class Source(ABC):
    """A posterior over the plane, and the conditionals of theta given a point of the plane.

    Attributes:
        log_density: log density of (x, y), up to a constant.
        marginal: marginal distribution of x.
        near: function from x to the approximate ridge of the density and its width.
        log_total: log of the integral of the density.
        total: size of all data; if the first parameter is far above it, the conditionals no longer depend on it.
        noise: rounding error of the log likelihood.
    """

    log_density: LogDensity
    marginal: Marginal
    near: Near
    log_total: float
    total: float
    noise: float

    # --- the plane

    @abstractmethod
    def log_first(self, x: Array) -> Array:
        """The log of the first parameter, which is constant along rows."""

    @abstractmethod
    def coordinate(self, log_first: Array) -> Array:
        """The x of rows with this log of the first parameter."""

    @abstractmethod
    def at(self, x: Array, y: Array) -> Any:
        """Make points of the plane from x and y, which broadcast."""

    # --- theta

    @abstractmethod
    def conditionals(self, cells: Any, at: Any) -> ExponentialFamily:
        """Conditionals of theta for groups with these data at points: (cells, points)."""

    @abstractmethod
    def start(self, nodes: Nodes, cells: Any, levels: Array) -> Array:
        """Approximate quantiles of theta, in z: (levels, cells)."""

    @abstractmethod
    def in_doubt(self, log_first: Array, z: Array, cells: Any) -> Iterator[tuple[Index, Doubt]]:
        """Yield, for some cells at a time, the points along a row where theta <= x is in doubt at the cell's own z."""

    # --- the population's mean, given by its z

    @abstractmethod
    def location(self, at: Any) -> Array:
        """The z of the population's mean at points."""

    @abstractmethod
    def located(self, log_first: float, z: Array) -> Any:
        """The points along a row at which the population's mean has these z."""

    @abstractmethod
    def middle(self, log_first: Array, median: Array, cells: Any) -> Array:
        """For each row, a z above which the population's mean counts as large; median: the median of its z there."""

    # --- many groups

    def sampled(self, cells: Any) -> bool:
        """Whether the conditionals are products of powers of functions of theta, as sampling on grids requires."""
        return True

    @abstractmethod
    def order(self, cells: Any) -> Array:
        """A sorting key: groups with neighbouring keys have distributions of similar width."""

    @abstractmethod
    def maps(self, cells: Any) -> Maps | None:
        """Two maps of the cells, between which quantiles may be interpolated; None if that is not possible."""


class Map(ABC):
    """Cells as points of a plane over which quantiles are smooth, and back."""

    @abstractmethod
    def place(self, cells: Any) -> Array:
        """Places of cells in the rectangle: (2, cells)."""

    @abstractmethod
    def cells(self, place: Array) -> Any:
        """The cells at places: (2, cells)."""


@dataclass(frozen=True)
class Maps:
    """Two maps of the same cells.

    Attributes:
        lines: its first coordinate is a count, which sparse cells share with many others, and its second a logarithm.
        plane: by log(size) and by the distance from the common rate, in standard deviations.
    """

    lines: Map
    plane: Map
