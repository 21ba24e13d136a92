"""What pictures take from a fit: the names of its columns, and its population's mean and next group with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partialpool.effects.scales import named_on
from partialpool.errors import RequestError
from partialpool.plots.by_row import Interval
from partialpool.plots.pictured import Pictured
from partialpool.plots.shrinkage import Middle

if TYPE_CHECKING:
    from matplotlib.axis import Axis


def named(fit: Pictured) -> tuple[list[str], str]:
    """The names of the label columns, and the formula of the raw estimates."""
    return list(fit.data.labels), fit.family.measured(fit.data)


def mean(fit: Pictured, level: float | None = None) -> tuple[float, Interval]:
    """The posterior median of the population's mean, and its interval."""
    table = fit.population_columns(level)
    row = list(table["parameter"]).index("mean")
    median, lower, upper = (float(table[name][row]) for name in ("median", "lower", "upper"))
    return median, (lower, upper)


def following(fit: Pictured, level: float | None = None) -> Interval | None:
    """The interval of a new group; None if every theta is known for certain."""
    try:
        found = fit.new_group(level)
    except RequestError:
        return None
    return found.lower, found.upper


def middle(transform: str | None) -> Middle:
    """The location to draw: the mean, or with a transform the median, which a transform maps to the median."""
    return "mean" if transform is None else "median"


def scaled_name(transform: str | None, quantity: str) -> str:
    """The name of the transformed quantity, or of the quantity itself without a transform."""
    return quantity if transform is None else named_on(transform, quantity)


def relabel(axis: Axis, transform: str | None, quantity: str) -> None:
    """Label an axis with the name of the transformed quantity."""
    if transform is not None:
        axis.set_label_text(named_on(transform, quantity))
