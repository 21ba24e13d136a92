"""Pictures with one row per group: how many rows are drawn, their distance, and which of them are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.text import apart
from partialpool.special import Array, Index

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, SAMPLE = 300, 150  # up to MOST groups are all drawn; of more groups a sample of SAMPLE
_ROW, _TALLEST, _SHORTEST, _REST = 0.19, 11.0, 3.0, 1.3  # heights in inches
_BESIDE, _MARGIN = 0.5, 0.04  # how far bands may widen the axis, and its margin, as shares of the groups' range
_LEAST = 0.115  # inches between the names of groups in type of the usual size
_LEFT = 0.6  # share of a small place that is left for the groups beside title and labels
_SMALLER = 40  # number of groups above which names are written smaller
_FULL = 5.76  # points between rows from which lines and markers have their full size
_NARROWEST = 0.9  # points between rows below which lines and markers become no thinner
_SEEN = 0.02  # inches: names that would move by less stay at their ticks
_ASIDE = 14.0  # points between the axes and names that are moved apart
BELOW = 0.8  # rows between the first or last group and the edge

Interval = tuple[float, float]


def drawn(groups: int) -> int:
    """The number of groups that are drawn, given their total number."""
    return groups if groups <= MOST else SAMPLE


def size(groups: int, row: float = _ROW) -> tuple[float, float]:
    """Width and height in inches of a picture of this number of groups, with rows of this height."""
    return 6.4, float(np.clip(_REST + row * drawn(groups), _SHORTEST, _TALLEST))


def pitch(ax: Axes, rows: int) -> float:
    """Estimate the distance between rows in points, before the room of titles and labels is known."""
    return layout.POINTS * _room(ax, rows) * (_LEFT if layout.low(ax) else 1.0)


def move_apart(ax: Axes, shift: Array) -> None:
    """Move the names up by `shift` inches each, unless that could not be seen."""
    if np.any(np.abs(shift) > _SEEN):
        layout.move_labels(ax, shift, _ASIDE)


def thinned(step: int) -> str:
    """Say that only every so many groups are named; empty if all are."""
    if step == 1:
        return ""
    return f"every {nth(step)} group is named, besides the first, the last and the outlying ones"


class Look:
    """Sizes of lines and markers in rows that are so many points apart."""

    def __init__(self, pitch: float) -> None:
        self.thin = float(np.clip(pitch / _FULL, 0.35, 1.0))
        self.most = max(_NARROWEST, pitch)  # in narrower rows the markers would merge

    @property
    def line(self) -> float:
        """Width of the line of an interval."""
        return min(0.4 + 0.8 * self.thin, 0.4 * self.most)

    @property
    def hollow(self) -> dict[str, Any]:
        """The look of a hollow marker."""
        edge = min(0.4 + 0.4 * self.thin, 0.3 * self.most)
        return {"markerfacecolor": "white", "markeredgecolor": style.GREY, "markeredgewidth": edge}

    @property
    def hollow_size(self) -> float:
        """Size of a hollow marker."""
        return min(1.2 + 3.0 * self.thin, 1.3 * self.most)

    @property
    def full_size(self) -> float:
        """Size of a full marker."""
        return min(1.0 + 3.0 * self.thin, 1.2 * self.most)

    @property
    def arrow_size(self) -> float:
        """Size of a marker at the edge."""
        return min(1.8 + 3.0 * self.thin, 1.5 * self.most)


def hollow_points(
    ax: Axes, along: Along, at: Array, row: Array, look: Look, said: tuple[str, str], zorder: float = 3
) -> None:
    """Draw hollow markers, and arrows at the edge for those that are farther out; `said`: their names in the legend."""
    low, high = along.limits
    inside = (at > low) & (at < high)
    ax.plot(
        along.at(at[inside]),
        row[inside],
        "o",
        markersize=look.hollow_size,
        zorder=zorder,
        label=said[0],
        **look.hollow,
    )
    label = said[1]
    for edge, out, marker in ((low, at <= low, "<"), (high, at >= high, ">")):
        if np.any(out):
            ends = np.full(int(np.sum(out)), along.at(edge))
            size = look.arrow_size
            ax.plot(ends, row[out], marker, ms=size, zorder=zorder, clip_on=False, label=label, **look.hollow)
            label = "_"  # the legend names both sides once


def full_points(ax: Axes, along: Along, at: Array, row: Array, look: Look, said: str) -> None:
    """Draw full markers; `said`: their name in the legend."""
    ax.plot(
        along.at(at),
        row,
        "o",
        markersize=look.full_size,
        markerfacecolor=style.GROUP,
        markeredgewidth=0.0,
        zorder=4,
        label=said,
    )


def finish(
    ax: Axes,
    names: Sequence[str],
    named: Index,
    title: str,
    *remarks: str,
    legend: Callable[[], object] | None = None,
    beside: Callable[[int], object] = lambda _: None,
) -> None:
    """Name the rows, and write legend and title, which leave room to one another.

    Args:
        ax: the axes, on which the rows are drawn.
        names: the name of each row.
        named: rows that are always named.
        title: the title.
        remarks: what stands below it.
        legend: function that draws the legend; by default one of two columns of all that has a label.
        beside: function that draws what stands beside the rows, given that every so many of them are named.
    """
    name(ax, names, named)
    layout.settle(ax)  # names have their final width, so that the room for a title is known
    step = every(ax, len(names))
    if legend is None:
        layout.legend_below(ax, ax.get_legend_handles_labels()[0], columns=2, gap=0.45)
    else:
        legend()
    titles.wrap_labels(ax)
    titles.titled(ax, title, *remarks, "" if layout.low(ax) else thinned(step))
    beside(step)
    layout.settle(ax)
    move_apart(ax, name(ax, names, named))


def name(ax: Axes, names: Sequence[str], always: Index) -> Array:
    """Name as many rows as there is room for, and those in `always`; return by how many inches each name must move up.

    Names that would overlap move apart.
    """
    step, room, share = every(ax, len(names)), _room(ax, len(names)), layout.type_share(ax)
    regular = [row for row in range(0, len(names), step) if step == 1 or np.all(np.abs(always - row) >= step)]
    while layout.low(ax) and regular and _LEAST * share * (len(regular) + len(always)) > layout.inches(ax):
        regular = regular[1::2]
    rows = np.union1d(regular, always).astype(np.intp) if step > 1 else np.arange(len(names))
    places = rows.astype(float) * room
    shift = apart(places, _LEAST * share) - places if step > 1 else np.zeros(len(rows))
    size = (style.SMALL - (1.0 if len(names) > _SMALLER else 0.0)) * share
    ax.set_yticks(rows, [names[row] for row in rows], parse_math=False)
    ax.tick_params(axis="y", length=0.0 if step == 1 else 2.0, labelsize=size)
    return shift


def limits(shown: Interval, bands: Sequence[Interval], beside: float = _BESIDE) -> Interval:
    """The range of the axis: the groups' intervals, widened for other bands by at most `beside` ranges on a side."""
    wide = (shown[1] - shown[0]) or 1.0
    low = max(min(shown[0], *(band[0] for band in bands)), shown[0] - beside * wide)
    high = min(max(shown[1], *(band[1] for band in bands)), shown[1] + beside * wide)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _room(ax: Axes, rows: int) -> float:
    """Distance between two rows in inches."""
    return layout.inches(ax) / max(rows - 1 + 2 * BELOW, 1.0)


def every(ax: Axes, rows: int) -> int:
    """The smallest k such that the names of every k-th row have room."""
    return max(1, int(np.ceil(_LEAST * layout.type_share(ax) / _room(ax, rows) - 1e-9)))


def nth(number: int) -> str:
    """An ordinal number from 2 on, such as 2nd or 5th."""
    endings = {2: "2nd", 3: "3rd"}
    return endings.get(number, f"{number}th")
