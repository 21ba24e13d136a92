"""The picture of a normal population: the posterior density of its sd, above each group's mean given that sd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import layout, panels, style
from partialpool.plots.some import ENDS_NAMED, notable
from partialpool.plots.text import labels, title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (5.6, 5.6)
MOST = 150
NAMED = 20
_GAP, _REACH = 1.05, 1.55  # where the axes above begin and end, in heights of the axes
_SEEN = 0.01  # smallest density that is drawn, relative to the largest
_CROWD = 30  # number of groups up to which lines have their full width


@dataclass(frozen=True)
class Curves:
    """A table of traces as curves along the population's sd.

    Attributes:
        sd: values of the population's sd, (points,).
        density: its posterior density, (points,).
        mean: conditional mean of each group's theta, (groups, points).
        spread: conditional sd of each group's theta, (groups, points).
        names: the label columns, one element per group.
        start: position of the first value of the sd that is drawn.
        end: position of the last one.
    """

    sd: Array
    density: Array
    mean: Array
    spread: Array
    names: Columns
    start: int
    end: int

    @property
    def drawn(self) -> slice:
        """The positions that are drawn."""
        return slice(self.start, self.end + 1)

    @property
    def limits(self) -> tuple[float, float]:
        """The range of the sd that is drawn; it begins at 0, unless the density would then take less than half of it.

        So a density that is far from 0 is seen closely.
        """
        return float(self.sd[self.start]) if self.start else 0.0, float(self.sd[self.end])

    @property
    def thin(self) -> float:
        """The width of lines as a share of the full width, less than 1 if there are many groups."""
        return min(1.0, float(np.sqrt(_CROWD / len(self.mean))))

    def named(self, values: Array) -> tuple[NDArray[np.intp], list[str]]:
        """Positions and names of all groups if there are few, else of those with notable values."""
        which = np.arange(len(self.mean)) if len(self.mean) <= NAMED else notable(values)
        return which, labels({key: column[which] for key, column in self.names.items()}, list(self.names))


def curves(table: Columns, keys: Sequence[str]) -> Curves:
    """Read `Posterior.trace_columns()`, whose label columns are `keys`."""
    points = int(np.argmax(np.diff(table["given_sd"], append=-np.inf) < 0.0)) + 1
    sd, density = table["given_sd"][:points], table["density"][:points]
    seen = np.flatnonzero(density > _SEEN * density.max())
    start, end = max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 1, points - 1)
    if sd[start] <= sd[end] - sd[start]:  # the room before the density is less than its own
        start = 0
    mean, spread = (table[name].reshape(-1, points) for name in ("mean", "sd"))
    return Curves(sd, density, mean, spread, {key: table[key][::points] for key in keys}, start, end)


def lines(ax: Axes, of: Curves, values: Array, share: float) -> None:
    """Draw a line for each group along the population's sd."""
    ax.plot(
        of.sd[of.drawn],
        values[:, of.drawn].T,
        color=style.GROUP,
        linewidth=0.3 + 0.7 * of.thin * share**2,
        zorder=2,
    )


def density(ax: Axes, of: Curves, share: float, label: str) -> None:
    """Draw the posterior density of the population's sd on axes that share x with others below them."""
    ax.fill_between(of.sd, of.density, color=style.SURFACE[1], linewidth=0.0)
    ax.plot(of.sd, of.density, color=style.GROUP, linewidth=1.0)
    ax.set_ylim(0.0, 1.05 * float(of.density[of.drawn].max()))
    style.framed(ax, share=share)
    ax.set_ylabel(label, fontsize=style.USUAL * share, color=style.INK)
    ax.tick_params(axis="x", labelbottom=False)
    ax.set_yticks([])


def draw(table: Columns, keys: Sequence[str], quantity: str, said: str, ax: Axes) -> None:
    """Draw the conditional means as lines on `ax`, and the density on axes above it that share x.

    Args:
        table: `Posterior.trace_columns()`.
        keys: its label columns.
        quantity: the name of the raw estimates.
        said: a remark under the title.
        ax: the axes to draw on.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 and 5.6.
    """
    of, share = curves(table, keys), layout.type_share(ax)
    lines(ax, of, of.mean, share)
    ax.set_xlim(*of.limits)
    style.framed(
        ax, f"sd of the population ({title_of([quantity])})", f"mean given the sd: {title_of([quantity])}", share
    )
    above = ax.inset_axes((0.0, _GAP, 1.0, _REACH - _GAP), sharex=ax)
    density(above, of, share, "density" if layout.low(ax) else "posterior density")
    ends = of.mean[:, of.end]
    named, names = of.named(ends)
    which = "" if len(of.mean) <= NAMED or layout.low(ax) else ENDS_NAMED
    panels.finish_above(ax, [above], _REACH, "The population's sd, and the groups' means given it", said, which)
    layout.name_beside(ax, names, ends[named], where=of.limits[1], aside=8.0)
