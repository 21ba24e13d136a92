"""Poisson data: y events over an exposure e (time, area, population, distance), in one unit for all groups.

    y_j | theta_j ~ Poisson(e_j theta_j)

The totals of events and exposure of a group are sufficient for theta, so the rows of a group are added up. Exponential
durations with censoring have the same likelihood, with observed events and total time at risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.errors import CellError
from partialpool.groups.groups import Array, Groups, Statistic, collapse
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.models.data.checks import free, left_out, refuse, shown, whole

STATISTICS = (
    Statistic("events", "y", "events counted", "0, 1, 2, ..."),
    Statistic("exposure", "e", "exposure over which they were counted", "0 or more; above 0 where there are events"),
)

_LARGEST = float(np.finfo(float).max)


def events_over(rows: Rows, events: str, exposure: str | None, group: str | Sequence[str] | None) -> Groups:
    """Add up the events and the exposure of each group.

    Args:
        rows: the columns read.
        events: column of the events.
        exposure: column of the exposures, 0 or more; None: each row has exposure 1.
        group: column(s) that name the group of a row; None: each row is its own group.

    Returns:
        Groups with statistics "events" (int64) and "exposure" (float64).

    Raises:
        CellError: a count is negative or fractional, an exposure negative or not finite, or events without exposure.
    """
    names = [group] if isinstance(group, str) else list(group or ())
    labels = {name: rows.columns[name] for name in names} or None
    columns = {"events": events, "exposure": exposure or free("exposure", [events, *names])}
    statistics = _statistics(rows, events, exposure) if rows.sums is None else rows.sums
    groups = collapse(labels, statistics, columns, rows.library, left_out(rows))
    if not np.isfinite(groups.statistics["exposure"]).all():
        raise CellError(f"column {exposure!r}: the total of a group is beyond double precision. Use a larger unit.")
    return groups


def sums(events: str, exposure: str | None, group: Sequence[str]) -> Sums:
    """The totals of events and exposure, for an engine to add up."""

    def check(rows: Rows) -> Groups:
        return events_over(rows, events, exposure, group)

    def refused(of: Mapping[str, Any]) -> Any:
        y, e = of["events"], of["exposure"]
        return (y < 0) | (e < 0.0) | (e > _LARGEST) | ((e == 0.0) & (y > 0))

    if exposure is None:
        return Sums(lambda of: of["events"] < 0, check, {"events": events}, {}, "exposure")
    return Sums(refused, check, {"events": events}, {"exposure": exposure})


def _statistics(rows: Rows, events: str, exposure: str | None) -> dict[str, Array]:
    """Check the rows, and return their events and exposures."""
    y = whole(rows, events)
    e = np.ones(len(y)) if exposure is None else _exposures(rows, exposure)
    none = (e == 0.0) & (y > 0)
    cure = "Give the exposure over which they were counted."
    refuse(rows, none, lambda i: f"{events}={y[i]}, {exposure}={shown(e[i])}", "events without exposure", cure)
    return {"events": y, "exposure": e}


def _exposures(rows: Rows, name: str) -> Array:
    e = rows.columns[name].astype(float)
    refuse(rows, ~np.isfinite(e), lambda i: f"{name}={shown(e[i])}", "not finite", "Give the exposure, or drop it.")
    refuse(rows, e < 0.0, lambda i: f"{name}={shown(e[i])}", "negative", "Exposures start at 0.")
    return e
