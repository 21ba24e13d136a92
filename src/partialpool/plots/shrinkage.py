"""The shrinkage picture: a line for each group, from its raw estimate to its posterior mean or median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.messages.wording import counted
from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.extent import extent
from partialpool.plots.some import notable, remarks, some
from partialpool.plots.text import labels, title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.6)
MOST = 150
NAMED = 20
_CROWD = 40  # number of groups up to which lines have their full width
_MARGIN = 0.04  # margin at the ends of the axis, as a share of its range

Middle = Literal["mean", "median"]


def draw(
    table: Columns,
    keys: Sequence[str],
    quantity: str,
    centre: float,
    ax: Axes,
    pooled: Middle = "mean",
    *,
    to: Scale = IDENTITY,
) -> None:
    """Draw the lines, which are the wider and darker the larger the weight of the group's own data is.

    Args:
        table: `Posterior.group_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        centre: the population's mean, which is also its median wherever medians are drawn.
        ax: the axes to draw on.
        pooled: the column to which the lines lead, "mean" or "median".
        to: the transform to the numbers at the axis.
    """
    size = len(table["raw"])
    which = some(table["raw"], MOST, notable(np.asarray(table[pooled], dtype=float)))
    raw, middle, weight = (np.asarray(table[name], dtype=float)[which] for name in ("raw", pooled, "weight"))
    crowded = min(1.0, _CROWD / max(len(which), 1)) * layout.type_share(ax) ** 2
    look = _Look(float(np.max(weight, initial=0.0)), crowded)
    order = np.argsort(weight, kind="stable")  # the heaviest on top
    every = np.append(np.asarray(table[pooled], dtype=float), centre)
    low, high = extent(np.asarray(table["raw"], dtype=float), every, MOST)
    margin = _MARGIN * (high - low)
    along = Along("y", (low - margin, high + margin), to)
    along.set(ax)
    inside = (raw >= low) & (raw <= high)
    _lines(ax, look, along.at(raw[order]), along.at(middle[order]), weight[order], inside[order])
    ax.axhline(
        float(along.at(centre)),
        color=style.POPULATION,
        linewidth=1.4,
        dashes=(5, 3),
        zorder=4,
        label=f"population {pooled}",
    )
    beyond = int(np.sum((raw < low) | (raw > high)))
    share = layout.type_share(ax)
    style.framed(ax, "", title_of([quantity]), share)
    along.number(ax, style.TICKS * share)
    ax.set_xlim(-0.06, 1.06)
    ax.set_xticks([0.0, 1.0], ["raw estimate", f"posterior {pooled}"], parse_math=False)
    ax.tick_params(axis="x", length=0.0, labelsize=style.USUAL * share)
    ax.spines["bottom"].set_visible(False)
    few = len(which) <= NAMED
    named = np.arange(len(which)) if few else np.union1d(notable(middle), notable(raw))
    names = labels({key: table[key][which[named]] for key in keys}, keys)
    empty = int(np.sum(~np.isfinite(table["raw"])))
    said = remarks(len(which), size, all_named=few or layout.low(ax), empty=empty, beyond=beyond)
    layout.settle(ax)
    _legend(ax, look, table["weight"], pooled)
    titles.wrap_labels(ax)
    titles.titled(ax, f"From raw to pooled: {counted(size, 'group')}", *said)
    layout.settle(ax)
    layout.name_beside(ax, names, middle[named], where=1.0, aside=14.0, along=along)


@dataclass(frozen=True)
class _Look:
    """The look of a weight, relative to the heaviest; `thin` is less than 1 if there are many groups."""

    heaviest: float
    thin: float

    def _share(self, weight: Any) -> Any:
        return weight / self.heaviest if self.heaviest > 0.0 else 0.0 * weight

    def width(self, weight: Any) -> Any:
        """Line width for a weight."""
        return 0.2 + self.thin * (0.3 + 1.5 * self._share(weight))

    def area(self, weight: Any) -> Any:
        """Marker area for a weight."""
        return 3.0 + self.thin * (6.0 + 22.0 * self._share(weight))

    def colour(self, weight: Any) -> Any:
        """Colour for a weight."""
        return style.shades(style.FAINT, style.GROUP)(self._share(weight))


def _lines(ax: Axes, look: _Look, raw: Array, middle: Array, weight: Array, inside: NDArray[np.bool_]) -> None:
    """Draw one line per group with a hollow and a full end; a group without data has only its full end.

    `inside` says whether each raw estimate is within the axis.
    """
    from matplotlib.collections import LineCollection

    some_data = np.isfinite(raw)
    y, own = np.stack([raw, middle], axis=1)[some_data], weight[some_data]
    segments = np.stack([np.broadcast_to([0.0, 1.0], y.shape), y], axis=2)
    ax.add_collection(LineCollection(list(segments), linewidths=look.width(own), colors=look.colour(own), zorder=2))
    inside = inside[some_data]
    ax.scatter(
        np.zeros(int(inside.sum())),
        y[inside, 0],
        s=look.area(own[inside]),
        facecolors="white",
        edgecolors=look.colour(own[inside]),
        linewidths=0.3 + 0.7 * look.thin,
        zorder=3,
        clip_on=False,
    )
    ax.scatter(
        np.ones(len(middle)),
        middle,
        s=look.area(weight),
        c=look.colour(weight),
        linewidths=0.0,
        zorder=3,
        clip_on=False,
    )


def _legend(ax: Axes, look: _Look, weight: NDArray[Any], pooled: Middle) -> None:
    """Draw the legend: the look of three weights, and the line of the population."""
    from matplotlib.lines import Line2D

    known = np.sort(weight[np.isfinite(weight)])
    three = np.unique(known[[0, len(known) // 2, -1]].round(2)) if len(known) else known
    handles = [
        Line2D(
            [],
            [],
            color=look.colour(w),
            linewidth=look.width(w),
            label=f"{w:.2f}" if i else f"weight of own data {w:.2f}",
        )
        for i, w in enumerate(three)
    ]
    handles.append(Line2D([], [], color=style.POPULATION, linewidth=1.4, dashes=(5, 3), label=f"population {pooled}"))
    layout.legend_below(ax, handles, columns=4, gap=0.35)
