"""How many of many independent events happen (the Poisson-binomial distribution), with each left out in turn.

Where the number of events varies little its distribution is built event by event, and divided by one of each kind.
Where it varies much, only low frequencies w of its characteristic function are anything, and there

    1 - q + q e^(i w)  =  e^(i w/2) cos^2(w/4) (1 - 2 k u + k^2),    u = 2q - 1,   k = -i tan(w/4)

whose logarithm and whose inverse are series of Chebyshev polynomials T_d(u) that fall like tan(w/4)^d:

    log(1 - 2 k u + k^2)               =  -2 sum k^d T_d(u) / d
    (1 - k^2) / (1 - 2 k u + k^2)      =  1 + 2 sum k^d T_d(u)

so that a few sums over all events serve for all frequencies, and a few matrix products leave each event out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.special import Array, Index

Complex = NDArray[np.complex128]

_NOTHING = 1e-20
_UNSEEN = 1e-17  # weight of a point
_TRIM = 32
_NARROW, _SUMS = 32, 1 << 17  # points at a time at least, and sums times points where there are few events
_MANY = 200
_CACHED, _FEWEST = 1 << 19, 256  # numbers that stay near the processor, and pairs of kinds and points at least
_SMOOTH = 30.0  # variance of the number of events from which on it has few frequencies
_LEFT = 1e-14  # of a distribution, that may be lost
_KINDS = 64  # at a time


class LeavingOut:
    """sum over points m of weight[j, m] P(r of all events but one of kind j happen at m), r = 0, ..., events - 1.

    count: how many events there are of each kind. Points are added as they come.
    """

    def __init__(self, count: Array) -> None:
        self._count = count
        self._events = int(count.sum())
        self._sums = np.zeros((len(count), self._events + 1))
        self._spectrum: Complex = np.zeros((len(count), self._events // 2 + 1), dtype=complex)

    def add(self, weight: Array, q: Array) -> None:
        """Points with the probability q of each kind of event: (kinds, points)."""
        variance = self._count @ (q * (1.0 - q))
        octave = np.floor(np.log2(np.maximum(variance, 1.0) / _SMOOTH))
        for wide in np.unique(octave[octave >= 0.0]):
            some = octave == wide
            self._add_wide(weight[:, some], q[:, some], _SMOOTH * 2.0**wide)
        narrow = np.flatnonzero(octave < 0.0)
        narrow = narrow[np.argsort(self._count @ q[:, narrow])]  # so that neighbours have the same sums
        self._add_narrow(weight[:, narrow], q[:, narrow])

    @property
    def probabilities(self) -> Array:
        """The sums: (kinds, events)."""
        return self._sums[:, : self._events] + np.fft.irfft(np.conj(self._spectrum), self._events, axis=1)

    def _add_narrow(self, weight: Array, q: Array) -> None:
        """Event by event, and divided by one of each kind."""
        size = _NARROW if self._events > _MANY else _SUMS // (self._events + 2)
        for start in range(0, q.shape[1], size):
            at = slice(start, start + size)
            lowest, pmf = _distribution(q[:, at], self._count)
            _divide(self._sums, lowest, pmf, weight[:, at], q[:, at])

    def _add_wide(self, weight: Array, q: Array, variance: float) -> None:
        """By frequencies, where the variance is at least that much."""
        w = 2.0 * np.pi * np.arange(self._spectrum.shape[1]) / self._events
        size = np.exp(-2.0 * variance * np.sin(0.5 * w) ** 2)  # no characteristic function is larger there
        w, size = w[size > _LEFT], size[size > _LEFT]
        phi = self._characteristic(q, w, _degree(w, self._events * size))
        k = -1j * np.tan(0.25 * w)
        powers = [2.0 * k**d for d in range(1, _degree(w, size) + 1)]
        for first in range(0, len(q), _KINDS):
            kinds = slice(first, first + _KINDS)
            live = np.flatnonzero((weight[kinds] > _UNSEEN).any(axis=0))
            f, u, at = weight[kinds, live], 2.0 * q[kinds, live] - 1.0, phi[live]
            total = _product(f, at)
            before, now = f, f * u
            for power in powers:
                total += power * _product(now, at)
                before, now = now, 2.0 * u * now - before
            self._spectrum[kinds, : len(w)] += total

    def _characteristic(self, q: Array, w: Array, degree: int) -> Array:
        """The characteristic function at each point, with e^(i w/2) taken out once: (points, 2 frequencies)."""
        tangent, u = np.tan(0.25 * w), 2.0 * q - 1.0
        exponent = np.tile(-self._events * np.log1p(tangent**2), (q.shape[1], 1))
        phase = np.tile(0.5 * (self._events - 1.0) * w, (q.shape[1], 1))
        before, now, power = np.ones_like(u), u, tangent
        for d in range(1, degree + 1):
            part = np.outer(self._count @ now, (-1.0) ** (d // 2) * 2.0 * power / d)
            if d % 2:
                phase += part
            else:
                exponent -= part
            before, now, power = now, 2.0 * u * now - before, power * tangent
        size = np.exp(exponent)
        return np.concatenate([size * np.cos(phase), size * np.sin(phase)], axis=1)


def _product(f: Array, phi: Array) -> Complex:
    """Sums over points of complex numbers whose parts stand side by side."""
    both = f @ phi
    half = phi.shape[1] // 2
    return np.asarray(both[:, :half] + 1j * both[:, half:])


def _degree(w: Array, size: Array) -> int:
    """How many powers of tan(w/4) it takes until the next is nothing beside a characteristic function so large."""
    tangent, left, degree = np.tan(0.25 * w), size.copy(), 0
    while float(np.max(left)) > _LEFT:
        left, degree = left * tangent, degree + 1
    return degree


def _distribution(q: Array, count: Array) -> tuple[int, Array]:
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
