"""Turn the summaries of trials, such as 2x2 tables, into one effect estimate with its standard error per trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.checks import Naming
from partialpool.effects.measures import Found, Measure, measure, published_with
from partialpool.errors import CellError, RequestError
from partialpool.groups.groups import Groups, called, frozen
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading
from partialpool.messages.wording import counted, with_article
from partialpool.models.data.checks import free, left_out
from partialpool.models.data.normal import estimates as combined
from partialpool.models.data.trial_columns import Names, both_arms, columns_of, roles_of, taken

DOUBLE_ZERO = ("refuse", "drop", "correct")

_SETTINGS = ("effect", "double_zero", "interval_level")
_SHOWN = 5


@dataclass(frozen=True)
class Trials:
    """The columns from which an effect is computed; those that the caller left out are None.

    Attributes:
        effect: the name of the effect.
        events: numbers of people with the event in the treated and in the control arm.
        sizes: numbers of people in either arm, or the number of pairs of each correlation.
        cells: the four cells of each 2x2 table.
        means: the means of both arms.
        sds: the standard deviations of both arms.
        correlation: the correlations.
        double_zero: what to do with a trial where nobody, or everybody, has the event, if the effect is a ratio.
        estimate: the estimates that are published with confidence intervals.
        lower: the lower ends of these intervals.
        upper: their upper ends.
        interval_level: their confidence level.
    """

    effect: str | None = None
    events: Names = None
    sizes: Names = None
    cells: Names = None
    means: Names = None
    sds: Names = None
    correlation: Names = None
    double_zero: str = "refuse"
    estimate: Names = None
    lower: Names = None
    upper: Names = None
    interval_level: float = 0.95

    @property
    def given(self) -> dict[str, Names]:
        """Role -> column or columns, without the roles that the caller left out."""
        roles = ("events", "sizes", "cells", "means", "sds", "correlation", "estimate", "lower", "upper")
        return {role: getattr(self, role) for role in roles if getattr(self, role) is not None}

    @property
    def settings(self) -> dict[str, str | float | None]:
        """What is said of the effect besides the columns from which it is computed."""
        return {name: getattr(self, name) for name in _SETTINGS}

    @property
    def record(self) -> Measure:
        """The record of the effect: its name, its kind and the function that computes it."""
        if self.lower is None and self.upper is None:
            return measure(self.effect)
        return published_with(self.effect, self.interval_level)

    @property
    def columns(self) -> dict[str, Any]:
        """Argument of the effect's function -> its column.

        Raises:
            RequestError: there is no such effect, or the columns are not those that it takes.
        """
        if self.double_zero not in DOUBLE_ZERO:
            names = ", ".join(map(repr, DOUBLE_ZERO))
            raise RequestError(f"double_zero must be one of {names}, not {self.double_zero!r}.")
        return columns_of(self.record, self.given)

    def groups(self, rows: Rows, columns: Mapping[str, str], labels: Sequence[str]) -> Groups:
        """Compute the estimates with their standard errors, and combine the rows of one group, weighted by precision.

        Args:
            rows: the columns read.
            columns: argument of the effect's function -> name of its column in `rows`.
            labels: names of the columns that name the group.

        Raises:
            DataError: the effect cannot be computed in a row.
        """
        of = self.record
        if of.kind == "interval" and self.effect is None:
            of = replace(of, name=columns["estimate"])
        arguments = {name: rows.columns[column] for name, column in columns.items()}
        found = of.compute(arguments, Naming(columns, rows.place))
        keep = self._kept(of, found, rows, columns)
        still = _without_spread(arguments, rows.size)
        _refuse_exact(of, found, Naming(columns, rows.place), arguments)
        estimate, variance = free(of.name, labels), free("variance", [*labels, of.name])
        values = {name: rows.columns[name][keep] for name in labels}
        values |= {estimate: found.effects.estimate[keep], variance: found.effects.se[keep] ** 2}
        numbers = np.flatnonzero(keep) + 1 if rows.kept is None else rows.kept[keep]
        kept = Rows(values, int(keep.sum()), rows.library, 0, numbers, rows.lines)
        groups = combined(kept, estimate, None, variance, list(labels))
        if groups.numbered:
            groups = replace(groups, labels=frozen(dict.fromkeys(groups.labels, numbers)))
        said = _together(kept, labels) + _notes(of.name, found, rows, labels, keep, still)
        return replace(groups, notes=left_out(rows) + groups.notes + said)

    def _kept(self, of: Measure, found: Found, rows: Rows, columns: Mapping[str, str]) -> NDArray[np.bool_]:
        """Whether each row is used: "drop" leaves out, and "refuse" refuses, rows without information about a ratio."""
        if self.double_zero == "refuse":
            shown = {name: rows.columns[columns[name]] for name in columns if name in _EVENTS}
            cure = (
                f'Such a trial says nothing of {with_article(of.name)}. Leave it out by double_zero="drop", keep it '
                'with 1/2 in every cell by double_zero="correct", or take effect="risk difference".'
            )
            naming = Naming(columns, rows.place)
            naming.refuse(found.silent, shown, found.why, cure)
        keep = ~found.silent if self.double_zero == "drop" else np.ones(rows.size, dtype=bool)
        if not keep.any():
            raise CellError(f"No row says anything of {with_article(of.name)}: in each of them {found.why}.")
        return keep


_EVENTS = ("treated_events", "control_events", "a", "b", "c", "d")


def of_reading(reading: Reading) -> Trials:
    """The effect that was computed when a table was read."""
    settings: dict[str, Any] = dict(reading.settings)
    return Trials(**settings, lower=reading.roles.get("lower"), upper=reading.roles.get("upper"))


def renamed(reading: Reading, given: Mapping[str, Names]) -> dict[str, str]:
    """Argument of the effect's function -> its column in another table, where some columns have other names.

    Args:
        reading: how the first table was read.
        given: role, such as "events" -> the names of its columns in the other table.

    Raises:
        RequestError: the effect was not computed from such columns, or their number is another.
    """
    of = of_reading(reading).record
    roles = roles_of(of, cells="a" in reading.roles)
    columns = dict(reading.roles)
    for role, names in given.items():
        if role not in roles:
            known = ", ".join(f"{known}=" for known in roles)
            raise RequestError(f"This fit computed a {of.name} from {known}: {role}= names no column of it.")
        columns |= taken(of, {role: names}, {role: roles[role]})
    return columns


def _without_spread(arguments: Mapping[str, NDArray[Any]], size: int) -> NDArray[np.bool_]:
    """Whether each row has a standard deviation of 0 in an arm."""
    sds = [np.asarray(values, dtype=float) for name, values in arguments.items() if name in both_arms("sd")]
    return np.any([values == 0.0 for values in sds], axis=0) if sds else np.zeros(size, dtype=bool)


def _refuse_exact(of: Measure, found: Found, naming: Naming, arguments: Mapping[str, NDArray[Any]]) -> None:
    """Refuse differences of means whose standard error is 0, which would have infinite weight."""
    shown = {name: values for name, values in arguments.items() if name in both_arms("sd")}
    cure = (
        "The standard error would be 0, and the estimate the truth. Give the true sds, or leave these rows out; where "
        "an estimate is known for certain, give estimate= and se=."
    )
    naming.refuse(
        (found.effects.se == 0.0) & (of.kind == "means"), shown, f"{with_article(of.name)} without any error", cure
    )


def _together(rows: Rows, labels: Sequence[str]) -> tuple[str, ...]:
    """A warning if several trials have the same label, so that they count as one group."""
    if not labels:
        return ()
    names = [called({name: rows.columns[name] for name in labels}, i) for i in range(rows.size)]
    times = Counter(names)
    again = [name for name, count in times.items() if count > 1]
    if not again:
        return ()
    more = f" and {len(again) - _SHOWN} more" if len(again) > _SHOWN else ""
    those = ", ".join(f"{times[name]} of {name}" for name in again[:_SHOWN])
    said = (
        f"trials with the same label were combined into one, by precision ({those}{more}): {rows.size} trials are "
        f"{len(times)} groups; if they are trials of their own, tell them apart by another column, such as "
        f"group=[{', '.join(map(repr, labels))}, 'year'], or leave group out"
    )
    return (said,)


def _notes(
    name: str,
    found: Found,
    rows: Rows,
    labels: Sequence[str],
    keep: NDArray[np.bool_],
    still: NDArray[np.bool_],
) -> tuple[str, ...]:
    """Warnings that name the trials with an sd of 0, with doubtful intervals, with 1/2 added, and those left out."""
    corrected = found.effects.corrected & keep
    said = []
    if still.any():
        listed = _listed(still, rows, labels)
        said.append(
            f"the sd of an arm is 0 in {listed}: if it was rounded to 0 or not reported, the standard error is too "
            "small and the weight too large; give the sd that the arm has, or leave the trial out"
        )
    if found.doubtful is not None and found.doubtful.any():
        said.append(found.doubt.format(_listed(found.doubtful, rows, labels)))
    if corrected.any():
        said.append(f"1/2 was added to the four cells of {_listed(corrected, rows, labels)}, where one cell is 0")
    if not keep.all():
        were, them = ("were", "them") if np.count_nonzero(~keep) > 1 else ("was", "it")
        said.append(
            f"{_listed(~keep, rows, labels)} {were} left out of the fit by double_zero='drop': {found.why}, which "
            f"says nothing of {with_article(name)}; double_zero='correct' keeps {them}, with 1/2 in every cell"
        )
    return tuple(said)


def _listed(which: NDArray[np.bool_], rows: Rows, labels: Sequence[str]) -> str:
    """Count the rows, and name the first of them by their labels or numbers."""
    places: list[int] = np.flatnonzero(which).tolist()
    columns = {name: rows.columns[name] for name in labels}
    names = [called(columns, i) or rows.place(i) for i in places[:_SHOWN]]
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{counted(len(places), 'trial')} ({', '.join(names)}{more})"
