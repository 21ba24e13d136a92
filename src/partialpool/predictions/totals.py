"""Totals of successes, independent given a node, by their characteristic function at a few frequencies.

    phi(w) = sum_k p_k prod_j E[exp(i w Y_j) | k],   w = 2 pi m/L,   m = 0, 1, ..., L/2
    P(Y = y) = (1/L) sum over all m of phi(w) e^(-i w y)     for the y of any L counts that hold all of Y

L counts about the mean hold all of a large total, and its characteristic function is nothing from a few frequencies on:
a sum over the counts that a group can have, at these frequencies, is all that each group and node takes. Where it does
not fall off, as where groups are all successes or none, Fourier transforms give all frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from partialpool.distributions import Betas
from partialpool.errors import RequestError
from partialpool.predictions.windows import Window, windows
from partialpool.progress import counted
from partialpool.special import Array

Complex = NDArray[np.complex128]

_LONGEST = 1 << 24  # counts of a total
_WORK = 1e11  # multiplications: a minute
_CELLS = 1 << 22  # probabilities of all groups at some nodes: 32 MB
_BLOCK = 64  # frequencies at a time
_NOTHING = 1e-14  # of a characteristic function
_SDS, _LEFT = 12.0, 1e-12  # to either side of the means, and what may lie in the last sixteenth there
_FEW = 16  # times as many counts as frequencies, from where on sums are quicker than transforms


class Total(NamedTuple):
    """P(total = 0, 1, ...), and how far sums of these can be off."""

    pmf: Array
    error: float


@dataclass(frozen=True)
class Summands:
    """Independent counts, given a node.

    Attributes:
        probability: of each node: (nodes).
        parts: theta of each kind of group given each node: (kinds, nodes).
        trials: how many each group of a kind has.
        times: how many groups of each kind there are.
    """

    probability: Array
    parts: Betas
    trials: Array
    times: Array

    @property
    def most(self) -> int:
        """The largest total."""
        return int(self.trials @ self.times)

    @property
    def moments(self) -> tuple[Array, Array]:
        """Mean and variance of the total at each node."""
        parts, n = self.parts, self.trials[:, None]
        mean, v = parts.mean, parts.variance
        within = n * (mean * (parts.b / (parts.a + parts.b)) - v) + n**2 * v
        return self.times @ (n * mean), self.times @ within


def total_of_successes(of: Summands) -> Total:
    """P(total = 0, 1, ...), averaged over nodes.

    Raises:
        RequestError: it is too much work.
    """
    most = of.most
    if most > _LONGEST:
        raise _too_much(of)
    each = windows(of.parts, of.trials, _too_much(of))
    mean, variance = of.moments
    sd, sds = np.sqrt(variance), _SDS
    while True:
        low = max(0, int(np.floor((mean - sds * sd).min())))
        high = min(most, int(np.ceil((mean + sds * sd).max())))
        size = max(high - low, *(one.last - one.first for one in each)) + 1
        length = int(fft.next_fast_len(min(size, most + 1), real=True))
        low = min(low, max(0, most + 1 - length))
        p, left = _wrapped(of, each, length)
        p = np.roll(p, -(low % length))  # P(low), P(low + 1), ...
        edge = length // 16
        outer = max(p[:edge].sum() if low > 0 else 0.0, p[len(p) - edge :].sum() if low + length <= most else 0.0)
        if length > most or abs(outer) < _LEFT:
            return _placed(p, low, most, left + abs(outer))
        sds *= 2.0


def _placed(p: Array, low: int, most: int, left: float) -> Total:
    """All probabilities from those of a window, which leaves out so much; rounding leaves some of them negative."""
    p = p[: most + 1 - low]
    positive = np.maximum(p, 0.0)
    whole = positive.sum()
    error = float(positive.sum() - p.sum() + abs(p.sum() - 1.0)) + left
    out = np.zeros(most + 1)
    out[low : low + len(p)] = positive / whole
    return Total(out, error)


# --- nodes ---------------------------------------------------------------------------------------------------------


def _wrapped(of: Summands, each: list[Window], length: int) -> tuple[Array, float]:
    """P(total = y, y + length, y + 2 length, ...) for y = 0, ..., length - 1, and what the windows leave out."""
    cells = sum(one.size for one in each)
    step = max(1, _CELLS // cells)
    nodes = len(of.probability)
    phi = np.zeros(length // 2 + 1, dtype=complex)
    spent = left = 0.0
    for k in counted(range(0, nodes, step)):
        some = slice(k, k + step)
        p = [one.probabilities(of.parts.a[j, some], of.parts.b[j, some]) for j, one in enumerate(each)]
        here = np.zeros(length // 2 + 1, dtype=complex)
        for at in _blocks(length):
            spent += 4.0 * cells * len(of.probability[some]) * (at.stop - at.start)
            if spent > _WORK:
                raise _too_much(of)
            product = _product(of, each, p, 2.0 * np.pi / length * np.arange(at.start, at.stop))
            here[at] = product @ of.probability[some]
            if (np.abs(product[len(product) // 2 :]) @ of.probability[some] < _NOTHING).all():
                break
        else:
            spent += 10.0 * len(each) * len(of.probability[some]) * length * np.log2(length + 1.0)
            if spent > _WORK:
                raise _too_much(of)
            here = _transformed(of, each, p, some, length)
        phi += here
        left += _left_out(of, each, p, some)
    return np.asarray(fft.irfft(phi, length)), left


def _left_out(of: Summands, each: list[Window], p: list[Array], some: slice) -> float:
    """Probability that any group is outside of its window, at some nodes."""
    a, b = of.parts.a[:, some], of.parts.b[:, some]
    rows = zip(each, p, a, b, of.times, strict=True)
    return float(sum(times * one.left_out(these, a, b) @ of.probability[some] for one, these, a, b, times in rows))


def _blocks(length: int) -> Iterator[slice]:
    """Frequencies, some at a time: all of them where they are few."""
    size = length // 2 + 1
    end = size if size <= 4 * _BLOCK else max(2 * _BLOCK, size // _FEW)
    yield from (slice(m, min(m + _BLOCK, end)) for m in range(0, end, _BLOCK))


def _product(of: Summands, each: list[Window], p: list[Array], w: Array) -> Complex:
    """E[exp(-i w Y)] of the total at each node: (w, nodes)."""
    out = np.ones((len(w), p[0].shape[1]), dtype=complex)
    shift = 0.0
    for one, these, times in zip(each, p, of.times, strict=True):
        angle = w[:, None] * (np.arange(one.first, one.last + 1) - one.middle)
        phi = np.cos(angle) @ these - 1j * (np.sin(angle) @ these)
        out *= phi if times == 1.0 else phi**times
        shift += float(times) * one.middle
    return np.asarray(out * np.exp(-1j * w * shift)[:, None])


def _transformed(of: Summands, each: list[Window], p: list[Array], some: slice, length: int) -> Complex:
    """The same at all frequencies, averaged over some nodes."""
    out = np.zeros(length // 2 + 1, dtype=complex)
    w = 2.0 * np.pi / length * np.arange(len(out))
    first = float(sum(one.first * times for one, times in zip(each, of.times, strict=True)))
    step = max(1, _CELLS // length)
    weight = of.probability[some]
    for k in range(0, len(weight), step):
        product: Complex = np.ones((len(out), len(weight[k : k + step])), dtype=complex)
        for these, times in zip(p, of.times, strict=True):
            phi = fft.rfft(these[:, k : k + step], length, axis=0)
            product *= phi if times == 1.0 else phi**times
        out += product @ weight[k : k + step]
    return np.asarray(out * np.exp(-1j * w * first))


def _too_much(of: Summands) -> RequestError:
    return RequestError(
        f"The total of {int(of.times.sum()):,} groups of {of.most:,} trials in all is too much work. By draws it is "
        "quick: t = fit.draws(4000).theta, and then numpy.random.default_rng(1).binomial(trials, t).sum(axis=1) are "
        "draws of the total; or ask for fewer groups, groups=[...]."
    )
