"""The picture of prior sensitivity: the population's parameters under each prior, and how far groups move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.messages.wording import joined
from partialpool.plots import layout, panels, style
from partialpool.plots.text import short
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANEL, _NAMES, _ROW, _REST, _SHORTEST, _TALLEST = 1.9, 1.4, 0.24, 1.6, 3.1, 11.0  # inches
_GAP = 0.17  # room between two panels, in their widths
_BESIDE = 1.5  # how far other intervals may widen the axis on a side, in lengths of the interval under the fit's prior
_MARGIN = 0.05  # of the axis, as a share of its length
_STILL = 0.1  # the axis of moves is at least so long, in sds
_SEEN = 1e-5  # error of a move, in sds: a group that moves by less has no name
_NAME = 12  # largest number of characters of a group's name


def size(table: Columns) -> tuple[float, float]:
    """Width and height in inches of a picture of this table."""
    count = len(dict.fromkeys(table["parameter"]))
    height = _REST + _ROW * (len(table["prior"]) // max(count, 1))
    return _NAMES + _PANEL * (count + 1), float(np.clip(height, _SHORTEST, _TALLEST))


def draw(table: Columns, power: Columns, level: float, ax: Axes) -> None:
    """Draw one panel per parameter, with a row per prior, and a last panel with the largest move of a group.

    Args:
        table: `Sensitivity.columns()`, the rows of the fit's own prior first.
        power: `Sensitivity.power_columns()`.
        level: probability of the intervals.
        ax: the axes to draw on.

    Source: Kallioinen, Paananen, Bürkner and Vehtari 2024, Statistics and Computing 34:57 (power-scaling).
    """
    parameters = list(dict.fromkeys(table["parameter"]))
    count, share = len(parameters), layout.type_share(ax)
    priors = [short(str(name)) for name in table["prior"][::count]]
    row = np.arange(len(priors), dtype=float)[::-1]
    axes, reach = panels.row(ax, count + 1, _GAP, sharey=True)
    for k, parameter in enumerate(parameters):
        found = {name: np.asarray(table[name][k::count], dtype=float) for name in ("lower", "median", "upper")}
        _intervals(axes[k], found, row, f"{100 * level:g}% interval", share)
        style.framed(axes[k], parameter, "", share)
    moved, group = np.asarray(table["moved"][::count], dtype=float), table["group"][::count]
    _moves(axes[-1], moved, group, row, share)
    ax.set_ylim(-0.8, len(priors) - 0.2)
    panels.name_rows(ax, row.tolist(), priors)
    for beside in axes[1:]:
        beside.tick_params(axis="y", length=0.0, labelleft=False)
        beside.spines["left"].set_visible(False)
    layout.settle(ax, right=reach)
    for place in axes:
        panels.few_numbers(place)
    gone = [name for name, value in zip(priors, table["median"][::count], strict=True) if np.isnan(value)]
    panels.finish(
        ax,
        axes,
        reach,
        ax.get_legend_handles_labels()[0],
        4,
        "The population under other priors",
        f"no posterior under {joined(gone)}" if gone else "",
        "" if layout.low(ax) else _powers(power, "prior"),
        "" if layout.low(ax) else _powers(power, "likelihood"),
    )
    panels.name_rows(ax, row.tolist(), priors)


def _intervals(ax: Axes, found: dict[str, Array], row: Array, said: str, share: float) -> None:
    """Draw median and interval under each prior, and those under the fit's own as a dashed line and a band."""
    lower, median, upper = found["lower"], found["median"], found["upper"]
    low, high = _limits(lower, upper)
    ax.axvspan(float(lower[0]), float(upper[0]), color=style.POPULATION, alpha=0.12, linewidth=0.0, zorder=0)
    ax.axvline(
        float(median[0]),
        color=style.POPULATION,
        linewidth=1.2 * share,
        dashes=(5, 3),
        zorder=1,
        label="median under the fit's own prior",
    )
    known = np.isfinite(median)
    ends = np.clip(lower[known], low, high), np.clip(upper[known], low, high)
    ax.hlines(row[known], *ends, color=style.GROUP, linewidth=1.1 * share, zorder=2, label=said)
    look: dict[str, Any] = {"color": style.GROUP, "markersize": 4.0 * share, "markeredgewidth": 0.0}
    for marker, edge, beyond in (("<", low, known & (lower < low)), (">", high, known & (upper > high))):
        if np.any(beyond):
            ax.plot(np.full(int(beyond.sum()), edge), row[beyond], marker, zorder=2, clip_on=False, **look)
    inside = known & (median >= low) & (median <= high)
    ax.plot(median[inside], row[inside], "o", zorder=3, label="median", **look)
    ax.set_xlim(low, high)


def _limits(lower: Array, upper: Array) -> tuple[float, float]:
    """The range of all intervals, as far as it is not much wider than that under the fit's own prior."""
    wide = float(upper[0] - lower[0]) or 1.0
    low = max(float(np.nanmin(lower)), float(lower[0]) - _BESIDE * wide)
    high = min(float(np.nanmax(upper)), float(upper[0]) + _BESIDE * wide)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _moves(ax: Axes, moved: Array, group: NDArray[np.object_], row: Array, share: float) -> None:
    """Draw the largest change of a group's mean under each prior, with the name of that group."""
    known = np.isfinite(moved)
    ax.hlines(row[known], 0.0, moved[known], color=style.FAINT, linewidth=1.0 * share, zorder=1)
    ax.plot(
        moved[known],
        row[known],
        "o",
        markersize=4.0 * share,
        markerfacecolor="white",
        markeredgecolor=style.GROUP,
        markeredgewidth=0.9 * share,
        zorder=2,
        clip_on=False,
    )
    ax.set_xlim(0.0, max(_STILL, 1.05 * float(np.max(moved[known], initial=0.0))))
    style.framed(ax, "move (sds)" if panels.narrow(ax) else "largest move of a group (sds)", "", share)
    for at, y, name in zip(moved[known].tolist(), row[known].tolist(), group[known], strict=True):
        if name is not None and at > _SEEN:
            ax.annotate(
                short(str(name), _NAME),
                (at, y),
                xytext=(5.0 * share, 0.0),
                textcoords="offset points",
                fontsize=style.SMALL * share,
                color=style.GREY,
                va="center",
                annotation_clip=False,
                parse_math=False,
            )


def _powers(power: Columns, part: str) -> str:
    """Say how far each parameter's mean moves when the prior or the likelihood counts twice."""
    rows = (power["part"] == part) & np.isfinite(np.asarray(power["sensitivity"], dtype=float))
    found = (power[key][rows] for key in ("parameter", "scale", "sensitivity"))
    moves = [
        f"{name if scale == 'identity' else f'{scale} {name}'} {_signed(value)}"
        for name, scale, value in zip(*found, strict=True)
    ]
    return f"twice the power of the {part}: {', '.join(moves)} sds" if moves else ""


def _signed(value: float) -> str:
    """A number with two decimals and its sign, if it is not 0.00."""
    text = f"{value:+.2f}"
    return text[1:] if float(text) == 0.0 else text.replace("-", "−")
