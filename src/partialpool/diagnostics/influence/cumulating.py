"""Cumulative fits: the population's parameters as groups are added one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.attaching.of_groups import column
from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.influence.refits import (
    MOST,
    SUMMARIES,
    Columns,
    Refit,
    check_fitted,
    mean_on_scale,
    middle,
    of_groups,
    point_note,
    scale_note,
    summary_columns,
)
from partialpool.engine.results import claims_of, tail_of
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import worst_of
from partialpool.messages.progress import counted as counted_items
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.models.family import Family
from partialpool.models.model import Model


@dataclass(frozen=True, repr=False)
class Cumulative(Shown):
    """Cumulative fits of the first k groups in some order, as `fit.cumulative()` returns them.

    Attributes:
        fit: the fit of all groups.
        model: the distribution of the data, that of the population, the prior and the method.
        order: positions of the groups in the order in which they are added, shape (groups,).
        refits: the fits of the first group, the first two, and so on.
        level: probability of the intervals.
        transform: the transform of the population's mean, None for the scale of the data.
        by: the column of the caller's table by which the groups are sorted, as name -> one cell per group; empty if
            they are sorted in another way.
    """

    fit: FittedModel
    model: Model
    order: NDArray[np.intp]
    refits: tuple[Refit, ...]
    level: float
    transform: str | None = None
    by: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if numbers are less accurate than usual, in the fit of all groups or of the fewest possible."""
        fewest = next((refit.results for refit in self.refits if refit.results is not None), None)
        both = [results for results in (self.fit.results, fewest) if results is not None]
        return self.fit.cautions(
            *worst_of(claims_of(each.accuracy, " of the fits of some of the groups") for each in both)
        )

    @property
    def keys(self) -> int:
        """The number of leading columns of the table that identify the row."""
        return len(self.fit.data.labels) + len(self.by) + 2

    def table(self) -> Any:
        """One row for each number of groups and each parameter of the population.

        The labels are those of the group that was added last, followed by its cell in the caller's column by which the
        groups are sorted; `groups` is the number of groups including it. Where so few groups cannot be fitted, the
        cells are empty and `note` says why.

        Returns:
            A table in the library of `fit.groups()`.
        """
        return to_native(self.columns(), self.fit.data.library)

    @shown("groups added")
    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per row."""
        names, tail = self.fit.family.natural, tail_of(self.level)
        times = len(names)
        named = {**self.fit.data.labels, **self.by}
        columns: Columns = {name: cells[self.order].repeat(times) for name, cells in named.items()}
        columns["groups"] = np.arange(1, len(self.order) + 1).repeat(times)
        columns["parameter"] = np.array(names * len(self.order), dtype=object)
        columns |= summary_columns([refit.population(name, tail) for refit in self.refits for name in names])
        return columns if self.transform is None else mean_on_scale(columns, self.transform)

    def _content(self) -> Content:
        columns = self.columns()
        value = middle(self.model)
        named = {name: value if name == "median" else name for name in columns}
        shown = {named[name]: column for name, column in columns.items() if name not in (*SUMMARIES[:2], "note")}
        none = any(refit.results is None for refit in self.refits)
        full = self.model.method == "full"
        under = " under this prior" if full else ""
        said = (f"empty cells: so few groups leave no answer{under}; the table has the reason",) * none
        said += point_note(self.fit, self.model, "intervals")
        if self.transform is not None:
            said += (scale_note(self.fit, self.transform),)
        table = Tabled(shown, keys=self.keys, alike=False, width=100)
        return Content(f"Cumulative fits, one group after the other added ({value}s)", (table, *said))


@shown("groups added")
def cumulative(
    fit: FittedModel,
    model: Model,
    order: str | Sequence[Any] | None = None,
    level: float | None = None,
    transform: str | None = None,
) -> Cumulative:
    """Refit the model to the first k groups in an order, for k = 1, 2, ...

    Args:
        fit: the fit.
        model: the model of the fit.
        order: a column of the groups or of their table, or one value per group; None keeps the order of the data.
        level: probability of the intervals, in (0, 1).
        transform: "exp", "tanh" or "expit" of the population's mean (estimates, measurements).

    Raises:
        RequestError: there is no such column or transform, or there are too many groups.
    """
    check_fitted(fit, model)
    fit.family.check_transform(transform)
    level = fit.level if level is None else level
    tail_of(level)
    if fit.data.size > MOST:
        raise RequestError(f"There are {fit.data.size:,} groups; up to {MOST} are added one after the other.")
    places, by = _order(fit, order), _by(fit, order)
    refits = tuple(of_groups(fit, model, places[:count]) for count in counted_items(range(1, len(places) + 1)))
    return Cumulative(fit, model, places, refits, float(level), transform, by)


def _order(fit: FittedModel, order: str | Sequence[Any] | None) -> NDArray[np.intp]:
    """Positions of the groups in sorted order; ties keep the order of the data."""
    data = fit.data
    if order is None:
        return np.arange(data.size)
    if isinstance(order, str):
        values = column(fit.family, data, order)
    else:
        values = np.asarray(order)
        if values.shape != (data.size,):
            raise RequestError(
                f"order has {counted(values.size, 'value')} for {counted(data.size, 'group')}: give one for each."
            )
    try:
        return np.argsort(values, kind="stable")
    except TypeError as error:
        raise RequestError(f"order cannot be sorted: {error}.") from error


def _by(fit: FittedModel, order: str | Sequence[Any] | None) -> dict[str, NDArray[Any]]:
    """The column by which the groups are sorted, if it is one of the caller's table and has no name of a result."""
    own = (*fit.data.labels, *fit.family.shown(fit.data), "groups", "parameter", *SUMMARIES, "note")
    return {} if not isinstance(order, str) or order in own else {order: column(fit.family, fit.data, order)}


def check_order(family: Family, groups: Groups, order: str | None) -> None:
    """Refuse a column by which the groups cannot be sorted.

    Raises:
        RequestError: there is no such column; the message lists the columns.
        DataError: the column of the caller's table does not have one value per group.
    """
    if order is not None:
        column(family, groups, order)
