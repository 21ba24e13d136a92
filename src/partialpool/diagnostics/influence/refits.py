"""Refits of a model to some of the groups of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.effects.scales import named_on, transformed
from partialpool.engine.results import USUAL_TAIL, Results, Summary
from partialpool.errors import DataError, PriorError, RequestError
from partialpool.groups.groups import Groups, subset
from partialpool.messages.wording import counted, with_article
from partialpool.models.model import Model

Columns = dict[str, NDArray[Any]]

MOST = 500
"""Largest number of refits in one call; at milliseconds to tenths of a second each, they take up to a minute."""

SUMMARIES = ("mean", "sd", "median", "lower", "upper")


@dataclass(frozen=True)
class Refit:
    """The answers for some of the groups, or a note on why there are none."""

    fit: FittedModel
    model: Model
    groups: Groups
    results: Results | None
    note: str = ""

    def population(self, parameter: str, tail: float) -> Summary:
        """The summary of a parameter of the population; NaN if the groups could not be fitted.

        A point estimate has its frequentist interval in a meta-analysis, and none in other families.
        """
        if self.results is None:
            return Summary(np.nan, np.nan, np.nan, np.nan, np.nan, self.note)
        if self.model.plugged:
            estimated = self.fit.family.estimated(self.groups, self.results, parameter, tail)
            if estimated is not None:
                return estimated
        found = self.results.population(parameter, tail)
        if found.sd == 0.0 and found.lower == found.upper:
            return replace(found, sd=np.nan, lower=np.nan, upper=np.nan)
        return found


def refit(fit: FittedModel, model: Model, groups: Groups) -> Refit:
    """Fit the model to these groups, under the prior of the fit, with the scale from its design."""
    if not groups.size:
        return Refit(fit, model, groups, None, "no group is left")
    try:
        results: Results = fit.family.solve(groups, model.prior, model.method).results
    except (PriorError, DataError, RequestError) as refused:
        return Refit(fit, model, groups, None, str(refused))
    return Refit(fit, model, groups, results)


def of_all(fit: FittedModel, model: Model) -> Refit:
    """The fit of all groups as a refit."""
    return Refit(fit, model, fit.data, fit.results)


def of_groups(fit: FittedModel, model: Model, places: NDArray[Any]) -> Refit:
    """Fit the model to the groups at these positions, or where a mask is true."""
    return refit(fit, model, subset(fit.data, places))


def check_fitted(fit: FittedModel, model: Model) -> None:
    """Refuse label columns with the name of a result, and a fit at given parameters, which no group changes."""
    fit.check_labels("parameter", "groups", "change", "influence", "note")
    check_method(model.method)


def check_method(method: str) -> None:
    """Refuse given parameters, which no group changes.

    Raises:
        RequestError: the parameters are given.
    """
    if method == "given":
        raise RequestError("The population's parameters are given here: ask the fit that they were given to.")


def point_note(fit: FittedModel, model: Model, empty: str) -> tuple[str, ...]:
    """A note under a table of point estimates: how their intervals are computed, or why cells are empty."""
    if model.method == "full":
        return ()
    if fit.family.meta_analysed:
        return ("intervals: of the mean normal, the sd taken as known; of the sd the Q-profile",)
    return (f"empty {empty}: these are point estimates, whose uncertainty is not worked out",)


def edge_note(fit: FittedModel, model: Model, refits: Sequence[Refit]) -> tuple[str, ...]:
    """A note if the population's sd is estimated at 0, with the number of refits in which it is 0, too."""
    if not (fit.family.meta_analysed and model.plugged) or _sd(fit.results) != 0.0:
        return ()
    found = [_sd(refit.results) for refit in refits if refit.results is not None]
    still = sum(sd == 0.0 for sd in found)
    where = "every fit" if still == len(found) else f"{still} of {counted(len(found), 'fit')}"
    stay = f" and in {where} without a group: an influence of 0 on it means no more than that" if still else ""
    return (f"the sd is estimated at 0, the edge of its range, with all groups{stay}",)


def _sd(results: Results) -> float:
    return results.population("sd", USUAL_TAIL).median


def middle(model: Model) -> str:
    """The word for a value in the column `median`: "median", or "estimate" for point estimates."""
    return "median" if model.method == "full" else "estimate"


def mean_on_scale(columns: Columns, transform: str) -> Columns:
    """Transform the population's mean in a table of parameters; notes on missing answers are kept."""
    out = transformed(columns, transform, columns["parameter"] == "mean")
    return out | {"note": np.where(np.isnan(columns["median"]), columns["note"], out["note"])}


def scale_note(fit: FittedModel, transform: str) -> str:
    """A note that names the transformed mean, such as an odds ratio."""
    return f"the mean is {with_article(named_on(transform, fit.family.measured(fit.data)))}; the sd is not"


def summary_columns(rows: Sequence[Summary]) -> Columns:
    """Summaries of parameters as a dict of arrays, one element per summary."""
    columns: Columns = {name: np.array([getattr(row, name) for row in rows], dtype=float) for name in SUMMARIES}
    return columns | {"note": np.array([row.note for row in rows], dtype=object)}
