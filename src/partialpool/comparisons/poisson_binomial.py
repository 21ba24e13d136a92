"""How many of many independent events happen (the Poisson-binomial distribution), with each left out in turn."""

from __future__ import annotations

import numpy as np

from partialpool.special import Array, Index

_NOTHING = 1e-20
_UNSEEN = 1e-17  # weight of a point
_TRIM = 32
_NARROW, _WIDE = 64, 512  # points at a time: few where there are so many events that only some sums matter
_MANY = 200
_CACHED, _FEWEST = 1 << 17, 256  # numbers that stay near the processor, and pairs of kinds and points at least


def without_each(weight: Array, q: Array, count: Array) -> Array:
    """sum over points m of weight[j, m] P(r of all events but one of kind j happen at m), r = 0, ..., events - 1.

    q: probability of each kind of event at each point: (kinds, points); count: how many events there are of each kind.
    Returns (kinds, events). Leaving out divides the generating function by 1 - q + q x, from the end at which that is
    stable.
    """
    kinds, points = q.shape
    events = int(count.sum())
    out = np.zeros((kinds, events + 1))
    size = _NARROW if events > _MANY else _WIDE
    for start in range(0, points, size):
        at = slice(start, start + size)
        lowest, pmf = _sums(q[:, at], count)
        _divide(out, lowest, pmf, weight[:, at], q[:, at])
    return out[:, :events]


def _sums(q: Array, count: Array) -> tuple[int, Array]:
    """The first sum that has any probability, and from there on P(sum) at each point: (sums, points)."""
    events = int(count.sum())
    pmf = np.zeros((events + 2, q.shape[1]))
    pmf[0] = 1.0
    low, high = 0, 1
    for done, i in enumerate(np.repeat(np.arange(len(count)), count.astype(np.intp))):
        moved = pmf[low:high] * q[i]
        pmf[low:high] -= moved
        pmf[low + 1 : high + 1] += moved
        high += 1
        if done % _TRIM == _TRIM - 1:
            seen = np.flatnonzero(pmf[low:high].max(axis=1) > _NOTHING)
            pmf[low : low + seen[0]], pmf[low + seen[-1] + 1 : high] = 0.0, 0.0
            low, high = low + int(seen[0]), low + int(seen[-1]) + 1
    return low, pmf[low:high]


def _divide(out: Array, lowest: int, pmf: Array, weight: Array, q: Array) -> None:
    """Add the weighted distributions without one event of each kind to `out`."""
    live = weight > _UNSEEN
    for rare in (True, False):
        kind, point = np.nonzero(live & ((q <= 0.5) if rare else (q > 0.5)))
        size = max(_FEWEST, _CACHED // len(pmf))
        for start in range(0, len(kind), size):
            j, m = kind[start : start + size], point[start : start + size]
            _divided(out, lowest, pmf[:, m], weight[j, m], q[j, m], j, rare=rare)


def _divided(out: Array, lowest: int, rest: Array, weight: Array, q: Array, kind: Index, *, rare: bool) -> None:
    rest *= 1.0 / (1.0 - q if rare else q)
    odds = q / (1.0 - q) if rare else (1.0 - q) / q
    rows = range(1, len(rest)) if rare else range(len(rest) - 2, -1, -1)
    for r in rows:
        rest[r] -= odds * rest[r - 1 if rare else r + 1]
    starts = np.flatnonzero(np.diff(kind, prepend=-1))
    totals = np.add.reduceat(rest * weight, starts, axis=1).T
    first = lowest if rare else lowest - 1
    skip = max(-first, 0)
    last = min(first + totals.shape[1], out.shape[1])
    out[kind[starts], first + skip : last] += totals[:, skip : last - first]
