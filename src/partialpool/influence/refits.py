"""Refits of a model to some of the groups of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import USUAL_TAIL, Answers, Summary
from partialpool.errors import DataError, PriorError, RequestError
from partialpool.groups import Groups, subset
from partialpool.known import Known
from partialpool.model import Model
from partialpool.scales import named_on, transformed
from partialpool.wording import counted, with_article

Columns = dict[str, NDArray[Any]]

MOST = 500
"""Largest number of refits in one call; at milliseconds to tenths of a second each, they take up to a minute."""

SUMMARIES = ("mean", "sd", "median", "lower", "upper")


@dataclass(frozen=True)
class Refit:
    """The answers for some of the groups, or a note on why there are none."""

    known: Known
    model: Model
    groups: Groups
    answers: Answers | None
    note: str = ""

    def population(self, parameter: str, tail: float) -> Summary:
        """The summary of a parameter of the population; NaN if the groups could not be fitted.

        A point estimate has its frequentist interval in a meta-analysis, and none in other families.
        """
        if self.answers is None:
            return Summary(np.nan, np.nan, np.nan, np.nan, np.nan, self.note)
        if self.model.plugged:
            estimated = self.known.family.estimated(self.groups, self.answers, parameter, tail)
            if estimated is not None:
                return estimated
        found = self.answers.population(parameter, tail)
        if found.sd == 0.0 and found.lower == found.upper:
            return replace(found, sd=np.nan, lower=np.nan, upper=np.nan)
        return found


def refit(known: Known, model: Model, groups: Groups) -> Refit:
    """Fit the model to these groups, under the prior of the fit, with the scale from its design."""
    if not groups.size:
        return Refit(known, model, groups, None, "no group is left")
    try:
        answers: Answers = known.family.solve(groups, model.prior, model.method).answers
    except (PriorError, DataError, RequestError) as refused:
        return Refit(known, model, groups, None, str(refused))
    return Refit(known, model, groups, answers)


def of_all(known: Known, model: Model) -> Refit:
    """The fit of all groups as a refit."""
    return Refit(known, model, known.data, known.answers)


def of_groups(known: Known, model: Model, places: NDArray[Any]) -> Refit:
    """Fit the model to the groups at these positions, or where a mask is true."""
    return refit(known, model, subset(known.data, places))


def check_fitted(known: Known, model: Model) -> None:
    """Refuse label columns with the name of a result, and a fit at given parameters, which no group changes."""
    known.check_labels("parameter", "groups", "change", "influence", "note")
    if model.method == "given":
        raise RequestError("The population's parameters are given here: ask the fit that they were given to.")


def point_note(known: Known, model: Model, empty: str) -> tuple[str, ...]:
    """A note under a table of point estimates: how their intervals are computed, or why cells are empty."""
    if model.method == "full":
        return ()
    if known.family.meta_analysed:
        return ("intervals: of the mean normal, the sd taken as known; of the sd the Q-profile",)
    return (f"empty {empty}: these are point estimates, whose uncertainty is not worked out",)


def edge_note(known: Known, model: Model, refits: Sequence[Refit]) -> tuple[str, ...]:
    """A note if the population's sd is estimated at 0, with the number of refits in which it is 0, too."""
    if not (known.family.meta_analysed and model.plugged) or _sd(known.answers) != 0.0:
        return ()
    found = [_sd(refit.answers) for refit in refits if refit.answers is not None]
    still = sum(sd == 0.0 for sd in found)
    where = "every fit" if still == len(found) else f"{still} of {counted(len(found), 'fit')}"
    stay = f" and in {where} without a group: an influence of 0 on it means no more than that" if still else ""
    return (f"the sd is estimated at 0, the edge of its range, with all groups{stay}",)


def _sd(answers: Answers) -> float:
    return answers.population("sd", USUAL_TAIL).median


def middle(model: Model) -> str:
    """The word for a value in the column `median`: "median", or "estimate" for point estimates."""
    return "median" if model.method == "full" else "estimate"


def mean_on_scale(columns: Columns, transform: str) -> Columns:
    """Transform the population's mean in a table of parameters; notes on missing answers are kept."""
    out = transformed(columns, transform, columns["parameter"] == "mean")
    return out | {"note": np.where(np.isnan(columns["median"]), columns["note"], out["note"])}


def scale_note(known: Known, transform: str) -> str:
    """A note that names the transformed mean, such as an odds ratio."""
    return f"the mean is {with_article(named_on(transform, known.family.measured(known.data)))}; the sd is not"


def summary_columns(rows: Sequence[Summary]) -> Columns:
    """Summaries of parameters as a dict of arrays, one element per summary."""
    columns: Columns = {name: np.array([getattr(row, name) for row in rows], dtype=float) for name in SUMMARIES}
    return columns | {"note": np.array([row.note for row in rows], dtype=object)}
