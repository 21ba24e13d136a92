"""The methods of `fit.plot` that draw groups: against raw estimates, in a funnel, one alone, by rank, by pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from partialpool.analysis.exports.one_group import one_group
from partialpool.analysis.predictions.limits import limits
from partialpool.effects.scales import scale
from partialpool.engine.results import check_level
from partialpool.errors import RequestError
from partialpool.messages.calling import Checked
from partialpool.plots import by_row, funnel, layout, of_fit, pooling, ranks, raw_vs_posterior, style
from partialpool.plots import one_group as one
from partialpool.plots.choosing import checked_top
from partialpool.plots.funnel import Funnel
from partialpool.plots.pictured import Pictured
from partialpool.plots.text import labels, short, title_of
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZES, _WHOLE_SIZES, _LARGE_SIZES = 2000, 100, 16  # amounts of data at which limits of a funnel are computed, at most
_LARGE = 5e3  # whole amount from which a predictive distribution takes long


class OfGroups(Checked):
    """Pictures of groups; each method draws on the given axes, or on new ones, and returns them."""

    fit: Pictured
    figure: style.NewFigure

    def raw_vs_posterior(
        self, level: float | None = None, *, transform: str | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw each group's posterior median and interval (y) against its raw estimate (x).

        On the 45-degree line the posterior median is the raw estimate, as without pooling; on the dashed horizontal
        line it is the population's mean (the posterior median of it; with a transform, of the population's median), as
        with complete pooling. The vertical distance from the 45-degree line is the shrinkage. Groups without data are
        left out.

        Args:
            level: probability of the intervals, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at both axes.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the level is not in (0, 1), or there is no such transform.

        Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figure 5.4.
        """
        self.fit.family.check_transform(transform)
        keys, quantity = of_fit.named(self.fit)
        table, centre = self.fit.group_columns(level), of_fit.mean(self.fit)[0]
        at, to = self.fit.level if level is None else level, scale(transform)
        shown = of_fit.scaled_name(transform, quantity)
        with layout.canvas(ax, raw_vs_posterior.SIZE, self.figure) as place:
            raw_vs_posterior.draw(table, keys, shown, at, (centre, of_fit.middle(transform)), place, to=to)
        return place

    def funnel(self, *, transform: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw the funnel plot: raw estimates against the amount of data, with limits for the next group.

        The amount of data is the number of trials, the exposure, the number of measurements, or the precision 1/se^2.
        The limits contain 95% and 99.8% of the raw estimates of a new group with so much data. They come from the
        posterior predictive distribution of the fit, so that they contain the spread between groups and what is not
        known of the population; they do not narrow to a line. All groups, also the outlying ones, are part of the fit;
        `fit.check()` judges each group by a fit of the others. Limits of counts are interpolated between counts, as in
        the source, and limits at many different amounts of data between some of them. Groups outside are named, the
        farthest first.

        Args:
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the raw estimates.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: there is no such transform, no standard error is above 0, or the fit has no predictions.

        Source: Spiegelhalter 2005, Statistics in Medicine 24:1185-1202, for the picture and its two pairs of limits;
        there the between-group spread is a separate, additive or multiplicative, overdispersion.
        """
        self.fit.family.check_transform(transform)
        style.needed()
        of, to = self._funnel(transform), scale(transform)
        with layout.canvas(ax, funnel.SIZE, self.figure) as place:
            funnel.draw(of, place, to=to)
        return place

    def group(
        self,
        group: object,
        level: float | None = None,
        *,
        transform: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw what one group is known by: the population's density, its own likelihood, and its posterior.

        The dashed curve is the density of the theta of a new group, which is what would be known of this one without
        its data; the thin curve is the likelihood of the group's data, scaled to be a density; the thick curve is the
        posterior. The population is that of all groups, this one included, so that the posterior is not exactly
        proportional to the product of the two others. The likelihood of measurements is averaged over the posterior of
        sigma. With a transform the densities remain those of theta itself.

        Args:
            group: the label of the group, or its labels as a tuple.
            level: probability of the interval of the posterior, which is shaded, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: there is no such group or transform, the level is not in (0, 1), or theta is known exactly.

        Source: O'Hagan 1994, Kendall's Advanced Theory of Statistics 2B, Bayesian Inference, where it is the triplot.
        """
        self.fit.family.check_transform(transform)
        style.needed()
        fit, place = self.fit, self.fit.known.place(group)
        keys, quantity = of_fit.named(fit)
        found = one_group(fit.known, group, level)
        raw, weight = float(fit.family.raw(fit.data)[place]), float(fit.group_columns(level)["weight"][place])
        (name,) = labels({key: fit.data.labels[key][[place]] for key in keys}, keys)
        own = {key: float(values[place]) for key, values in fit.family.shown(fit.data).items()} | {quantity: raw}
        remarks = [
            "no data of its own" if np.isnan(raw) else ", ".join(f"{short(key)} {x:,.6g}" for key, x in own.items()),
            f"weight of own data {weight:.2f}" if np.isfinite(weight) else "",
        ]
        title = f"{short(keys[0]) + ' ' if len(keys) == 1 else ''}{name}: population, own data and posterior"
        at, shown = fit.level if level is None else level, of_fit.scaled_name(transform, quantity)
        with layout.canvas(ax, one.SIZE, self.figure) as axes:
            one.draw(found, raw, at, title_of([shown]), title, remarks, axes, to=scale(transform))
        return axes

    def ranks(
        self, best: str = "high", level: float | None = None, *, top: int | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw every group's expected rank and the interval of its rank, sorted by expected rank.

        Lines are the darker the more probable it is that the group is the best; where every row has a name, the
        probability stands beside it. Expected ranks are closer together than 1, 2, 3, ..., and intervals are wide,
        where groups differ little.

        Args:
            best: "high" if the largest theta has rank 1, or "low" if the smallest has.
            level: probability of the intervals of ranks, in (0, 1).
            top: the number of groups to draw, the best ones; ranks are among all groups.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: an argument is out of range, or ranks are not worked out for the fit.

        Source: Goldstein and Spiegelhalter 1996, Journal of the Royal Statistical Society A 159:385.
        """
        checked_top(top)
        style.needed()
        fit, at = self.fit, check_level(self.fit.level if level is None else level)
        table = fit.ranking(best, level=level).columns()
        median = np.asarray(fit.group_columns(level)["median"], dtype=float)
        size = by_row.size(min(top or fit.data.size, fit.data.size))
        with layout.canvas(ax, size, self.figure) as place:
            ranks.draw(table, median, of_fit.named(fit)[0], best, at, place, top)
        return place

    def pooling(self, level: float | None = None, *, transform: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw each group without pooling and by partial pooling, and all groups by complete pooling.

        Per group the upper interval, with a hollow median, is that of the group alone, under a flat prior; the lower
        one, with a full median, that of the fit; a line leads from one median to the other. The dashed line with its
        band is complete pooling: one theta for all groups. `fit.pooling()` has the numbers.

        Args:
            level: probability of the intervals, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the numbers at the axis.
            ax: the axes to draw on; by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the level is not in (0, 1), there is no such transform, or a group column has the name of a
                result.

        Source: Gelman and Hill 2007, Data Analysis Using Regression and Multilevel/Hierarchical Models, section 12.2.
        """
        self.fit.family.check_transform(transform)
        style.needed()
        keys, quantity = of_fit.named(self.fit)
        table = self.fit.pooling().group_columns(level)
        at, shown = self.fit.level if level is None else level, of_fit.scaled_name(transform, quantity)
        with layout.canvas(ax, by_row.size(self.fit.data.size, pooling.ROW), self.figure) as place:
            pooling.draw(table, keys, shown, at, place, to=scale(transform))
        return place

    def _funnel(self, transform: str | None) -> Funnel:
        """The groups and the limits of the funnel."""
        fit, family = self.fit, self.fit.family
        keys, quantity = of_fit.named(fit)
        role = family.amount.role
        size, raw = np.asarray(fit.data.statistics[role], dtype=float), family.raw(fit.data)
        there = np.flatnonzero(np.isfinite(raw) & (size > 0.0))
        if not len(there):
            raise RequestError(
                "There is no group with data and a standard error above 0: a funnel has nothing to show."
            )
        at = _grid(size[there], whole=family.amount.whole)
        precision = family.precision(at)
        order = np.argsort(precision)
        return Funnel(
            x=family.precision(size[there]),
            raw=raw[there],
            names=labels({key: fit.data.labels[key][there] for key in keys}, keys),
            without=len(size) - len(there),
            at=precision[order],
            limits=limits(fit.known, at[order], funnel.LEVELS),
            centre=(of_fit.mean(fit)[0], of_fit.middle(transform)),
            counts=family.amount.adds,
            labels=(
                title_of([family.precise.format(fit.data.columns.get(role, role))]),
                title_of([of_fit.scaled_name(transform, quantity)]),
            ),
        )


def _grid(size: Array, *, whole: bool) -> Array:
    """The amounts of data at which limits are computed: all of them if they are few, else some that are spread out."""
    distinct = np.unique(size)
    most = (_LARGE_SIZES if distinct[-1] > _LARGE else _WHOLE_SIZES) if whole else _SIZES
    if len(distinct) <= most:
        return distinct
    spread = np.geomspace(distinct[0], distinct[-1], most)
    spread[[0, -1]] = distinct[[0, -1]]
    return np.unique(np.round(spread)) if whole else spread
