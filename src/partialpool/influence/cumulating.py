"""Cumulative fits: the population's parameters as groups are added one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import claims_of, tail_of
from partialpool.attaching.of_groups import column
from partialpool.claims import worst_of
from partialpool.errors import RequestError
from partialpool.groups import Groups
from partialpool.influence.refits import (
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
from partialpool.known import Known
from partialpool.model import Model
from partialpool.models.family import Family
from partialpool.output.content import Content, Shown, Tabled
from partialpool.output.tables import to_native
from partialpool.progress import counted as counted_items
from partialpool.progress import shown
from partialpool.wording import counted


@dataclass(frozen=True, repr=False)
class Cumulative(Shown):
    """Cumulative fits of the first k groups in some order, as `fit.cumulative()` returns them.

    Attributes:
        known: the fit of all groups.
        model: the distribution of the data, that of the population, the prior and the method.
        order: positions of the groups in the order in which they are added, shape (groups,).
        refits: the fits of the first group, the first two, and so on.
        level: probability of the intervals.
        transform: the transform of the population's mean, None for the scale of the data.
        by: the column of the caller's table by which the groups are sorted, as name -> one cell per group; empty if
            they are sorted in another way.
    """

    known: Known
    model: Model
    order: NDArray[np.intp]
    refits: tuple[Refit, ...]
    level: float
    transform: str | None = None
    by: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if numbers are less accurate than usual, in the fit of all groups or of the fewest possible."""
        fewest = next((refit.answers for refit in self.refits if refit.answers is not None), None)
        both = [answers for answers in (self.known.answers, fewest) if answers is not None]
        return self.known.cautions(
            *worst_of(claims_of(each.accuracy, " of the fits of some of the groups") for each in both)
        )

    @property
    def keys(self) -> int:
        """The number of leading columns of the table that identify the row."""
        return len(self.known.data.labels) + len(self.by) + 2

    def table(self) -> Any:
        """One row for each number of groups and each parameter of the population.

        The labels are those of the group that was added last, followed by its cell in the caller's column by which the
        groups are sorted; `groups` is the number of groups including it. Where so few groups cannot be fitted, the
        cells are empty and `note` says why.

        Returns:
            A table in the library of `fit.groups()`.
        """
        return to_native(self.columns(), self.known.data.library)

    @shown("groups added")
    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per row."""
        names, tail = self.known.family.natural, tail_of(self.level)
        times = len(names)
        named = {**self.known.data.labels, **self.by}
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
        none = any(refit.answers is None for refit in self.refits)
        full = self.model.method == "full"
        under = " under this prior" if full else ""
        said = (f"empty cells: so few groups leave no answer{under}; the table has the reason",) * none
        said += point_note(self.known, self.model, "intervals")
        if self.transform is not None:
            said += (scale_note(self.known, self.transform),)
        table = Tabled(shown, keys=self.keys, alike=False, width=100)
        return Content(f"Cumulative fits, one group after the other added ({value}s)", (table, *said))


@shown("groups added")
def cumulative(
    known: Known,
    model: Model,
    order: str | Sequence[Any] | None = None,
    level: float | None = None,
    transform: str | None = None,
) -> Cumulative:
    """Refit the model to the first k groups in an order, for k = 1, 2, ...

    Args:
        known: the fit.
        model: the model of the fit.
        order: a column of the groups or of their table, or one value per group; None keeps the order of the data.
        level: probability of the intervals, in (0, 1).
        transform: "exp", "tanh" or "expit" of the population's mean (estimates, measurements).

    Raises:
        RequestError: there is no such column or transform, or there are too many groups.
    """
    check_fitted(known, model)
    known.family.check_transform(transform)
    level = known.level if level is None else level
    tail_of(level)
    if known.data.size > MOST:
        raise RequestError(f"There are {known.data.size:,} groups; up to {MOST} are added one after the other.")
    places, by = _order(known, order), _by(known, order)
    refits = tuple(of_groups(known, model, places[:count]) for count in counted_items(range(1, len(places) + 1)))
    return Cumulative(known, model, places, refits, float(level), transform, by)


def _order(known: Known, order: str | Sequence[Any] | None) -> NDArray[np.intp]:
    """Positions of the groups in sorted order; ties keep the order of the data."""
    data = known.data
    if order is None:
        return np.arange(data.size)
    if isinstance(order, str):
        values = column(known.family, data, order)
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


def _by(known: Known, order: str | Sequence[Any] | None) -> dict[str, NDArray[Any]]:
    """The column by which the groups are sorted, if it is one of the caller's table and has no name of a result."""
    own = (*known.data.labels, *known.family.shown(known.data), "groups", "parameter", *SUMMARIES, "note")
    return {} if not isinstance(order, str) or order in own else {order: column(known.family, known.data, order)}


def check_order(family: Family, groups: Groups, order: str | None) -> None:
    """Refuse a column by which the groups cannot be sorted.

    Raises:
        RequestError: there is no such column; the message lists the columns.
        DataError: the column of the caller's table does not have one value per group.
    """
    if order is not None:
        column(family, groups, order)
