"""The picture of posterior medians against raw estimates: the distance from the line of equal values is the shrinkage.

Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figure 5.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.messages.wording import counted
from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.beside_points import name_points
from partialpool.plots.extent import extent
from partialpool.plots.some import notable, remarks, some
from partialpool.plots.text import labels, title_of
from partialpool.special import Array, Columns, Index

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.9)
MOST = 150
NAMED = 20
_CROWD = 40  # number of groups up to which lines have their full width
_MARGIN = 0.04  # margin at the ends of the axes, as a share of their range
_WIDER = 0.25  # how far intervals may widen the axes, as a share of the range of the points; or by a usual interval


def draw(
    table: Columns,
    keys: Sequence[str],
    quantity: str,
    level: float,
    centre: tuple[float, str],
    ax: Axes,
    *,
    to: Scale = IDENTITY,
) -> None:
    """Draw a point for each group that has data, with its interval, on two axes with the same limits.

    Args:
        table: `Posterior.group_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        level: probability of the intervals.
        centre: the population's mean, and its name: "median" with a transform.
        ax: the axes to draw on.
        to: the transform to the numbers at both axes.
    """
    every = {name: np.asarray(table[name], dtype=float) for name in ("raw", "median", "lower", "upper")}
    known = np.flatnonzero(np.isfinite(every["raw"]))
    which = known[some(every["raw"][known], MOST, notable(every["median"][known]))]
    raw, middle, lower, upper = (every[name][which] for name in ("raw", "median", "lower", "upper"))
    share = layout.type_share(ax)
    low, high = _limits(every, which, centre[0])
    x, y = Along("x", (low, high), to), Along("y", (low, high), to)
    x.set(ax)
    y.set(ax)
    inside = (raw >= low) & (raw <= high)
    ends = np.array([low, high])
    thin = min(1.0, _CROWD / max(len(which), 1)) * share
    at, middles = x.at(raw[inside]), y.at(middle[inside])
    ax.plot(x.at(ends), y.at(ends), color=style.GREY, linewidth=0.8, zorder=1, label="raw estimate, not shrunk")
    look: dict[str, Any] = {"color": style.POPULATION, "linewidth": 1.4, "dashes": (5, 3), "zorder": 1}
    ax.axhline(float(y.at(centre[0])), label=f"population {centre[1]}", **look)
    _points(ax, at, middles, (y.at(lower[inside]), y.at(upper[inside])), level, thin)
    style.framed(ax, f"raw estimate: {title_of([quantity])}", f"posterior median: {title_of([quantity])}", share)
    for along in (x, y):
        along.number(ax, style.TICKS * share)
    few = len(which) <= NAMED
    named = np.arange(len(which)) if few else np.union1d(notable(middle), [np.argmin(raw), np.argmax(raw)])
    order = _most_extreme_first(middle, named[inside[named]])
    names = labels({key: table[key][which[order]] for key in keys}, keys)
    empty, beyond = len(every["raw"]) - len(known), int(np.sum((every["raw"] < low) | (every["raw"] > high)))
    layout.settle(ax)
    layout.legend_below(ax, ax.get_legend_handles_labels()[0], columns=2, gap=0.5)
    titles.wrap_labels(ax)
    said = remarks(len(which), len(known), all_named=few or layout.low(ax), empty=empty, beyond=beyond)
    titles.titled(ax, f"Posterior against raw estimate: {counted(len(every['raw']), 'group')}", *said)
    layout.settle(ax)
    name_points(ax, names, x.at(raw[order]), y.at(middle[order]), (at, middles))


def _points(ax: Axes, x: Array, y: Array, interval: tuple[Array, Array], level: float, thin: float) -> None:
    """Draw the points and their intervals; `thin` is less than 1 if there are many groups."""
    ax.vlines(
        x,
        *interval,
        color=style.shades(style.FAINT, style.GROUP)(thin),
        linewidth=0.3 + 0.6 * thin,
        zorder=2,
        label=f"group, {100 * level:g}% interval",
    )
    ax.plot(
        x,
        y,
        "o",
        markersize=1.8 + 2.4 * thin,
        markerfacecolor=style.GROUP,
        markeredgewidth=0.0,
        zorder=3,
        label="posterior median",
    )


def _limits(every: Mapping[str, Array], which: NDArray[np.intp], centre: float) -> tuple[float, float]:
    """The limits of both axes: those of the points, widened for the intervals by no more than a part of them."""
    low, high = extent(every["raw"], np.append(every["median"][which], centre), MOST)
    reach = max(_WIDER * (high - low), float(np.median(every["upper"][which] - every["lower"][which])))
    ends = np.concatenate([[low, high], every["lower"][which], every["upper"][which]])
    low, high = max(float(ends.min()), low - reach), min(float(ends.max()), high + reach)
    return low - _MARGIN * (high - low), high + _MARGIN * (high - low)


def _most_extreme_first(middle: Array, some: Index) -> Index:
    """Positions sorted by how far their posterior medians are from the middle one."""
    far = np.abs(middle[some] - np.median(middle))
    return some[np.argsort(-far, kind="stable")].astype(np.intp)
