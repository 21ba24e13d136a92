"""`fit.plot`: the pictures of one fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.calling import Checked
from partialpool.errors import RequestError
from partialpool.output.view import GIVEN, RANK
from partialpool.plots import contours, forest, layout, meta_forest, shrinkage, style, traces
from partialpool.plots.choosing import chosen, ordered
from partialpool.plots.pictured import Pictured
from partialpool.plots.some import remark, some
from partialpool.scales import named_on, natural, scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis


PICTURES = ("shrinkage", "forest", "meta_analysis", "population")


@dataclass(frozen=True, repr=False)
class Plots(Checked):
    """The pictures of a fit. Each method draws on the axes given, or on new ones, and returns them.

    Attributes:
        fit: whose pictures.
        figure: makes a new figure of a given size in inches.
    """

    fit: Pictured
    figure: style.NewFigure = style.shown

    def __repr__(self) -> str:
        names = ", ".join(f"{name}()" for name in PICTURES)
        return f"Pictures of a fit: {names}"

    def shrinkage(self, *, transform: str | None = None, ax: Axes | None = None) -> Axes:
        """From raw to pooled: a line for each group, wide and dark where the group's own data weigh much.

        A line leads to the posterior mean, or, where there is a transform, to the posterior median. The broken line is
        the posterior median of the population's mean; transformed, that of the population's median.

        Args:
            transform: estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis, such as odds
                ratios on a logarithmic axis.
            ax: where to draw.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: there is no such transform.
        """
        self.fit.family.check_transform(transform)
        table, centre = self.fit.group_columns(), self._mean(None)[0]
        with layout.canvas(ax, shrinkage.SIZE, self.figure) as place:
            middle, to = _middle(transform), scale(transform)
            shrinkage.draw(table, *_named(self.fit), centre, place, middle, to=to)
            relabel(place.yaxis, transform, _named(self.fit)[1])
        return place

    def forest(
        self,
        level: float | None = None,
        *,
        groups: Sequence[object] | None = None,
        sort: str = RANK,
        top: int | None = None,
        transform: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Every group's interval, in order of the posterior medians, before the bands of the population.

        The darker band is the interval of the population's mean (of its median where there is a transform: the mean of
        a ratio is another number), the lighter one that of the next group.

        Args:
            level: probability of the intervals, in (0, 1).
            groups: labels of the groups to draw; left out, all.
            sort: "rank" is the order of posterior medians, "given" that of the data; otherwise a column of
                `groups()`, or another of the table that was fitted with one value for each group: labels and text from
                the smallest, other numbers from the largest.
            top: how many to draw, the first ones in that order.
            transform: estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis, such as odds
                ratios on a logarithmic axis.
            ax: where to draw.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the level is not in (0, 1), top is no whole number of at least 1, or there is no such group,
                column or transform.
            DataError: a column of the table has not one value for each group.
        """
        self.fit.family.check_transform(transform)
        mean, following = self._mean(level), self._following(level)
        at = self.fit.level if level is None else level
        table = chosen(self.fit, level, groups, sort, top)
        arranged = "" if sort == RANK else "the data" if sort == GIVEN else sort
        with layout.canvas(ax, forest.size(len(table["median"])), self.figure) as place:
            middle, to = _middle(transform), scale(transform)
            forest.draw(table, *_named(self.fit), at, mean, place, following, middle, arranged=arranged, to=to)
            relabel(place.xaxis, transform, _named(self.fit)[1])
        return place

    def meta_analysis(
        self,
        level: float | None = None,
        *,
        transform: str | None = "natural",
        order: str | Sequence[Any] = "given",
        ax: Axes | None = None,
    ) -> Axes:
        """The forest that journals print (estimates): intervals and weights, the pooled diamond, and the prediction.

        Each group has its own estimate, a box whose area goes with its weight in the pooled mean; the numbers stand
        beside it. Ratios are drawn on a logarithmic axis. `forest()` shows what the groups are after pooling.

        Args:
            level: probability of the intervals, in (0, 1).
            transform: "exp", "tanh" or "expit" of the estimates; None for their own scale. "natural" is the usual one
                of effects that are called log odds ratio, log risk ratio, log hazard ratio, log rate ratio or Fisher's
                z.
            order: of the groups from the top: "given" as in the data, "effect" from the least estimate, "weight" from
                the heaviest, a column of `fit.groups()` or another of the table that was fitted, or a value for each
                group.
            ax: where to draw; left out, on a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the fit is not of estimates, or an argument is out of range.
        """
        found = self.fit.meta_analysis(level)
        keys, quantity = _named(self.fit)
        to = natural(quantity)[0] if transform == "natural" else transform
        places = ordered(order, found.group_columns(), self.fit)
        picture = meta_forest.Picture(found, keys, named_on(to, quantity), scale(to), places, self.fit.model.title)
        assert picture.limits  # or they are refused before a figure is made
        with layout.canvas(ax, meta_forest.size(self.fit.data.size), self.figure) as place:
            meta_forest.draw(picture, place)
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


def _middle(transform: str | None) -> shrinkage.Middle:
    """What passes through a transform: medians, and the median of a normal population, which is its mean."""
    return "mean" if transform is None else "median"


def relabel(axis: Axis, transform: str | None, quantity: str) -> None:
    """What the numbers of another scale at an axis are called."""
    if transform is not None:
        axis.set_label_text(named_on(transform, quantity))


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
