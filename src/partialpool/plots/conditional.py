"""The conditional picture of a normal population: mean and sd of each group's theta, given the population's sd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from partialpool.plots import layout, panels, style, traces
from partialpool.plots.text import apart, title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 7.4)
_MEANS, _DENSITY = (1.08, 2.48), (2.54, 3.1)  # where the two axes above begin and end, in heights of the lowest axes
_REACH = _DENSITY[1]
_ASIDE = 8.0  # points between a line's end and its name
_MARGIN = 0.05  # free room above the largest conditional sd, as a share of it


def draw(table: Columns, keys: Sequence[str], quantity: str, said: str, ax: Axes) -> None:
    """Draw the conditional sds on `ax`, the conditional means on axes above it, and the density of the sd on the top.

    Args:
        table: `Posterior.trace_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        said: a remark under the title.
        ax: the axes to draw on.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 to 5.7.
    """
    of, share, low = traces.curves(table, keys), layout.type_share(ax), layout.low(ax)
    means, density = (panels.further(ax, (0.0, 1.0), within, sharex=ax) for within in (_MEANS, _DENSITY))
    traces.lines(ax, of, of.spread, share)
    traces.lines(means, of, of.mean, share)
    ax.set_xlim(*of.limits)
    ax.set_ylim(0.0, (1.0 + _MARGIN) * float(of.spread[:, of.drawn].max()) or 1.0)
    x = f"sd of the population ({title_of([quantity])})"
    style.framed(ax, x, "sd" if low else "conditional sd", share)
    style.framed(means, "", "mean" if low else f"conditional mean: {title_of([quantity])}", share)
    means.tick_params(axis="x", labelbottom=False)
    traces.density(density, of, share, "" if low else "density")
    which = "" if len(of.mean) <= traces.NAMED or low else "the lowest, the highest and the outlying are named"
    panels.finish_above(ax, [means, density], _REACH, "Groups, given the population's sd", said, which)
    for one, values in ((means, of.mean), (ax, of.spread)):
        named, names = of.named(values[:, of.end])
        at = values[named, of.end]
        if one is means or _fit(one, at):  # names of sds would reach into those of the means
            layout.name_beside(one, names, at, where=of.limits[1], aside=_ASIDE)


def _fit(ax: Axes, at: Array) -> bool:
    """Whether names at these y have room beside the axes without reaching above them."""
    low, high = ax.get_ylim()
    gap = layout.line_height(ax, (low, high))
    return len(at) * gap < high - low and float(apart(at, gap, low + 0.5 * gap).max()) < high
