"""The picture of three poolings: each group alone, in the fit, and all groups as one.

Source: Gelman and Hill 2007, Data Analysis Using Regression and Multilevel/Hierarchical Models, section 12.2, which
compares estimates without pooling, by partial and by complete pooling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.plots import by_row, layout, style
from partialpool.plots.axis import Along
from partialpool.plots.by_row import Interval
from partialpool.plots.some import notable, remark, some
from partialpool.plots.text import labels, title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.25  # height of a row in inches
_APART = 0.17  # rows by which the two intervals of a group are above and below its row
_BESIDE = 1.0  # how far intervals without pooling may widen the axis, in ranges of the intervals of the fit
_MODELS = 3


def draw(
    table: Columns,
    keys: Sequence[str],
    quantity: str,
    level: float,
    ax: Axes,
    *,
    to: Scale = IDENTITY,
) -> None:
    """Draw two intervals per group, in the order of the posterior medians of the fit, and that of complete pooling.

    Args:
        table: `Pooling.group_columns()`, three rows per group: complete, none and partial.
        keys: its label columns.
        quantity: the name of the raw estimates.
        level: probability of the intervals.
        ax: the axes to draw on.
        to: the transform to the numbers at the axis.
    """
    every = {name: np.asarray(table[name], dtype=float).reshape(-1, _MODELS) for name in ("lower", "median", "upper")}
    size = len(every["median"])
    which = some(every["median"][:, 2], by_row.drawn(size))
    none, partial = ({name: values[which, model] for name, values in every.items()} for model in (1, 2))
    complete = {name: float(values[0, 0]) for name, values in every.items()}
    percent = f"{100 * level:g}%"
    along = Along("x", _range(none, partial, complete), to)
    along.set(ax)
    ax.set_ylim(-by_row.BELOW, len(which) - 1 + by_row.BELOW)
    look = by_row.Look(by_row.pitch(ax, len(which)))
    _complete(ax, along, complete, percent)
    _groups(ax, along, none, partial, percent, look)
    style.framed(ax, title_of([quantity]), title_of(keys), layout.type_share(ax))
    along.number(ax, style.TICKS * layout.type_share(ax))
    names = labels({key: table[key][::_MODELS][which] for key in keys}, keys)
    missing = int(np.sum(~np.isfinite(every["median"][:, 1])))
    by_row.finish(
        ax,
        names,
        notable(partial["median"]),
        "No, partial and complete pooling",
        remark(len(which), size, "the posterior median"),
        f"{missing:,} without an estimate of their own" if missing else "",
    )


def _range(none: Columns, partial: Columns, complete: Mapping[str, float]) -> Interval:
    """The range of x: the intervals of the fit and complete pooling, widened for those without pooling by a part."""
    shown = np.concatenate([partial["lower"], partial["upper"], [complete["median"]]])
    shown = shown[np.isfinite(shown)]
    beside = [_ends(np.array([complete["lower"], complete["upper"]])), _ends(none["median"])]
    beside += [(low, high) for low, high in zip(none["lower"], none["upper"], strict=True)]
    return by_row.limits(_ends(shown), [pair for pair in beside if np.isfinite(pair).all()], _BESIDE)


def _ends(values: Array) -> Interval:
    """The least and the largest finite value; NaN if there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)


def _complete(ax: Axes, along: Along, complete: Mapping[str, float], percent: str) -> None:
    """Draw complete pooling as a line with a band."""
    if not np.isfinite(complete["median"]):
        return
    if np.isfinite([complete["lower"], complete["upper"]]).all():
        ends = along.at(np.array([complete["lower"], complete["upper"]])).tolist()
        look: dict[str, Any] = {"color": style.POPULATION, "linewidth": 0.0, "alpha": 0.25}
        ax.axvspan(*ends, zorder=0, label=f"complete pooling, {percent} interval", **look)
    ax.axvline(float(along.at(complete["median"])), color=style.POPULATION, linewidth=1.2, dashes=(5, 3), zorder=1)


def _groups(ax: Axes, along: Along, none: Columns, partial: Columns, percent: str, look: by_row.Look) -> None:
    """Draw the interval of a group alone above that of the fit, and a line from one median to the other."""
    from matplotlib.collections import LineCollection

    row = np.arange(len(partial["median"]), dtype=float)
    some = np.flatnonzero(np.isfinite(none["median"]))
    above, below = row + _APART, row - _APART
    ends = np.stack([along.at(none["median"][some]), along.at(partial["median"][some])], axis=1)
    lines = np.stack([ends, np.stack([above[some], below[some]], axis=1)], axis=2)
    ax.add_collection(LineCollection(list(lines), colors=style.FAINT, linewidths=look.line, zorder=2))
    ax.hlines(
        above[some],
        along.at(none["lower"][some]),
        along.at(none["upper"][some]),
        color=style.GREY,
        linewidth=0.6 * look.line,
        zorder=2,
        label=f"no pooling, {percent} interval",
    )
    said = ("no pooling, median", "no pooling, farther out")
    by_row.hollow_points(ax, along, none["median"][some], above[some], look, said)
    ax.hlines(
        below,
        along.at(partial["lower"]),
        along.at(partial["upper"]),
        color=style.GROUP,
        linewidth=look.line,
        zorder=3,
        label=f"partial pooling, {percent} interval",
    )
    by_row.full_points(ax, along, partial["median"], below, look, "partial pooling, median")
