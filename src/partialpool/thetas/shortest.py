"""The shortest intervals of a given probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.special import Array
from partialpool.thetas.mixture import ENDS, Mixture, theta_at

Flags = NDArray[np.bool_]

_FRACTIONS = np.concatenate([[0.0], np.geomspace(1e-9, 1e-2, 12), np.linspace(0.05, 0.5, 10)])
_STEPS = 60
_CLOSE, _SAME = 1e-8, 1e-14
_NARROW = 0.02
_FARTHEST = 1e150
_BETWEEN = 20


def shortest(mixture: Mixture, level: float, near: Array | None = None) -> tuple[Array, Array]:
    """The z of both ends of each row's shortest interval in theta that holds `level`, (rows, 2), and what is below it.

    With u the probability below it, the length is Q(u + level) - Q(u), and falls with u while the density of theta is
    lower at the lower end than at the upper one. The shortest of some is improved until both densities are the same, or
    is left at the end of what theta can be.

    near: u over nodes that are nearly the same.
    """
    rest = 1.0 - level
    if near is None:
        return _chosen(mixture, rest)
    z, u = _pair(mixture, near, rest), near.copy()
    inside = np.flatnonzero((near > 0.0) & (near < rest))
    some, at = mixture.only(inside), near[inside]
    width = np.minimum(_NARROW * at, _NARROW * (rest - at))
    z[inside], u[inside], bounded = _improved(some, rest, at - width, at + width, z[inside])
    lost = inside[~bounded]
    if len(lost):
        z[lost], u[lost] = _chosen(mixture.only(lost), rest)
    return z, u


def _chosen(mixture: Mixture, rest: float) -> tuple[Array, Array]:
    """The shortest of some intervals, read between points, and improved."""
    below = np.append(_FRACTIONS, 1.0 - _FRACTIONS[-2::-1]) * rest
    above = np.append(1.0 - _FRACTIONS, _FRACTIONS[-2::-1]) * rest
    low, high = _read(mixture, below, above)
    best = np.argmin(_length(mixture, low, high), axis=1)
    u = below[best]
    z, inside = _pair(mixture, u, rest), np.flatnonzero((best > 0) & (best < len(below) - 1))
    if len(inside):
        here = best[inside]
        z[inside], u[inside], _ = _improved(mixture.only(inside), rest, below[here - 1], below[here + 1], z[inside])
    return z, u


def _read(mixture: Mixture, below: Array, above: Array) -> tuple[Array, Array]:
    """Roughly the z with these probabilities below them, and those with these above them: (rows, intervals)."""
    least = float(np.min(below[below > 0.0]))
    tails = np.array([0.1 * least, 1e-3, 0.05, 0.25])
    low, high = (mixture.quantiles(np.minimum(tails, 0.25), upper=upper) for upper in (False, True))
    knots = np.sort(np.concatenate([low, high], axis=1), axis=1)
    share = np.arange(_BETWEEN) / _BETWEEN
    z = (knots[:, :-1, None] + np.diff(knots, axis=1)[..., None] * share).reshape(mixture.rows, -1)
    with np.errstate(divide="ignore"):
        log_low, log_high = (np.log(mixture.tails(z, upper=upper)) for upper in (False, True))
        log_below, log_above = np.log(below), np.log(above)
    first, last = ENDS[mixture.parts.scale]
    lows = np.stack([np.interp(log_below, log_f, at) for log_f, at in zip(log_low, z, strict=True)])
    highs = np.stack([-np.interp(log_above, log_f[::-1], -at[::-1]) for log_f, at in zip(log_high, z, strict=True)])
    return np.where(below <= 0.0, first, lows), np.where(above <= 0.0, last, highs)


def _improved(mixture: Mixture, rest: float, first: Array, last: Array, z: Array) -> tuple[Array, Array, Flags]:
    """Both ends where densities are the same, u being between `first` and `last`, and whether it was."""
    u, z, first, last = 0.5 * (first + last), z.copy(), first.copy(), last.copy()
    f_first, f_last = (_signed(mixture, end, rest, z)[0] for end in (first, last))
    bounded = (f_first <= 0.0) & (f_last >= 0.0)
    left = np.flatnonzero(np.isfinite(u))
    for _ in range(_STEPS):
        if not len(left):
            break
        u[left] = _between(first[left], last[left], f_first[left], f_last[left])
        off, z[left] = _signed(mixture.only(left), u[left], rest, z[left])
        low, high = left[off < 0.0], left[off >= 0.0]
        f_last[low], f_first[high] = 0.5 * f_last[low], 0.5 * f_first[high]
        first[low], f_first[low] = u[low], off[off < 0.0]
        last[high], f_last[high] = u[high], off[off >= 0.0]
        left = left[(np.abs(off) > _CLOSE) & (last[left] - first[left] > _SAME * rest)]
    return z, u, bounded


def _between(first: Array, last: Array, f_first: Array, f_last: Array) -> Array:
    """By a straight line, kept off the ends, or half way where there is none."""
    with np.errstate(all="ignore"):
        share = f_first / (f_first - f_last)
    good = np.isfinite(share) & (f_first < 0.0) & (f_last > 0.0)
    return first + np.where(good, np.clip(share, 1e-3, 1.0 - 1e-3), 0.5) * (last - first)


def _signed(mixture: Mixture, u: Array, rest: float, near: Array) -> tuple[Array, Array]:
    """log of the density of theta at the lower end less that at the upper one, and the ends, with u below."""
    z = _pair(mixture, u, rest, near)
    first, last = ENDS[mixture.parts.scale]
    with np.errstate(invalid="ignore"):
        log_f = mixture.log_density_theta(np.clip(z, max(first, -_FARTHEST), min(last, _FARTHEST)))
    return np.nan_to_num(log_f[:, 0] - log_f[:, 1], nan=0.0, posinf=1e9, neginf=-1e9), z


def _pair(mixture: Mixture, u: Array, rest: float, near: Array | None = None) -> Array:
    """Both ends, with u below."""
    low = _at(mixture, u[:, None], upper=False, start=None if near is None else near[:, :1])
    above = np.maximum(rest - u, 0.0)[:, None]
    high = _at(mixture, above, upper=True, start=None if near is None else near[:, 1:])
    return np.concatenate([low, high], axis=1)


def _at(mixture: Mixture, p: Array, *, upper: bool, start: Array | None = None) -> Array:
    """Quantiles, the end of what theta can be where p is 0."""
    end = ENDS[mixture.parts.scale][int(upper)]
    none = p <= 0.0
    z = mixture.quantiles(np.where(none, 0.5, p), upper=upper, start=start)
    return np.where(none, end, z)


def _length(mixture: Mixture, low: Array, high: Array) -> Array:
    with np.errstate(invalid="ignore"):
        at_low, at_high = (theta_at(mixture.parts, z) for z in (low, high))
    unbounded = ~np.isfinite(low) | ~np.isfinite(high)
    if mixture.parts.scale == "log":
        unbounded |= high >= ENDS["log"][1]
    return np.where(unbounded, np.inf, at_high - at_low)
