"""The picture of a normal population: the posterior density of its sd, above each group's mean given that sd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import layout, style, titles
from partialpool.plots.some import notable
from partialpool.plots.text import labels, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.6)
MOST = 150
NAMED = 20
_GAP, _REACH = 1.05, 1.55  # where the axes above begin and end, in heights of the axes
_SEEN = 0.01  # smallest density that is drawn, relative to the largest
_CROWD = 30  # number of groups up to which lines have their full width

Columns = Mapping[str, NDArray[Any]]


def draw(table: Columns, keys: Sequence[str], quantity: str, said: str, ax: Axes) -> None:
    """Draw the conditional means as lines on `ax`, and the density on axes above it that share x.

    The x axis begins at 0, unless the density would then take less than half of it.

    Args:
        table: `Posterior.trace_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        said: a remark under the title.
        ax: the axes to draw on.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 and 5.6.
    """
    points = int(np.argmax(np.diff(table["given_sd"], append=-np.inf) < 0.0)) + 1
    sd, density = table["given_sd"][:points], table["density"][:points]
    means = table["mean"].reshape(-1, points)
    seen = np.flatnonzero(density > _SEEN * density.max())
    start, end = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 1, points - 1)
    if sd[start] <= sd[end] - sd[start]:  # the room before the density is less than its own
        start = 0
    drawn = slice(start, end + 1)
    share = layout.type_share(ax)
    thin = min(1.0, float(np.sqrt(_CROWD / len(means)))) * share**2
    ax.plot(sd[drawn], means[:, drawn].T, color=style.GROUP, linewidth=0.3 + 0.7 * thin, zorder=2)
    ax.set_xlim(float(sd[start]) if start else 0.0, float(sd[end]))
    style.framed(
        ax, f"sd of the population ({title_of([quantity])})", f"mean given the sd: {title_of([quantity])}", share
    )
    above = ax.inset_axes((0.0, _GAP, 1.0, _REACH - _GAP), sharex=ax)
    above.fill_between(sd, density, color=style.SURFACE[1], linewidth=0.0)
    above.plot(sd, density, color=style.GROUP, linewidth=1.0)
    above.set_ylim(0.0, 1.05 * float(density[drawn].max()))
    style.framed(above, share=share)
    above.set_ylabel(
        "density" if layout.low(ax) else "posterior density", fontsize=style.USUAL * share, color=style.INK
    )
    above.tick_params(axis="x", labelbottom=False)
    above.set_yticks([])
    few = len(means) <= NAMED
    named = np.arange(len(means)) if few else notable(means[:, end])
    names = labels({key: table[key][::points][named] for key in keys}, keys)
    which = "" if few or layout.low(ax) else "the lowest, the highest and the outlying groups are named"
    layout.settle(ax, above=_REACH)
    titles.wrap_labels(ax, above)
    titles.titled(ax, "The population's sd, and the groups' means given it", said, which, over=above)
    layout.settle(ax, above=_REACH)
    layout.name_beside(ax, names, means[named, end], where=float(sd[end]), aside=8.0)
