"""Which of very many groups are drawn: a picture of thousands is a smear."""

from __future__ import annotations

import numpy as np

from partialpool.special import Array, Index


def some(order_by: Array, most: int) -> Index:
    """Places of at most so many groups, evenly spaced in order, the first and the last among them; NaN counts as last.

    >>> some(np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 3)
    array([1, 0, 3])
    """
    order = np.argsort(order_by, kind="stable")
    if len(order) <= most:
        return order
    return order[np.unique(np.linspace(0, len(order) - 1, most).round().astype(np.intp))]


def remark(shown: int, size: int, order: str) -> str:
    """That not all are drawn; empty if they are."""
    return "" if shown == size else f"{shown:,} of {size:,} groups are drawn, evenly spaced in the order of {order}"
