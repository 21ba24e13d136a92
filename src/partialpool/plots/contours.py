"""Contours of the posterior density of two parameters of the population, and the density of either beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import layout, style
from partialpool.plots.text import title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.4)
LEVELS = np.arange(5, 100, 10) / 100.0
_GAP, _REACH = 1.03, 1.21  # where the axes beside begin and end, in sizes of the axes
_SEEN = 0.01  # of the mode's density: what is less is out of the picture

Columns = Mapping[str, NDArray[Any]]


def draw(surface: Columns, marginals: Columns, ax: Axes) -> None:
    """Contours at 5%, 15%, ..., 95% of the density at the mode.

    surface, marginals: both tables of `Posterior.surface_columns()`.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.2 and 5.3.
    """
    names = list(surface)[:2]
    sides = [_side(marginals, name) for name in names]
    (x, _), (y, _) = sides
    density = surface["density"].reshape(len(x), len(y)).T
    top = float(density.max())
    ax.contourf(
        x,
        y,
        density,
        levels=[*(LEVELS * top), top * 1.0001],
        colors=style.shades(*style.SURFACE)(LEVELS**0.8),
        zorder=1,
    )
    ax.contour(x, y, density, levels=LEVELS * top, colors=style.GROUP, linewidths=style.THIN, zorder=2)
    for values, axis, limit in ((x, 0, ax.set_xlim), (y, 1, ax.set_ylim)):
        limit(*_view(values, density.max(axis=axis) / top))
    style.framed(ax, *(title_of([name]) for name in names))
    above = _beside(ax, sides)
    layout.settle(ax, right=_REACH, above=_REACH)
    said = "contours at 5%, 15%, ..., 95% of the density at the mode"
    layout.titled(ax, "Posterior density of the population's parameters", said, over=above)
    layout.settle(ax, right=_REACH, above=_REACH)


def _side(marginals: Columns, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    own = marginals["parameter"] == name
    return marginals["value"][own], marginals["density"][own]


def _view(values: NDArray[Any], share: NDArray[Any]) -> tuple[float, float]:
    """The range where there is something to see."""
    live = np.flatnonzero(share > _SEEN)
    return float(values[max(live[0] - 1, 0)]), float(values[min(live[-1] + 1, len(values) - 1)])


def _beside(ax: Axes, sides: list[tuple[NDArray[Any], NDArray[Any]]]) -> Axes:
    """The densities of either parameter alone, above and to the right; the axes above."""
    above = ax.inset_axes((0.0, _GAP, 1.0, _REACH - _GAP), sharex=ax)
    right = ax.inset_axes((_GAP, 0.0, _REACH - _GAP, 1.0), sharey=ax)
    for side, (value, density), flat in ((above, sides[0], True), (right, sides[1], False)):
        fill, line = (side.fill_between, (value, density)) if flat else (side.fill_betweenx, (density, value))
        fill(value, density, color=style.SURFACE[1], linewidth=0.0)
        side.plot(*line, color=style.GROUP, linewidth=1.0)
        side.set_axis_off()
        (side.set_ylim if flat else side.set_xlim)(0.0, 1.05 * float(density.max()))
    return above
