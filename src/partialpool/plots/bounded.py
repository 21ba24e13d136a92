"""The scale and the tick locator by which Matplotlib draws an axis of transformed numbers.

This module imports Matplotlib at once, so that only functions that draw may import it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.scale import FuncScale
from matplotlib.ticker import Locator

from partialpool.effects.scales import Scale
from partialpool.errors import RequestError
from partialpool.plots.held import back
from partialpool.plots.ticks import ticks_with_room
from partialpool.special import Array

_NEAR = 1e-3  # smallest distance of an axis from an infinite end, as a share of the range of the scale
_ROUNDED = 1e-12  # rounding error of a transform, as a share of the length of the axis


class Bounded(FuncScale):
    """A scale with infinitely distant ends, such as -1 and 1 of correlations, before which an axis stops."""

    name = "partialpool-bounded"

    def __init__(
        self,
        axis: object,
        functions: tuple[Callable[[Array], Array], Callable[[Array], Array]],
        ends: tuple[float, float],
    ) -> None:
        """Take the functions from the numbers of the axis to theta and back, and the ends of these numbers."""
        super().__init__(axis, functions)  # type: ignore[arg-type]
        self.ends = ends

    def limit_range_for_scale(self, vmin: float, vmax: float, minpos: float) -> tuple[float, float]:
        """The range vmin to vmax, kept away from the infinite ends."""
        least, most = self.ends
        near = _NEAR * (most - least)
        low, high = (float(end) for end in (vmin, vmax))
        within = [end for end in (low, high) if least < end < most]
        lower = min([least + near, *(0.5 * (least + end) for end in within)])
        upper = max([most - near, *(0.5 * (most + end) for end in within)])
        inside = [lower if end <= least else upper if end >= most else end for end in (low, high)]
        return inside[0], inside[1]


class RoundNumbers(Locator):
    """Ticks at round numbers of a scale, as many as there is room for in the current view."""

    def __init__(self, scale: Scale, size: float, *, upright: bool) -> None:
        """Take the scale, the size of the type in points, and whether the axis is vertical (`upright`)."""
        self.scale, self.size, self.upright = scale, size, upright

    def __call__(self) -> Sequence[float]:
        """The positions of the ticks in the current view."""
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """The positions of the ticks between these ends; none if the scale cannot represent the ends."""
        low, high = np.sort(back(self.scale, np.array([vmin, vmax]))).tolist()
        rounded = _ROUNDED * (high - low)  # an end that is a round number has a tick
        low, high = low - rounded, high + rounded
        assert isinstance(self.axis, Axis)
        ax, figure = self.axis.axes, self.axis.axes.get_figure(root=True)
        assert figure is not None
        length = 72.0 * float(ax.bbox.height if self.upright else ax.bbox.width) / figure.dpi
        try:
            at, _ = ticks_with_room((low, high), self.scale, length, self.size, upright=self.upright)
        except RequestError:
            return []
        return [float(f"{value:.10g}") for value in self.scale.forward(at)]


def written(value: float, _: object = None) -> str:
    """Format a round number at a tick."""
    return f"{value:.10g}".replace("-", "\N{MINUS SIGN}")
