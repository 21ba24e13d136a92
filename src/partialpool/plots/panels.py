"""Further axes of a picture, above its main axes or to their right, which keep to the place of the main ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from partialpool.plots import layout, style, titles

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_LEGEND, _LINE = 0.45, 0.15  # inches from the axes to a legend, and for each further line of a label between them
_NARROW = 4.5  # inches
_TYPE_PER_ROW = 0.85  # largest size of type of the names of rows, as a share of the height of a row
_PER_TICK = 5.5  # width of an axis per number at it, in sizes of their type
_FEWEST, _MOST = 2, 6  # numbers at the axis of a panel


def further(main: Axes, x: tuple[float, float], y: tuple[float, float], **shared: Any) -> Axes:
    """Further axes from x[0] to x[1] and from y[0] to y[1], in sizes of the main ones.

    They know the place of the whole picture, so that their type has the size of that of the main axes.
    """
    axes = main.inset_axes((x[0], y[0], x[1] - x[0], y[1] - y[0]), **shared)
    axes.set_position(main.get_position(original=True), which="original")
    axes.set_in_layout(True)  # which a position of its own ends
    return axes


def row(main: Axes, count: int, gap: float, *, sharey: bool = False) -> tuple[list[Axes], float]:
    """The main axes followed by others of their size to the right, and how far all reach, in widths of the main axes.

    Args:
        main: the main axes.
        count: the number of all axes.
        gap: room between two axes, in their widths.
        sharey: whether all have the y axis of the main ones.
    """
    shared = {"sharey": main} if sharey else {}
    starts = [k * (1.0 + gap) for k in range(1, count)]
    return [main, *(further(main, (at, at + 1.0), (0.0, 1.0), **shared) for at in starts)], count + (count - 1) * gap


def finish(
    main: Axes, axes: Sequence[Axes], reach: float, handles: Sequence[Artist], columns: int, title: str, *remarks: str
) -> None:
    """Break the labels of a row of axes into lines, put a legend below these, and write the title.

    Args:
        main: the main axes, the first of the row.
        axes: all axes of the row.
        reach: how far all reach, in widths of the main axes.
        handles: what the legend shows.
        columns: largest number of columns of the legend.
        title: the title.
        remarks: what stands below it.
    """
    layout.settle(main, right=reach)
    titles.wrap_labels(*axes)
    layout.settle(main, right=reach)
    lines = max(ax.get_xlabel().count("\n") for ax in axes)
    layout.legend_below(main, handles, columns=columns, gap=_LEGEND + lines * _LINE * layout.type_share(main))
    titles.titled(main, title, *remarks)
    layout.settle(main, right=reach)


def finish_above(main: Axes, axes: Sequence[Axes], reach: float, title: str, *remarks: str) -> None:
    """Break the labels of axes that stand above one another into lines, and write the title over the last of them.

    Args:
        main: the main axes, the lowest ones.
        axes: those above it, from the lowest to the highest.
        reach: how far all reach, in heights of the main axes.
        title: the title.
        remarks: what stands below it.
    """
    layout.settle(main, above=reach)
    titles.wrap_labels(main, *axes)
    titles.titled(main, title, *remarks, over=axes[-1])
    layout.settle(main, above=reach)


def narrow(ax: Axes) -> bool:
    """Whether the place of the picture is too narrow for long labels."""
    return layout.place(ax)[0] < _NARROW


def name_rows(ax: Axes, rows: Sequence[float], names: Sequence[str]) -> None:
    """Name rows at the y axis, in type that is no higher than a row."""
    low, high = ax.get_ylim()
    pitch = layout.POINTS * layout.inches(ax) / (high - low)
    ax.set_yticks(rows, names, parse_math=False)
    size = min(style.SMALL * layout.type_share(ax), _TYPE_PER_ROW * pitch)
    ax.tick_params(axis="y", length=0.0, labelsize=size)


def few_numbers(ax: Axes) -> None:
    """Leave only as many numbers at the x axis as there is room for."""
    from matplotlib.ticker import MaxNLocator

    wide = layout.POINTS * ax.bbox.width / layout.root(ax).dpi
    room = int(wide / (_PER_TICK * style.TICKS * layout.type_share(ax)))
    ax.xaxis.set_major_locator(MaxNLocator(min(max(room, _FEWEST), _MOST), steps=[1, 2, 2.5, 5, 10]))
