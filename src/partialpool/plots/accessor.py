"""`fit.plot`: the methods that draw pictures of a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.effects.scales import named_on, natural, scale
from partialpool.errors import RequestError
from partialpool.io.output.view import GIVEN, RANK
from partialpool.plots import by_row, contours, forest, layout, meta_forest, of_fit, shrinkage, style, traces
from partialpool.plots.choosing import chosen, ordered
from partialpool.plots.of_checks import OfChecks
from partialpool.plots.of_groups import OfGroups
from partialpool.plots.pictured import Pictured
from partialpool.plots.some import remark, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes


PICTURES = (
    "shrinkage",
    "forest",
    "meta_analysis",
    "population",
    "raw_vs_posterior",
    "funnel",
    "group",
    "ranks",
    "pooling",
    "conditional",
    "predictive",
    "prior_posterior",
    "sensitivity",
)


@dataclass(frozen=True, repr=False)
class Plots(OfGroups, OfChecks):
    """The pictures of a fit; each method draws on the given axes, or on new ones, and returns them.

    Attributes:
        fit: the fit to draw.
        figure: function that creates a new figure of a given size in inches.
    """

    fit: Pictured
    figure: style.NewFigure = style.shown

    def __repr__(self) -> str:
        names = ", ".join(f"{name}()" for name in PICTURES)
        return f"Pictures of a fit: {names}"

    def shrinkage(self, *, transform: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the shrinkage of each group: a line from its raw estimate to its posterior mean.

        A line is wide and dark if the group's own data have a large weight. With a transform it ends at the posterior
        median. The dashed line is the posterior median of the population's mean; transformed, of its median.

        Args:
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis, such as odds
                ratios on a logarithmic axis.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: there is no such transform.
        """
        self.fit.family.check_transform(transform)
        table, centre = self.fit.group_columns(), of_fit.mean(self.fit)[0]
        with layout.canvas(ax, shrinkage.SIZE, self.figure) as place:
            middle, to = of_fit.middle(transform), scale(transform)
            shrinkage.draw(table, *of_fit.named(self.fit), centre, place, middle, to=to)
            of_fit.relabel(place.yaxis, transform, of_fit.named(self.fit)[1])
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
        """Draw every group's posterior interval, sorted by posterior median, over the bands of the population.

        The darker band is the interval of the population's mean (with a transform, of its median), the lighter one that
        of a new group.

        Args:
            level: probability of the intervals, in (0, 1).
            groups: labels of the groups to draw; by default all.
            sort: "rank" sorts by posterior median, "given" keeps the order of the data; or a column of `groups()`, or
                of the table that was fitted if it has one value per group: labels and text in increasing, other numbers
                in decreasing order.
            top: the number of groups to draw, the first ones in that order.
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis, such as odds
                ratios on a logarithmic axis.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the level is not in (0, 1), top is not a whole number of at least 1, or there is no such
                group, column or transform.
            DataError: a column of the table does not have one value per group.
        """
        self.fit.family.check_transform(transform)
        mean, following = of_fit.mean(self.fit, level), of_fit.following(self.fit, level)
        at = self.fit.level if level is None else level
        table = chosen(self.fit, level, groups, sort, top)
        arranged = "" if sort == RANK else "the data" if sort == GIVEN else sort
        with layout.canvas(ax, by_row.size(len(table["median"])), self.figure) as place:
            middle, to = of_fit.middle(transform), scale(transform)
            forest.draw(table, *of_fit.named(self.fit), at, mean, place, following, middle, arranged=arranged, to=to)
            of_fit.relabel(place.xaxis, transform, of_fit.named(self.fit)[1])
        return place

    def meta_analysis(
        self,
        level: float | None = None,
        *,
        transform: str | None = "natural",
        order: str | Sequence[Any] = "given",
        ax: Axes | None = None,
    ) -> Axes:
        """Draw the forest plot of a meta-analysis (estimates): intervals, weights, pooled diamond, prediction interval.

        Each group has its own estimate, a box whose area is proportional to its weight in the pooled mean, with numbers
        beside it. Ratios are drawn on a logarithmic axis. `forest()` shows the groups after pooling instead.

        Args:
            level: probability of the intervals, in (0, 1).
            transform: "exp", "tanh" or "expit" of the estimates; None for their own scale. "natural" is the usual
                transform of effects named log odds ratio, log risk ratio, log hazard ratio, log rate ratio or Fisher's
                z.
            order: how to sort the groups from the top: "given" as in the data, "effect" from the smallest estimate,
                "weight" from the largest weight, a column of `fit.groups()` or of the table that was fitted, or a
                sequence with one value per group.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the fit is not of estimates, or an argument is out of range.
        """
        found = self.fit.meta_analysis(level)
        keys, quantity = of_fit.named(self.fit)
        to = natural(quantity)[0] if transform == "natural" else transform
        places = ordered(order, found.group_columns(), self.fit)
        picture = meta_forest.Picture(found, keys, named_on(to, quantity), scale(to), places, self.fit.model.title)
        assert picture.limits  # computed first, so that impossible limits are refused before a figure is made
        with layout.canvas(ax, meta_forest.size(self.fit.data.size), self.figure) as place:
            meta_forest.draw(picture, place)
        return place

    def population(self, coordinates: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the posterior of the population's parameters.

        For proportions and rates: contours of their joint posterior density, with the marginal densities on further
        axes (`child_axes` of those returned). For estimates and measurements: the posterior density of the population's
        sd (on further axes) above the conditional mean of each group given that sd.

        Args:
            coordinates: for proportions "log" (the default), "mean-concentration" or "alpha-beta"; for rates "log",
                "mean-shape" or "shape-rate"; see `Posterior.surface`. Estimates and measurements take none.
            ax: the axes to draw on, by default those of a new figure; the further axes are beside and above it.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the parameters have no density, or there are no such coordinates.
        """
        size, draw = _POPULATIONS[self.fit.family.population](self.fit, coordinates)
        with layout.canvas(ax, size, self.figure) as place:
            draw(place)
        return place


Drawing = tuple[tuple[float, float], Callable[["Axes"], None]]  # size of a new figure, and the function that draws


def _contours(fit: Pictured, coordinates: str | None) -> Drawing:
    surface = fit.surface_matrices("log" if coordinates is None else coordinates)
    return contours.SIZE, lambda ax: contours.draw(surface, ax)


def _traces(fit: Pictured, coordinates: str | None) -> Drawing:
    if coordinates is not None:
        raise RequestError("The picture of a normal population takes no coordinates: it is drawn along its sd.")
    which = np.sort(some(fit.family.raw(fit.data), traces.MOST))
    table = fit.trace_columns(which)
    said = remark(len(which), fit.data.size, "the raw estimate")
    return traces.SIZE, lambda ax: traces.draw(table, *of_fit.named(fit), said, ax)


_POPULATIONS: Mapping[str, Callable[[Pictured, str | None], Drawing]] = {
    "beta": _contours,
    "gamma": _contours,
    "normal": _traces,
}
