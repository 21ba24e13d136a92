"""Lattices of nodes whose rows are as fine as the conditionals of groups need.

Where groups hardly differ, a conditional is a spike near the population's mean, and its average over a row is smooth
only if neighbouring spikes overlap. The trapezoid rule is as good at any finer step, so that each such row is
sampled anew by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.distributions import Each
from partialpool.integrate.frame import Frame
from partialpool.integrate.line import log_stretch, stretched
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, Index

_RESOLVED = 0.8  # step of a lattice over the spread of a conditional at which the trapezoid rule is good to e^-30
_FINEST = 256  # largest factor by which a row is refined
_MOST = 25_000  # most points of all rows together
_SEEN = 34.0  # a log density this far below the highest does not count


def refined_lattice(
    log_density: LogDensity, frame: Frame, step: float, conditionals: Callable[[Array, Array], Each]
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
    rows = [_row(log_density, x[k], y[k], width[k], u + shift[k]) for k in range(len(t))]
    top = max(float(log_f.max()) for _, log_f in rows)
    live = [k for k, (_, log_f) in enumerate(rows) if log_f.max() > top - _SEEN]
    times = {k: _coarseness(x[k], *rows[k], top, conditionals) for k in live}
    most = _affordable(np.array(list(times.values())), len(u))
    parts = []
    for k in live:
        count = min(times[k], most)
        at, log_f = rows[k]
        if count > 1:
            finer = np.linspace(u[0], u[-1], count * (len(u) - 1) + 1) + shift[k] / count  # half of its own step
            at, log_f = _row(log_density, x[k], y[k], width[k], finer)
        mass = np.exp(log_f + log_stretch(t[k]) - top) / count
        keep = mass > 0.0
        parts.append(np.stack([np.full(np.count_nonzero(keep), x[k]), at[keep], mass[keep]]))
    found_x, found_y, mass = np.concatenate(parts, axis=1)
    keep = mass > np.exp(-_SEEN) * mass.max()
    return found_x[keep], found_y[keep], mass[keep] / mass[keep].sum()


def _affordable(times: Index, points: int) -> int:
    """Largest factor by which rows can be refined so that all of them together have at most 25,000 points."""
    most = _FINEST
    while most > 1 and points * int(np.minimum(times, most).sum()) > _MOST:
        most //= 2
    return most


def _row(log_density: LogDensity, x: float, y: float, width: float, u: Array) -> tuple[Array, Array]:
    """The y of points along a row, and the log density of u there."""
    at = y + width * stretched(u)
    return at, log_density(np.full(at.shape, x), at) + log_stretch(u) + np.log(width)


def _coarseness(x: float, y: Array, log_f: Array, top: float, conditionals: Callable[[Array, Array], Each]) -> int:
    """Factor by which a row must be refined to resolve the conditionals."""
    some = log_f > top - _SEEN
    if np.count_nonzero(some) < 2:
        return 1
    each = conditionals(np.full(np.count_nonzero(some), x), y[some])
    with np.errstate(invalid="ignore", divide="ignore"):
        step = np.abs(np.diff(each.middle, axis=1)) / np.minimum(each.spread[:, 1:], each.spread[:, :-1])
    return max(1, int(np.ceil(min(float(np.nan_to_num(step, nan=0.0).max()) / _RESOLVED, _FINEST))))
