"""Choose the groups that a picture shows, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.attaching.of_groups import column
from partialpool.analysis.fitted_model import Fit, place_of
from partialpool.engine.results import GroupSummary, tail_of
from partialpool.errors import RequestError
from partialpool.io.output.view import GIVEN, RANK, View
from partialpool.messages.wording import counted
from partialpool.special import Columns


class Tabled(Fit, Protocol):
    """A fit with the table of its groups."""

    def group_columns(self, level: float | None = None) -> Columns:
        """One row per group."""


def chosen(fit: Tabled, level: float | None, groups: Sequence[object] | None, sort: str, top: Any) -> Columns:
    """The rows of the groups to draw, in the requested order.

    The intervals of other groups are computed only if the order depends on them.
    """
    checked_top(top)
    if isinstance(groups, str) or (groups is not None and not len(groups)):
        raise RequestError(f"groups takes a list of one or more labels, not {groups!r}.")
    known = {**fit.data.labels, **fit.family.shown(fit.data), "raw": fit.family.raw(fit.data)}
    other = sort not in (RANK, GIVEN, *known, *GroupSummary.ARRAYS, "note")
    ahead = other or sort == GIVEN or sort in known
    table = known if ahead else fit.group_columns(level)
    if other:
        order = _by_other(fit, sort)
    else:
        by = np.zeros(fit.data.size) if ahead else -np.asarray(table["median"])
        order = View(sort).order(table, by, keys=len(fit.data.labels))
    if groups is not None:
        order = order[np.isin(order, [place_of(fit.data, label) for label in groups])]
    places = order[:top]
    if not ahead or len(places) == fit.data.size:
        table = fit.group_columns(level)
        return {name: np.asarray(column)[places] for name, column in table.items()}
    found = fit.results.quantiles_of(tail_of(fit.level if level is None else level), places)
    rows = {name: np.asarray(column)[places] for name, column in known.items()}
    return rows | dict(zip(("lower", "median", "upper"), found.T, strict=True))


def checked_top(top: Any) -> None:
    """Refuse a number of groups to draw that is not a whole number of at least 1."""
    if top is not None and (isinstance(top, bool) or not isinstance(top, (int, np.integer)) or top < 1):
        raise RequestError(f"top must be a whole number of at least 1, not {top!r}.")


def _by_other(fit: Tabled, sort: str) -> NDArray[np.intp]:
    """Sort by a column of the caller's table: numbers in decreasing order, all else in increasing order."""
    try:
        values = column(fit.family, fit.data, sort)
    except RequestError as error:
        named = ", ".join(["raw", *GroupSummary.ARRAYS])
        raise RequestError(
            f"sort is {RANK!r}, {GIVEN!r}, a result ({named}), or a column of the table that was fitted. {error}"
        ) from error
    return View(sort).order({sort: values}, np.zeros(len(values)), keys=int(values.dtype.kind not in "biuf"))


def ordered(order: str | Sequence[Any], table: Columns, fit: Tabled) -> NDArray[np.intp]:
    """Positions of the groups in sorted order; ties keep the order of the data."""
    if isinstance(order, str):
        known = {"effect": table["estimate"], "weight": -table["weight"], "given": np.arange(fit.data.size)}
        try:
            values = np.asarray(known[order]) if order in known else column(fit.family, fit.data, order)
        except RequestError as error:
            raise RequestError(
                f"order is 'effect', 'weight', 'given', a column, or a value for each group. {error}"
            ) from error
    else:
        values = np.asarray(order)
        if values.shape != (fit.data.size,):
            raise RequestError(
                f"order has {counted(values.size, 'value')} for {counted(fit.data.size, 'group')}: give one for each."
            )
    try:
        return np.argsort(values, kind="stable")
    except TypeError as error:
        raise RequestError(f"order cannot be sorted: {error}.") from error
