"""Titles, remarks and notes around the axes of a picture, broken into lines that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from partialpool.io.output.characters import wrap
from partialpool.plots import layout
from partialpool.plots.style import GREY, INK, LARGE, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDES: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
_EM = 0.54  # width of an average character, in sizes of the font


def titled(main: Axes, title: str, *remarks: str, over: Axes | None = None) -> None:
    """Write a title and remarks below it above the axes, in lines that fit the place of the picture.

    The title is the ordinary one of the axes, so that `set_title` replaces it, and stands above the remarks.

    Args:
        main: the axes of the picture, after `layout.settle`.
        title: the title.
        remarks: the remarks; empty ones are left out.
        over: the axes above which the remarks are written; by default `main`.
    """
    share = layout.type_share(main)
    size = LARGE * share
    text = "\n".join(_lines(title, size, layout.width(main)))
    lines = _small(remarks, layout.width(main), share)
    head = _Head(main, text, _pad(lines, share))
    main.set_title(text, fontsize=size, color=INK, pad=head.pad, loc="center", x=0.0, ha="left", parse_math=False)
    locator = main.get_axes_locator()
    assert isinstance(locator, layout.Inside)
    locator.head = head
    if lines:
        _annotated(main if over is None else over, lines, (0.0, 1.0), (0.0, 6.0), share=share)


@dataclass
class _Head:
    """The title of a picture: ours until the caller sets one, which is then placed above the remarks like ours.

    Attributes:
        main: the axes of the picture.
        text: our title.
        pad: points between the axes and the title.
    """

    main: Axes
    text: str
    pad: float

    def __call__(self) -> None:
        """Remove our title if the caller has set another, and lift that one above the remarks."""
        ax = self.main
        titles = {side: ax.get_title(loc=side) for side in _SIDES}
        if titles == {"left": "", "center": self.text, "right": ""}:
            return
        if titles["center"] == self.text:
            ax.set_title("", loc="center")
            titles["center"] = ""
        elif ax.title.get_horizontalalignment() == "center" and ax.title.get_position()[0] == 0.0:
            ax.title.set_x(0.5)
            ax.title.set_parse_math(True)
        free = [side for side, text in titles.items() if not text]
        if free:
            ax.set_title("", loc=free[-1], pad=self.pad)  # titles share their distance from the axes


def heading(title: str, remarks: Sequence[str], width: float) -> float:
    """Height in points of a title and remarks above axes, in a width of so many points."""
    width /= layout.POINTS
    return 1.2 * LARGE * len(_lines(title, LARGE, width)) + _pad(_small(remarks, width))


def footed(ax: Axes, notes: Sequence[str], *, left: float, below: float) -> None:
    """Write notes at `below` points below the axes, beginning `left` points to their left."""
    if lines := _small(notes, layout.place(ax)[0]):
        _annotated(ax, lines, (0.0, 0.0), (-left, -below), va="top")


def height(notes: Sequence[str], width: float) -> float:
    """Height in points of notes below axes, in a width of so many points."""
    return 1.4 * SMALL * len(_small(notes, width / layout.POINTS))


def _small(remarks: Sequence[str], width: float, share: float = 1.0) -> list[str]:
    """Break remarks into lines of small text, in type of `share` of its usual size."""
    return [line for remark in remarks if remark for line in _lines(remark, SMALL * share, width)]


def _pad(lines: Sequence[str], share: float = 1.0) -> float:
    """Distance in points between the axes and the title, with these lines of small text between them."""
    return 8.0 + 1.4 * SMALL * share * len(lines)


def _annotated(
    ax: Axes,
    lines: Sequence[str],
    at: tuple[float, float],
    offset: tuple[float, float],
    va: str = "baseline",
    share: float = 1.0,
) -> None:
    """Write lines of small text at a position in axes fractions, shifted by an offset in points."""
    ax.annotate(
        "\n".join(lines),
        at,
        xytext=offset,
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL * share,
        color=GREY,
        va=va,
        annotation_clip=False,
        parse_math=False,
    )


def wrap_labels(*axes: Axes) -> None:
    """Break the labels of x and y into lines that are no longer than the axes."""
    for ax in axes:
        width, height = (length / layout.root(ax).dpi for length in ax.bbox.size)
        for label, length in ((ax.xaxis.label, width), (ax.yaxis.label, height)):
            label.set_text("\n".join(_lines(label.get_text(), float(label.get_fontsize()), length)))


def _lines(text: str, size: float, width: float) -> list[str]:
    return wrap(text, max(8, int(width * layout.POINTS / (_EM * size))))
