"""Averages of many growing functions over one density, on nodes that reach as far as any of them does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from partialpool.integrate.frame import locate
from partialpool.integrate.plane import Rule, integrate, resampled
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, Index

_CHUNK = 1 << 21  # elements of a temporary array
_MANY = 100_000_000  # functions times nodes, beyond which the steps of the lattices are chosen for some of them
_ROUGH = 1000  # nodes that show which functions reach farthest
_MOST_AGAIN = 100  # integrations of a posterior, of up to a second each
_WATCHED = 30  # functions that steps are chosen for, besides those that reach farthest

# which functions, x and y (one-dimensional) -> logs of the functions there: (functions, points)
Logs: TypeAlias = Callable[[Index, Array, Array], Array]


def log_means(log_density: LogDensity, rule: Rule, logs: Logs, size: int) -> tuple[Array, Array]:
    """log E[f_i] of `size` functions f_i, and how far each mean can be off, relative to its size.

    rule: of the density itself, which shows where it lives and which functions reach farthest.
    """
    many = size * len(rule.x) > _MANY
    x, y, log_p = _coarser(log_density, rule) if many else (rule.x, rule.y, rule.log_probability)
    centre, outermost = _centred(x, y, log_p, logs, size)
    least = centre[outermost, None]
    watched = np.union1d(outermost, np.linspace(0, size - 1, _WATCHED).round().astype(np.intp))
    watched = watched if many else np.arange(size)

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        x, y = np.broadcast_arrays(x, y)
        with np.errstate(all="ignore"):
            out = np.max(logs(outermost, x.ravel(), y.ravel()) - least, axis=0)
        return [(1, np.nan_to_num(out, nan=-np.inf, posinf=-np.inf).reshape(x.shape))]

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        out = np.full(2 * len(watched), np.nan)
        out[::2] = _means(x, y, log_p, logs, watched, centre)
        return out

    frame = rule.frame
    y0, width = (float(v[0]) for v in frame.near(np.array([frame.centre])))
    found = locate(log_density, (frame.centre, y0, frame.scale, width), growing)
    with np.errstate(invalid="ignore", divide="ignore"):
        wide = integrate(log_density, found, statistics, growing)
        if many:
            return _all_means(wide, logs, centre)
        return centre + np.log(wide.statistics[::2]), np.maximum(wide.spread[1::2], wide.spread[0])


def worth_again(error: Array, goal: float) -> Index:
    """Those to work out again, one by one and with about the error `goal`: the worst, if they are many."""
    bad = np.flatnonzero(~(error < goal))
    return bad[np.argsort(-np.nan_to_num(error[bad], nan=np.inf), kind="stable")[:_MOST_AGAIN]]


def _all_means(wide: Rule, logs: Logs, centre: Array) -> tuple[Array, Array]:
    """log E[f_i] of all functions over a rule that stands for some of them, with the error of the worst of these."""
    second = np.unique(wide.x, return_inverse=True)[1] % 2 == 1
    every = np.arange(len(centre))
    one, other = (
        _means(wide.x[some], wide.y[some], wide.log_probability[some], logs, every, centre)
        for some in (~second, second)
    )
    p = np.exp(wide.log_probability)
    shares = np.array([p[some].sum() for some in (~second, second)])
    spread = np.abs(one / shares[0] - other / shares[1]) / (one + other)
    worst = max(float(wide.spread[0]), float(np.max(wide.spread[1::2])))
    return centre + np.log((one + other) / shares.sum()), np.maximum(spread, worst)


def _means(x: Array, y: Array, log_p: Array, logs: Logs, which: Index, centre: Array) -> Array:
    """Sums over nodes of functions divided by e^centre, times probabilities."""
    out = np.empty(len(which))
    with np.errstate(over="ignore"):
        for part in _chunks(len(which), len(log_p)):
            some = which[part]
            out[part] = np.exp(logs(some, x, y) - centre[some, None] + log_p).sum(axis=1)
    return out


def _coarser(log_density: LogDensity, rule: Rule) -> tuple[Array, Array, Array]:
    """About _ROUGH nodes of the same density with logs of their probabilities."""
    x, y, p = resampled(log_density, rule, max(1.0, (len(rule.x) / _ROUGH) ** 0.5))
    with np.errstate(divide="ignore"):
        return x, y, np.log(p)


def _centred(x: Array, y: Array, log_p: Array, logs: Logs, size: int) -> tuple[Array, Index]:
    """Rough log E[f_i]; and the functions that are the largest beside that at some node: all others lie within."""
    centre = np.empty(size)
    highest, which = np.full(len(log_p), -np.inf), np.zeros(len(log_p), dtype=np.intp)
    for some in _chunks(size, len(log_p)):
        value = logs(some, x, y)
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
