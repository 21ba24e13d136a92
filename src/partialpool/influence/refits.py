"""The model of a fit, fitted to some of its groups."""

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
"""How many fits one question may take: at milliseconds to tenths of a second each, seconds to a minute."""

SUMMARIES = ("mean", "sd", "median", "lower", "upper")


@dataclass(frozen=True)
class Refit:
    """The answers for some of the groups, or why there are none."""

    known: Known
    model: Model
    groups: Groups
    answers: Answers | None
    note: str = ""

    def population(self, parameter: str, tail: float) -> Summary:
        """A parameter of the population; NaN where there is no answer.

        A point estimate has the interval that a meta-analysis gives it, and none in other families.
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
    """The model fitted to these groups, under the prior of the fit with its design filled in."""
    if not groups.size:
        return Refit(known, model, groups, None, "no group is left")
    try:
        answers: Answers = known.family.solve(groups, model.prior, model.method).answers
    except (PriorError, DataError, RequestError) as refused:
        return Refit(known, model, groups, None, str(refused))
    return Refit(known, model, groups, answers)


def of_all(known: Known, model: Model) -> Refit:
    """The fit itself, of all groups."""
    return Refit(known, model, known.data, known.answers)


def of_groups(known: Known, model: Model, places: NDArray[Any]) -> Refit:
    """The model fitted to the groups at these places, or where a mask is true."""
    return refit(known, model, subset(known.data, places))


def check_fitted(known: Known, model: Model) -> None:
    """Refuse labels that have the name of a result, and a fit whose parameters are given: no group changes them."""
    known.check_labels("parameter", "groups", "change", "influence", "note")
    if model.method == "given":
        raise RequestError("The population's parameters are given here: ask the fit that they were given to.")


def point_note(known: Known, model: Model, empty: str) -> tuple[str, ...]:
    """What is said under a table of point estimates: how their intervals are made, or that something is empty."""
    if model.method == "full":
        return ()
    if known.family.meta_analysed:
        return ("intervals: of the mean normal, the sd taken as known; of the sd the Q-profile",)
    return (f"empty {empty}: these are point estimates, whose uncertainty is not worked out",)


def edge_note(known: Known, model: Model, refits: Sequence[Refit]) -> tuple[str, ...]:
    """What is said where the sd of the population is estimated at 0, and in how many of the refits it is."""
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
    """What a value in the column of medians is."""
    return "median" if model.method == "full" else "estimate"


def mean_on_scale(columns: Columns, transform: str) -> Columns:
    """A table of parameters with the population's mean on another scale; why there is no answer stays as it is."""
    out = transformed(columns, transform, columns["parameter"] == "mean")
    return out | {"note": np.where(np.isnan(columns["median"]), columns["note"], out["note"])}


def scale_note(known: Known, transform: str) -> str:
    """What the population's mean is on another scale."""
    return f"the mean is {with_article(named_on(transform, known.family.measured(known.data)))}; the sd is not"


def summary_columns(rows: Sequence[Summary]) -> Columns:
    """Summaries of parameters as columns."""
    columns: Columns = {name: np.array([getattr(row, name) for row in rows], dtype=float) for name in SUMMARIES}
    return columns | {"note": np.array([row.note for row in rows], dtype=object)}
