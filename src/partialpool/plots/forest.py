"""Every group's interval in order, with its raw estimate, before the band of the population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import style
from partialpool.plots.some import remark, some
from partialpool.plots.text import labels, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, SAMPLE = 300, 150  # so many groups are all drawn; of more, these
_ROW, _TALLEST, _SHORTEST, _REST = 0.19, 11.0, 3.0, 1.3  # inches
_BESIDE, _MARGIN = 0.5, 0.04  # parts of the range that the groups take
_LEAST = 0.115  # inches between the names of groups

Columns = Mapping[str, NDArray[Any]]
Interval = tuple[float, float]


def drawn(groups: int) -> int:
    """How many of so many groups are drawn."""
    return groups if groups <= MOST else SAMPLE


def size(groups: int) -> tuple[float, float]:
    """Inches that a picture of so many groups takes."""
    return 6.4, float(np.clip(_REST + _ROW * drawn(groups), _SHORTEST, _TALLEST))


def draw(
    table: Columns,
    keys: Sequence[str],
    quantity: str,
    level: float,
    mean: tuple[float, Interval],
    ax: Axes,
    following: Interval | None = None,
) -> None:
    """Groups from the lowest posterior median, at the bottom, to the highest.

    table: `Posterior.group_columns()`; keys: its columns that name a group; quantity: what raw is; level: of the
    intervals; mean: the population's mean, and its interval; following: the interval of the next group.
    """
    which = some(table["median"], drawn(len(table["median"])))
    lower, median, upper, raw = (
        np.asarray(table[name], dtype=float)[which] for name in ("lower", "median", "upper", "raw")
    )
    row = np.arange(len(which), dtype=float)
    room = _room(ax, len(which))
    percent = f"{100 * level:g}%"
    thin = float(np.clip(room / 0.08, 0.35, 1.0))
    if following is not None:
        ax.axvspan(
            *following, color=style.POPULATION, alpha=0.10, linewidth=0.0, zorder=0, label=f"next group, {percent}"
        )
    ax.axvspan(
        *mean[1], color=style.POPULATION, alpha=0.30, linewidth=0.0, zorder=1, label=f"population mean, {percent}"
    )
    ax.axvline(mean[0], color=style.POPULATION, linewidth=1.2, dashes=(5, 3), zorder=1)
    ax.hlines(
        row, lower, upper, color=style.GROUP, linewidth=0.4 + 0.8 * thin, zorder=2, label=f"group, {percent} interval"
    )
    ax.plot(
        raw,
        row,
        linestyle="",
        marker="o",
        markersize=1.2 + 3.0 * thin,
        markerfacecolor="white",
        markeredgecolor=style.GREY,
        markeredgewidth=0.4 + 0.4 * thin,
        zorder=3,
        label="raw estimate",
    )
    ax.plot(
        median,
        row,
        linestyle="",
        marker="o",
        markersize=1.0 + 3.0 * thin,
        markerfacecolor=style.GROUP,
        markeredgewidth=0.0,
        zorder=4,
        label="posterior median",
    )
    shown = np.concatenate([lower, upper, raw[np.isfinite(raw)], mean[:1]])
    ax.set_xlim(*_limits((float(shown.min()), float(shown.max())), [mean[1], *([following] if following else [])]))
    style.framed(ax, title_of([quantity]), title_of(keys))
    every = max(1, int(np.ceil(_LEAST / room)))
    names = labels({key: table[key][which] for key in keys}, keys)
    ax.set_yticks(row[::every], names[::every], parse_math=False)
    ax.tick_params(
        axis="y", length=0.0 if every == 1 else 2.0, labelsize=style.SMALL - (1.0 if len(which) > 40 else 0.0)
    )
    ax.set_ylim(-0.8, len(which) - 0.2)
    style.legend_below(ax, ax.get_legend_handles_labels()[0], columns=2, gap=0.45)
    said = remark(len(which), len(table["raw"]), "the posterior median")
    thinned = f"every {_nth(every)} group is named" if every > 1 else ""
    style.titled(ax, "Groups in order of posterior median", said, thinned)


def _limits(shown: Interval, bands: Sequence[Interval]) -> Interval:
    """The range of values to draw: what the groups take, and of the bands what leaves the groups their room."""
    wide = (shown[1] - shown[0]) or 1.0
    low = max(min(shown[0], *(band[0] for band in bands)), shown[0] - _BESIDE * wide)
    high = min(max(shown[1], *(band[1] for band in bands)), shown[1] + _BESIDE * wide)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _room(ax: Axes, rows: int) -> float:
    """Inches between one group and the next."""
    return style.inches(ax) / max(rows, 1)


def _nth(number: int) -> str:
    endings = {2: "2nd", 3: "3rd"}
    return endings.get(number, f"{number}th")
