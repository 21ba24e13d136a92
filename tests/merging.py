"""Groups of two parts of some rows, put together: collapse(one + other) == merge(collapse(one), collapse(other))."""

import numpy as np

from partialpool.groups.groups import Array, Groups, collapse


def merge(a: Groups, b: Groups) -> Groups:
    """Groups of both parts together, those of `a` first.

    The operation is associative, and Groups without a group are its neutral element.
    """
    labels = None if a.numbered else {name: _join(x, b.labels[name]) for name, x in a.labels.items()}
    return collapse(
        labels,
        {role: _join_numbers(x, b.statistics[role]) for role, x in a.statistics.items()},
        a.columns,
        a.library if a.size or not b.size else b.library,
        tuple(dict.fromkeys(a.notes + b.notes)),
        a.combine,
    )


def _join(a: Array, b: Array) -> Array:
    """Both columns of labels in a row; labels of different kinds stay what they are."""
    if not len(a) or not len(b):
        return a if len(a) else b
    if a.dtype.kind == b.dtype.kind:
        return np.concatenate([a, b])
    return np.concatenate([a.astype(object), b.astype(object)])


def _join_numbers(a: Array, b: Array) -> Array:
    """Both columns of numbers in a row; an empty one has no say in the type."""
    if not len(a) or not len(b):
        return a if len(a) else b
    return np.concatenate([a, b])
