"""The picture of the population: contours of the posterior density of two parameters, and their marginal densities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from partialpool.plots import layout, style, titles
from partialpool.plots.text import title_of
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from partialpool.quadrature.shown import Side
    from partialpool.quadrature.surface import Surface

SIZE = (5.6, 5.4)
LEVELS = np.arange(5, 100, 10) / 100.0
_GAP, _REACH = 1.03, 1.21  # where the axes of the marginal densities begin and end, in sizes of the main axes
_FINENESS = 400  # points across the contours, so that the straight lines between them look like curves
_BETWEEN = 6  # pieces of a drawn curve between two points of a density
_MARGIN = 0.05  # share of the range that is left free at either end


def draw(surface: Surface, ax: Axes) -> None:
    """Draw contours at 5%, 15%, ..., 95% of the density at the mode.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.2 and 5.3.
    """
    x, y, density = surface.closer(LEVELS[0], _FINENESS)
    top = float(surface.density.max())
    ax.contourf(
        x,
        y,
        density,
        levels=[*(LEVELS * top), top * 1.0001],
        colors=style.shades(*style.SURFACE)(LEVELS**0.8),
        zorder=1,
    )
    ax.contour(x, y, density, levels=LEVELS * top, colors=style.GROUP, linewidths=style.THIN, zorder=2)
    live = density > LEVELS[0] * top
    ax.set_xlim(*_view(surface.beside[0], x[live]))
    ax.set_ylim(*_view(surface.beside[1], y[live]))
    one, other = (title_of([name]) for name in surface.names)
    style.framed(ax, one, other, layout.type_share(ax))
    above = _beside(ax, surface.beside)
    layout.settle(ax, right=_REACH, above=_REACH)
    said = "" if layout.low(ax) else "contours at 5%, 15%, ..., 95% of the density at the mode"
    titles.wrap_labels(ax)
    titles.titled(ax, "Posterior density of the population's parameters", said, over=above)


def _view(side: Side, within: Array) -> tuple[float, float]:
    """The range of a parameter that is drawn: that of the contours, and the middle half of its marginal distribution.

    A long tail of the marginal density, drawn in full, would press the contours together.
    """
    value, density = side.value, side.density
    below = np.append(0.0, np.cumsum(0.5 * np.diff(value) * (density[1:] + density[:-1])))
    quartiles = np.interp([0.25 * below[-1], 0.75 * below[-1]], below, value)
    low, high = min(within.min(), quartiles[0]), max(within.max(), quartiles[1])
    margin = _MARGIN * (high - low)
    return float(max(low - margin, value[0])), float(min(high + margin, value[-1]))


def _curve(side: Side) -> tuple[Array, Array]:
    """The marginal density of a parameter, interpolated for drawing."""
    from scipy.interpolate import Akima1DInterpolator, PchipInterpolator  # slow to load, and only pictures need it

    points = np.arange(len(side.value))
    at = np.linspace(0.0, points[-1], _BETWEEN * points[-1] + 1)
    density = Akima1DInterpolator(points, side.density)(at)
    return PchipInterpolator(points, side.value)(at), np.maximum(density, 0.0)


def _beside(ax: Axes, sides: tuple[Side, Side]) -> Axes:
    """Draw the marginal densities above and to the right, and return the axes above."""
    above = ax.inset_axes((0.0, _GAP, 1.0, _REACH - _GAP), sharex=ax)
    right = ax.inset_axes((_GAP, 0.0, _REACH - _GAP, 1.0), sharey=ax)
    for side, own, flat in ((above, sides[0], True), (right, sides[1], False)):
        value, density = _curve(own)
        fill, line = (side.fill_between, (value, density)) if flat else (side.fill_betweenx, (density, value))
        fill(value, density, color=style.SURFACE[1], linewidth=0.0)
        side.plot(*line, color=style.GROUP, linewidth=1.0)
        side.set_axis_off()
        (side.set_ylim if flat else side.set_xlim)(0.0, 1.05 * float(density.max()))
    return above
