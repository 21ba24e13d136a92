"""The funnel plot: raw estimates against the amount of data, with the limits of the next group around the population.

Source of the convention, with limits of 95% and 99.8%: Spiegelhalter 2005, Statistics in Medicine 24:1185.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import IDENTITY, Scale, scale
from partialpool.messages.wording import counted
from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.beside_points import name_points
from partialpool.plots.text import short
from partialpool.special import Array, Index

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (6.4, 5.0)
LEVELS = (0.95, 0.998)
NAMED, ALL = 12, 20  # number of outside groups that are named, and of groups up to which all are named
_DASHES = ((5, 2), (1.5, 1.5))  # of the two pairs of limits
_CROWD = 60  # number of groups up to which points have their full size
_MARGIN = 0.05  # margin at the ends of the axes, as a share of their range
_WIDER = (2.0, 0.6)  # how far either pair of limits may widen the axis of y, as a share of the range of the points
_USUAL = 0.5  # share of the distance of the limits of 95% that counts as the range of the points if that is smaller
_LOGARITHMIC = 30.0  # ratio of the largest amount of data to the smallest from which its axis is logarithmic
_POINTS = 240  # points of a drawn limit


@dataclass(frozen=True)
class Funnel:
    """What the picture shows.

    Attributes:
        x: precision of each group with data, such as its number of trials, shape (groups,).
        raw: raw estimate of each, shape (groups,).
        names: name of each.
        without: number of groups that have no place in the picture.
        at: increasing precisions at which limits are known, shape (points,).
        limits: the limits there, for each of LEVELS: (levels, 2, points).
        centre: the population's mean, and its name.
        labels: names of the axes of x and y.
        counts: whether the raw estimates are counts divided by x.
    """

    x: Array
    raw: Array
    names: Sequence[str]
    without: int
    at: Array
    limits: Array
    centre: tuple[float, str]
    labels: tuple[str, str]
    counts: bool

    def limits_at(self, x: Array) -> Array:
        """The limits at other precisions, by a smooth monotone curve through the known ones in the log of x."""
        from scipy.interpolate import PchipInterpolator

        if len(self.at) == 1:
            return np.repeat(self.limits, len(x), axis=2)
        return np.asarray(PchipInterpolator(np.log(self.at), self.limits, axis=2)(np.log(x)))

    @property
    def outside(self) -> NDArray[np.bool_]:
        """Mask of the groups that are outside the limits, for each of LEVELS: (levels, groups)."""
        limits = self.limits_at(self.x)
        return np.asarray((self.raw < limits[:, 0]) | (self.raw > limits[:, 1]))

    @property
    def order(self) -> Index:
        """The groups that may be named: those outside 95% limits, the farthest first; of few groups, the others too."""
        (low, high), (own_low, own_high) = self.limits_at(self.x)[0], _ends(self.raw)
        wide = np.maximum(high - low, 1e-12 * (own_high - own_low) or 1e-300)
        out = np.maximum(low - self.raw, self.raw - high) / wide
        order = np.argsort(-out, kind="stable")
        return order if len(order) <= ALL else order[self.outside[0][order]][:NAMED]


def draw(of: Funnel, ax: Axes, *, to: Scale = IDENTITY) -> None:
    """Draw a hollow point for each group and the limits; points outside the limits of 95% are full."""
    share = layout.type_share(ax)
    logarithmic = of.x.max() > _LOGARITHMIC * of.x.min()
    ends = _ends(np.log(of.x)) if logarithmic else (0.0, float(of.x.max()))
    margin = _MARGIN * ((ends[1] - ends[0]) or 1.0)
    x = Along("x", (ends[0] - margin if logarithmic else 0.0, ends[1] + margin), scale("exp" if logarithmic else None))
    y = Along("y", _range(of), to)
    x.set(ax)
    y.set(ax)
    at = np.log(of.x) if logarithmic else of.x
    _limits(ax, of, y)
    _points(ax, of, x.at(at), y)
    style.framed(ax, short(of.labels[0]), of.labels[1], share)
    y.number(ax, style.TICKS * share)
    x.number(ax, style.TICKS * share)
    outside = [int(np.sum(mask)) for mask in of.outside]
    layout.settle(ax)
    layout.legend_below(ax, ax.get_legend_handles_labels()[0], columns=2, gap=0.5)
    titles.wrap_labels(ax)
    named = of.order
    said = ", ".join(f"{count:,} outside {100 * level:g}%" for count, level in zip(outside, LEVELS, strict=True))
    beyond = int(np.sum((of.raw < y.limits[0]) | (of.raw > y.limits[1])))
    titles.titled(
        ax,
        f"Raw estimates in the funnel of the next group: {counted(len(of.raw), 'group')}",
        said
        + (
            ", the farthest are named where there is room"
            if len(of.raw) > ALL and len(named) and not layout.low(ax)
            else ""
        ),
        f"{counted(of.without, 'group')} without data or with a standard error of 0" if of.without else "",
        f"{counted(beyond, 'raw estimate')} beyond the axis" if beyond else "",
    )
    layout.settle(ax)
    names, covering = [of.names[place] for place in named], len(of.raw) <= ALL
    name_points(ax, names, x.at(at)[named], y.at(of.raw[named]), (x.at(at), y.at(of.raw)), covering=covering)


def _limits(ax: Axes, of: Funnel, y: Along) -> None:
    """Draw the limits, and the population's mean as a line."""
    first, last = float(of.at[0]), float(of.at[-1])
    line = np.geomspace(first, last, _POINTS) if last > first else np.array(ax.get_xlim())
    limits = of.limits_at(np.clip(line, first, last))
    if of.counts:
        limits[:, 1] = np.where(line * limits[:, 1] < 1.0, np.nan, limits[:, 1])  # there a single event is outside
    for level, dashes, (low, high) in zip(LEVELS, _DASHES, limits, strict=True):
        for end, label in ((low, f"next group, {100 * level:g}% limits"), (high, "_")):
            ax.plot(line, y.at(end), color=style.POPULATION, linewidth=1.0, dashes=dashes, zorder=1, label=label)
    ax.axhline(
        float(y.at(of.centre[0])), color=style.POPULATION, linewidth=1.4, zorder=1, label=f"population {of.centre[1]}"
    )


def _points(ax: Axes, of: Funnel, x: Array, y: Along) -> None:
    """Draw the groups: inside the limits of 95% as hollow points, outside as full ones."""
    thin = min(1.0, float(np.sqrt(_CROWD / max(len(of.raw), 1)))) * layout.type_share(ax)
    size, out = 1.6 + 2.8 * thin, of.outside[0]
    edge: dict[str, Any] = {"markeredgecolor": style.GREY, "markeredgewidth": 0.3 + 0.5 * thin}
    at = y.at(of.raw)
    ax.plot(x[~out], at[~out], "o", markersize=size, markerfacecolor="white", zorder=2, label="raw estimate", **edge)
    if not out.any():
        return
    ax.plot(
        x[out],
        at[out],
        "o",
        markersize=size + 0.4,
        markerfacecolor=style.GROUP,
        markeredgewidth=0.0,
        zorder=3,
        label="raw estimate, outside 95%",
    )


def _range(of: Funnel) -> tuple[float, float]:
    """The range of y: that of the raw estimates and of the mean, widened for the limits by no more than a part."""
    low, high = first, last = _ends(np.append(of.raw, of.centre[0]))
    usual = float(np.median(of.limits[0, 1] - of.limits[0, 0]))
    wide = max(high - low, _USUAL * usual) or 1.0
    for most, ends in zip(_WIDER, of.limits_at(of.x), strict=True):
        low = min(low, max(float(ends[0].min()), first - most * wide))
        high = max(high, min(float(ends[1].max()), last + most * wide))
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _ends(values: Array) -> tuple[float, float]:
    """The least and the largest value."""
    return float(values.min()), float(values.max())
