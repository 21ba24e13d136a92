"""The posterior density of the population's sd, above what each group's mean is, given that sd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import style
from partialpool.plots.text import apart, labels, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.6)
MOST = 150
NAMED = 20
_GAP, _REACH = 1.05, 1.55  # where the axes above begin and end, in heights of the axes
_SEEN = 0.01  # of the largest density: what is less is out of the picture
_CROWD = 30

Columns = Mapping[str, NDArray[Any]]


def draw(table: Columns, keys: Sequence[str], quantity: str, said: str, ax: Axes) -> None:
    """Lines of the conditional means on `ax`, and the density on axes above it that share x.

    table: `Posterior.trace_columns()`; keys: its columns that name a group; quantity: what is estimated; said: a
    remark.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 and 5.6.
    """
    points = int(np.argmax(np.diff(table["given_sd"], append=-np.inf) < 0.0)) + 1
    sd, density = table["given_sd"][:points], table["density"][:points]
    means = table["mean"].reshape(-1, points)
    last = int(np.flatnonzero(density > _SEEN * density.max())[-1])
    end = min(last + 1, points - 1)
    thin = min(1.0, float(np.sqrt(_CROWD / len(means))))
    ax.plot(sd[: end + 1], means[:, : end + 1].T, color=style.GROUP, linewidth=0.3 + 0.7 * thin, zorder=2)
    style.framed(ax, f"sd of the population ({title_of([quantity])})", f"mean given the sd: {title_of([quantity])}")
    ax.set_xlim(0.0, float(sd[end]))
    if len(means) <= NAMED:
        _names(ax, labels({key: table[key][::points] for key in keys}, keys), means[:, end])
    style.make_room(ax, right=1.0, above=_REACH)
    above = ax.inset_axes((0.0, _GAP, 1.0, _REACH - _GAP), sharex=ax)
    above.fill_between(sd, density, color=style.SURFACE[1], linewidth=0.0)
    above.plot(sd, density, color=style.GROUP, linewidth=1.0)
    above.set_ylim(0.0, 1.05 * float(density[: end + 1].max()))
    style.framed(above, "", "posterior density")
    above.tick_params(axis="x", labelbottom=False)
    above.set_yticks([])
    style.titled(above, "The population's sd, and the groups' means given it", said)


def _names(ax: Axes, names: Sequence[str], at: NDArray[Any]) -> None:
    """Each group's name at the end of its line, moved apart where they would overlap."""
    gap = style.line_height(ax) * _REACH * style.SETTLING  # the axes above are still to come
    edge = ax.get_xlim()[1]
    for name, place in zip(names, apart(at, gap), strict=True):
        ax.annotate(
            name,
            (edge, place),
            xytext=(4.0, 0.0),
            textcoords="offset points",
            fontsize=style.SMALL,
            va="center",
            annotation_clip=False,
            parse_math=False,
        )
