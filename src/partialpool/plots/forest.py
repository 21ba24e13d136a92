"""The forest picture: every group's posterior interval in order, with its raw estimate, over the population's bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.plots import by_row, layout, style
from partialpool.plots.axis import Along
from partialpool.plots.by_row import Interval
from partialpool.plots.some import notable, remark, some
from partialpool.plots.text import labels, title_of
from partialpool.special import Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(
    table: Columns,
    keys: Sequence[str],
    quantity: str,
    level: float,
    mean: tuple[float, Interval],
    ax: Axes,
    following: Interval | None = None,
    centre: str = "mean",
    *,
    arranged: str = "",
    to: Scale = IDENTITY,
) -> None:
    """Draw groups from the lowest posterior median, at the bottom, to the highest; or in the order of the table.

    Args:
        table: `Posterior.group_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        level: probability of the intervals.
        mean: the population's mean, and its interval.
        ax: the axes to draw on.
        following: the interval of a new group.
        centre: the name of the population's mean: "median" with a transform.
        arranged: the name of the table's order if groups are drawn in it, the first at the top; else empty.
        to: the transform to the numbers at the axis.
    """
    by = -np.arange(float(len(table["median"]))) if arranged else table["median"]
    which = some(by, by_row.drawn(len(by)))
    rows = {name: np.asarray(table[name], dtype=float)[which] for name in ("lower", "median", "upper", "raw")}
    percent = f"{100 * level:g}%"
    shown = np.concatenate([rows["lower"], rows["upper"], mean[:1]])
    raw = rows["raw"][np.isfinite(rows["raw"])]
    beside = [
        mean[1],
        *([following] if following else []),
        *([(float(raw.min()), float(raw.max()))] if len(raw) else []),
    ]
    along = Along("x", by_row.limits((float(shown.min()), float(shown.max())), beside), to)
    along.set(ax)
    _bands(ax, along, mean, following, f"population {centre}, {percent}", percent)
    _groups(ax, along, rows, percent, by_row.Look(by_row.pitch(ax, len(which))))
    ax.set_ylim(-by_row.BELOW, len(which) - 1 + by_row.BELOW)
    style.framed(ax, title_of([quantity]), title_of(keys), layout.type_share(ax))
    along.number(ax, style.TICKS * layout.type_share(ax))
    names = labels({key: table[key][which] for key in keys}, keys)
    said = remark(len(which), len(table["raw"]), arranged or "the posterior median")
    by_row.finish(ax, names, notable(rows["median"]), f"Groups in order of {arranged or 'posterior median'}", said)


def _bands(
    ax: Axes, along: Along, mean: tuple[float, Interval], following: Interval | None, said: str, percent: str
) -> None:
    """Draw the intervals of a new group and of the population's mean, behind the groups."""
    look: dict[str, Any] = {"color": style.POPULATION, "linewidth": 0.0}
    if following is not None:
        ax.axvspan(
            *along.at(np.array(following)).tolist(), alpha=0.10, zorder=0, label=f"next group, {percent}", **look
        )
    ax.axvspan(*along.at(np.array(mean[1])).tolist(), alpha=0.30, zorder=1, label=said, **look)
    ax.axvline(float(along.at(mean[0])), color=style.POPULATION, linewidth=1.2, dashes=(5, 3), zorder=1)


def _groups(ax: Axes, along: Along, rows: Columns, percent: str, look: by_row.Look) -> None:
    """Draw a line for each interval, a hollow marker for the raw estimate and a full one for the posterior median."""
    row = np.arange(len(rows["median"]), dtype=float)
    ax.hlines(
        row,
        along.at(rows["lower"]),
        along.at(rows["upper"]),
        color=style.GROUP,
        linewidth=look.line,
        zorder=2,
        label=f"group, {percent} interval",
    )
    by_row.hollow_points(ax, along, rows["raw"], row, look, ("raw estimate", "raw, farther out"))
    by_row.full_points(ax, along, rows["median"], row, look, "posterior median")
