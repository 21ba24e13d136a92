"""The layout of a picture: everything that belongs to it stays inside the place that its axes were given.

Titles, legends, names and side axes would otherwise overlap the neighbours in a figure of several axes, and would be
cut off in a file. So the axes shrink by the room that these take, each time the figure is drawn.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partialpool.errors import RequestError
from partialpool.plots import style
from partialpool.plots.axis import Along
from partialpool.plots.style import GREY, SMALL
from partialpool.plots.text import apart
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import Bbox, Transform

_LEAST = 0.3  # smallest share of its place that the axes keep
_PADDING = 0.06  # inches between the edge of a new figure and what is drawn
THIN = {"arrowstyle": "-", "linewidth": 0.4, "color": GREY}  # lines from names to what they name
_ROUNDS = 2  # rounds of measuring and shrinking, since the numbers at the ticks depend on the size
POINTS = 72.0  # points in an inch
_USUAL_WIDTH, _USUAL_HEIGHT = 3.0, 2.6  # smallest place, in inches, in which type of the usual size leaves enough room
_SMALLEST_TYPE = 0.67  # smallest size of type, as a share of the usual, that can be read


@contextlib.contextmanager
def canvas(ax: Axes | None, size: tuple[float, float], figure: style.NewFigure) -> Iterator[Axes]:
    """Yield the axes to draw on, the given ones or those of a new figure, in our style.

    The figure is made before the style is changed. The first figure of a session lets Matplotlib choose its backend,
    and the backend of a notebook then changes settings, among them that every figure is shown. Were it chosen inside
    the style, these settings would be lost when the style ends.

    Args:
        ax: the caller's axes, or None.
        size: the width and height of a new figure, in inches.
        figure: function that creates a new figure.

    Raises:
        RequestError: `ax` is something else, such as the array of axes that `plt.subplots(1, 2)` returns.
    """
    style.needed()
    _check_axes(ax)
    made = figure(size) if ax is None else None
    behind = style.dark_behind(ax)
    with style.styled():
        if made is not None:
            made.set_facecolor("white")
            made.set_layout_engine("none")  # the axes keep to their place by themselves
            beside, under = (_PADDING / length for length in size)
            made.subplots_adjust(left=beside, right=1.0 - beside, bottom=under, top=1.0 - under)
            ax = made.add_subplot()
        assert ax is not None
        sheet = _sheet(ax, whole=made is not None) if behind else None
        try:
            yield ax
        except BaseException:
            _forget(made)
            raise
        locator = ax.get_axes_locator()
        if not isinstance(locator, Inside):
            locator = settle(ax)
        if made is None:
            locator.sheet = sheet


def _check_axes(ax: object) -> None:
    """Refuse anything but axes or None."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes | None):
        kind = f"{type(ax).__module__}.{type(ax).__name__}"
        raise RequestError(f"ax takes the axes of one picture, such as axes[0] of plt.subplots(1, 2), not a {kind}.")


def _forget(figure: Figure | None) -> None:
    """Close a new figure if its picture was refused, so that a notebook does not show it."""
    from matplotlib import pyplot as plt

    if figure is not None:
        plt.close(figure)


def _sheet(ax: Axes, *, whole: bool) -> Rectangle:
    """Add a white sheet behind the axes, or behind the whole figure, since the background is too dark for our text."""
    from matplotlib.patches import Rectangle

    ax.set_facecolor("white")
    figure, place = ax.figure, ax.get_position(original=True)
    corner, size = ((0.0, 0.0), (1.0, 1.0)) if whole else ((place.x0, place.y0), (place.width, place.height))
    sheet = Rectangle(corner, *size, facecolor="white", zorder=-1.0, transform=figure.transSubfigure)
    figure.add_artist(sheet)
    return sheet


@dataclass
class Inside:
    """An axes locator that keeps axes, with all that belongs to them, inside the place that they were given.

    Attributes:
        main: the axes.
        right: how far the further axes on the right reach, in widths of the main axes; 1 without such axes.
        above: how far the further axes above reach, in heights of the main axes.
        sheet: the white sheet behind the place, if there is one.
        head: function that arranges the titles before anything is measured.
    """

    main: Axes
    right: float = 1.0
    above: float = 1.0
    sheet: Rectangle | None = None
    head: Callable[[], None] | None = None
    _measuring: bool = False  # Matplotlib asks for the position again while it measures

    def __call__(self, _: object, renderer: RendererBase | None) -> Bbox:
        """The position of the main axes, as shares of the figure."""
        if not self._measuring:
            self._measuring = True
            if self.head is not None:
                self.head()
            try:
                for _ in range(_ROUNDS):
                    self._fit(renderer)
            finally:
                self._measuring = False
        if self.sheet is not None:
            self.sheet.set_bounds(*self.main.get_position(original=True).bounds)
        return self.main.bbox.transformed(self.main.figure.transSubfigure.inverted())

    def get_subplotspec(self) -> SubplotSpec | None:
        """The position of the axes in the grid of a figure, which Matplotlib's tight layout asks the locator for."""
        return self.main.get_subplotspec()

    def _fit(self, renderer: RendererBase | None) -> None:
        """Shrink the axes by what reaches out of their place, or widen them by what is free."""
        from matplotlib.transforms import Bbox

        ax = self.main
        taken = ax.get_tightbbox(renderer)
        if taken is None:
            return
        to_shares = ax.figure.transSubfigure.inverted()
        place, now, taken = ax.get_position(original=True), ax.bbox.transformed(to_shares), taken.transformed(to_shares)
        left, below = max(now.x0 - taken.x0, 0.0), max(now.y0 - taken.y0, 0.0)
        right = max(taken.x1 - now.x0 - self.right * now.width, 0.0)
        above = max(taken.y1 - now.y0 - self.above * now.height, 0.0)
        width = max(place.width - left - right, _LEAST * place.width) / self.right
        height = max(place.height - below - above, _LEAST * place.height) / self.above
        left, below = min(left, place.width - width), min(below, place.height - height)
        ax.apply_aspect(Bbox.from_bounds(place.x0 + left, place.y0 + below, width, height))


def settle(ax: Axes, right: float = 1.0, above: float = 1.0) -> Inside:
    """Keep the axes with all their parts inside their place from now on, and set their size accordingly."""
    before = ax.get_axes_locator()
    locator = Inside(ax, right, above, head=before.head if isinstance(before, Inside) else None)
    ax.set_axes_locator(locator)
    locator(ax, None)
    return locator


def inches(ax: Axes) -> float:
    """The height of the axes in inches."""
    return float(ax.bbox.height / root(ax).dpi)


def root(ax: Axes) -> Figure:
    """The outermost figure of the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def line_height(ax: Axes, limits: tuple[float, float]) -> float:
    """The height of a line of small text, in the units of these limits of y."""
    bottom, top = limits
    return abs(top - bottom) * 1.15 * SMALL * type_share(ax) / POINTS / max(inches(ax), 0.1)


def place(ax: Axes) -> tuple[float, float]:
    """Width and height in inches of the place of the picture."""
    box, dpi = ax.get_position(original=True).transformed(ax.figure.transSubfigure), root(ax).dpi
    return float(box.width / dpi), float(box.height / dpi)


def type_share(ax: Axes) -> float:
    """The size of the type as a share of the usual size; less than 1 if the place of the picture is small."""
    wide, high = place(ax)
    return min(1.0, max(_SMALLEST_TYPE, min(wide / _USUAL_WIDTH, high / _USUAL_HEIGHT)))


def low(ax: Axes) -> bool:
    """Whether the place of the picture is too low for a legend and for optional remarks."""
    return place(ax)[1] < _USUAL_HEIGHT


def width(ax: Axes) -> float:
    """Inches from the left of the axes to the right end of the place of the picture."""
    place = ax.get_position(original=True).transformed(ax.figure.transSubfigure)
    return float((place.x1 - ax.bbox.x0) / root(ax).dpi)


def legend_below(ax: Axes, handles: Sequence[Artist], *, columns: int, gap: float) -> None:
    """Put a legend `gap` inches under the axes, in as many columns as fit, unless the place is low."""
    from matplotlib.transforms import ScaledTranslation

    if low(ax):
        return
    figure, size = root(ax), SMALL * type_share(ax)
    for count in range(min(columns, len(handles)), 0, -1):
        legend = ax.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.0, 0.0),
            bbox_transform=ax.transAxes + ScaledTranslation(0.0, -gap, figure.dpi_scale_trans),
            ncols=count,
            borderaxespad=0.0,
            fontsize=size,
            columnspacing=1.2,
            handletextpad=0.5,
            handlelength=1.8,
        )
        if legend.get_window_extent().width <= width(ax) * figure.dpi:
            return


def name_beside(
    ax: Axes, names: Sequence[str], at: Array, *, where: float, aside: float, along: Along | None = None
) -> None:
    """Name points at the right end of the axes, and move names apart that would overlap.

    Names stay above the lower end of the axes, since other texts are below it, if there is room for all of them.

    Args:
        ax: the axes.
        names: the name of each point.
        at: the y of each point.
        where: the x of all points.
        aside: distance of the names to the right, in points (1/72 inch).
        along: the axis of y, if it has transformed numbers.
    """
    own_axis = Along("y", ax.get_ylim()) if along is None else along
    (low, high), gap = own_axis.limits, line_height(ax, own_axis.limits)
    places = apart(at, gap, low + 0.5 * gap - 0.5 * max(0.0, len(at) * gap - (high - low)))
    for name, place, own in zip(names, own_axis.at(places).tolist(), own_axis.at(at).tolist(), strict=True):
        ax.annotate(
            name,
            (where, own),
            xytext=(where, place),
            textcoords=to_right(ax, aside),
            fontsize=SMALL * type_share(ax),
            va="center",
            annotation_clip=False,
            parse_math=False,
            arrowprops=THIN | {"relpos": (0.0, 0.5), "shrinkA": 1.0, "shrinkB": 3.0},  # from the left of the name
        )


def to_right(ax: Axes, points: float) -> Transform:
    """Data coordinates shifted to the right by a number of points (1/72 inch)."""
    from matplotlib.transforms import ScaledTranslation

    return ax.transData + ScaledTranslation(points / POINTS, 0.0, root(ax).dpi_scale_trans)


def move_labels(ax: Axes, shift: Array, aside: float) -> None:
    """Move the labels of the y ticks up by `shift` inches each, and connect each with its tick by a thin line."""
    from matplotlib.transforms import ScaledTranslation

    base = ax.get_yaxis_text1_transform(aside)[0]
    for tick, place, up in zip(ax.yaxis.get_major_ticks(), ax.get_yticks(), shift, strict=True):
        tick.label1.set_transform(base + ScaledTranslation(0.0, float(up), root(ax).dpi_scale_trans))
        ax.annotate(
            "",
            (0.0, place),
            xytext=(1.0 - aside, POINTS * float(up)),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            annotation_clip=False,
            arrowprops=THIN | {"shrinkA": 0.0, "shrinkB": 2.0},
        )
