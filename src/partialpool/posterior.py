"""Posterior: the distributions of every group's parameter and of the population's parameters, with their accuracy."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.pooling import Pooling
from partialpool.effects.scales import transformed
from partialpool.engine.results import Accuracy, GroupSummary, Results, Summary, check_level, claims_of, tail_of
from partialpool.engine.traces import Traces
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups, origin
from partialpool.io.output.cells import noted
from partialpool.io.output.content import Content, Shown, Terms
from partialpool.io.output.numbers import significant
from partialpool.io.output.spread import needed
from partialpool.io.output.tables import delivered, to_native
from partialpool.messages.claims import cautions
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.models.family import Family
from partialpool.models.model import Model
from partialpool.plots import Plots
from partialpool.priors.propriety.barely import barely_note
from partialpool.priors.words import meant
from partialpool.quadrature.surface import Surface
from partialpool.questions import Questions
from partialpool.questions.base import kept
from partialpool.special import Columns

__all__ = ["SUMMARIES", "Columns", "Posterior", "check_level"]

SUMMARIES = ("raw", "mean", "sd", "median", "lower", "upper", "weight", "note")

_FIRST, _SAID = 2, ("sigma", "icc")  # print shows the first two parameters of the population, and these


@dataclass(frozen=True, repr=False)
class Posterior(Shown, Questions):
    """The posterior of a hierarchical model, as a fit returns it.

    It is a mixture over weighted quadrature nodes of phi, the population's parameters, of the conditionals of theta_j.

    Attributes:
        family: the kind of data: proportions, rates, estimates or measurements.
        data: the groups, with the sums of their rows.
        model: the distribution of the data, that of the population, the prior and the method.
        results: the computed mixture, from which all summaries come.
        level: probability of intervals, unless a method is given another.
        notes: warnings about the data, the prior and the method.
        tol: the requested accuracy; None for the default.
    """

    _tables = ("groups", "population")
    __deepcopy__ = Questions.__deepcopy__

    family: Family
    data: Groups
    model: Model
    results: Results
    level: float
    notes: tuple[str, ...] = ()
    tol: float | None = None
    _found: dict[float, GroupSummary] = field(default_factory=dict, repr=False, compare=False)

    @property
    @shown("the accuracy of the fit")
    def accuracy(self) -> Accuracy:
        """Estimated errors of the reported numbers, and how they were established."""
        return self.results.accuracy

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notes, and a warning for numbers that are less accurate than `tol`, or than usual."""
        return self.notes + cautions(claims_of(self.accuracy), self.tol)

    def groups(
        self,
        level: float | None = None,
        transform: str | None = None,
        into: str | os.PathLike[str] | None = None,
        table: str | None = None,
    ) -> Any:
        """One row per group: its data, raw rate, posterior mean, sd, median, interval, and the weight of its own data.

        Args:
            level: probability of the central interval, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of theta, such as odds ratios from log
                odds ratios; raw, median and interval are transformed, mean and sd are left empty.
            into: a .csv, .parquet or .json file to write the table to, whole or not at all; its path is returned. In a
                DuckDB database (.duckdb), one table is made or replaced, and all else stays as it is.
            table: the name of that table; by default "groups".

        Returns:
            A table of the data-frame library of the data, or else of the first of pandas, Polars and PyArrow that is
            installed. `weight` is the posterior mean of the share of the raw rate in the group's conditional mean, for
            proportions n/(n + concentration). A column `note` marks groups without data and numbers that do not exist.

        Raises:
            RequestError: the level is not in (0, 1), there is no such transform, or a table but no database.
            OutputError: the file cannot be written; what was there before is unchanged.
        """
        columns = self.group_columns(level, transform)
        return delivered(columns, self.data.library, origin(self.data), into, table, "groups")

    def population(
        self,
        level: float | None = None,
        transform: str | None = None,
        into: str | os.PathLike[str] | None = None,
        table: str | None = None,
    ) -> Any:
        """One row per parameter of the population, such as mean, concentration, alpha, beta and sd for proportions.

        A mean or sd that does not exist, or that cannot be computed within 0.1%, is null, and `note` says why.

        Args:
            level: probability of the central interval, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the population's mean; its median
                and interval are transformed, and its mean and sd are left empty.
            into: a .csv, .parquet or .json file to write the table to, whole or not at all; its path is returned. In a
                DuckDB database (.duckdb), one table is made or replaced, and all else stays as it is.
            table: the name of that table; by default "population".

        Raises:
            RequestError: the level is not in (0, 1), there is no such transform, or a table but no database.
            OutputError: the file cannot be written; what was there before is unchanged.
        """
        columns = self.population_columns(level, transform)
        return delivered(columns, self.data.library, origin(self.data), into, table, "population")

    @shown("groups")
    def group_columns(self, level: float | None = None, transform: str | None = None) -> Columns:
        """The table of `groups` as a dict of arrays, one element per group."""
        tail = tail_of(self.level if level is None else level)
        found = self._summary(tail)
        raw = self.family.raw(self.data)
        columns = {**self.data.labels, **self.family.shown(self.data), "raw": raw}
        columns |= {name: getattr(found, name) for name in SUMMARIES[1:-1]}
        empty = np.isnan(raw)
        gone = [name for name in ("mean", "sd") if name not in found.barely]
        notes = {f"{name} does not exist": np.isnan(getattr(found, name)) & ~empty for name in gone}
        notes[barely_note(found.barely)] = np.full(len(raw), bool(found.barely))
        columns |= noted({"no data": empty, **notes})
        return columns if transform is None else self._on_scale(columns, transform)

    def _on_scale(self, columns: Columns, transform: str) -> Columns:
        """Transform theta in a table of groups, or the population's mean in a table of parameters."""
        self.family.check_transform(transform)
        rows = columns["parameter"] == "mean" if "parameter" in columns else None
        return transformed(columns, transform, rows)

    def _summary(self, tail: float) -> GroupSummary:
        """The summaries of groups, computed once per tail probability and then read-only."""
        if tail not in self._found:
            found = self.results.groups(tail)
            for name in GroupSummary.ARRAYS:
                getattr(found, name).flags.writeable = False
            self._found[tail] = found
        return self._found[tail]

    @shown("population")
    def population_columns(self, level: float | None = None, transform: str | None = None) -> Columns:
        """The table of `population` as a dict of arrays, one element per parameter."""
        tail = tail_of(self.level if level is None else level)
        rows = [self.results.population(name, tail).in_doubles for name in self.results.parameters]
        columns: dict[str, NDArray[Any]] = {"parameter": np.array(self.results.parameters, dtype=object)}
        for name in ("mean", "sd", "median", "lower", "upper"):
            columns[name] = np.array([getattr(row, name) for row in rows], dtype=float)
        columns["note"] = np.array([row.note for row in rows], dtype=object)
        return columns if transform is None else self._on_scale(columns, transform)

    def surface(self, coordinates: str = "log") -> Any:
        """The posterior density of the population's two parameters on a grid (proportions, rates).

        The grid reaches from the mode to where the density is 1e-8 of that at the mode. The density is normalised.

        Args:
            coordinates: for proportions "log" (log(alpha/beta) and log(alpha + beta)), "mean-concentration" or
                "alpha-beta"; for rates "log" (log(mean) and log(shape)), "mean-shape" or "shape-rate". The grids of
                "alpha-beta" and "shape-rate" are curved images of the "log" grid.

        Returns:
            A table with one row per point of the grid: the two coordinates, and `density`.

        Raises:
            RequestError: there are no such coordinates, or the parameters have no density.
        """
        return to_native(self.surface_columns(coordinates)[0], self.data.library)

    def surface_columns(self, coordinates: str = "log") -> tuple[Columns, Columns]:
        """The table of `surface` as a dict of arrays, and a second one with the two marginal densities."""
        found = self.surface_matrices(coordinates)
        surface = {found.names[0]: found.x.ravel(), found.names[1]: found.y.ravel(), "density": found.density.ravel()}
        name = np.array(found.names, dtype=object).repeat([len(side.value) for side in found.beside])
        beside = {"parameter": name, "value": np.concatenate([side.value for side in found.beside])}
        return surface, beside | {"density": np.concatenate([side.density for side in found.beside])}

    @shown("the density of the population")
    def surface_matrices(self, coordinates: str = "log") -> Surface:
        """The joint density of two parameters, with coordinates and density as matrices over the grid."""
        found: Surface = self.results.density(coordinates)
        return found

    def traces(self) -> Any:
        """Conditional mean and sd of each group's theta, given the sd of the population (estimates, measurements).

        Returns:
            A table with one row per group and value of the population's sd: `given_sd` is that value, `density` its
            posterior density, `mean` and `sd` are those of the group's theta given the value.

        Raises:
            RequestError: the sd has no density, or a group column has the name of a result.

        Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 to 5.7.
        """
        return to_native(self.trace_columns(), self.data.library)

    def trace_columns(self, which: NDArray[np.intp] | None = None) -> Columns:
        """The table of `traces` as a dict of arrays, for all groups or for those at the positions `which`."""
        for name in self.data.labels:
            if name in ("given_sd", "density"):
                raise RequestError(f'The column "{name}" has the name of a result; rename it.')
        places = np.arange(self.data.size) if which is None else which
        found: Traces = self.results.traces(places)
        columns: dict[str, NDArray[Any]] = {
            name: label[places].repeat(len(found.sd)) for name, label in self.data.labels.items()
        }
        columns |= {"given_sd": np.tile(found.sd, len(places)), "density": np.tile(found.density, len(places))}
        return columns | {"mean": found.mean.ravel(), "sd": found.spread.ravel()}

    @property
    def plot(self) -> Plots:
        """Pictures by Matplotlib, such as `.plot.shrinkage()`, `.plot.forest()` and `.plot.funnel()`."""
        return Plots(self)

    def given(self, **values: float) -> Posterior:
        """The conditional posterior of every group at fixed population parameters.

        Args:
            values: mu, kappa and tau may stand for mean, concentration and sd. Proportions: mean in (0, 1) and
                concentration > 0 (infinite means complete pooling), or alpha and beta, both > 0. Then theta_j ~
                Beta(y_j + alpha, n_j - y_j + beta), whose mean is w_j y_j/n_j + (1 - w_j) alpha/(alpha + beta) with
                w_j = n_j/(n_j + alpha + beta). Rates: two of mean, shape and rate. Estimates: sd, and mean, which is
                averaged over if left out. Measurements: sd and sigma, and mean likewise.

        Raises:
            RequestError: these are not parameters that the family takes, or a value is out of range.
        """
        try:
            known = meant(values)
        except ValueError as error:
            raise RequestError(str(error)) from None
        results = self.results.given(known)
        model = replace(self.model, method="given")
        return replace(self, results=results, model=model, notes=self.data.notes, _found={})

    @kept
    def pooling(self) -> Pooling:
        """Complete, no and partial pooling compared: their estimates, and how well each predicts; see `Pooling`.

        Example:
            >>> import partialpool as pp
            >>> rats = pp.datasets.load("rat_tumors")
            >>> pooling = pp.proportions(rats, successes="tumors", trials="rats", group="group").pooling()
            >>> pooling.score_columns()["log_score"].round(2)
            array([-173.57, -225.01, -158.53])

        Raises:
            RequestError: the family has no such comparison.
        """
        beside = self.family.alternatives(self.data, self.model.prior, self.results)
        return Pooling(self.family, self.data, self.results, beside, self.level, self.tol)

    def _content(self) -> Content:
        tail = tail_of(self.level)
        every = self.results.parameters
        names = [name for place, name in enumerate(every) if place < _FIRST or name in _SAID]
        return Content(
            f"Posterior of {counted(self.data.size, 'group')}: {self.model.title}",
            (
                Terms({name: _described(self.results.population(name, tail), self.level) for name in names}),
                f"accuracy: {self.accuracy}",
            ),
        )


def _described(row: Summary, level: float) -> str:
    if row.lower == row.upper:
        return f"{row.median:.4g} ({row.note})"
    least = needed(row.upper - row.lower, row.lower, row.median, row.upper)
    median, lower, upper = (f"{x:.{significant(x, least=least)}g}" for x in (row.median, row.lower, row.upper))
    return f"median {median}, {100 * level:g}% interval {lower} to {upper}"
