"""The picture of ranks: every group's expected rank with an interval, shaded by its probability of being the best.

Source: Goldstein and Spiegelhalter 1996, Journal of the Royal Statistical Society A 159:385, who show ranks only with
intervals, since these are wide where groups differ little.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.messages.wording import counted
from partialpool.plots import by_row, layout, style
from partialpool.plots.axis import Along
from partialpool.plots.some import outlying, remark, some
from partialpool.plots.text import labels, title_of
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN = 0.04  # margin at the ends of the axis, as a share of its range
_LEFT = 6.0  # points between the axes and the probabilities beside them
_NARROW = 4.5  # width of the place in inches below which there are no probabilities beside the axes


def draw(
    table: Columns,
    median: Array,
    keys: Sequence[str],
    best: str,
    level: float,
    ax: Axes,
    top: int | None = None,
) -> None:
    """Draw groups from the best expected rank, at the top, to the worst.

    Args:
        table: `Posterior.rank_columns()`.
        median: posterior median of each group's theta, by which groups are outlying.
        keys: its label columns.
        best: "high" or "low": which theta has rank 1.
        level: probability of the intervals.
        ax: the axes to draw on.
        top: the number of groups to draw, the best ones; None: all.
    """
    size = len(table["expected_rank"])
    first = np.argsort(table["expected_rank"], kind="stable")[:top]
    far = outlying(median[first])
    which = first[some(-np.asarray(table["expected_rank"], dtype=float)[first], by_row.drawn(len(first)), far)]
    rows = {name: np.asarray(table[name], dtype=float)[which] for name in ("expected_rank", "lower", "upper", "p_best")}
    last = float(size if top is None else rows["upper"].max())
    margin = _MARGIN * (last - 1.0) or 0.5
    along = Along("x", (1.0 - margin, last + margin))
    along.set(ax)
    ax.set_ylim(-by_row.BELOW, len(which) - 1 + by_row.BELOW)
    look, share = by_row.Look(by_row.pitch(ax, len(which))), layout.type_share(ax)
    shades = _Shades(float(rows["p_best"].max()))
    _groups(ax, rows, look, shades)
    style.framed(ax, f"rank, 1 = the {best}est", title_of(keys), share)
    ax.set_xticks(_ticks(along.limits, ax.get_xticks()))
    names = labels({key: table[key][which] for key in keys}, keys)
    rank = np.empty(size, dtype=np.intp)
    rank[which] = np.arange(len(which))
    named = np.union1d([0, len(which) - 1], rank[first[far]]).astype(np.intp)
    by_row.finish(
        ax,
        names,
        named,
        "Groups in order of expected rank",
        f"the first {len(first):,} of {counted(size, 'group')}" if len(first) < size else "",
        remark(len(which), len(first), "the expected rank"),
        legend=partial(_legend, ax, look, shades, f"{100 * level:g}%"),
        beside=partial(_probabilities, ax, rows["p_best"]),
    )


class _Shades:
    """Colours of probabilities of being the best, relative to the largest."""

    def __init__(self, most: float) -> None:
        self.most = most

    def __call__(self, p: Any) -> Any:
        """The colour of a probability."""
        return style.shades(style.FAINT, style.GROUP)(p / self.most if self.most > 0.0 else 0.0 * p)


def _ticks(limits: tuple[float, float], usual: Array) -> list[float]:
    """Ticks at whole ranks within the axis, of which the first is 1 and not 0."""
    whole = sorted({1.0, *(float(tick) for tick in usual if tick == round(tick) and tick >= 1.0)})
    gap = whole[2] - whole[1] if len(whole) > 2 else 0.0
    near = [tick for tick in whole if tick == 1.0 or tick - 1.0 > 0.4 * gap]
    return [tick for tick in near if tick <= limits[1]]


def _groups(ax: Axes, rows: Columns, look: by_row.Look, shades: _Shades) -> None:
    """Draw a line for each interval and a marker for each expected rank."""
    row, colour = np.arange(len(rows["lower"]), dtype=float), shades(rows["p_best"])
    ax.hlines(row, rows["lower"], rows["upper"], colors=colour, linewidth=look.line, zorder=2)
    ax.scatter(rows["expected_rank"], row, s=look.full_size**2, c=colour, linewidths=0.0, zorder=3)


def _probabilities(ax: Axes, p: Array, step: int) -> None:
    """Write the probability of being the best beside each row, if every row is named and there is room."""
    if step > 1 or layout.place(ax)[0] < _NARROW:
        return
    size = style.SMALL * layout.type_share(ax)
    for row, text in [*enumerate(map(_percent, p)), (len(p) - 0.1, "P(best)")]:
        ax.annotate(
            text,
            (1.0, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(_LEFT, 0.0),
            textcoords="offset points",
            fontsize=size,
            color=style.GREY,
            va="center" if text != "P(best)" else "bottom",
            annotation_clip=False,
            parse_math=False,
        )


def _percent(p: float) -> str:
    """A probability in per cent.

    >>> _percent(0.123), _percent(0.004), _percent(0.0)
    ('12%', '<1%', '<1%')
    """
    return "<1%" if p < 0.005 else ">99%" if 0.995 < p < 1.0 else f"{100 * p:.0f}%"


def _legend(ax: Axes, look: by_row.Look, shades: _Shades, percent: str) -> None:
    """Draw the legend: a marker with its interval, in the shades of three probabilities."""
    from matplotlib.lines import Line2D

    three = dict.fromkeys(_percent(p) for p in (shades.most, 0.5 * shades.most, 0.0))
    colours = dict(zip(three, (shades(p) for p in (shades.most, 0.5 * shades.most, 0.0)), strict=False))
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker="o",
            markersize=look.full_size,
            markeredgewidth=0.0,
            linewidth=look.line,
            label=f"P(best) {text}" if i else f"expected rank, {percent} interval: P(best) {text}",
        )
        for i, (text, colour) in enumerate(colours.items())
    ]
    layout.legend_below(ax, handles, columns=3, gap=0.45)
