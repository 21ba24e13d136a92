"""The picture of one group: the density of the population, the likelihood of the group's data, and its posterior.

Source: O'Hagan 1994, Kendall's Advanced Theory of Statistics 2B, Bayesian Inference, where it is the triplot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.plots import layout, style, titles
from partialpool.plots.axis import Along
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from partialpool.analysis.exports.one_group import OneGroup

SIZE = (6.0, 4.2)
_NEAR = 0.03  # how far outside the grid a raw estimate may widen the axis, as a share of its range
_ABOVE = 1.06  # height of the axes, relative to the highest density that is wholly drawn
_STEEP = 2.5  # a posterior density that is higher than this, relative to that at its median, is cut off
_TALL = 1.6  # a population's density that is higher than this, relative to the group's own, is cut off


def draw(
    of: OneGroup,
    raw: float,
    level: float,
    quantity: str,
    title: str,
    remarks: Sequence[str],
    ax: Axes,
    *,
    to: Scale = IDENTITY,
) -> None:
    """Draw the three densities, which are those of theta before the transform, with the interval shaded.

    Args:
        of: the densities.
        raw: the group's raw estimate, NaN if it has no data.
        level: probability of the posterior's interval.
        quantity: the name of the raw estimates.
        title: the title.
        remarks: remarks below the title.
        ax: the axes to draw on.
        to: the transform to the numbers at the axis.
    """
    share = layout.type_share(ax)
    along = Along("x", _range(of, raw), to)
    along.set(ax)
    x = along.at(of.theta)
    top, cut = _top(of)
    inside = (of.theta >= of.lower) & (of.theta <= of.upper)
    percent = f"{100 * level:g}%"
    ax.fill_between(
        x[inside],
        of.posterior[inside],
        color=style.SURFACE[1],
        linewidth=0.0,
        zorder=1,
        label=f"posterior, {percent} interval",
    )
    if of.population is not None:
        label = "next group of the population"
        ax.plot(x, of.population, color=style.POPULATION, linewidth=1.3, dashes=(5, 3), zorder=2, label=label)
    if of.likelihood is not None:
        ax.plot(x, of.likelihood, color=style.GREY, linewidth=1.0, zorder=3, label="own data alone (likelihood)")
    ax.plot(x, of.posterior, color=style.GROUP, linewidth=1.5, zorder=4, label="posterior")
    look: dict[str, Any] = {"clip_on": False, "zorder": 6, "markersize": 4.5 * share, "linestyle": "none"}
    if along.limits[0] <= raw <= along.limits[1]:
        hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgecolor": style.GREY, "markeredgewidth": 0.8}
        ax.plot(along.at(raw), 0.0, "o", label="raw estimate", **hollow, **look)
    full: dict[str, Any] = {"markerfacecolor": style.GROUP, "markeredgewidth": 0.0}
    ax.plot(along.at(of.median), 0.0, "o", label="posterior median", **full, **look)
    ax.set_ylim(0.0, _ABOVE * top)
    style.framed(ax, quantity, "density", share)
    along.number(ax, style.TICKS * share)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    layout.settle(ax)
    layout.legend_below(ax, ax.get_legend_handles_labels()[0], columns=3, gap=0.45)
    titles.wrap_labels(ax)
    titles.titled(ax, title, *remarks, "a density rises beyond the picture" if cut else "")


def _range(of: OneGroup, raw: float) -> tuple[float, float]:
    """The range of the grid, with a raw estimate that is just outside it, such as 0."""
    low, high = float(of.theta[0]), float(of.theta[-1])
    near = _NEAR * (high - low)
    return (raw if low - near <= raw < low else low), (raw if high < raw <= high + near else high)


def _top(of: OneGroup) -> tuple[float, bool]:
    """The height of the picture, and whether a density is cut off there."""
    usual = float(np.interp(of.median, of.theta, of.posterior))
    highest = _highest(of.posterior)
    own = max(min(highest, _STEEP * usual), 0.0 if of.likelihood is None else _highest(of.likelihood))
    population = 0.0 if of.population is None else _highest(of.population)
    return min(max(own, population), _TALL * own), max(highest, population) > _TALL * own


def _highest(density: Array) -> float:
    """The largest finite value of a density."""
    return float(np.max(density[np.isfinite(density)], initial=0.0))
