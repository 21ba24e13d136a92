"""The forest plot of a meta-analysis: estimates with intervals, weights, pooled diamond, and prediction interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.effects.scales import Scale
from partialpool.plots import layout, meta_columns, style, titles
from partialpool.plots.axis import Along
from partialpool.plots.meta_columns import SIZES, Texts
from partialpool.plots.some import notable, remark, some
from partialpool.plots.text import labels, title_of
from partialpool.plots.ticks import shown
from partialpool.special import Array, Columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 100
_DECIMALS = 4  # largest number of decimals of a weight
_ROW, _REST, _WIDTH = 0.235, 1.55, 7.2  # inches
_LARGEST, _SMALLEST = 90.0, 5.0  # area of a box, in square points
_MOST_WIDE = 4.0  # intervals are cut if the axis would be wider than this, in widths of what must be seen
_REACH = 1.5  # how far a cut axis reaches to either side beyond what must be seen, in these widths
_NEAR = 0.75  # largest distance of the line of no effect at which it is included, in widths of the axis
_MARGIN = 0.04  # margin on either side, in widths of the axis
_HEAD, _TIP = 6.0, 0.01  # length of an arrowhead in points, and share of the axis that is its tip alone
_DIAMOND = 0.28  # half the height of the diamond, in rows
_AHEAD = "prediction interval"
_BLANK = "\N{FIGURE SPACE}"
_TITLE = "Random-effects meta-analysis"


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
    def warnings(self) -> Sequence[str]:
        """Warnings, such as trials that were corrected or left out."""

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
        """The quantity with this name: mu, tau, I^2 (%) or the prediction interval."""

    def group_columns(self) -> Columns:
        """One row per group: its estimate with its interval, and its weight in per cent."""


@dataclass(frozen=True)
class Picture:
    """The contents of a forest plot.

    Attributes:
        found: the meta-analysis, on the scale of the estimates.
        keys: the label columns.
        quantity: name of the estimates on the scale that is shown.
        scale: the transform to the numbers beside the axes and at the ticks.
        order: positions of the groups, from the top.
        title: the model in a few words.
    """

    found: Summary
    keys: Sequence[str]
    quantity: str
    scale: Scale
    order: NDArray[np.intp]
    title: str

    @cached_property
    def table(self) -> Columns:
        """The rows that are drawn, from the top; if there are many, evenly spaced ones and the outlying estimates."""
        table, rank = self.found.group_columns(), np.argsort(self.order)
        which = some(rank.astype(float), MOST, notable(np.asarray(table["estimate"], dtype=float)))
        return {name: column[which] for name, column in table.items()}

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, on the scale of the estimates.

        Raises:
            RequestError: the limits are beyond double precision on the scale that is shown.
        """
        table, mu, ahead = self.table, self.found["mu"], self.found[_AHEAD]
        estimate, lower, upper = (np.asarray(table[name], dtype=float) for name in ("estimate", "lower", "upper"))
        ends = _limits(np.append(estimate, [mu.lower, mu.upper, ahead.lower, ahead.upper]), lower, upper)
        shown(ends, self.scale)
        return ends


def size(groups: int) -> tuple[float, float]:
    """Width and height in inches of a picture of this number of groups."""
    return _WIDTH, _REST + _ROW * (min(groups, MOST) + 3.0 + meta_columns.ABOVE)


def draw(of: Picture, ax: Axes) -> None:
    """Draw the groups from the top down, then the pooled diamond and the prediction interval.

    Raises:
        RequestError: the axes are too small.
    """
    estimate, lower, upper, weight = (
        np.asarray(of.table[name], dtype=float) for name in ("estimate", "lower", "upper", "weight")
    )
    mu, ahead = of.found["mu"], of.found[_AHEAD]
    along = Along("x", of.limits, of.scale)
    rows = len(estimate)
    y = np.arange(rows, 0.0, -1.0)
    columns = _columns(of, y)
    remarks = [of.title, _heterogeneity(of.found), remark(rows, len(of.order), "the rows")]
    has = meta_columns.room(ax, columns, _TITLE, remarks, of.found.warnings)
    style.framed(ax, title_of([of.quantity]), "")
    along.set(ax)
    along.number(ax, SIZES[0], always=True)
    ax.set_ylim(-2.0, rows + meta_columns.HEADER + meta_columns.ABOVE)
    if of.limits[0] < 0.0 < of.limits[1]:
        ax.axvline(of.scale.neutral, color=style.GREY, linewidth=0.8, zorder=1)
    ax.plot(
        [along.at(mu.estimate)] * 2, [0.0, rows + 0.5], color=style.POPULATION, linewidth=0.9, dashes=(4, 3), zorder=1
    )
    _groups(ax, along, y, (estimate, lower, upper), weight)
    _pooled(ax, along, mu, ahead)
    meta_columns.place(ax, columns[0], "left", has.size)
    beyond = 0.0
    for column in columns[1 : has.columns]:
        beyond = meta_columns.place(ax, column, "right", has.size, beyond)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    titles.footed(ax, of.found.warnings, left=has.left, below=meta_columns.BELOW)
    layout.settle(ax)  # columns have their final width, so that the room for a title is known
    titles.titled(ax, _TITLE, *(remarks if has.remarks else ()))


def _columns(of: Picture, y: Array) -> list[Texts]:
    """The columns of names, numbers and weights."""
    table = of.table
    names = [*labels({key: table[key] for key in of.keys}, of.keys), "pooled effect", "prediction interval"]
    rows = np.concatenate([y, [0.0, -1.0]])
    pooled = [(row.estimate, row.lower, row.upper) for row in (of.found["mu"], of.found[_AHEAD])]
    numbers = meta_columns.intervals(
        [*zip(table["estimate"], table["lower"], table["upper"], strict=True), *pooled], of.scale
    )
    numbers[-1] = numbers[-1][numbers[-1].index("[") :]
    shares = _shares(np.asarray(table["weight"], dtype=float))
    longest = max(map(len, shares))
    return [
        Texts(rows, names, title_of(of.keys), bold=2),
        Texts(rows, numbers, f"{of.quantity} [{100 * of.found.level:g}%]", bold=2),
        Texts(y, [share.rjust(longest, _BLANK) for share in shares], "weight"),
    ]


def _shares(weight: Array) -> list[str]:
    """Format weights in per cent, with as many decimals as the median weight needs for two digits."""
    middling = float(np.median(weight))
    decimals = max(1, 1 - math.floor(math.log10(middling))) if middling > 0.0 else 1
    return [f"{share:.{min(decimals, _DECIMALS)}f}%" for share in weight]


def _limits(seen: Array, lower: Array, upper: Array) -> tuple[float, float]:
    """The range of the axis: what must be seen, and every interval unless that makes the axis several times wider."""
    first, last = min(float(seen.min()), float(np.median(lower))), max(float(seen.max()), float(np.median(upper)))
    low, high = min(first, float(lower.min())), max(last, float(upper.max()))
    wide = (last - first) or (high - low) or 1.0
    if high - low > _MOST_WIDE * wide:
        low, high = -_end(-first, -lower, _REACH * wide), _end(last, upper, _REACH * wide)
    if 0.0 < low < _NEAR * (high - low):  # the line of no effect is near
        low = 0.0
    if 0.0 > high > -_NEAR * (high - low):
        high = 0.0
    margin = _MARGIN * ((high - low) or 1.0)
    return low - margin, high + margin


def _end(last: float, ends: Array, reach: float) -> float:
    """The end of an axis between `last` and `reach` beyond it, before the widest gap between interval ends there."""
    kept = np.append(last, np.sort(ends[(ends > last) & (ends <= last + reach)]))
    beyond = ends[ends > last + reach]
    if not len(beyond):
        return float(kept[-1])
    return float(kept[np.argmax(np.diff(np.append(kept, beyond.min())))])


def _groups(ax: Axes, along: Along, y: Array, rows: tuple[Array, Array, Array], weight: Array) -> None:
    """Draw intervals, arrows where they leave the picture, and boxes whose areas are proportional to the weights."""
    (low, high), (estimate, lower, upper) = along.limits, rows
    inside = _TIP * (high - low)
    ax.hlines(
        y,
        along.at(np.where(lower < low, low + inside, lower)),
        along.at(np.where(upper > high, high - inside, upper)),
        color=style.GROUP,
        linewidth=1.0,
        zorder=2,
    )
    for out, marker, side in ((lower < low, "<", 1.0), (upper > high, ">", -1.0)):
        ax.plot(
            np.full(int(out.sum()), along.at(low if side > 0.0 else high)),
            y[out],
            linestyle="",
            marker=marker,
            markersize=_HEAD,
            markeredgewidth=0.0,
            color=style.GROUP,
            zorder=3,
            transform=layout.to_right(ax, 0.5 * side * _HEAD),
        )
    heaviest = float(weight.max()) or 1.0
    area = np.maximum(_LARGEST * weight / heaviest, _SMALLEST)
    ax.scatter(along.at(estimate), y, s=area, marker="s", color=style.GROUP, linewidths=0.0, zorder=3)


def _pooled(ax: Axes, along: Along, mu: Row, ahead: Row) -> None:
    """Draw the diamond of the pooled mean, and the bar of the prediction interval."""
    across = along.at(np.array([mu.lower, mu.estimate, mu.upper, mu.estimate]))
    ax.fill(across, [0.0, _DIAMOND, 0.0, -_DIAMOND], color=style.POPULATION, linewidth=0.0, zorder=4)
    ends = along.at(np.array([ahead.lower, ahead.upper])).tolist()
    ax.hlines([-1.0], *ends, color=style.POPULATION, linewidth=1.6, zorder=4)
    for end in ends:
        ax.plot([end, end], [-1.0 - 0.6 * _DIAMOND, -1.0 + 0.6 * _DIAMOND], color=style.POPULATION, linewidth=1.6)


def _heterogeneity(found: Summary) -> str:
    """A sentence with tau and I^2, with their intervals, and Q."""
    tau, share = found["tau"], found["I^2 (%)"]
    said = [f"tau {tau.estimate:.2g}{_between(tau, '.2g')}"]
    if np.isfinite(share.estimate):
        said.append(f"I² {share.estimate:.0f}%{_between(share, '.0f')}")
    if np.isfinite(found.q):
        p = f"p = {found.q_p:.{2 if found.q_p >= 0.01 else 4}f}" if found.q_p >= 1e-4 else "p < 0.0001"
        said.append(f"Q = {found.q:.1f}, df = {found.q_df}, {p}")
    return "; ".join(said)


def _between(row: Row, digits: str) -> str:
    """The interval of a quantity as text, if there is one."""
    return f" [{row.lower:{digits}}, {row.upper:{digits}}]" if row.lower <= row.upper else ""
