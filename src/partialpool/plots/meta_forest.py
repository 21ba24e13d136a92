"""The forest that journals print: estimates with their intervals, weights, the pooled diamond and the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.plots import layout, style
from partialpool.plots.some import remark
from partialpool.plots.text import labels, title_of
from partialpool.plots.ticks import shown, ticks
from partialpool.scales import Scale
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 100
_ROW, _REST, _WIDTH = 0.235, 1.55, 7.2  # inches
_LARGEST, _SMALLEST = 90.0, 5.0  # area of a box, in square points
_REACH = 0.75  # how far intervals are drawn beyond what must be seen, in widths of that
_GAP = 9.0  # points between a column of text and the axes, and between two columns
_DIAMOND = 0.28  # half its height, in rows
_LONGEST = 9  # characters of a number
_AHEAD = "prediction interval"
_MINUS, _BLANK = "\N{MINUS SIGN}", "\N{FIGURE SPACE}"

Columns = Mapping[str, NDArray[Any]]


class Row(Protocol):
    """An estimate with its interval."""

    @property
    def estimate(self) -> float:
        """The estimate."""

    @property
    def lower(self) -> float:
        """The lower end of its interval."""

    @property
    def upper(self) -> float:
        """The upper end of its interval."""


class Summary(Protocol):
    """A meta-analysis on the scale of the estimates."""

    @property
    def level(self) -> float:
        """Probability of the intervals."""

    @property
    def q(self) -> float:
        """Cochran's Q."""

    @property
    def q_df(self) -> int:
        """Its degrees of freedom."""

    @property
    def q_p(self) -> float:
        """Its p-value."""

    def __getitem__(self, name: str) -> Row:
        """mu, tau, I^2 (%) or the prediction interval."""

    def group_columns(self) -> Columns:
        """One row per group: its estimate with its interval, and its weight in per cent."""


@dataclass(frozen=True)
class Picture:
    """What a forest is drawn from.

    Attributes:
        found: the meta-analysis, on the scale of the estimates.
        keys: the columns that name a group.
        quantity: what the estimates are called on the scale that is shown.
        scale: the scale of the numbers beside the axes and at the ticks.
        order: the places of the groups, from the top.
        title: the model in a few words.
    """

    found: Summary
    keys: Sequence[str]
    quantity: str
    scale: Scale
    order: NDArray[np.intp]
    title: str

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, on the scale of the estimates.

        Raises:
            RequestError: numbers there are beyond double precision on the scale that is shown.
        """
        table, mu, ahead = self.found.group_columns(), self.found["mu"], self.found[_AHEAD]
        estimate, lower, upper = (np.asarray(table[name], dtype=float) for name in ("estimate", "lower", "upper"))
        ends = _limits(np.append(estimate, [mu.lower, mu.upper, ahead.lower, ahead.upper]), lower, upper)
        shown(ends, self.scale)
        return ends


def size(groups: int) -> tuple[float, float]:
    """Width and height in inches of a picture of so many groups."""
    return _WIDTH, _REST + _ROW * (min(groups, MOST) + 3)


def draw(of: Picture, ax: Axes) -> None:
    """Draw the groups from the top down, then the pooled diamond and the prediction interval."""
    table = of.found.group_columns()
    which = of.order[np.unique(np.linspace(0, len(of.order) - 1, min(len(of.order), MOST)).round().astype(np.intp))]
    estimate, lower, upper, weight = (
        np.asarray(table[name], dtype=float)[which] for name in ("estimate", "lower", "upper", "weight")
    )
    mu, ahead = of.found["mu"], of.found[_AHEAD]
    limits = of.limits
    y = np.arange(len(which), 0.0, -1.0)
    style.framed(ax, title_of([of.quantity]), "")
    ax.set_xlim(*limits)
    ax.set_ylim(-2.0, len(which) + 0.8)
    at, names = ticks(limits, of.scale)
    ax.set_xticks(at, names)
    if limits[0] < 0.0 < limits[1]:
        ax.axvline(0.0, color=style.GREY, linewidth=0.8, zorder=1)
    ax.plot([mu.estimate] * 2, [0.0, len(which) + 0.5], color=style.POPULATION, linewidth=0.9, dashes=(4, 3), zorder=1)
    _groups(ax, y, estimate, lower, upper, weight)
    _pooled(ax, mu, ahead)
    left = [*labels({key: table[key][which] for key in of.keys}, of.keys), "pooled mean", "prediction interval"]
    rows = np.concatenate([y, [0.0, -1.0]])
    values = [*zip(estimate, lower, upper, strict=True), *((row.estimate, row.lower, row.upper) for row in (mu, ahead))]
    texts = _intervals(values, of.scale)
    texts[-1] = texts[-1][texts[-1].index("[") :]
    percent = f"{100 * of.found.level:g}%"
    _column(ax, rows, left, title_of(of.keys), "left", bold=2)
    width = _column(ax, rows, texts, f"{of.quantity} [{percent}]", "right", bold=2)
    shares = [f"{share:.1f}%" for share in weight]
    longest = max(map(len, shares))
    _column(ax, y, [share.rjust(longest, _BLANK) for share in shares], "weight", "right", beyond=width)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    layout.settle(ax)  # the columns are as wide as they will be: the room for a title is known
    layout.titled(
        ax,
        "Random-effects meta-analysis",
        of.title,
        _heterogeneity(of.found),
        remark(len(which), len(of.order), "the rows"),
    )


def _limits(seen: Array, lower: Array, upper: Array) -> tuple[float, float]:
    """The range of the axis: what must be seen, and of the intervals what is not far beyond that."""
    first, last = float(seen.min()), float(seen.max())
    wide = (last - first) or float((upper - lower).max()) or 1.0
    low = max(min(first, float(lower.min())), first - _REACH * wide)
    high = min(max(last, float(upper.max())), last + _REACH * wide)
    if 0.0 < low < _REACH * (high - low):  # the line of no effect is near
        low = 0.0
    if 0.0 > high > -_REACH * (high - low):
        high = 0.0
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _groups(ax: Axes, y: Array, estimate: Array, lower: Array, upper: Array, weight: Array) -> None:
    """Intervals, arrows where they leave the picture, and boxes whose areas go with the weights."""
    low, high = ax.get_xlim()
    ax.hlines(y, np.maximum(lower, low), np.minimum(upper, high), color=style.GROUP, linewidth=1.0, zorder=2)
    for out, end, marker in ((lower < low, low, "<"), (upper > high, high, ">")):
        ax.plot(
            np.full(int(out.sum()), end),
            y[out],
            linestyle="",
            marker=marker,
            markersize=3.5,
            color=style.GROUP,
            zorder=3,
        )
    heaviest = float(weight.max()) or 1.0
    area = np.maximum(_LARGEST * weight / heaviest, _SMALLEST)
    ax.scatter(estimate, y, s=area, marker="s", color=style.GROUP, linewidths=0.0, zorder=3)


def _pooled(ax: Axes, mu: Row, ahead: Row) -> None:
    """The diamond of the pooled mean, and the bar of the prediction interval."""
    corners = [(mu.lower, 0.0), (mu.estimate, _DIAMOND), (mu.upper, 0.0), (mu.estimate, -_DIAMOND)]
    ax.fill(*zip(*corners, strict=True), color=style.POPULATION, linewidth=0.0, zorder=4)
    ax.hlines([-1.0], [ahead.lower], [ahead.upper], color=style.POPULATION, linewidth=1.6, zorder=4)
    for end in (ahead.lower, ahead.upper):
        ax.plot([end, end], [-1.0 - 0.6 * _DIAMOND, -1.0 + 0.6 * _DIAMOND], color=style.POPULATION, linewidth=1.6)


def _intervals(rows: Sequence[tuple[float, float, float]], scale: Scale) -> list[str]:
    """Each estimate with its interval on the scale, such as 0.49 [0.34, 0.70], all with the same number of decimals."""
    values = scale.forward(np.array(rows, dtype=float))
    sizes = np.abs(values[np.isfinite(values) & (values != 0.0)])
    typical = float(np.median(sizes)) if len(sizes) else 1.0
    decimals = int(np.clip(2 - np.floor(np.log10(typical)), 0, 5 if typical < 0.01 else 2))
    return [
        f"{one} [{low}, {high}]" for one, low, high in ([_number(v, decimals) for v in row] for row in values.tolist())
    ]


def _number(value: float, decimals: int) -> str:
    """A number with so many decimals; one that they would show as 0 with a digit of its own."""
    text = f"{value:.{decimals}f}" if value == 0.0 or abs(value) * 10**decimals >= 0.5 else f"{value:.1g}"
    return (text if len(text) <= _LONGEST else f"{value:.3g}").replace("-", _MINUS)


def _column(
    ax: Axes, y: Array, texts: Sequence[str], header: str, side: str, *, bold: int = 0, beyond: float = 0.0
) -> float:
    """A column of text beside the axes, and how far it reaches from them in points.

    Args:
        ax: the axes.
        y: the rows.
        texts: a text for each row.
        header: what stands above them.
        side: "left" or "right".
        bold: how many of the last rows are bold.
        beyond: where the column begins, in points from the axes.
    """
    left = side == "left"
    lines = [*zip(y.tolist(), texts, [False] * (len(texts) - bold) + [True] * bold, strict=True)]
    lines.append((ax.get_ylim()[1], header, True))
    reach = beyond + _GAP
    drawn = [
        ax.annotate(
            text,
            (0.0 if left else 1.0, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(-reach if left else reach, 0.0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=style.SMALL + 0.5,
            fontweight="bold" if heavy else "normal",
            color=style.INK,
            annotation_clip=False,
            parse_math=False,
        )
        for row, text, heavy in lines
    ]
    figure = layout.root(ax)
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    widest = max(text.get_window_extent(renderer).width for text in drawn)
    return reach + 72.0 * float(widest) / float(figure.dpi)


def _heterogeneity(found: Summary) -> str:
    """tau and I^2 with their intervals, and Q."""
    tau, share = found["tau"], found["I^2 (%)"]
    said = [f"tau {tau.estimate:.2g} [{tau.lower:.2g}, {tau.upper:.2g}]"]
    if np.isfinite(share.estimate):
        said.append(f"I² {share.estimate:.0f}% [{share.lower:.0f}, {share.upper:.0f}]")
    if np.isfinite(found.q):
        p = f"p = {found.q_p:.{2 if found.q_p >= 0.01 else 4}f}" if found.q_p >= 1e-4 else "p < 0.0001"
        said.append(f"Q = {found.q:.1f}, df = {found.q_df}, {p}")
    return "; ".join(said)
