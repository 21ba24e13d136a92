"""The Poisson-binomial distribution of the number of many independent events, with each left out in turn.

Where the number of events varies much, its characteristic function is negligible but for low frequencies w, and there

    1 - q + q e^(i w)  =  e^(i w/2) cos^2(w/4) (1 - 2 k u + k^2),    u = 2q - 1,   k = -i tan(w/4)

whose logarithm and whose inverse are series of Chebyshev polynomials T_d(u) that fall like tan(w/4)^d:

    log(1 - 2 k u + k^2)               =  -2 sum k^d T_d(u) / d
    (1 - k^2) / (1 - 2 k u + k^2)      =  1 + 2 sum k^d T_d(u)

so that a few sums over all events serve for all frequencies, and a few matrix products leave each event out. Where the
number varies little, its distribution is divided by that of one event of each kind. The distribution is a convolution
of the events that are in doubt; rare or nearly certain events enter by their power sums, with z = e^(i w) - 1,

    log prod (1 - q + q e^(i w))  =  z sum q  -  z^2/2 sum q^2  +  z^3/3 sum q^3  -  ...
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.comparisons.few_events import each_left_out
from partialpool.analysis.comparisons.one_event import UNSEEN, contracted, divided, without
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index

Complex = NDArray[np.complex128]

_SMOOTH = 30.0  # variance of the number of events from which it has few frequencies
_REACH, _MARGIN = 11.0, 8  # sds from the mean over which numbers are followed, and a margin
_LEFT, _SLIGHT = 1e-14, 1e-11  # mass of a distribution that may be lost; effect of leaving out an event that may be
_FEW = 100  # events up to which those before and those after each are counted separately
_BLOCK = 48  # most points whose numbers are followed together
_RANGE, _BELOW, _ABOVE = 32, 72, 88  # range of the means of such points; numbers followed below and above
_RARE, _POWERS = 0.03, 9  # probability up to which events enter by power sums, and how many of these
_NOTHING = 1e-20  # least probability on the way
_TRIM = 32  # negligible probabilities are cut off after this many events
_CACHED, _FEWEST = 1 << 19, 256  # numbers that fit into the processor's cache; least pairs of kinds and points


class LeavingOut:
    """sum over points m of weight[j, m] P(at most r - 1 of all events but one of kind j happen at m), at some ranks r.

    count: number of events of each kind. ranks: increasing; by default all from 1 to the number of events. single: mask
    of kinds that are single events; the others represent many, with weights that need be neither whole nor positive,
    and none of those is in doubt where the number of events varies little. Points are added one batch after another.
    """

    def __init__(self, count: Array, ranks: Array | None = None, single: NDArray[np.bool_] | None = None) -> None:
        self._count = count
        self._events = round(float(count.sum()))
        self._single = np.ones(len(count), dtype=bool) if single is None else single
        self._ranks = np.arange(1, self._events + 1) if ranks is None else ranks.astype(np.int64)
        self._below = np.zeros((len(count), len(self._ranks)))
        self._certain = np.zeros((len(count), len(self._ranks) + 1))  # added to all ranks from each place on

    @property
    def below(self) -> Array:
        """The sums over the points added so far: (kinds, ranks)."""
        return self._below + np.cumsum(self._certain[:, :-1], axis=1)

    def add(self, weight: Array, q: Array, only: Index | None = None) -> None:
        """Add points with probabilities q of each kind of event, (kinds, points), and weights of all or some kinds."""
        only = np.arange(len(q)) if only is None else only
        if self._events <= _FEW and self._single.all():
            for some in chunks(q.shape[1], 32 + self._events**2 // 16):
                pmf = each_left_out(weight[:, some], q[:, some], self._count, only)
                self._below[only] += np.cumsum(pmf, axis=1)[:, self._ranks - 1]
            return
        # products of numbers near the smallest double are a hundred times slower
        weight = np.where(weight > UNSEEN, weight, 0.0)
        q = np.where(q > UNSEEN**2, q, 0.0)
        mean, variance = np.zeros((2, q.shape[1]))
        for some in chunks(len(q), q.shape[1]):
            mean += self._count[some] @ q[some]
            variance += self._count[some] @ (q[some] * (1.0 - q[some]))
        octave = np.floor(np.log2(np.maximum(variance, 1.0) / _SMOOTH)).clip(-1.0)
        order = np.lexsort((mean, octave))
        order = order[np.any(weight, axis=0)[order]]
        mean, octave, weight, q = mean[order], octave[order], weight[:, order], q[:, order]
        for here in self._blocks(mean, octave):
            live = np.flatnonzero(weight[:, here].any(axis=1))
            at = weight[live, here], q[:, here], mean[here], only[live]
            if octave[here.start] < 0.0:
                self._add_narrow(*at)
            else:
                self._add_wide(*at, _SMOOTH * 2.0 ** octave[here.start])

    def _blocks(self, mean: Array, octave: Array) -> Iterator[slice]:
        """Yield runs of points with equal octave; if that is negative, their means differ by at most _RANGE."""
        start = 0
        while start < len(mean):
            most = start + _BLOCK
            same = octave[start:most] == octave[start]
            if octave[start] < 0.0:
                same &= mean[start:most] <= mean[start] + _RANGE
            size = len(same) if same.all() else int(np.argmin(same))
            yield slice(start, start + size)
            start += size

    def _window(self, first: int, last: int) -> slice:
        """The places of the ranks of a group that has between `first` and `last` better ones."""
        return slice(*np.searchsorted(self._ranks, [first + 1, last + 2]).tolist())

    # --- number of events with a large variance

    def _add_wide(self, weight: Array, q: Array, mean: Array, kinds: Index, variance: float) -> None:
        """Add points where the variance is at least `variance`, and less than twice that, by frequencies."""
        reach = int(_REACH * np.sqrt(2.0 * variance)) + _MARGIN
        period = 2 * reach
        w = 2.0 * np.pi * np.arange(1, reach) / period
        size = np.exp(-2.0 * variance * np.sin(0.5 * w) ** 2)  # bound on the characteristic function
        w, size = w[size > _LEFT], size[size > _LEFT]
        first = np.floor(mean).astype(np.int64) - reach
        base, last = int(first[0]), int(first[-1]) + period - 1
        here = self._window(base, last)
        numbers = self._ranks[here] - 1
        # P(first <= N <= n)  =  (n - first + 1)/period  +  sum over w of c (e^(-i w first) - e^(-i w (n + 1)))
        c = self._characteristic(q, w, base, _degree(w, self._events * size))
        c *= 2.0 / (period * (1.0 - np.exp(-1j * w)))
        start = np.exp(-1j * np.outer(first - base, w))
        ends = np.exp(-1j * np.outer(w, numbers + 1 - base))
        inside = (numbers >= first[:, None]) & (numbers < first[:, None] + period - 1)
        straight = (numbers - first[:, None] + 1) / period
        k = -1j * np.tan(0.25 * w)
        degree = _degree(w, size, _SLIGHT)
        parts = np.zeros((1 + degree, len(mean), len(numbers)))
        parts[0] = np.where(inside, straight + _from(c, start, ends), numbers >= first[:, None])
        for d in range(1, 1 + degree):
            np.copyto(parts[d], _from(c * (2.0 * k**d), start, ends), where=inside)
        for some in chunks(len(kinds), parts[..., 0].size):
            weights = np.empty((len(kinds[some]), 1 + degree, len(mean)))
            weights[:, 0] = weight[some]
            for d, polynomial in zip(range(1, 1 + degree), _chebyshev(2.0 * q[kinds[some]] - 1.0), strict=False):
                np.multiply(weight[some], polynomial, out=weights[:, d])
            self._below[kinds[some], here] += contracted(weights, parts)
        self._certain[kinds, here.stop] += weight.sum(axis=1)

    def _characteristic(self, q: Array, w: Array, base: int, degree: int) -> Complex:
        """Characteristic function at each point, divided by e^(i w (base + 1/2)): (points, frequencies)."""
        sums = np.zeros((degree, q.shape[1]))
        for some in chunks(len(q), q.shape[1]):
            for d, polynomial in zip(range(degree), _chebyshev(2.0 * q[some] - 1.0), strict=False):
                sums[d] += self._count[some] @ polynomial
        tangent = np.tan(0.25 * w)
        exponent = np.tile(-self._events * np.log1p(tangent**2), (q.shape[1], 1))
        phase = np.tile((0.5 * (self._events - 1.0) - base) * w, (q.shape[1], 1))
        for d, total in enumerate(sums, start=1):
            part = np.outer(total, (-1.0) ** (d // 2) * 2.0 * tangent**d / d)
            if d % 2:
                phase += part
            else:
                exponent -= part
        return np.asarray(np.exp(exponent + 1j * phase))

    # --- number of events with a small variance

    def _add_narrow(self, weight: Array, q: Array, mean: Array, kinds: Index) -> None:
        """Add points where the variance is small: the distribution, divided by that of one event of each kind."""
        base = max(int(mean[0]) - _BELOW, -1)
        size = min(int(mean[-1]) + _ABOVE, self._events) + 1 - base
        pmf = self._distribution(q, base, size, rare=bool(mean[0] < 0.5 * self._events))
        seen = np.flatnonzero(np.max(pmf, axis=1) > UNSEEN)
        low = max(int(seen[0]) - 1, 0)  # one less, for the event that is left out
        pmf = pmf[low : int(seen[-1]) + 2]
        base, size = base + low, len(pmf)
        here = self._window(base, base + size - 1)
        numbers = self._ranks[here] - 1 - base
        q, few = q[kinds], bool(mean[0] < 0.5 * self._events)
        slight = ((q if few else 1.0 - q) <= _RARE) | ~self._single[kinds, None]
        some = np.flatnonzero((slight & (weight > 0.0)).any(axis=1))
        self._below[kinds[some], here] += without(np.where(slight, weight, 0.0)[some], q[some], pmf, numbers, rare=few)
        for rare in (True, False):
            kind, point = np.nonzero(~slight & (weight > 0.0) & ((q <= 0.5) if rare else (q > 0.5)))
            most = max(_FEWEST, _CACHED // size)
            for start in range(0, len(kind), most):
                j, m = kind[start : start + most], point[start : start + most]
                rest = divided(pmf[:, m], q[j, m], rare=rare)
                starts = np.flatnonzero(np.diff(j, prepend=-1))
                total = np.add.reduceat(rest * weight[j, m], starts, axis=1)
                self._below[kinds[j[starts]], here] += np.cumsum(total, axis=0)[numbers].T
        self._certain[kinds, here.stop] += weight.sum(axis=1)

    def _distribution(self, q: Array, base: int, size: int, *, rare: bool) -> Array:
        """P(base + r events), r = 0, ..., size - 1, at each point: (size, points); rare: whether most are rare."""
        w = 2.0 * np.pi * np.arange(size // 2 + 1) / size
        some = self._single
        few, sure = (q <= _RARE).all(axis=1) & some, (q >= 1.0 - _RARE).all(axis=1) & some
        far = ~some & ((q if rare else 1.0 - q) > _RARE).any(axis=1)
        few, sure = (few | (~some & ~far), sure) if rare else (few, sure | (~some & ~far))
        exponent = _rare(w, self._count[few], q[few]) + np.conj(_rare(w, self._count[sure], 1.0 - q[sure]))
        exponent += _logs(w, self._count[far], q[far])
        turns = float(self._count[sure].sum()) - base
        doubtful = ~(few | sure | far)
        lowest, pmf = _convolved(q[doubtful], self._count[doubtful])
        folded = np.zeros((size, q.shape[1]))
        np.add.at(folded, (lowest + np.arange(len(pmf))) % size, pmf)
        spectrum = np.conj(np.fft.rfft(folded, axis=0)) * np.exp(exponent + 1j * (turns * w)[:, None])
        return np.fft.irfft(np.conj(spectrum), size, axis=0)


def _chebyshev(u: Array) -> Iterator[Array]:
    """Yield the Chebyshev polynomials T_1, T_2, ... at u."""
    before, now = np.ones_like(u), u
    while True:
        yield now
        before, now = now, 2.0 * u * now - before


def _from(c: Complex, start: Complex, ends: Complex) -> Array:
    """Real part of  sum over frequencies of c (start - ends),  at each point and end."""
    at_ends = c.real @ ends.real - c.imag @ ends.imag
    return np.asarray((c * start).real.sum(axis=1, keepdims=True) - at_ends)


def _degree(w: Array, size: Array, least: float = _LEFT) -> int:
    """Number of powers of tan(w/4) until the next is negligible beside a characteristic function of this size."""
    tangent, left, degree = np.tan(0.25 * w), size.copy(), 0
    while float(np.max(left)) > least:
        left, degree = left * tangent, degree + 1
    return degree


def _rare(w: Array, count: Array, q: Array) -> Complex:
    """Log of the characteristic function of rare events: (frequencies, points)."""
    z = np.exp(1j * w) - 1.0
    out: Complex = np.zeros((len(w), q.shape[1]), dtype=complex)
    power = q.copy()
    for d in range(1, _POWERS + 1):
        out -= np.outer((-z) ** d / d, count @ power)
        power *= q
    return out


def _logs(w: Array, count: Array, q: Array) -> Complex:
    """Log of the characteristic function of any events, term by term; it is continuous from 0 to half a turn."""
    out: Complex = np.zeros((len(w), q.shape[1]), dtype=complex)
    z = np.exp(1j * w)[:, None] - 1.0
    for each, share in zip(count, q, strict=True):
        out += each * np.log1p(z * share)
    return out


def _convolved(q: Array, count: Array) -> tuple[int, Array]:
    """The first number of events with any probability, and the probabilities from there on: (sums, points)."""
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
