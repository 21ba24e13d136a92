"""The shortest intervals of a given probability."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.engine.mixture import Mixture
from partialpool.special import Array

Flags = NDArray[np.bool_]

_FRACTIONS = np.concatenate([[0.0], np.geomspace(1e-9, 1e-2, 12), np.linspace(0.05, 0.5, 10)])
_STEPS = 60
_CLOSE, _SAME = 1e-8, 1e-14  # difference of log densities, and width of the bracket, at which the search ends
_NARROW = 0.02  # relative change of u between nodes that are nearly the same
_FARTHEST = 1e150  # the largest |z| at which a density is evaluated
_BETWEEN = 20  # points between two quantiles for interpolation
_GRID, _SPREADS, _BENT = 65, 12.0, 2.0  # points of a density, their reach in sds, and how they thin out
_SHARES = np.concatenate([np.geomspace(1e-3, 0.02, 6), np.linspace(0.03, 0.97, 33), 1.0 - np.geomspace(0.02, 1e-3, 6)])
_NEWTON, _APART, _EXACT = 9, 1e-4, 1e-12  # most steps; distance in z for slopes; accuracy of what is left out


def shortest(mixture: Mixture, level: float, near: Array | None = None) -> tuple[Array, Array]:
    """The z of both ends of each row's shortest interval in theta of probability `level`, and the probability below it.

    With u the probability below it, the length is Q(u + level) - Q(u). It decreases in u while the density of theta is
    lower at the lower end than at the upper one. The shortest of several intervals is improved until both densities are
    equal, or stays at the end of theta's support. The ends are (rows, 2).

    near: u from nodes that are nearly the same.
    """
    rest = 1.0 - level
    if near is None:
        z, u, found = _newton(mixture, rest, *_scanned(mixture, rest))
        slow = np.flatnonzero(~found)
        if len(slow):
            z[slow], u[slow] = _chosen(mixture.only(slow), rest)
        return z, u
    z, u = _pair(mixture, near, rest), near.copy()
    ends = (near <= 0.0) | (near >= rest)
    z_new, u_new, found = _newton(mixture, rest, z, ~ends)
    found &= np.abs(u_new - near) <= _NARROW * np.minimum(near, rest - near)
    z[found], u[found] = z_new[found], u_new[found]
    rest_of = np.flatnonzero(~found)
    if len(rest_of):
        z[rest_of], u[rest_of] = _narrowed(mixture.only(rest_of), rest, near[rest_of], z[rest_of])
    return z, u


def _scanned(mixture: Mixture, rest: float) -> tuple[Array, Flags]:
    """Approximate both ends, from densities alone, with a mask of rows where they are well inside."""
    low, mean, sd, high = mixture.within
    t = np.linspace(-1.0, 1.0, _GRID)
    far = _SPREADS * sd[:, None]
    z = np.clip(mean[:, None] + far * np.sinh(_BENT * t) / np.sinh(_BENT), low[:, None], high[:, None])
    f = np.exp(mixture.log_density(z))
    pieces = 0.5 * (f[:, 1:] + f[:, :-1]) * np.diff(z, axis=1)
    running = np.concatenate([np.zeros((len(z), 1)), np.cumsum(pieces, axis=1)], axis=1)
    running /= running[:, -1:]
    u = _SHARES * rest
    at = [np.interp(np.append(u, u + 1.0 - rest), f_row, z_row) for f_row, z_row in zip(running, z, strict=True)]
    ends = np.reshape(at, (len(z), 2, len(u)))
    best = np.argmin(_length(mixture, ends[:, 0], ends[:, 1]), axis=1)
    rows = np.arange(len(z))
    return ends[rows, :, best], (best > 0) & (best < len(u) - 1)


def _newton(mixture: Mixture, rest: float, z: Array, some: Flags) -> tuple[Array, Array, Flags]:
    """Both ends and the probability below, by Newton's method on two equations, with a mask of rows that converged.

    below + above = rest,    log density at the lower end = log density at the upper end
    """
    z, u, found = z.copy(), np.full(len(z), np.nan), np.zeros(len(z), dtype=bool)
    left = np.flatnonzero(some)
    apart = np.array([-_APART, 0.0, _APART])
    for _ in range(_NEWTON):
        if not len(left):
            break
        here, at = mixture.only(left), z[left]
        with np.errstate(all="ignore"):
            below, above = here.tails(at[:, :1], upper=False)[:, 0], here.tails(at[:, 1:], upper=True)[:, 0]
            points = (at[:, :, None] + apart).reshape(len(left), -1)
            log_f = here.log_density(points)
            on_theta = (log_f - here.parts.log_rise(points)).reshape(len(left), 2, 3)
            (f, g), (s, r) = np.exp(log_f[:, [1, 4]]).T, ((on_theta[..., 2] - on_theta[..., 0]) / (2.0 * _APART)).T
            lacking, uneven = below + above - rest, on_theta[:, 0, 1] - on_theta[:, 1, 1]
            scale = f * r - g * s  # of f dz - g dw = -lacking, s dz - r dw = -uneven
            step = np.stack([g * uneven - r * lacking, f * uneven - s * lacking], axis=1) / scale[:, None]
        good = (np.abs(lacking) < _EXACT * rest) & (np.abs(uneven) < _CLOSE) & (s > 0.0) & (r < 0.0)
        found[left[good]], u[left[good]] = True, below[good]
        size = np.max(np.abs(step), axis=1)
        moving = ~good & np.isfinite(size) & (s > 0.0) & (r < 0.0) & (size < 0.5 * (at[:, 1] - at[:, 0]))
        z[left[moving]] += step[moving]
        left = left[moving]
    return z, u, found


def _narrowed(mixture: Mixture, rest: float, near: Array, z: Array) -> tuple[Array, Array]:
    """Both ends and u, starting from u over nodes that are nearly the same."""
    u = near.copy()
    inside = np.flatnonzero((near > 0.0) & (near < rest))
    some, at = mixture.only(inside), near[inside]
    width = np.minimum(_NARROW * at, _NARROW * (rest - at))
    z[inside], u[inside], bounded = _improved(some, rest, at - width, at + width, z[inside])
    lost = inside[~bounded]
    if len(lost):
        z[lost], u[lost] = _chosen(mixture.only(lost), rest)
    return z, u


def _chosen(mixture: Mixture, rest: float) -> tuple[Array, Array]:
    """Choose the shortest of several intervals whose ends are interpolated, over fewer nodes if they serve."""
    rough = mixture.rough
    z, u, found = _picked(mixture, rough, rest)
    lost = np.flatnonzero(~found)
    if len(lost) and rough is not mixture:
        some = mixture.only(lost)
        z[lost], u[lost], _ = _picked(some, some, rest)
    return z, u


def _picked(mixture: Mixture, rough: Mixture, rest: float) -> tuple[Array, Array, Flags]:
    """Choose an interval by approximate lengths and improve it, with a mask of rows where it is the shortest nearby."""
    below = np.append(_FRACTIONS, 1.0 - _FRACTIONS[-2::-1]) * rest
    above = np.append(1.0 - _FRACTIONS, _FRACTIONS[-2::-1]) * rest
    best = np.argmin(_length(rough, *_read(rough, below, above)), axis=1)
    u = below[best]
    z, inner = _pair(mixture, u, rest), (best > 0) & (best < len(below) - 1)
    found = np.zeros(len(u), dtype=bool)
    if inner.any():
        here = best[inner]
        some = mixture.only(np.flatnonzero(inner))
        z[inner], u[inner], found[inner] = _improved(some, rest, below[here - 1], below[here + 1], z[inner])
    at_end = np.flatnonzero(~inner)
    if len(at_end):
        beside = _pair(mixture.only(at_end), below[np.clip(best[at_end], 1, len(below) - 2)], rest, z[at_end])
        found[at_end] = _length(mixture, *z[at_end].T) <= _length(mixture, *beside.T)
    return z, u, found


def _read(mixture: Mixture, below: Array, above: Array) -> tuple[Array, Array]:
    """Interpolate the z with these probabilities below them, and those with these above them: (rows, intervals)."""
    least = float(np.min(below[below > 0.0]))
    tails = np.array([0.1 * least, 1e-3, 0.05, 0.25])
    low, high = (mixture.quantiles(np.minimum(tails, 0.25), upper=upper) for upper in (False, True))
    knots = np.sort(np.concatenate([low, high], axis=1), axis=1)
    share = np.arange(_BETWEEN) / _BETWEEN
    z = (knots[:, :-1, None] + np.diff(knots, axis=1)[..., None] * share).reshape(mixture.rows, -1)
    with np.errstate(divide="ignore"):
        log_low, log_high = (np.log(mixture.tails(z, upper=upper)) for upper in (False, True))
        log_below, log_above = np.log(below), np.log(above)
    first, last = mixture.parts.limits
    lows = np.stack([np.interp(log_below, log_f, at) for log_f, at in zip(log_low, z, strict=True)])
    highs = np.stack([-np.interp(log_above, log_f[::-1], -at[::-1]) for log_f, at in zip(log_high, z, strict=True)])
    return np.where(below <= 0.0, first, lows), np.where(above <= 0.0, last, highs)


def _improved(mixture: Mixture, rest: float, first: Array, last: Array, z: Array) -> tuple[Array, Array, Flags]:
    """Both ends where densities are equal, with u between `first` and `last`, and a mask of rows where that holds."""
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
    """Interpolate a zero linearly, away from the ends, or take the middle where that fails."""
    with np.errstate(all="ignore"):
        share = f_first / (f_first - f_last)
    good = np.isfinite(share) & (f_first < 0.0) & (f_last > 0.0)
    return first + np.where(good, np.clip(share, 1e-3, 1.0 - 1e-3), 0.5) * (last - first)


def _signed(mixture: Mixture, u: Array, rest: float, near: Array) -> tuple[Array, Array]:
    """Log density of theta at the lower end minus that at the upper one, and the ends, with probability u below."""
    z = _pair(mixture, u, rest, near)
    first, last = mixture.parts.limits
    with np.errstate(invalid="ignore"):
        log_f = mixture.log_density_theta(np.clip(z, max(first, -_FARTHEST), min(last, _FARTHEST)))
    return np.nan_to_num(log_f[:, 0] - log_f[:, 1], nan=0.0, posinf=1e9, neginf=-1e9), z


def _pair(mixture: Mixture, u: Array, rest: float, near: Array | None = None) -> Array:
    """Both ends, with probability u below and rest - u above."""
    low = _at(mixture, u[:, None], upper=False, start=None if near is None else near[:, :1])
    above = np.maximum(rest - u, 0.0)[:, None]
    high = _at(mixture, above, upper=True, start=None if near is None else near[:, 1:])
    return np.concatenate([low, high], axis=1)


def _at(mixture: Mixture, p: Array, *, upper: bool, start: Array | None = None) -> Array:
    """Quantiles; the end of theta's support where p is 0."""
    end = mixture.parts.limits[int(upper)]
    none = p <= 0.0
    z = mixture.quantiles(np.where(none, 0.5, p), upper=upper, start=start)
    return np.where(none, end, z)


def _length(mixture: Mixture, low: Array, high: Array) -> Array:
    with np.errstate(invalid="ignore"):
        at_low, at_high = (mixture.parts.at(z) for z in (low, high))
    unbounded = ~np.isfinite(low) | ~np.isfinite(high)
    unbounded |= np.isinf(at_low) | np.isinf(at_high)
    return np.where(unbounded, np.inf, at_high - at_low)
