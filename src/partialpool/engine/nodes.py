"""Lattices of nodes whose rows are as fine as the conditionals of groups need.

Where groups hardly differ, a conditional is a spike near the population's mean, and its average over a row is smooth
only if neighbouring spikes overlap. The trapezoid rule is as good at any finer step, so that each such row is
sampled anew by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.distributions import Distribution
from partialpool.quadrature.frame import Frame
from partialpool.quadrature.line import log_stretch, stretched
from partialpool.quadrature.ridge import LogDensity
from partialpool.special import Array, Index

_RESOLVED = 0.8  # step of a lattice over the spread of a conditional at which the trapezoid rule is good to e^-30
_FINEST = 4096  # largest factor by which a row is refined
_MOST = 50_000  # most points of all rows together
_LITTLE = 1e-9  # share of the probability up to which a row need not be refined
_SEEN = 34.0  # a log density this far below the highest does not count


def refined_lattice(
    log_density: LogDensity, frame: Frame, step: float, conditionals: Callable[[Array, Array], Distribution]
) -> tuple[Array, Array, Array]:
    """x, y and probability of a lattice with this step in a frame, with finer rows where the step is too coarse.

    conditionals: function that gives the conditionals of some representative groups at points (x, y): (groups, points).
    """
    (t_lo, t_hi), (u_lo, u_hi) = frame.t_range, frame.u_range
    t = np.arange(np.floor(t_lo / step), np.ceil(t_hi / step) + 0.25, 0.5) * step
    x = frame.place(t)
    y, width = frame.near(x)
    u = np.arange(np.floor(u_lo / step), np.ceil(u_hi / step) + 1.0) * step
    shift = 0.5 * step * (np.arange(len(t)) % 2)
    at, log_f = _sampled(log_density, x[:, None], y[:, None], width[:, None], u + shift[:, None])
    top = float(log_f.max())
    live = np.flatnonzero(log_f.max(axis=1) > top - _SEEN)
    held = np.exp(log_f[live] - top + log_stretch(t[live])[:, None]).sum(axis=1)
    times = np.where(held > _LITTLE * held.sum(), _coarseness(x[live], at[live], log_f[live], top, conditionals), 1)
    times = np.minimum(times, _affordable(times, np.count_nonzero(log_f[live] > top - _SEEN, axis=1)))
    plain, some = live[times == 1], live[times > 1]
    row, at, log_f = np.repeat(plain, len(u)), at[plain].ravel(), log_f[plain].ravel()
    count = np.ones(len(row))
    if len(some):
        again = times[times > 1]
        size = again * (len(u) - 1) + 1
        finer = [np.linspace(u[0], u[-1], n) + shift[k] / m for k, m, n in zip(some, again, size, strict=True)]
        more = np.repeat(some, size)
        points = _sampled(log_density, x[more], y[more], width[more], np.concatenate(finer))
        row, count = np.append(row, more), np.append(count, np.repeat(again, size))
        at, log_f = np.append(at, points[0]), np.append(log_f, points[1])
    mass = np.exp(log_f + log_stretch(t[row]) - top) / count
    order = np.flatnonzero(mass > np.exp(-_SEEN) * mass.max())
    order = order[np.argsort(row[order], kind="stable")]
    return x[row[order]], at[order], mass[order] / mass[order].sum()


def _affordable(times: Index, points: Index) -> int:
    """Largest factor by which rows can be refined so that all points that count are at most 50,000.

    points: the number of points that count on each row.
    """
    most = _FINEST
    while most > 1 and int(points @ np.minimum(times, most)) > _MOST:
        most //= 2
    return most


def _sampled(log_density: LogDensity, x: Array, y: Array, width: Array, u: Array) -> tuple[Array, Array]:
    """y at coordinates u along rows with their middles and widths, and the log density of u there."""
    at = y + width * stretched(u)
    return at, log_density(np.broadcast_to(x, at.shape).copy(), at) + log_stretch(u) + np.log(width)


def _coarseness(
    x: Array, y: Array, log_f: Array, top: float, conditionals: Callable[[Array, Array], Distribution]
) -> Index:
    """How many times as many points the conditionals need along each row: (rows,)."""
    row, point = np.nonzero(log_f > top - _SEEN)
    each = conditionals(x[row], y[row, point])
    beside = np.flatnonzero((row[1:] == row[:-1]) & (point[1:] == point[:-1] + 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.minimum(each.spread[:, beside + 1], each.spread[:, beside])
        step = np.nan_to_num(np.abs(each.middle[:, beside + 1] - each.middle[:, beside]) / spread).max(axis=0)
    widest = np.zeros(len(x))
    np.maximum.at(widest, row[beside], step)
    return np.maximum(np.ceil(np.minimum(widest / _RESOLVED, _FINEST)), 1.0).astype(np.intp)
