"""`fit.plot`: the pictures of one fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import RequestError
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.plots import contours, forest, layout, shrinkage, style, traces
from partialpool.plots.some import remark, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from partialpool.integrate.surface import Surface
    from partialpool.thetas.new_group import NewGroup

Columns = Mapping[str, NDArray[Any]]


class Pictured(Protocol):
    """What a picture is made from: the tables of a fit, and what its columns are called."""

    @property
    def family(self) -> Family:
        """What was measured."""

    @property
    def data(self) -> Groups:
        """The groups, with the caller's names."""

    @property
    def level(self) -> float:
        """Probability of the intervals."""

    def group_columns(self, level: float | None = None) -> Columns:
        """A row a group."""

    def population_columns(self, level: float | None = None) -> Columns:
        """A row a parameter of the population."""

    def surface_matrices(self, coordinates: str = "log") -> Surface:
        """The density of two parameters on a grid, and that of either alone."""

    def new_group(self, level: float | None = None) -> NewGroup:
        """The next group's theta."""

    def trace_columns(self, which: NDArray[np.intp] | None = None) -> Columns:
        """Each group's theta given the population's sd."""


@dataclass(frozen=True)
class Plots:
    """The pictures of a fit. Each method draws on the axes given, or on new ones, and returns them.

    Attributes:
        fit: whose pictures.
        figure: makes a new figure of a given size in inches.
    """

    fit: Pictured
    figure: style.NewFigure = style.shown

    def shrinkage(self, *, ax: Axes | None = None) -> Axes:
        """From raw to pooled: a line for each group, wide and dark where the group's own data weigh much.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
        """
        table, centre = self.fit.group_columns(), self._mean(None)[0]
        with layout.canvas(ax, shrinkage.SIZE, self.figure) as place:
            shrinkage.draw(table, *_named(self.fit), centre, place)
        return place

    def forest(self, level: float | None = None, *, ax: Axes | None = None) -> Axes:
        """Every group's interval, in order of the posterior medians, before the bands of the population.

        The darker band is the interval of the population's mean, the lighter one that of the next group.

        Args:
            level: probability of the intervals, in (0, 1).
            ax: where to draw.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the level is not in (0, 1).
        """
        table, mean, following = self.fit.group_columns(level), self._mean(level), self._following(level)
        at = self.fit.level if level is None else level
        with layout.canvas(ax, forest.size(self.fit.data.size), self.figure) as place:
            forest.draw(table, *_named(self.fit), at, mean, place, following)
        return place

    def population(self, coordinates: str | None = None, *, ax: Axes | None = None) -> Axes:
        """What is known of the population's parameters.

        Proportions and rates: contours of their joint posterior density, and the density of either beside them, on
        further axes (`child_axes` of those returned). Estimates and measurements: the posterior density of the
        population's sd (on further axes) above the mean of each group given that sd.

        Args:
            coordinates: proportions: "log" (the default), "mean-concentration" or "alpha-beta"; rates: "log",
                "mean-shape" or "shape-rate"; see `Posterior.surface`. Estimates and measurements take none.
            ax: where to draw; the further axes are beside and above it.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the parameters have no density, or there are no such coordinates.
        """
        size, draw = _POPULATIONS[self.fit.family.population](self.fit, coordinates)
        with layout.canvas(ax, size, self.figure) as place:
            draw(place)
        return place

    def _mean(self, level: float | None) -> tuple[float, tuple[float, float]]:
        """The population's mean and its interval."""
        table = self.fit.population_columns(level)
        row = list(table["parameter"]).index("mean")
        median, lower, upper = (float(table[name][row]) for name in ("median", "lower", "upper"))
        return median, (lower, upper)

    def _following(self, level: float | None) -> tuple[float, float] | None:
        """The interval of the next group; none where every theta is known for certain."""
        try:
            found = self.fit.new_group(level)
        except RequestError:
            return None
        return found.lower, found.upper


def _named(fit: Pictured) -> tuple[list[str], str]:
    """The columns that name a group, and what was estimated of each."""
    return list(fit.data.labels), fit.family.measured(fit.data)


Drawing = tuple[tuple[float, float], Callable[["Axes"], None]]  # size of a new figure, and what draws the picture


def _contours(fit: Pictured, coordinates: str | None) -> Drawing:
    surface = fit.surface_matrices("log" if coordinates is None else coordinates)
    return contours.SIZE, lambda ax: contours.draw(surface, ax)


def _traces(fit: Pictured, coordinates: str | None) -> Drawing:
    if coordinates is not None:
        raise RequestError("The picture of a normal population takes no coordinates: it is drawn along its sd.")
    which = np.sort(some(fit.family.raw(fit.data), traces.MOST))
    table = fit.trace_columns(which)
    said = remark(len(which), fit.data.size, "the raw estimate")
    return traces.SIZE, lambda ax: traces.draw(table, *_named(fit), said, ax)


_POPULATIONS: Mapping[str, Callable[[Pictured, str | None], Drawing]] = {
    "beta": _contours,
    "gamma": _contours,
    "normal": _traces,
}
