"""Prediction of future data: of the groups of a fit, of new groups, and of totals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import check_names
from partialpool.analysis.intervals.new_group import NewGroup, new_group
from partialpool.analysis.predictions.amounts import NEW
from partialpool.analysis.predictions.forecast_moments import moments
from partialpool.analysis.predictions.forecasts import Forecast, forecast
from partialpool.analysis.predictions.given import numbers, side
from partialpool.analysis.predictions.wanted import Wanted, wanted
from partialpool.distributions.predictive.counts import Counts, quantile
from partialpool.engine.mixture import Mixture
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.special import Array

__all__ = ["NewGroup", "Prediction", "new_group", "predict"]

PROBABILITY = "probability"
_RESULTS = ("mean", "sd", "median", "lower", "upper")

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Prediction(Shown):
    """Predictive distributions of future data, one per row, as `fit.predict(...)` returns them.

    Attributes:
        fit: the fit.
        wanted: the predicted groups, and the amount of data of each.
        level: probability of the intervals; those of counts have at least this probability.
        mean, sd: predictive mean and sd, shape (rows,); NaN where they do not exist.
        median, lower, upper: quantiles, shape (rows,). For counts they are the smallest y with P(Y <= y) >= 1/2, with
            P(Y <= y) >= (1 - level)/2, and with P(Y > y) <= (1 - level)/2.
        accuracy: estimated error of P(Y <= y) at these quantiles.
        note: why a mean or sd is missing.
        found: the distributions.
    """

    fit: FittedModel
    wanted: Wanted
    level: float
    mean: Array
    sd: Array
    median: Array
    lower: Array
    upper: Array
    accuracy: float
    note: str
    found: Forecast

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if numbers are less accurate than the fit's `tol`, or than usual."""
        return self.fit.cautions(Claim("probabilities", self.accuracy))

    def table(self) -> Any:
        """One row per group, with one for a new group, or one for the total: mean, sd, median, lower, upper.

        Raises:
            RequestError: a group column has the name of a result.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per row."""
        check_names(self.fit, (*_RESULTS, self.wanted.role))
        columns: Columns = {**self.wanted.names, self.wanted.role: self.wanted.shown}
        whole = self.found.counts is not None
        for name in _RESULTS:
            value = getattr(self, name)
            columns[name] = value.astype(np.int64) if whole and name in _RESULTS[2:] else value
        return columns

    def pmf(self, group: object = None) -> Array:
        """The pmf P(Y = 0), P(Y = 1), ... of one row (proportions, rates), shape (counts,).

        For rates it ends where the upper tail is 1e-12, or after 2^20 counts.

        Args:
            group: the label of a group, or "new"; None if there is only one row.

        Raises:
            RequestError: there is no such row, or Y is not a count.
        """
        if self.found.counts is None:
            raise RequestError("What is predicted is no count: it has a density, .density(y).")
        return self._counts.pmf(self._row(group))

    def pmf_columns(self, group: object = None) -> Columns:
        """The pmf as a dict of arrays: count, probability."""
        p = self.pmf(group)
        return {"count": np.arange(len(p)), "probability": p}

    def density(self, y: ArrayLike, group: object = None) -> Array:
        """The predictive density of one row at y, an array of any shape (estimates, measurements).

        Raises:
            RequestError: there is no such row, or Y is a count.
        """
        if self.found.mixture is None:
            raise RequestError("What is predicted is a count: it has probabilities, .pmf().")
        at, one = numbers("density", "y", y), self._mixture.only(np.array([self._row(group)]))
        return np.exp(one.log_density_theta(one.parts.line(at).reshape(1, -1))).reshape(at.shape)

    def cdf(self, y: ArrayLike, group: object = None) -> Array:
        """The distribution function P(Y <= y) of one row, for an array y of any shape.

        Raises:
            RequestError: there is no such row, or y is not numeric.
        """
        at, row = numbers("cdf", "y", y), self._row(group)
        if self.found.mixture is not None:
            one = self._mixture.only(np.array([row]))
            return one.tails(one.parts.line(at).reshape(1, -1), upper=False).reshape(at.shape)
        flat = np.floor(at.ravel())
        p = self._counts.tails(np.full(len(flat), row), np.maximum(flat, 0.0), upper=False)
        return np.where(flat < 0.0, 0.0, p).reshape(at.shape)

    def probability(self, above: float | None = None, below: float | None = None, group: object = None) -> Any:
        """The predictive probability P(Y > above) or P(Y < below).

        Args:
            above: a number; for counts, above=5 means 6 or more.
            below: a number; give exactly one of the two.
            group: the label of a group, or "new"; by default every row.

        Returns:
            The probability of that group, a float; without `group` a table in the library of `fit.groups()`, with one
            row per row of the prediction and a column `probability`.

        Raises:
            RequestError: not exactly one finite number is given, or there is no such row.
        """
        if group is not None:
            return float(self._tails(above, below, np.array([self._row(group)]))[0])
        return to_native(self.probability_columns(above, below), self.fit.data.library)

    def probability_columns(self, above: float | None = None, below: float | None = None) -> Columns:
        """The table of `probability` as a dict of arrays, one element per row."""
        check_names(self.fit, (PROBABILITY, self.wanted.role))
        found = self._tails(above, below, self.found.row)
        return {**self.wanted.names, self.wanted.role: self.wanted.shown, PROBABILITY: found}

    @shown("probabilities")
    def _tails(self, above: object, below: object, rows: NDArray[np.intp]) -> Array:
        """P(Y > above) or P(Y < below) of the distributions with these indices."""
        upper, limit = side(above, below)
        if self.found.mixture is not None:
            some = self._mixture.only(rows)
            return some.tails(some.parts.line(np.full((len(rows), 1), limit)), upper=upper)[:, 0]
        last = math.floor(limit) if upper else math.ceil(limit) - 1  # largest count <= above, or < below
        if last < 0:
            return np.full(len(rows), float(upper))
        return self._counts.tails(rows, np.full(len(rows), float(last)), upper=upper)

    def quantile(self, p: ArrayLike, group: object = None) -> Array:
        """The quantile of one row: y with P(Y <= y) = p, for counts the smallest with >= p; p of any shape in (0, 1).

        Raises:
            RequestError: there is no such row, or a p is not in (0, 1).
        """
        wanted_p, row = numbers("quantile", "p", p), self._row(group)
        if not ((wanted_p > 0.0) & (wanted_p < 1.0)).all():
            raise RequestError("p must be probabilities above 0 and below 1.")
        flat = wanted_p.ravel()
        found = np.empty(len(flat))
        for upper in (False, True):
            some = np.flatnonzero((flat > 0.5) == upper)
            left = 1.0 - flat[some] if upper else flat[some]
            if len(some):
                found[some] = self._quantiles(row, left, upper=upper)
        return found.reshape(wanted_p.shape)

    def _quantiles(self, row: int, left: Array, *, upper: bool) -> Array:
        if self.found.mixture is not None:
            one = self._mixture.only(np.array([row]))
            return one.parts.theta(one.quantiles(left, upper=upper)[0])
        return quantile(self._counts, np.full(len(left), row), left, upper=upper)

    @property
    def _counts(self) -> Counts:
        assert self.found.counts is not None
        return self.found.counts

    @property
    def _mixture(self) -> Mixture:
        assert self.found.mixture is not None
        return self.found.mixture

    def _row(self, group: object) -> int:
        """Index of the distribution of the row of a group."""
        size, names = len(self.found.row), self.wanted
        if size == 1 and (group is None or names.together is not None):
            return int(self.found.row[0])
        if group is None:
            raise RequestError(f"Say which of the {size:,} rows: by the label of a group.")
        place = NEW if isinstance(group, str) and group == "new" and NEW in names.places else self.fit.place(group)
        here = np.flatnonzero(names.places == place)
        if not len(here):
            raise RequestError(f"The group {group!r} is not among those predicted.")
        return int(self.found.row[here[0]])

    def _content(self) -> Content:
        return Content(
            f"Prediction ({100 * self.level:g}% intervals): {self.fit.family.name}",
            (
                Tabled(self.columns(), rows=12, width=100),
                f"probabilities within {self.accuracy:.0e} (estimated)",
                ".probability(above=...), or below=, is that of each row",
                *([self.note] if self.note else []),
            ),
        )


@shown("predictions")
def predict(
    fit: FittedModel,
    *,
    trials: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    n: ArrayLike | None = None,
    se: ArrayLike | None = None,
    groups: object = "all",
    new: int = 1,
    level: float | None = None,
    total: bool = False,
) -> Prediction:
    """Compute the predictive distribution of future data.

        proportions    Y successes in `trials`                    Y | theta ~ Binomial(trials, theta)
        rates          Y events over `exposure`                   Y | theta ~ Poisson(exposure theta)
        estimates      an estimate Y with standard error `se`     Y | theta ~ Normal(theta, se^2)
        measurements   the mean Y of `n` measurements             Y | theta, sigma ~ Normal(theta, sigma^2/n)

    theta and sigma are averaged over the posterior, and theta of a new group over the population. Groups, old or new,
    are independent given the population's parameters; totals are added up at each node, so that they include the
    dependence between groups.

    Args:
        fit: the fit.
        trials: number of trials, 0 or more: one number, one per row in the order of the groups, or a dict or a pandas
            Series from group labels ("new" for the new one) to numbers. The next three arguments take the same forms.
        exposure: exposure above 0, in the unit of the data.
        n: number of measurements, 1 or more.
        se: standard error, 0 or more; 0 predicts theta itself.
        groups: "all" groups of the fit; "new", a new one; "both", all and then a new one; the label of one group; or
            a list of labels. A group labelled "all" is named as a tuple, ("all",).
        new: with groups="new", the number of new groups in the total.
        level: probability of the central interval, in (0, 1); by default that of the fit.
        total: predict only the sum of Y over the groups.

    Raises:
        RequestError: the family does not take this quantity, it is out of range, there is no such group, the level is
            not in (0, 1), the work would be too much, or every theta is known for certain.

    Example:
        >>> import partialpool as pp
        >>> data = {"lab": ["a", "b", "c"], "y": [1, 3, 4], "n": [20, 20, 14]}
        >>> fit = pp.proportions(data, successes="y", trials="n", group="lab")
        >>> found = predict(fit.known, trials=10, groups="c")
        >>> found.lower.tolist(), found.upper.tolist(), found.pmf().round(3).tolist()[:3]
        ([0.0], [6.0], [0.128, 0.243, 0.252])

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), sections 5.2 (posterior predictive distributions) and 5.3.
    """
    level = fit.level if level is None else level
    tail = tail_of(level)
    given = {"trials": trials, "exposure": exposure, "n": n, "se": se}
    of = wanted(fit.family, fit.data, given, groups, new, total=total)
    found = forecast(fit, of, tail)
    if not math.isfinite(found.error):
        raise RequestError(
            "These predictions are not worked out: no two sets of nodes agree, because a good part of the posterior "
            "says that all groups are the same. Give the concentration, or the shape, a prior with a lighter tail, "
            "such as the default."
        )
    mean, sd, note = moments(fit, of, found.moments)
    ends = found.ends if found.mixture is None else found.mixture.parts.theta(found.ends)
    lower, median, upper = (end[found.row] for end in ends)
    return Prediction(fit, of, level, mean, sd, median, lower, upper, found.error, note, found)
