"""Check whether the model fits: replicated data, groups unlike the others, and conflict between prior and data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.conflict import conflict
from partialpool.diagnostics.drawing import Row
from partialpool.diagnostics.left_out import Standing, standing
from partialpool.diagnostics.outcomes import outcomes
from partialpool.diagnostics.replicated import replicated
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.wording import counted
from partialpool.models.model import Model
from partialpool.special import Array

Columns = dict[str, NDArray[Any]]

OUTLYING = 0.05
"""The family-wise error rate at which groups are called outlying, by Holm's method."""

_TAKEN = ("raw", "pit", "p_value", "adjusted", "outlying", "error", "note")
_FEWEST, _MOST = 100, 10_000_000
_NUMBERS = ("observed", "mean", "lower", "upper", "p_value", "error", "error_limits")
_SHOWN = 5


@dataclass(frozen=True, repr=False)
class Check(Shown):
    """Checks of whether the fitted model fits its data, as `fit.check()` returns them.

    Attributes:
        fit: the fit.
        model: the distribution of the data, that of the population, the prior and the method.
        draws: number of replicated data sets for statistics without a quick exact distribution.
        seed: seed of these draws.
        level: probability between `lower` and `upper`.

    Example:
        >>> import partialpool as pp
        >>> fit = pp.estimates(pp.datasets.load("eight_schools"), estimate="effect", se="se", group="school")
        >>> found = check(fit.known, fit.model)
        >>> found.group_columns()["pit"].round(3)
        array([0.895, 0.502, 0.26 , 0.47 , 0.195, 0.287, 0.813, 0.585])
    """

    _tables = ("table", "groups")

    fit: FittedModel
    model: Model
    draws: int
    seed: int
    level: float

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if exact p-values are less accurate than usual; Monte Carlo errors do not count."""
        exact = [row.error for row in self._rows if row.how.startswith("exact")]
        errors = np.concatenate([exact, self._standing.error])
        return self.fit.cautions(Claim("p-values", float(np.nanmax(errors, initial=0.0))))

    def table(self) -> Any:
        """The table of statistics, as `statistics` returns it."""
        return self.statistics()

    def statistics(self) -> Any:
        """One row for each statistic of the data and each kind of replicated data.

            theta      the theta of replicates. same: each group's own, given the data; new: those of new groups of the
                       same sizes, given the data; prior: those of new groups, with phi drawn from the prior
            statistic  sd, min and max of the raw values (successes/trials, events/exposure, estimates, means of rows);
                       zeros: number of groups without an event; largest residual: max_j |raw_j - E raw_j*|/sd raw_j*;
                       pooled: successes/trials or events/exposure of all groups, or the weighted mean of raw values
            p_value    P(T* > observed) + P(T* = observed)/2 for a replicate T*
            error      estimated error of p_value; its standard error where `how` gives a number of draws
            error_limits   error of mean, lower and upper, divided by upper - lower (approximate for draws)

        p-values near 0 or 1 say that the data are unusual. Those of "same" are conservative: the data are used twice.

        Returns:
            A table in the library of `fit.groups()`; a number that does not exist is null, and `note` says why.

        Source: Gelman, Meng and Stern 1996, Statistica Sinica 6:733; Marshall and Spiegelhalter 2003, Statistics in
        Medicine 22:1649; Box 1980, Journal of the Royal Statistical Society A 143:383.
        """
        return to_native(self.statistic_columns(), self.fit.data.library)

    def statistic_columns(self) -> Columns:
        """The table of `statistics` as a dict of arrays, one element per row."""
        rows = self._rows
        columns: Columns = {"theta": _texts([row.theta for row in rows])}
        columns["statistic"] = _texts([row.statistic for row in rows])
        for name in _NUMBERS:
            columns[name] = np.array([getattr(row, name) for row in rows], dtype=float)
        columns["how"] = _texts([row.how for row in rows])
        return columns | {"note": _texts([row.note for row in rows])}

    def groups(self) -> Any:
        """One row per group: how its data compare with the leave-one-out prediction from all other groups.

            pit        P(y* < y_j | the others) + P(y* = y_j | the others)/2
            p_value    two-sided p-value, 2 min(pit, 1 - pit)
            adjusted   the p-value corrected for the number of groups by Holm's method
            outlying   whether `adjusted` is below 0.05; if all groups are from the population, at most 1 of 20 data
                       sets has any group that is called outlying
            error      estimated error of pit

        For measurements y_j is the mean of the group's rows; their spread still informs about sigma.

        Returns:
            A table in the library of `fit.groups()`. A group without data, or without which the posterior is improper,
            has no numbers, and `note` says so.

        Raises:
            RequestError: a group column has the name of a result.

        Source: Geisser and Eddy 1979, JASA 74:153; Marshall and Spiegelhalter 2007, Bayesian Analysis 2:409; Holm 1979,
        Scandinavian Journal of Statistics 6:65.
        """
        return to_native(self.group_columns(), self.fit.data.library)

    def group_columns(self) -> Columns:
        """The table of `groups` as a dict of arrays, one element per group."""
        for name in self.fit.data.labels:
            if name in _TAKEN:
                raise RequestError(
                    f'The column "{name}" has the name of a result; rename it, for example "{name}_observed".'
                )
        at = self._standing
        columns: Columns = {**self.fit.data.labels, "raw": self.fit.family.raw(self.fit.data), "pit": at.pit}
        columns |= {"p_value": at.two_sided, "adjusted": holm(at.two_sided)}
        with np.errstate(invalid="ignore"):
            columns["outlying"] = columns["adjusted"] < OUTLYING
        return columns | {"error": at.error, "note": at.note}

    @property
    def outlying(self) -> NDArray[np.bool_]:
        """Whether each group is outlying, shape (groups,)."""
        return np.asarray(self.group_columns()["outlying"], dtype=bool)

    @cached_property
    def _standing(self) -> Standing:
        return standing(self.fit, self.model)

    @cached_property
    def _rows(self) -> list[Row]:
        streams = np.random.SeedSequence(self.seed).spawn(2)
        tail = tail_of(self.level)
        first, second = (np.random.default_rng(stream) for stream in streams)
        return replicated(self.fit, tail, self.draws, first) + conflict(self.fit, self.model, tail, self.draws, second)

    def _content(self) -> Content:
        rows = [row for row in self._rows if not np.isnan(row.p_value)]
        columns: Columns = {"theta": _texts([row.theta for row in rows])}
        columns["statistic"] = _texts([row.statistic for row in rows])
        for name in ("observed", "lower", "upper", "p_value"):
            columns[name] = np.array([getattr(row, name) for row in rows], dtype=float)
        size = len(outcomes(self.fit.family, self.fit.data).groups)
        return Content(
            f"Check of {counted(size, 'group')} with data: {self.model.title}",
            (
                Tabled(columns, keys=2, alike=False, rows=len(rows)),
                *dict.fromkeys(row.note for row in self._rows if np.isnan(row.p_value)),
                self._said_of_groups(),
                "the tables have the error of every number",
            ),
        )

    def _said_of_groups(self) -> str:
        which = np.flatnonzero(self.outlying)
        if not len(which):
            return "no group is outlying, given the others (Holm, 0.05)"
        names = "; ".join(self.fit.name(j) for j in which[:_SHOWN].tolist())
        more = f"; and {len(which) - _SHOWN:,} more" if len(which) > _SHOWN else ""
        return f"outlying, given the others (Holm, 0.05): {names}{more}"


def check(fit: FittedModel, model: Model, *, draws: int = 4000, seed: int = 0, level: float | None = None) -> Check:
    """Check whether the fitted model fits its data; each table is computed when it is first requested.

    Args:
        fit: the fit.
        model: the model of the fit.
        draws: number of replicated data sets, from 100 to 10,000,000; fewer, but at least 100, if groups times draws
            exceed 40 million.
        seed: seed of these draws, a whole number of at least 0.
        level: probability between the limits of replicated statistics, in (0, 1).

    Raises:
        RequestError: an argument is out of range, or every theta is known for certain.
    """
    check_asked(draws, seed)
    level = fit.level if level is None else level
    tail_of(level)
    fit.conditionals(0)
    return Check(fit, model, int(draws), int(seed), float(level))


def check_asked(draws: object, seed: object) -> None:
    """Refuse a number of draws or a seed out of range."""
    check_whole("draws", draws, _FEWEST, _MOST)
    check_whole("seed", seed, 0, None)


def check_whole(name: str, value: object, least: int, most: int | None) -> None:
    """Refuse a value that is not a whole number from `least` to `most`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if whole and least <= int(value) <= (np.inf if most is None else most):  # type: ignore[call-overload]
        return
    upto = "or more" if most is None else f"to {most:,}"
    raise RequestError(f"{name} must be a whole number of {least:,} {upto}, not {value!r}.")


def holm(p: Array) -> Array:
    """Holm's adjusted p-values, max over i <= k of (m - i + 1) p_(i) and at most 1; NaN are ignored."""
    out = np.full(len(p), np.nan)
    some = np.flatnonzero(~np.isnan(p))
    order = some[np.argsort(p[some], kind="stable")]
    steps = (len(order) - np.arange(len(order))) * p[order]
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return out


def _texts(values: list[str]) -> NDArray[Any]:
    return np.array(values, dtype=object)
