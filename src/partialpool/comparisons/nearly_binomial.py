"""The number of many independent events, one of them left out: nearly binomial, with the same mean and variance.

With N of mean m and variance v <= m, and k a whole number,

    P(N <= k)  ~  I_(1 - p)(n - k, k + 1),    p = 1 - v/m,  n = m/p
    P(N <= k without an event of probability q)  =  P(N <= k) + q P(N = k) + q^2 (P(N = k) - P(N = k - 1)) + ...
                                                 =  P(N <= k + 1) - (1 - q) P(N = k + 1) + ...

The first is exact where all events are equally probable, and as they become rare; it is corrected by what the third
cumulants differ by. The second is exact as a series. Where fewer events fail than happen, failures are counted.
Source: Peköz, Röllin, Čekanavičius and Shwartz 2009, Journal of Applied Probability 46:1148.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special as sc

from partialpool.integrate.chunks import chunks
from partialpool.special import HALF_LOG_2PI, Array, Index

_FAR = 6.5  # sds from the mean, beyond which there is nothing
_RANKS = 32  # at a time
_SMOOTH = 400.0  # variance from which on few terms of the series are anything
_POWERS, _POWERS_SMOOTH = 3, 2  # of the probability of the event that is left out
_FEW = 1.0  # variance
_TINY = 1e-12


@dataclass(frozen=True)
class Number:
    """Mean, variance and third cumulant of the number of events, of so many, at each point."""

    events: float
    mean: Array
    variance: Array
    third: Array

    @classmethod
    def of(cls, q: Array, count: Array) -> Number:
        """Events of probabilities q, (kinds, points), so many of each kind."""
        variance, third = np.zeros((2, q.shape[1]))
        for some in chunks(len(q), q.shape[1]):
            v = q[some] * (1.0 - q[some])
            variance += count[some] @ v
            third += count[some] @ (v * (1.0 - 2.0 * q[some]))
        return cls(float(count.sum()), count @ q, variance, third)

    def part(self, which: Index | slice) -> Number:
        """At some of the points."""
        return Number(self.events, self.mean[which], self.variance[which], self.third[which])

    @property
    def sd(self) -> Array:
        """The standard deviation, and what rounding to whole numbers adds."""
        return np.sqrt(self.variance + 1.0)


def left_out(f: Array, q: Array, number: Number, ranks: Array) -> tuple[Array, Array]:
    """sum over points of f[j] P(at most rank - 1 events without one of kind j), and what the correction is of that.

    f and q: weights and probabilities of each kind at points along a line: (kinds, points). Returns (kinds, ranks).
    """
    out, corrected = np.zeros((len(f), len(ranks))), np.zeros((len(f), len(ranks)))
    done = np.zeros(f.shape[1], dtype=bool)
    sure = np.zeros(len(f))
    for start in range(0, len(ranks), _RANKS):
        some = ranks[start : start + _RANKS]
        first, last = ((r - 0.5 - number.mean) / number.sd for r in (some[0], some[-1]))
        new = (first - 1.0 / number.sd > _FAR) & ~done
        sure = sure + f[:, _run(np.flatnonzero(new))].sum(axis=1)
        done |= new
        at = _run(np.flatnonzero(~done & (last > -_FAR)))
        here = slice(start, start + _RANKS)
        out[:, here], corrected[:, here] = _at_points(f[:, at], q[:, at], number.part(at), some - 1.0)
        out[:, here] += sure[:, None]
    return out, corrected


def _run(places: Index) -> Index | slice:
    """Places as a slice, which need not be copied, where they follow one another."""
    if len(places) and places[-1] - places[0] == len(places) - 1:
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _at_points(f: Array, q: Array, number: Number, k: Array) -> tuple[Array, Array]:
    """The sums over some of the points, and what the correction and the last terms of the series are of them."""
    smooth = bool((number.variance > _SMOOTH).all())
    powers = _POWERS_SMOOTH if smooth else _POWERS
    offsets = np.arange(-powers, 1 if smooth else powers + 2)
    wanted, where = np.unique(k + offsets[:, None], return_inverse=True)
    every, change = (_edgeworth if smooth else _distribution)(number, wanted)
    below = [every[:, columns] for columns in where.reshape(len(offsets), -1)]
    rare = q <= 0.5
    out, left = _series(f if smooth else np.where(rare, f, 0.0), q, below[powers::-1])
    if not smooth:
        more, also = _series(np.where(rare, 0.0, f), 1.0 - q, below[powers + 1 :])
        out, left = out + more, left + also
    return out, left + f @ np.abs(change[:, where.reshape(len(offsets), -1)[powers]])


def _series(f: Array, q: Array, rows: list[Array]) -> tuple[Array, Array]:
    """f (F_0 + q (F_0 - F_1) + q^2 (F_0 - 2 F_1 + F_2) + ...), and the size of its last term."""
    out, difference, weight = f @ rows[0], rows[0], f
    for _ in range(len(rows) - 1):
        rows = [one - other for one, other in pairwise(rows)]
        difference, weight = rows[0], weight * q
        out += weight @ difference
    return out, weight @ np.abs(difference)


def _edgeworth(number: Number, k: Array) -> tuple[Array, Array]:
    """The same where the number varies so much that it is nearly normal: Edgeworth's series of one term."""
    sd = np.sqrt(number.variance)[:, None]
    z = (k + 0.5 - number.mean[:, None]) / sd
    skew = number.third[:, None] / (number.variance[:, None] * sd)
    change = skew / 6.0 * (1.0 - z * z) * np.exp(-0.5 * np.minimum(z * z, 1400.0) - HALF_LOG_2PI)
    return np.clip(sc.ndtr(z) + change, 0.0, 1.0), change


def _distribution(number: Number, k: Array) -> tuple[Array, Array]:
    """P(N <= k) and the correction in it: (points, numbers)."""
    flip = number.mean > 0.5 * number.events
    m = np.where(flip, number.events - number.mean, number.mean)[:, None]
    third = np.where(flip, -number.third, number.third)[:, None]
    v = np.clip(number.variance[:, None], _TINY, None)
    m = np.maximum(m, v * (1.0 + 1e-9))
    p = 1.0 - v / m
    n = m / p
    at = np.where(flip[:, None], number.events - k - 1.0, k)  # N <= k is events - N > events - k - 1
    inside = (at >= 0.0) & (at < n)
    safe = np.where(inside, at, 0.0)
    below = np.where(inside, sc.betainc(np.maximum(n - safe, _TINY), safe + 1.0, 1.0 - p), at >= n)
    sd = np.sqrt(v)
    z = (at + 0.5 - m) / np.sqrt(v)
    skew = (third - v * (1.0 - 2.0 * p)) / (sd * v)
    density = np.exp(-0.5 * np.minimum(z * z, 1400.0) - HALF_LOG_2PI)
    few = v < _FEW  # too few for the correction to be one: it then says how far off the distribution may be
    change = np.where(inside, skew / 6.0 * np.where(few, 2.5, 1.0 - z * z) * density, 0.0)
    below = np.clip(np.where(few, below, below + change), 0.0, 1.0)
    return np.where(flip[:, None], 1.0 - below, below), change
