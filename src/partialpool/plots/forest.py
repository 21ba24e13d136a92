"""The forest picture: every group's posterior interval in order, with its raw estimate, over the population's bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.some import notable, remark, some
from partialpool.plots.text import apart, labels, title_of
from partialpool.special import Array, Index

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, SAMPLE = 300, 150  # up to MOST groups are all drawn; of more groups a sample of SAMPLE
_ROW, _TALLEST, _SHORTEST, _REST = 0.19, 11.0, 3.0, 1.3  # heights in inches
_BESIDE, _MARGIN = 0.5, 0.04  # how far bands may widen the axis, and its margin, as shares of the groups' range
_LEAST = 0.115  # inches between the names of groups in type of the usual size
_LEFT = 0.6  # share of a small place that is left for the groups beside title and labels
_SMALLER = 40  # number of groups above which names are written smaller
_BELOW = 0.8  # rows between the first or last group and the edge
_SEEN = 0.02  # inches: names that would move by less stay at their ticks
_ASIDE = 14.0  # points between the axes and names that are moved apart

Columns = Mapping[str, NDArray[Any]]
Interval = tuple[float, float]


def drawn(groups: int) -> int:
    """The number of groups that are drawn, given their total number."""
    return groups if groups <= MOST else SAMPLE


def size(groups: int) -> tuple[float, float]:
    """Width and height in inches of a picture of this number of groups."""
    return 6.4, float(np.clip(_REST + _ROW * drawn(groups), _SHORTEST, _TALLEST))


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
    which = some(by, drawn(len(by)))
    rows = {name: np.asarray(table[name], dtype=float)[which] for name in ("lower", "median", "upper", "raw")}
    percent = f"{100 * level:g}%"
    shown = np.concatenate([rows["lower"], rows["upper"], mean[:1]])
    raw = rows["raw"][np.isfinite(rows["raw"])]
    beside = [
        mean[1],
        *([following] if following else []),
        *([(float(raw.min()), float(raw.max()))] if len(raw) else []),
    ]
    along = Along("x", _limits((float(shown.min()), float(shown.max())), beside), to)
    along.set(ax)
    _bands(ax, along, mean, following, f"population {centre}, {percent}", percent)
    _groups(ax, along, rows, percent, _pitch(ax, len(which)))
    ax.set_ylim(-_BELOW, len(which) - 1 + _BELOW)
    style.framed(ax, title_of([quantity]), title_of(keys), layout.type_share(ax))
    along.number(ax, style.TICKS * layout.type_share(ax))
    names = labels({key: table[key][which] for key in keys}, keys)
    named = notable(rows["median"])
    _name(ax, names, named)
    layout.settle(ax)  # names have their final width, so that the room for a title is known
    every = _every(ax, len(which))
    layout.legend_below(ax, ax.get_legend_handles_labels()[0], columns=2, gap=0.45)
    said = remark(len(which), len(table["raw"]), arranged or "the posterior median")
    thinned = f"every {_nth(every)} group is named, besides the first, the last and the outlying ones"
    titles.wrap_labels(ax)
    title = f"Groups in order of {arranged or 'posterior median'}"
    titles.titled(ax, title, said, thinned if every > 1 and not layout.low(ax) else "")
    layout.settle(ax)
    shift = _name(ax, names, named)
    if np.any(np.abs(shift) > _SEEN):
        layout.move_labels(ax, shift, _ASIDE)


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


def _pitch(ax: Axes, rows: int) -> float:
    """Estimate the distance between rows in points, before the room of titles and labels is known."""
    return layout.POINTS * _room(ax, rows) * (_LEFT if layout.low(ax) else 1.0)


def _groups(ax: Axes, along: Along, rows: Columns, percent: str, pitch: float) -> None:
    """Draw a line for each interval, a hollow marker for the raw estimate and a full one for the posterior median."""
    thin = float(np.clip(pitch / 5.76, 0.35, 1.0))  # 5.76 points: lines and markers of full size stand well apart
    most = max(0.9, pitch)  # in narrower rows the markers would merge
    row = np.arange(len(rows["median"]), dtype=float)
    ax.hlines(
        row,
        along.at(rows["lower"]),
        along.at(rows["upper"]),
        color=style.GROUP,
        linewidth=min(0.4 + 0.8 * thin, 0.4 * most),
        zorder=2,
        label=f"group, {percent} interval",
    )
    hollow: dict[str, Any] = {
        "markerfacecolor": "white",
        "markeredgecolor": style.GREY,
        "markeredgewidth": min(0.4 + 0.4 * thin, 0.3 * most),
    }
    full: dict[str, Any] = {"markerfacecolor": style.GROUP, "markeredgewidth": 0.0}
    (low, high), raw = along.limits, rows["raw"]
    inside = (raw > low) & (raw < high)
    ax.plot(
        along.at(raw[inside]),
        row[inside],
        "o",
        markersize=min(1.2 + 3.0 * thin, 1.3 * most),
        zorder=3,
        label="raw estimate",
        **hollow,
    )
    for edge, beyond, marker in ((low, raw <= low, "<"), (high, raw >= high, ">")):
        if np.any(beyond):
            at, size = np.full(int(np.sum(beyond)), along.at(edge)), min(1.8 + 3.0 * thin, 1.5 * most)
            ax.plot(at, row[beyond], marker, ms=size, zorder=3, clip_on=False, label="raw, farther out", **hollow)
    ax.plot(
        along.at(rows["median"]),
        row,
        "o",
        markersize=min(1.0 + 3.0 * thin, 1.2 * most),
        zorder=4,
        label="posterior median",
        **full,
    )


def _name(ax: Axes, names: Sequence[str], always: Index) -> Array:
    """Name as many rows as there is room for, and those in `always`; return by how many inches each name must move up.

    Names that would overlap move apart.
    """
    every, room, share = _every(ax, len(names)), _room(ax, len(names)), layout.type_share(ax)
    regular = [row for row in range(0, len(names), every) if every == 1 or np.all(np.abs(always - row) >= every)]
    while layout.low(ax) and regular and _LEAST * share * (len(regular) + len(always)) > layout.inches(ax):
        regular = regular[1::2]
    rows = np.union1d(regular, always).astype(np.intp) if every > 1 else np.arange(len(names))
    places = rows.astype(float) * room
    shift = apart(places, _LEAST * share) - places if every > 1 else np.zeros(len(rows))
    size = (style.SMALL - (1.0 if len(names) > _SMALLER else 0.0)) * share
    ax.set_yticks(rows, [names[row] for row in rows], parse_math=False)
    ax.tick_params(axis="y", length=0.0 if every == 1 else 2.0, labelsize=size)
    return shift


def _limits(shown: Interval, bands: Sequence[Interval]) -> Interval:
    """The range of the axis: the groups' intervals, widened for other bands by at most half their range on a side."""
    wide = (shown[1] - shown[0]) or 1.0
    low = max(min(shown[0], *(band[0] for band in bands)), shown[0] - _BESIDE * wide)
    high = min(max(shown[1], *(band[1] for band in bands)), shown[1] + _BESIDE * wide)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _room(ax: Axes, rows: int) -> float:
    """Distance between two rows in inches."""
    return layout.inches(ax) / max(rows - 1 + 2 * _BELOW, 1.0)


def _every(ax: Axes, rows: int) -> int:
    """The smallest k such that the names of every k-th row have room."""
    return max(1, int(np.ceil(_LEAST * layout.type_share(ax) / _room(ax, rows) - 1e-9)))


def _nth(number: int) -> str:
    endings = {2: "2nd", 3: "3rd"}
    return endings.get(number, f"{number}th")
