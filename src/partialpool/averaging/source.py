"""What averaging has to know of a posterior whose two parameters of the population are integrated numerically.

The plane of these is cut into rows. Along a row one parameter, the first, is constant, and the population's mean moves:
so do the conditionals of groups, each of which is p(theta_j | data_j, x, y).

Two kinds of records are the family's own. `cells` are the distinct data of groups, such as (successes, failures): their
`data` (2, cells) makes them distinct, `count` says how many groups have each, `subset(which)` is some of them. `at` are
points of the plane, a frozen dataclass of the logs of the population's parameters as arrays, also with `subset(which)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from partialpool.distributions import ExponentialFamily
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.rows import Near
from partialpool.special import Array, Index

P = TypeVar("P", bound=Any)


def joined(points: Sequence[P]) -> P:
    """One after the other."""
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
        """Some of the nodes, their probabilities unchanged."""
        return Nodes(self.point.subset(which), self.probability[which])


@dataclass(frozen=True)
class Row:
    """The posterior along one row, whose first parameter is constant: its probability, and the density over y."""

    x: float
    log_first: float
    probability: float
    marginal: Marginal  # of y
    log_total: float


@dataclass(frozen=True)
class Doubt:
    """Points along a row where theta <= x is neither certain nor impossible, from small conditional means to large.

    each: the conditionals there, (groups, points). y: where they are, with their weights in an integral over y. The
    first and the last point are ends: what lies beyond is as these are. rising: whether the mean rises with y.
    """

    each: ExponentialFamily
    y: Array
    weight: Array
    rising: bool = True


@dataclass(frozen=True)
class Source(ABC):
    """A posterior over the plane, and theta given a point of it.

    Attributes:
        log_density: of (x, y), up to a constant.
        marginal: of x.
        near: roughly the ridge of the density at an x, and its width.
        log_total: log of the integral of the density.
        total: the size of all data, far above which the first parameter leaves the conditionals of groups alone.
        noise: that rounding leaves in the log likelihood.
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
        """The log of the parameter that is constant along rows."""

    @abstractmethod
    def coordinate(self, log_first: Array) -> Array:
        """The x of a row."""

    @abstractmethod
    def at(self, x: Array, y: Array) -> Any:
        """The points, which broadcast."""

    # --- theta

    @abstractmethod
    def conditionals(self, cells: Any, at: Any) -> ExponentialFamily:
        """theta of groups with these data at points: (cells, points)."""

    @abstractmethod
    def start(self, nodes: Nodes, cells: Any, levels: Array) -> Array:
        """About where the quantiles of theta are, in z: (levels, cells)."""

    @abstractmethod
    def in_doubt(self, row: Row, z: Array, cells: Any) -> Iterator[tuple[Index, Doubt]]:
        """Where theta <= x is in doubt along a row, for each of the cells and its z: some of them at a time."""

    # --- the population's mean, by its place z(mean) on the line

    @abstractmethod
    def location(self, at: Any) -> Array:
        """The z of the population's mean at points."""

    @abstractmethod
    def located(self, log_first: float, z: Array) -> Any:
        """The points along a row where the mean has these z."""

    @abstractmethod
    def middle(self, log_first: Array, median: Array, cells: Any) -> Array:
        """A z from which on, along each row, the mean is large; median: of its z along the row."""

    # --- many groups

    def sampled(self, cells: Any) -> bool:
        """Whether densities of these may be had from powers of theta, as sampling them on grids takes."""
        return True

    @abstractmethod
    def order(self, cells: Any) -> Array:
        """A number by which groups that are neighbours have distributions of about the same width."""

    @abstractmethod
    def maps(self, cells: Any) -> Maps | None:
        """Two maps of the cells, between which quantiles may be interpolated; None if that is not possible."""


class Map(ABC):
    """Cells as points of a plane over which quantiles are smooth, and back."""

    @abstractmethod
    def place(self, cells: Any) -> Array:
        """Where cells lie: (2, cells)."""

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
