"""Averages of many growing functions over one density, on nodes that reach as far as any of them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from partialpool.integrate.frame import locate
from partialpool.integrate.plane import Rule, integrate
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, Index

_CHUNK = 1 << 21  # elements of a temporary array

# which functions, x and y (one-dimensional) -> logs of the functions there: (functions, points)
Logs: TypeAlias = Callable[[Index, Array, Array], Array]


def log_means(log_density: LogDensity, rule: Rule, logs: Logs, size: int) -> tuple[Array, Array]:
    """log E[f_i] of `size` functions f_i, and how far each mean can be off, relative to its size.

    rule: of the density itself, which shows where it lives and which functions reach farthest.
    """
    centre, outermost = _centred(rule, logs, size)
    least = centre[outermost, None]

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        x, y = np.broadcast_arrays(x, y)
        with np.errstate(all="ignore"):
            out = np.max(logs(outermost, x.ravel(), y.ravel()) - least, axis=0)
        return [(1, np.nan_to_num(out, nan=-np.inf, posinf=-np.inf).reshape(x.shape))]

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        out = np.full(2 * size, np.nan)
        with np.errstate(over="ignore"):
            for some in _chunks(size, len(log_p)):
                out[2 * some] = np.exp(logs(some, x, y) - centre[some, None] + log_p).sum(axis=1)
        return out

    frame = rule.frame
    y0, width = (float(v[0]) for v in frame.near(np.array([frame.centre])))
    found = locate(log_density, (frame.centre, y0, frame.scale, width), growing)
    with np.errstate(invalid="ignore", divide="ignore"):
        wide = integrate(log_density, found, statistics, growing)
        return centre + np.log(wide.statistics[::2]), np.maximum(wide.spread[1::2], wide.spread[0])


def _centred(rule: Rule, logs: Logs, size: int) -> tuple[Array, Index]:
    """Rough log E[f_i]; and the functions that are the largest beside that at some node: all others lie within."""
    log_p = rule.log_probability
    centre = np.empty(size)
    highest, which = np.full(len(log_p), -np.inf), np.zeros(len(log_p), dtype=np.intp)
    for some in _chunks(size, len(log_p)):
        value = logs(some, rule.x, rule.y)
        centre[some] = np.logaddexp.reduce(value + log_p, axis=1)
        value = value - centre[some, None]
        best = np.argmax(value, axis=0)
        top = value[best, np.arange(len(log_p))]
        which = np.where(top > highest, some[best], which)
        highest = np.maximum(top, highest)
    return centre, np.unique(which)


def _chunks(size: int, width: int) -> list[Index]:
    step = max(1, _CHUNK // max(1, width))
    return [np.arange(start, min(start + step, size)) for start in range(0, size, step)]
