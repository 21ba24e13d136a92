"""An axis in transformed numbers: ratios on a logarithmic axis, correlations on one that is linear in Fisher's z.

So what a caller adds to a picture, for example by `axvline(0.8)`, is in the numbers that are written at the axis. On
the screen, distances are those of the estimates before the transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from partialpool.effects.scales import IDENTITY, Scale
from partialpool.plots.held import OPEN, back, placed
from partialpool.plots.ticks import shown
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Which = Literal["x", "y"]


@dataclass(frozen=True)
class Along:
    """An axis along which theta is drawn.

    Attributes:
        which: "x" or "y".
        limits: its ends, on the scale of theta.
        scale: the transform from theta to the numbers of the axis.
    """

    which: Which
    limits: tuple[float, float]
    scale: Scale = IDENTITY

    def at(self, theta: Array | float) -> Array:
        """Theta in the numbers of the axis, clipped to those that the axis can show."""
        return placed(theta, self.scale)

    def set(self, ax: Axes) -> None:
        """Give the axes these limits and this scale.

        Raises:
            RequestError: the limits are beyond double precision there.
        """
        ends = shown(self.limits, self.scale)
        put_limits, put_scale = (ax.set_xlim, ax.set_xscale) if self.which == "x" else (ax.set_ylim, ax.set_yscale)
        put_limits(*ends)
        if self.scale.name == "exp":
            put_scale("log")
        elif self.scale.name != IDENTITY.name:
            from partialpool.plots.bounded import Bounded

            put_scale(Bounded(None, (partial(back, self.scale), self.scale.forward), OPEN[self.scale.name]))

    def number(self, ax: Axes, size: float, *, always: bool = False) -> None:
        """Put round numbers at the ticks, as many as there is room for in type of this size (points).

        An axis without a transform keeps its usual ticks unless `always` is true.
        """
        if self.scale.name == IDENTITY.name and not always:
            return
        from matplotlib.ticker import NullLocator

        from partialpool.plots.bounded import RoundNumbers, written

        axis = ax.xaxis if self.which == "x" else ax.yaxis
        axis.set_major_locator(RoundNumbers(self.scale, size, upright=self.which == "y"))
        axis.set_major_formatter(written)
        axis.set_minor_locator(NullLocator())
