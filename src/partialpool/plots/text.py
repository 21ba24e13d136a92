"""Names as a picture shows them: plain text on one line, shortened if it is long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output.cells import plain
from partialpool.io.output.characters import visible
from partialpool.special import Array

LONGEST = 28
_TITLE = 60


def short(text: str, longest: int = LONGEST) -> str:
    r"""The text on one line, with control characters escaped, and without its middle if it is too long.

    >>> print(short("a\nb"), short("abcdefghij", 7))
    a\x0ab abc…hij
    """
    spelt = visible(text)
    if len(spelt) <= longest:
        return spelt
    head = longest // 2
    return f"{spelt[:head]}…{spelt[len(spelt) - (longest - head - 1) :]}"


def title_of(names: Sequence[str]) -> str:
    """The names of one or more columns, as the label of an axis."""
    return short(" / ".join(" ".join(str(name).split()) for name in names), _TITLE)


def labels(columns: Mapping[str, NDArray[Any]], keys: Sequence[str]) -> list[str]:
    """The name of each row, from its labels."""
    cells = [plain(columns[key]) for key in keys]
    return [short(" / ".join("" if cell is None else str(cell) for cell in row)) for row in zip(*cells, strict=True)]


def points_wide(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text in points, in type of this size."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text or " ", font, ismath=False)[0])


def apart(at: Array, gap: float, least: float = -np.inf) -> Array:
    """Positions nearest to the given ones (least squares), in the same order, at least `gap` apart and >= `least`.

    >>> apart(np.array([0.0, 0.1, 5.0]), 1.0)
    array([-0.45,  0.55,  5.  ])
    >>> apart(np.array([0.0, 0.1, 5.0]), 1.0, least=0.0)
    array([0., 1., 5.])
    """
    order = np.argsort(at, kind="stable")
    blocks: list[list[float]] = []  # sum of (place - rank times gap), size
    for rank, place in enumerate(at[order]):
        blocks.append([float(place) - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, size = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + size]
    middle = np.concatenate([np.full(int(size), total / size) for total, size in blocks]) if blocks else np.empty(0)
    out = np.empty(len(at))
    out[order] = np.maximum(middle, least) + gap * np.arange(len(at))
    return out
