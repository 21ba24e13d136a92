"""The pictures of `fit.plot` that show the prior, the model's fit, and what the population's sd does to groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.errors import RequestError
from partialpool.messages.calling import Checked
from partialpool.plots import conditional, layout, predictive, prior_posterior, sensitivity, style, traces
from partialpool.plots.pictured import Pictured
from partialpool.plots.some import remark, some

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class OfChecks(Checked):
    """Pictures of prior and posterior, of checks of the model, and of theta given the population's sd."""

    fit: Pictured
    figure: style.NewFigure

    def conditional(self, *, ax: Axes | None = None) -> Axes:
        """Draw each group's mean and sd given the population's sd, below the posterior density of that sd.

        For estimates and measurements. On the left, where the sd is 0, all groups have the mean of complete pooling; to
        the right each approaches its own raw estimate. The density says which sds the data allow. The axes returned
        hold the sds; those of the means and of the density are above (their `child_axes`).

        Args:
            ax: the axes to draw on, by default those of a new figure.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the fit is of proportions or rates, or the sd has no density.

        Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 to 5.7.
        """
        family, data = self.fit.family, self.fit.data
        if family.population != "normal":
            raise RequestError(
                "The conditional picture is of estimates and measurements, whose population has a normal sd of its own "
                f"and whose traces() are drawn; {family.name} have none. population() draws their parameters."
            )
        which = np.sort(some(family.raw(data), traces.MOST))
        table = self.fit.trace_columns(which)
        said = remark(len(which), data.size, "the raw estimate")
        with layout.canvas(ax, conditional.SIZE, self.figure) as place:
            conditional.draw(table, list(data.labels), family.measured(data), said, place)
        return place

    def predictive(
        self, draws: int = 4000, seed: int = 0, level: float | None = None, *, ax: Axes | None = None
    ) -> Axes:
        """Draw what was observed in what the model predicts: `fit.check()` as a picture.

        On the left, one row per statistic of the data: the interval of its predictive distribution, its predictive
        mean, and what was observed. All intervals are drawn equally long, since units differ. "the same groups" are
        replicated with each group's own theta, "new groups" with new thetas from the population, and "the prior alone"
        before any data. On the right, the distribution over groups of P(y* < y_j | other groups), the probability that
        the other groups give to a smaller value: near the dashed line if the model fits. It has no band, since these
        probabilities depend on one another.

        Args:
            draws: number of replicated data sets for statistics that have no closed form.
            seed: seed of these random numbers.
            level: probability of the intervals, in (0, 1).
            ax: the axes to draw on, by default those of a new figure; those of the groups are to the right of it.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: an argument is out of range, or every theta is known for certain.
        """
        style.needed()
        found = self.fit.check(draws, seed, level)
        table, groups = found.statistic_columns(), found.group_columns()
        with layout.canvas(ax, predictive.size(table), self.figure) as place:
            predictive.draw(table, groups, list(self.fit.data.labels), found.level, place)
        return place

    def prior_posterior(self, *, ax: Axes | None = None) -> Axes:
        """Draw the prior and the posterior density of each population parameter, side by side.

        They are the parameters to which the prior gives a density, as in `fit.densities()`. A proper prior is a line to
        the same scale as the posterior. An improper prior has no scale: its shape is dashed, and as high as the
        posterior.

        Args:
            ax: the axes to draw on, by default those of a new figure; further parameters are to the right of it.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the fit's method ignores the prior.
        """
        style.needed()
        table = self.fit.density_columns()
        with layout.canvas(ax, prior_posterior.size(table), self.figure) as place:
            prior_posterior.draw(table, self.fit.family.measured(self.fit.data), place)
        return place

    def sensitivity(
        self,
        priors: Any = None,
        *,
        parameters: Any = None,
        level: float | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draw the population's parameters under other priors: `fit.sensitivity()` as a picture.

        Each row is a prior, the fit's own on top; each panel has the median and the interval of one parameter, over the
        median (dashed) and the interval (band) under the fit's own prior. The last panel has the largest change of any
        group's posterior mean, in its posterior sds, with that group's name. The lines below the title say what
        power-scaling finds: the change of a parameter's mean, in its sds, for each doubling of the power of the prior
        or of the likelihood.

        Args:
            priors: a prior or its name, a list of these, or a mapping from names to priors; by default those of
                `fit.sensitivity()`.
            parameters: names of the population's parameters to draw; by default mean and spread.
            level: probability of the intervals, in (0, 1).
            ax: the axes to draw on, by default those of a new figure; further panels are to the right of it.

        Raises:
            MissingDependencyError: Matplotlib is not installed.
            RequestError: the fit's method ignores the prior, or an argument is out of range.
            PriorError: a prior does not exist, or does not fit the family.
        """
        style.needed()
        found = self.fit.sensitivity(priors, parameters=parameters, level=level)
        table, power = found.columns(), found.power_columns()
        with layout.canvas(ax, sensitivity.size(table), self.figure) as place:
            sensitivity.draw(table, power, found.level, place)
        return place


EVERY: Mapping[str, Callable[..., Axes]] = MappingProxyType(
    {
        "predictive": OfChecks.predictive,
        "prior-posterior": OfChecks.prior_posterior,
        "sensitivity": OfChecks.sensitivity,
    }
)
"""Name -> method, for the pictures of this file that every family has."""
