"""What Matplotlib needs to know of an axis in the numbers of a scale: how it is bent, and where its ticks stand.

Matplotlib is imported at once here, so that only what draws may import this file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.scale import FuncScale
from matplotlib.ticker import Locator

from partialpool.errors import RequestError
from partialpool.plots.held import back
from partialpool.plots.ticks import ticks_with_room
from partialpool.scales import Scale
from partialpool.special import Array

_NEAR = 1e-3  # how near to an end that is infinitely far away an axis reaches, as a share of the whole scale
_ROUNDED = 1e-12  # of the length of an axis, lost between one scale and the other


class Bounded(FuncScale):
    """A scale whose ends are infinitely far away, such as -1 and 1 of correlations: an axis stops before them."""

    name = "partialpool-bounded"

    def __init__(
        self,
        axis: object,
        functions: tuple[Callable[[Array], Array], Callable[[Array], Array]],
        ends: tuple[float, float],
    ) -> None:
        """functions: from the numbers of the axis to theta, and back; ends: the least and the largest of them."""
        super().__init__(axis, functions)  # type: ignore[arg-type]
        self.ends = ends

    def limit_range_for_scale(self, vmin: float, vmax: float, minpos: float) -> tuple[float, float]:
        """The range, away from the ends."""
        least, most = self.ends
        near = _NEAR * (most - least)
        low, high = (float(end) for end in (vmin, vmax))
        within = [end for end in (low, high) if least < end < most]
        lower = min([least + near, *(0.5 * (least + end) for end in within)])
        upper = max([most - near, *(0.5 * (most + end) for end in within)])
        inside = [lower if end <= least else upper if end >= most else end for end in (low, high)]
        return inside[0], inside[1]


class RoundNumbers(Locator):
    """Ticks at round numbers of a scale, as many as there is room for between the ends that the axis has now."""

    def __init__(self, scale: Scale, size: float, *, upright: bool) -> None:
        """scale: of the numbers; size: of the type, in points; upright: whether labels stand one above the other."""
        self.scale, self.size, self.upright = scale, size, upright

    def __call__(self) -> Sequence[float]:
        """Where ticks stand."""
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Where ticks stand between these ends; nowhere if the ends are no range of the scale."""
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
    """A round number as it is written at an axis."""
    return f"{value:.10g}".replace("-", "\N{MINUS SIGN}")
