"""The number of a few independent events that happen, with each event left out in turn.

The other events are those before it and those after it, which are counted separately: nothing is divided, all sums
are of positive numbers, and the average over points of every two numbers is one matrix product.
"""

from __future__ import annotations

import numpy as np

from partialpool.analysis.comparisons.one_event import UNSEEN
from partialpool.special import Array, Index

_NOTHING = 1e-20  # probability of a number of events that counts as 0
_TRIM = 8  # negligible probabilities are cut off after this many events


def each_left_out(weight: Array, q: Array, count: Array, kinds: Index) -> Array:
    """sum over points m of weight[j, m] P(r of all events but one of kind j happen at m): (kinds, 0 to all events).

    q: probability of an event of each kind: (all kinds, points). count: number of events of each kind.
    kinds: the kinds to which the rows of weight belong.
    """
    q = np.where(q > UNSEEN, q, 0.0)  # products of the smallest doubles are a hundred times slower
    event = np.repeat(np.arange(len(q)), count.astype(np.intp))
    after = [np.ones((1, q.shape[1]))]
    for i in event[:0:-1]:
        after.append(_and_one(after[-1], q[i]))
    before, row = after[0], {kind: place for place, kind in enumerate(kinds.tolist())}
    out = np.zeros((len(kinds), len(event) + 1))
    for e, i in enumerate(event.tolist()):
        rest = after.pop()
        if i in row and (e + 1 == len(event) or event[e + 1] != i):  # others of its kind are before it
            both = (before * weight[row[i]]) @ rest.T
            number = np.add.outer(np.arange(len(before)), np.arange(len(rest)))
            out[row[i], :-1] = np.bincount(number.ravel(), both.ravel())
        before = _and_one(before, q[i])
    return out


def _and_one(pmf: Array, q: Array) -> Array:
    """Distributions of the number of events after adding one event with probability q: (numbers, points)."""
    out = np.empty((len(pmf) + 1, len(q)))
    moved = np.multiply(pmf, q, out=out[1:])
    out[0] = 0.0
    rest = pmf - moved
    out[:-1] += rest
    if len(pmf) % _TRIM == 0:
        out[out < _NOTHING] = 0.0
    return out
