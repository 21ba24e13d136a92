"""The model of a fit, fitted to some of its groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import Answers, Summary
from partialpool.errors import DataError, PriorError, RequestError
from partialpool.groups import Groups, subset
from partialpool.inference.estimates.fixed import Fixed
from partialpool.inference.estimates.heterogeneity import Spread, estimated
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

    answers: Answers | None
    note: str = ""
    groups: Groups | None = None

    def population(self, parameter: str, tail: float) -> Summary:
        """A parameter of the population; NaN where there is no answer.

        A point estimate has the interval that a meta-analysis gives it, and none in other families.
        """
        if self.answers is None:
            return Summary(np.nan, np.nan, np.nan, np.nan, np.nan, self.note)
        if isinstance(self.answers, Fixed) and self.groups is not None:
            return estimated(self.answers, Spread.of(self.groups), parameter, tail)
        found = self.answers.population(parameter, tail)
        if found.sd == 0.0 and found.lower == found.upper:
            return replace(found, sd=np.nan, lower=np.nan, upper=np.nan)
        return found


def refit(known: Known, model: Model, groups: Groups) -> Refit:
    """The model fitted to these groups, under the prior of the fit with its design filled in."""
    if not groups.size:
        return Refit(None, "no group is left")
    try:
        answers: Answers = known.family.solve(groups, model.prior, model.method).answers
    except (PriorError, DataError, RequestError) as refused:
        return Refit(None, str(refused))
    return Refit(answers, groups=groups)


def of_all(known: Known) -> Refit:
    """The fit itself, of all groups."""
    return Refit(known.answers, groups=known.data)


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
    if isinstance(known.answers, Fixed):
        return ("intervals: of the mean normal, the sd taken as known; of the sd the Q-profile",)
    return (f"empty {empty}: these are point estimates, whose uncertainty is not worked out",)


def edge_note(known: Known, refits: Sequence[Refit]) -> tuple[str, ...]:
    """What is said where the sd of the population is estimated at 0, and in how many of the refits it is."""
    if not isinstance(known.answers, Fixed) or known.answers.sd != 0.0:
        return ()
    found = [refit.answers for refit in refits if isinstance(refit.answers, Fixed)]
    still = sum(answers.sd == 0.0 for answers in found)
    where = "every fit" if still == len(found) else f"{still} of {counted(len(found), 'fit')}"
    stay = f" and in {where} without a group: an influence of 0 on it means no more than that" if still else ""
    return (f"the sd is estimated at 0, the edge of its range, with all groups{stay}",)


def middle(model: Model) -> str:
    """What a value in the column of medians is."""
    return "median" if model.method == "full" else "estimate"


def parameters(known: Known) -> tuple[str, ...]:
    """The parameters that the tables have: the natural ones of the family."""
    return tuple(known.answers.parameters[: 3 if known.family.name == "measurements" else 2])


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
