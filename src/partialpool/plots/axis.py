"""An axis in the numbers that are written at it: ratios on a logarithmic one, correlations on one of Fisher's z.

What a caller adds to such a picture, as by `axvline(0.8)`, is in these numbers too. On the screen nothing is where it
would not be on the scale of the estimates, whose straight lines and distances the axis keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from partialpool.plots.held import OPEN, back, placed
from partialpool.plots.ticks import shown
from partialpool.scales import IDENTITY, Scale
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Which = Literal["x", "y"]


@dataclass(frozen=True)
class Along:
    """An axis that theta is drawn along.

    Attributes:
        which: "x" or "y".
        limits: its ends, on the scale of theta.
        scale: of the numbers that it is in.
    """

    which: Which
    limits: tuple[float, float]
    scale: Scale = IDENTITY

    def at(self, theta: Array | float) -> Array:
        """Where theta stands, in the numbers of the axis; beyond those that it can hold, at the last of them."""
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
        """Put round numbers at the axis, as many as there is room for in type of this size, whatever its limits.

        always: also at an axis in the numbers of theta itself, which otherwise keeps the numbers that it has.
        """
        if self.scale.name == IDENTITY.name and not always:
            return
        from matplotlib.ticker import NullLocator

        from partialpool.plots.bounded import RoundNumbers, written

        axis = ax.xaxis if self.which == "x" else ax.yaxis
        axis.set_major_locator(RoundNumbers(self.scale, size, upright=self.which == "y"))
        axis.set_major_formatter(written)
        axis.set_minor_locator(NullLocator())
