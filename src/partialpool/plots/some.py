"""Choose which of many groups are drawn and named: thousands could not be told apart, and the ends matter most."""

from __future__ import annotations

import numpy as np

from partialpool.messages.wording import counted
from partialpool.special import Array, Index

OUTLYING = 8  # largest number of outlying groups that are named
_FENCE = 1.5  # Tukey's fence: interquartile ranges from the quartiles beyond which a value is outlying


def outlying(values: Array, most: int = OUTLYING) -> Index:
    """Positions of at most `most` values outside Tukey's fences, the farthest out first; NaN is never among them.

    >>> outlying(np.array([3.0, 1.0, 2.0, 50.0, 4.0, 3.0, -9.0, np.nan]))
    array([3, 6])
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.empty(0, dtype=np.intp)
    low, high = np.quantile(known, [0.25, 0.75])
    with np.errstate(invalid="ignore"):
        out = np.maximum(low - values, values - high)
        far = np.flatnonzero(out > _FENCE * (high - low))
    return far[np.argsort(-out[far], kind="stable")][:most]


def notable(values: Array) -> Index:
    """Positions of the lowest, the highest and the outlying values, in increasing order.

    >>> notable(np.array([3.0, 1.0, 2.0, 50.0, 4.0]))
    array([1, 3])
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return known
    ends = [known[np.argmin(values[known])], known[np.argmax(values[known])]]
    return np.union1d(ends, outlying(values)).astype(np.intp)


def some(order_by: Array, most: int, always: Index | None = None) -> Index:
    """Positions of some groups in sorted order: the notable ones, and others evenly spaced; NaN is sorted last.

    Args:
        order_by: the values by which the groups are sorted.
        most: number of positions; enough for the notable ones (at most OUTLYING + 2) and for those in `always`.
        always: further positions to include.

    >>> some(np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 3)
    array([1, 0, 3])
    """
    order = np.argsort(order_by, kind="stable")
    if len(order) <= most:
        return order
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    kept = np.union1d(rank[notable(order_by)], [0, len(order) - 1])
    kept = kept if always is None else np.union1d(kept, rank[always])
    others = np.setdiff1d(np.arange(len(order)), kept)
    room = max(most - len(kept), 0)
    between = (np.arange(room) + 0.5) * len(others) / max(room, 1)
    return order[np.union1d(kept, others[between.astype(np.intp)]).astype(np.intp)]


ENDS_NAMED = "the lowest, the highest and the outlying groups are named"
"""A remark under the title of a picture that does not name all groups."""


def remarks(shown: int, known: int, *, all_named: bool, empty: int, beyond: int) -> list[str]:
    """What to say under the title of a picture of raw estimates, empty where there is nothing to say.

    Args:
        shown: the number of groups that are drawn.
        known: the number of groups that could be.
        all_named: whether all are named, or there is no room to say that they are not.
        empty: the number of groups without data.
        beyond: the number of raw estimates beyond the axis.
    """
    return [
        remark(shown, known, "the raw estimate"),
        "" if all_named else ENDS_NAMED,
        f"{empty:,} without data" if empty else "",
        f"{counted(beyond, 'raw estimate')} beyond the axis" if beyond else "",
    ]


def remark(shown: int, size: int, order: str) -> str:
    """Say that not all groups are drawn; empty if they are."""
    return "" if shown == size else f"{shown:,} of {size:,} groups are drawn, evenly spaced in the order of {order}"
