"""Names beside points that are scattered over the axes, where they cover neither one another nor the picture's edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from partialpool.plots import layout, style
from partialpool.special import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox

_FROM = 4.0  # points between a point and its name
_FARTHEST, _FAR = 9, 5  # lines by which a name may be moved up or down; the same if it is left out rather than covering
_NEAR = 1  # lines up to which a moved name needs no line to its point


def name_points(
    ax: Axes,
    names: Sequence[str],
    x: Array,
    y: Array,
    avoid: tuple[Array, Array] | None = None,
    *,
    covering: bool = True,
) -> int:
    """Name points in this order, as far as there is room, and return how many have a name.

    A name that would lie over another, over one of the points to avoid or outside the axes is moved up or down, and
    is left out if there is no free place near its point.

    Args:
        ax: the axes, after `layout.settle`.
        names: the names, the most important first.
        x: the x of each point, in the numbers of the axis.
        y: the y of each point, in the numbers of the axis.
        avoid: the x and y of points that names should not cover.
        covering: whether a name may cover such points if it has no other place.
    """
    taken: list[Bbox] = []
    away = np.empty((0, 2)) if avoid is None else ax.transData.transform(np.stack(avoid, axis=1))
    passes = ((True, False) if covering else (True,)) if len(away) else (False,)
    return sum(
        _named(ax, name, at, taken, away, passes) for name, at in zip(names, np.stack([x, y], axis=1), strict=True)
    )


def _named(ax: Axes, name: str, at: Array, taken: list[Bbox], away: Array, passes: Sequence[bool]) -> bool:
    """Name one point at the first free place; each pass says whether the points to avoid are avoided."""
    for avoiding in passes:
        for side, lines in _places(_FARTHEST if False in passes else _FAR):
            text = _written(ax, name, at, side, lines)
            box = _box(text)
            free = not any(box.overlaps(other) for other in taken) and _inside(ax, box)
            if free and not (avoiding and _covers(box, away)):
                taken.append(box)
                return True
            text.remove()
    return False


def _places(farthest: int) -> Iterator[tuple[int, int]]:
    """Side (1 right, -1 left) and lines to move up, from the nearest place to the farthest."""
    yield from ((side, 0) for side in (1, -1))
    for lines in range(1, farthest + 1):
        yield from ((side, sign * lines) for sign in (1, -1) for side in (1, -1))


def _written(ax: Axes, name: str, at: Array, side: int, lines: int) -> Annotation:
    """Write a name on one side of its point, so many lines above it."""
    size = style.SMALL * layout.type_share(ax)
    far = abs(lines) > _NEAR
    return ax.annotate(
        name,
        (float(at[0]), float(at[1])),
        xytext=(side * _FROM * (2.0 if far else 1.0), 1.2 * size * lines),
        textcoords="offset points",
        fontsize=size,
        ha="left" if side > 0 else "right",
        va="center",
        parse_math=False,
        zorder=6,
        arrowprops=layout.THIN | {"relpos": (0.5 - 0.5 * side, 0.5), "shrinkA": 0.5, "shrinkB": 2.0} if far else None,
    )


def _box(text: Annotation) -> Bbox:
    """The box of the text alone, without its line."""
    from matplotlib.text import Text

    text.get_window_extent()  # moves the text to its place
    return Text.get_window_extent(text)


def _inside(ax: Axes, box: Bbox) -> bool:
    """Whether a box is inside the axes."""
    area = ax.bbox
    return bool(box.x0 >= area.x0 and box.x1 <= area.x1 and box.y0 >= area.y0 and box.y1 <= area.y1)


def _covers(box: Bbox, points: Array) -> bool:
    """Whether a box covers one of the points, in pixels."""
    inside = (points >= [box.x0, box.y0]) & (points <= [box.x1, box.y1])
    return bool(np.any(inside.all(axis=1)))
