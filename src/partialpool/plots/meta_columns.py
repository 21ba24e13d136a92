"""The columns of text beside a forest plot: names, numbers and weights, as many as there is room for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from partialpool.effects.scales import Scale
from partialpool.errors import RequestError
from partialpool.plots import layout, style, titles
from partialpool.plots.text import points_wide
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = (style.SMALL + 0.5, style.SMALL - 0.5, style.SMALL - 1.5)
"""Sizes of the type, the usual one first."""

HEADER = 0.8
"""Distance of the headers of columns above the first row, in rows."""

ABOVE = 0.5
"""Distance from these headers to the top of the axes, in rows, so that they do not touch the remarks above."""
BELOW = 36.0  # points from the axes down to the notes under the label of the x axis
_GAP = 9.0  # points between a column of text and the axes, and between two columns
_LEADING = 1.3  # height of a row, in sizes of the type
_LEAST = 1.2  # smallest width of the axes themselves, in inches
_LONGEST = 9  # largest number of characters of a number
_MORE = 4  # largest number of extra decimals, written if fewer would make an interval look like a point
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Texts:
    """A column of text.

    Attributes:
        rows: y of each text.
        texts: the texts.
        header: the header above them.
        bold: the number of last rows that are bold.
    """

    rows: Array
    texts: Sequence[str]
    header: str
    bold: int = 0

    def width(self, size: float) -> float:
        """Width of the column with the gap before it, in points, in type of this size."""
        plain = len(self.texts) - self.bold
        widths = [points_wide(text, size, bold=k >= plain) for k, text in enumerate(self.texts)]
        return _GAP + max([*widths, points_wide(self.header, size, bold=True)])


@dataclass(frozen=True)
class Room:
    """The parts of a picture for which there is room.

    Attributes:
        columns: the number of columns that are drawn, the first ones.
        size: size of the type in points.
        remarks: whether there is room for remarks under the title.
        left: width of the names in points.
        width: width of the axes themselves in points.
    """

    columns: int
    size: float
    remarks: bool
    left: float
    width: float


def room(ax: Axes, columns: Sequence[Texts], title: str, remarks: Sequence[str], notes: Sequence[str]) -> Room:
    """Find the largest set of parts for which the place of the axes has room.

    Args:
        ax: the axes.
        columns: the names, which are on the left, and the columns on the right, the most important first.
        title: the title above the axes.
        remarks: the remarks below the title.
        notes: the notes below the axes.

    Raises:
        RequestError: not even the names can be read there.
    """
    wide, high = (72.0 * inches for inches in layout.place(ax))
    lines = len(columns[0].texts) + 1.0 + ABOVE

    def needed(size: float, said: Sequence[str], beside: float) -> float:
        return titles.heading(title, said, wide - beside) + lines * _LEADING * size + BELOW + titles.height(notes, wide)

    for said in (remarks, ()):
        for count in range(len(columns), 0, -1):
            for size in SIZES:
                widths = [column.width(size) for column in columns[:count]]
                left = wide - sum(widths)
                if left >= 72.0 * _LEAST and high >= needed(size, said, widths[0]):
                    return Room(count, size, bool(said), widths[0], left)
    names = columns[0].width(SIZES[-1])
    wide = max(wide, names + 72.0 * _LEAST)
    least = [math.ceil(10.0 * points / 72.0) / 10.0 for points in (wide, max(high, needed(SIZES[-1], (), names)))]
    raise RequestError(
        f"the axes are {layout.place(ax)[0]:.1f} inches wide and {layout.place(ax)[1]:.1f} high, too small for this "
        f"forest: make them {least[0]:.1f} inches wide and {least[1]:.1f} high at least, or leave out ax=."
    )


def place(ax: Axes, of: Texts, side: str, size: float, beyond: float = 0.0) -> float:
    """Draw a column of text beside the axes, and return how far it reaches from them in points.

    Args:
        ax: the axes.
        of: the column.
        side: "left" or "right".
        size: size of the type in points.
        beyond: distance from the axes at which the column begins, in points.
    """
    left, plain = side == "left", len(of.texts) - of.bold
    lines = [(row, text, k >= plain) for k, (row, text) in enumerate(zip(of.rows.tolist(), of.texts, strict=True))]
    lines.append((float(of.rows.max()) + HEADER, of.header, True))
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
            fontsize=size,
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


def intervals(rows: Sequence[tuple[float, float, float]], scale: Scale) -> list[str]:
    """Format each estimate with its interval on the scale, such as 0.49 [0.34, 0.70].

    All have the same number of decimals, except intervals that would look like points.
    """
    values = scale.forward(np.array(rows, dtype=float))
    sizes = np.abs(values[np.isfinite(values) & (values != 0.0)])
    typical = float(np.median(sizes)) if len(sizes) else 1.0
    decimals = int(np.clip(2 - np.floor(np.log10(typical)), 0, 5 if typical < 0.01 else 2))
    finer = [_texts(values, decimals + more) for more in range(_MORE + 1)]
    common = next((texts for texts in finer if _told_apart(texts, values)), finer[-1])
    rows_of = [_own(place, finer) if len(set(row)) == 1 else row for place, row in enumerate(common)]
    return [f"{one} [{low}, {high}]" for one, low, high in rows_of]


def _texts(values: Array, decimals: int) -> list[list[str]]:
    return [[_number(value, decimals) for value in row] for row in values.tolist()]


def _told_apart(texts: Sequence[Sequence[str]], values: Array) -> bool:
    """Whether most estimates that differ from the ends of their intervals are also written differently."""
    apart = values[:, 1] < values[:, 2]
    told = np.array([len(set(row)) == len(row) for row in texts])
    return 2 * int(np.sum(told & apart)) >= int(np.sum(apart))


def _own(place: int, finer: Sequence[Sequence[Sequence[str]]]) -> Sequence[str]:
    """The row with the fewest decimals by which its interval does not look like a point; else with the fewest."""
    rows = [texts[place] for texts in finer]
    return next((row for row in rows if len(set(row)) == len(row)), rows[0])


def _number(value: float, decimals: int) -> str:
    """A number with so many decimals, or with one significant digit if it would be shown as 0."""
    text = f"{value:.{decimals}f}" if value == 0.0 or abs(value) * 10**decimals >= 0.5 else f"{value:.1g}"
    return (text if len(text) <= _LONGEST else f"{value:.3g}").replace("-", _MINUS)
