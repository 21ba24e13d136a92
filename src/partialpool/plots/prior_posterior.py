"""The picture of what the data add: the prior and the posterior density of each population parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.messages.wording import joined
from partialpool.plots import layout, panels, style
from partialpool.plots.text import title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _HEIGHT = 2.6, 2.9  # of one panel, in inches
_GAP = 0.16  # room between two panels, in their widths
_SEEN = 0.005  # smallest posterior density that is drawn, relative to the largest
_BODY = 0.1  # an improper prior is drawn as high as the posterior where the posterior has this share of its height
_BETWEEN = 6  # pieces of a drawn curve between two values of the table
_MOST = 1.6  # the largest prior density that is drawn, in heights of the posterior
_NEAR = 0.05  # an axis that would begin so near to 0, as a share of its end, begins at 0
_DASHES = (5, 3)
_POSTERIOR, _PRIOR, _SHAPE = "posterior", "prior", "shape of an improper prior"


def size(table: Columns) -> tuple[float, float]:
    """Width and height in inches of a picture of this table."""
    return max(3.6, _WIDTH * len(dict.fromkeys(table["parameter"]))), _HEIGHT


def draw(table: Columns, quantity: str, ax: Axes) -> None:
    """Draw one panel per parameter: the posterior filled, the prior as a line, dashed if it is improper.

    An improper prior has no height of its own: it is drawn as high as the posterior, over the values at which the
    posterior density is more than a tenth of its largest.

    Args:
        table: `Posterior.density_columns()`.
        quantity: the name of the raw estimates.
        ax: the axes to draw on.
    """
    names = list(dict.fromkeys(table["parameter"]))
    axes, reach = panels.row(ax, len(names), _GAP)
    share = layout.type_share(ax)
    improper = []
    for place, name in zip(axes, names, strict=True):
        rows = table["parameter"] == name
        proper = bool(table["proper"][rows][0])
        improper += [] if proper else [name]
        value, posterior, prior = (
            np.asarray(table[part][rows], dtype=float) for part in ("value", "posterior", "prior")
        )
        _panel(place, value, posterior, prior, proper, share)
        style.framed(place, name, "density" if place is ax else "", share)
        place.set_yticks([])
    layout.settle(ax, right=reach)
    for place in axes:
        panels.few_numbers(place)
    handles = {name: handle for place in axes for handle, name in zip(*place.get_legend_handles_labels(), strict=True)}
    shown = [handles[name] for name in (_POSTERIOR, _PRIOR, _SHAPE) if name in handles]
    said = f"the prior of {joined(improper)} is improper: only its shape has a meaning" if improper else ""
    title = f"The population before and after the data: {title_of([quantity])}"
    panels.finish(ax, axes, reach, shown, 3, title, said)


def _panel(ax: Axes, value: Array, posterior: Array, prior: Array, proper: bool, share: float) -> None:
    """Draw the densities of one parameter over the values at which the posterior density is not negligible."""
    seen = np.flatnonzero(posterior > _SEEN * posterior.max())
    drawn = slice(max(int(seen[0]) - 1, 0), int(seen[-1]) + 2)
    top = float(posterior.max())
    if not proper:
        body = prior[posterior > _BODY * top]
        prior = prior * (top / (float(np.max(body, initial=0.0, where=np.isfinite(body))) or 1.0))
    x, y = _smooth(value[drawn], posterior[drawn])
    ax.fill_between(x, y, color=style.SURFACE[1], linewidth=0.0, zorder=1)
    ax.plot(x, y, color=style.GROUP, linewidth=1.2 * share, zorder=3, label=_POSTERIOR)
    said = _PRIOR if proper else _SHAPE
    dashes: dict[str, Any] = {} if proper else {"dashes": _DASHES}
    ax.plot(value[drawn], prior[drawn], color=style.POPULATION, linewidth=1.4 * share, zorder=4, label=said, **dashes)
    low, high = float(value[drawn][0]), float(value[drawn][-1])
    ax.set_xlim(0.0 if 0.0 < low < _NEAR * high else low, high)
    highest = float(np.max(prior[drawn], initial=0.0, where=np.isfinite(prior[drawn])))
    ax.set_ylim(0.0, 1.05 * min(max(top, highest), _MOST * top))


def _smooth(value: Array, density: Array) -> tuple[Array, Array]:
    """A density, interpolated for drawing."""
    from scipy.interpolate import PchipInterpolator  # slow to load, and only pictures need it

    points = np.arange(len(value), dtype=float)
    at = np.linspace(0.0, points[-1], _BETWEEN * (len(points) - 1) + 1)
    x = PchipInterpolator(points, value)(at)
    return x, np.maximum(PchipInterpolator(value, density)(np.clip(x, value[0], value[-1])), 0.0)
