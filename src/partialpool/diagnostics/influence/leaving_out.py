"""Leave-one-out influence: the population and the other groups, refitted without each group in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.influence.refits import (
    MOST,
    SUMMARIES,
    Columns,
    Refit,
    check_fitted,
    edge_note,
    mean_on_scale,
    middle,
    of_all,
    of_groups,
    point_note,
    scale_note,
    summary_columns,
)
from partialpool.effects.scales import IDENTITY, Scale, scale, transformed
from partialpool.engine.results import Summary, claims_of, tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.numbers import significant
from partialpool.io.output.spread import needed
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import worst_of
from partialpool.messages.progress import counted, shown
from partialpool.models.model import Model

_ONE_SD = 0.15865525393145705  # tail probability of a normal distribution beyond one sd


@dataclass(frozen=True, repr=False)
class LeaveOneOut(Shown):
    """Refits without each of some groups, as `fit.leave_one_out()` returns them.

    Attributes:
        fit: the fit of all groups.
        model: the distribution of the data, that of the population, the prior and the method.
        places: positions of the groups that are left out.
        like: for each of them, the position of the group with the same data that was left out in the refit.
        refits: the refit for each of them.
        level: probability of the intervals.
        transform: the transform of theta and of the population's mean, None for the scale of the data.
    """

    _tables = ("table", "groups")

    fit: FittedModel
    model: Model
    places: NDArray[np.intp]
    like: NDArray[np.intp]
    refits: tuple[Refit, ...]
    level: float
    transform: str | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if numbers are less accurate than usual, with all groups or without the most influential one."""
        size = np.nan_to_num(np.abs(self.columns()["influence"]))
        weightiest = self.refits[int(np.argmax(size)) // len(self.fit.family.natural)].results
        both = [results for results in (self.fit.results, weightiest) if results is not None]
        return self.fit.cautions(*worst_of(claims_of(each.accuracy, " of the fits without a group") for each in both))

    def table(self) -> Any:
        """One row for each group left out and each parameter of the population.

        mean, sd, median, lower and upper are those without the group. `change` is the median without the group minus
        the median with all groups. `influence` is the change divided by half the width of the parameter's 68.3%
        interval with all groups, which is about its sd but also exists where the sd does not; it is empty for point
        estimates without an interval. Where the other groups cannot be fitted, `note` says why. With a transform
        `change` is that of the transformed median, and `influence` stays that on the scale of the data.

        Returns:
            A table in the library of `fit.groups()`.
        """
        return to_native(self.columns(), self.fit.data.library)

    @shown("groups left out")
    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per row."""
        names, tail = self.fit.family.natural, tail_of(self.level)
        columns = self._left_out(len(names))
        columns["parameter"] = np.array(names * len(self.places), dtype=object)
        found = summary_columns([refit.population(name, tail) for refit in self.refits for name in names])
        note = found.pop("note")
        with_all = [of_all(self.fit, self.model).population(name, _ONE_SD) for name in names]
        before, half = (
            np.tile(values, len(self.places))
            for values in ([row.median for row in with_all], [0.5 * (row.upper - row.lower) for row in with_all])
        )
        with np.errstate(invalid="ignore"):  # an estimate may be infinite before and after
            change = found["median"] - before
        influence = np.where(half > 0.0, change / np.where(half > 0.0, half, 1.0), np.nan)
        columns |= found | {"change": change, "influence": influence, "note": note}
        if self.transform is None:
            return columns
        rows, to = columns["parameter"] == "mean", scale(self.transform)
        out = mean_on_scale(columns, self.transform)
        out["change"] = np.where(rows, out["median"] - to.forward(np.where(rows, before, 0.0)), change)
        return out

    def groups(self) -> Any:
        """One row for each group left out and each other group: mean, sd, median, lower, upper, change of the median.

        Returns:
            A table in the library of `fit.groups()`; the labels of the group that was left out are in
            columns whose names end in "_left_out".
        """
        return to_native(self.group_columns(), self.fit.data.library)

    @shown("groups left out")
    def group_columns(self) -> Columns:
        """The table of `groups` as a dict of arrays, one element per row."""
        data, tail = self.fit.data, tail_of(self.level)
        with_all = self.fit.results.groups(tail).median
        blocks = list(self._blocks(tail))
        kept = np.concatenate([keep for _, keep, _ in blocks])
        gone = np.concatenate([np.full(len(keep), place) for place, keep, _ in blocks])
        columns: Columns = {f"{name}_left_out": label[gone] for name, label in data.labels.items()}
        columns |= {name: label[kept] for name, label in data.labels.items()}
        for k, name in enumerate(SUMMARIES):
            columns[name] = np.concatenate([values[k] for _, _, values in blocks])
        if self.transform is not None:
            columns, with_all = transformed(columns, self.transform), scale(self.transform).forward(with_all)
        return columns | {"change": columns["median"] - with_all[kept]}

    def _blocks(self, tail: float) -> Iterator[tuple[int, NDArray[np.intp], NDArray[Any]]]:
        """Yield, for each group left out, its position, the positions of the others, and their summaries.

        Groups with the same data share one refit, in which the two groups change places.
        """
        every, found = np.arange(self.fit.data.size), {}
        for place, like, refit in zip(self.places.tolist(), self.like.tolist(), self.refits, strict=True):
            keep = every[every != place]
            if like not in found:
                found[like] = _summaries(refit, tail, len(keep))
            there = np.where(keep == like, place, keep)
            yield place, keep, found[like][:, there - (there > like)]

    def _left_out(self, times: int) -> Columns:
        """The labels of the groups left out, each repeated `times` times."""
        return {name: label[self.places].repeat(times) for name, label in self.fit.data.labels.items()}

    def _content(self) -> Content:
        names, columns, keys = self.fit.family.natural, self.columns(), list(self.fit.data.labels)
        wide: Columns = {key: columns[key][:: len(names)] for key in keys}
        for k, name in enumerate(names):
            wide |= {name: columns["median"][k :: len(names)]}
            wide |= {f"{name}_influence": columns["influence"][k :: len(names)]}
        scales = {"mean": scale(self.transform)}
        whole = [
            f"{name} {_median(of_all(self.fit, self.model).population(name, _ONE_SD), scales.get(name, IDENTITY))}"
            for name in names
        ]
        value, said = middle(self.model), point_note(self.fit, self.model, "influence")
        said += edge_note(self.fit, self.model, self.refits)
        on_scale = () if self.transform is None else (scale_note(self.fit, self.transform),)
        notes = sorted({refit.note for refit in self.refits if refit.results is None})
        return Content(
            f"{value.capitalize()}s without each group in turn, and its influence: the change of the {value}, in sds",
            (f"all groups: {', '.join(whole)}", Tabled(wide, keys=len(keys), width=100), *said, *on_scale, *notes),
        )


def _median(row: Summary, on: Scale) -> str:
    """A median as text, with the digits that its interval needs."""
    lower, median, upper = on.forward(np.array([row.lower, row.median, row.upper])).tolist()
    least = needed(upper - lower, lower, median, upper)
    return f"{median:.{significant(median, least=least)}g}"


def _summaries(refit: Refit, tail: float, size: int) -> NDArray[Any]:
    """The summaries of the groups in a refit, shape (summaries, groups)."""
    if refit.results is None:
        return np.full((len(SUMMARIES), size), np.nan)
    found = refit.results.groups(tail)
    return np.stack([getattr(found, name) for name in SUMMARIES])


@shown("groups left out")
def leave_one_out(
    fit: FittedModel,
    model: Model,
    which: Sequence[Any] | None = None,
    level: float | None = None,
    transform: str | None = None,
) -> LeaveOneOut:
    """Refit the model without each group in turn.

    Args:
        fit: the fit.
        model: the model of the fit.
        which: the labels of the groups to leave out; None for all.
        level: probability of the intervals, in (0, 1).
        transform: "exp", "tanh" or "expit" of theta and of the population's mean (estimates, measurements).

    Raises:
        RequestError: there is no such group or transform, or there are too many different ones.
    """
    check_fitted(fit, model)
    fit.family.check_transform(transform)
    level = fit.level if level is None else level
    tail_of(level)
    if isinstance(which, str):
        raise RequestError(f"which is a list of groups, such as [{which!r}], not one of them.")
    places = np.arange(fit.data.size) if which is None else np.array([*map(fit.place, which)], dtype=np.intp)
    if not len(places):
        raise RequestError("which names no group: name one, or leave it out for all of them.")
    kinds = _kinds(fit)[places]
    first = {int(kind): place for kind, place in zip(kinds[::-1], places[::-1].tolist(), strict=True)}
    if len(first) > MOST:
        raise RequestError(
            f"There are {len(first):,} different groups to leave out; up to {MOST} are fitted again. "
            "Name those of interest: leave_one_out([...])."
        )
    every = np.arange(fit.data.size)
    found = {kind: of_groups(fit, model, every != place) for kind, place in counted([*first.items()])}
    like = np.array([first[int(kind)] for kind in kinds])
    refits = tuple(found[int(kind)] for kind in kinds)
    return LeaveOneOut(fit, model, places, like, refits, float(level), transform)


def _kinds(fit: FittedModel) -> NDArray[np.intp]:
    """A number per group that is the same for groups with the same data, shape (groups,)."""
    table = np.stack([np.asarray(values) for values in fit.data.statistics.values()])
    return np.ravel(np.unique(table, axis=1, return_inverse=True)[1])
