"""Totals of successes, independent given a node, by their characteristic function at a few frequencies.

    phi(w) = sum_k p_k prod_j E[exp(i w Y_j) | k],   w = 2 pi m/L

Where a total is large, its characteristic function is nothing from a few frequencies on. At these it takes a sum over
the counts that each group can have, or over points of theta where these are fewer. Where it does not fall off, as
where groups are all successes or none, Fourier transforms give all frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import fft

from partialpool.distributions import Betas
from partialpool.errors import RequestError
from partialpool.predictive.inverted import Complex, Listed, inverted
from partialpool.predictive.points import Points, points
from partialpool.predictive.windows import LONGEST, Window, window
from partialpool.progress import counted
from partialpool.special import Array

_LONGEST = 1 << 24  # counts of a total
_WORK = 1e11  # multiplications: a minute
_CELLS = 1 << 22  # probabilities of all groups at some nodes: 32 MB
_BLOCK = 32  # frequencies at a time
_NOTHING = 1e-14  # of a characteristic function
_LIMIT = 24.0  # over the least sd: a frequency by which most characteristic functions have fallen off
_SHORT = 200  # counts that are summed over as they are
_FEW = 16  # times as many counts as frequencies, from where on sums are quicker than transforms


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


def total_of_successes(of: Summands) -> Listed:
    """The distribution of the total, averaged over nodes.

    Raises:
        RequestError: it is too much work.
    """
    mean, variance = of.moments
    sd = np.sqrt(variance)
    limit = _LIMIT / max(float(sd.min()), _LIMIT / np.pi)
    for quick in (True, False):
        each = [_support(int(n), of.parts.part(j), limit, quick=quick) for j, n in enumerate(of.trials)]
        if max(one.size for one in each) > LONGEST:
            raise too_much(of)
        least = max(one.size if isinstance(one, Window) else 1 for one in each)
        try:
            found = inverted(partial(_phi, of, each), mean, sd, of.most, least, _LONGEST)
        except _BeyondLimitError:
            continue
        if found is not None:
            return found
    raise too_much(of)


class _BeyondLimitError(Exception):
    """A characteristic function has not fallen off where points of theta no longer serve."""


def _support(trials: int, of: Betas, limit: float, *, quick: bool) -> Window | Points:
    """What a group's distribution is summed over: points of theta where these are fewer than counts."""
    counts = window(trials, of)
    at = points(trials, of, limit) if quick and counts.size > _SHORT else None
    return counts if at is None or at.size > counts.size else at


# --- nodes -------------------------------------------------------------------------------------------------------


def _phi(of: Summands, each: Sequence[Window | Points], length: int) -> tuple[Complex, float]:
    """E[exp(-i w Y)] of the total at w = 2 pi m/length, and what the supports leave out."""
    cells = sum(one.size for one in each)
    step = max(1, _CELLS // cells)
    phi = np.zeros(length // 2 + 1, dtype=complex)
    spent = left = 0.0
    for k in counted(range(0, len(of.probability), step)):
        some = slice(k, k + step)
        p = [one.probabilities(of.parts.a[j, some], of.parts.b[j, some]) for j, one in enumerate(each)]
        here = np.zeros(length // 2 + 1, dtype=complex)
        for at in _blocks(length):
            spent += 4.0 * cells * len(of.probability[some]) * (at.stop - at.start)
            if spent > _WORK:
                raise too_much(of)
            product = _product(of, each, p, 2.0 * np.pi / length * np.arange(at.start, at.stop))
            here[at] = product @ of.probability[some]
            if (np.abs(product[len(product) // 2 :]) @ of.probability[some] < _NOTHING).all():
                break
        else:
            if at.stop < len(here):
                spent += 10.0 * len(each) * len(of.probability[some]) * length * np.log2(length + 1.0)
                if spent > _WORK:
                    raise too_much(of)
                here = _transformed(of, each, p, some, length)
        phi += here
        left += _left_out(of, each, p, some)
    return phi, left


def _left_out(of: Summands, each: Sequence[Window | Points], p: list[Array], some: slice) -> float:
    """Probability that any group is outside of its support, at some nodes."""
    a, b = of.parts.a[:, some], of.parts.b[:, some]
    rows = zip(each, p, a, b, of.times, strict=True)
    return float(sum(times * one.left_out(these, a, b) @ of.probability[some] for one, these, a, b, times in rows))


def _blocks(length: int) -> Iterator[slice]:
    """Frequencies, some at a time: all of them where they are few."""
    size = length // 2 + 1
    end = size if size <= 4 * _BLOCK else max(2 * _BLOCK, size // _FEW)
    yield from (slice(m, min(m + _BLOCK, end)) for m in range(0, end, _BLOCK))


def _product(of: Summands, each: Sequence[Window | Points], p: list[Array], w: Array) -> Complex:
    """E[exp(-i w Y)] of the total at each node: (w, nodes)."""
    out = np.ones((len(w), p[0].shape[1]), dtype=complex)
    shift = 0.0
    for one, these, times in zip(each, p, of.times, strict=True):
        if isinstance(one, Points) and w[-1] > one.limit:
            raise _BeyondLimitError
        waves = one.waves(w)
        phi = waves.real @ these + 1j * (waves.imag @ these)
        out *= phi if times == 1.0 else phi**times
        shift += float(times) * one.middle
    return np.asarray(out * np.exp(-1j * w * shift)[:, None])


def _transformed(of: Summands, each: Sequence[Window | Points], p: list[Array], some: slice, length: int) -> Complex:
    """The same at all frequencies, averaged over some nodes."""
    out = np.zeros(length // 2 + 1, dtype=complex)
    w = 2.0 * np.pi / length * np.arange(len(out))
    if any(isinstance(one, Points) for one in each):
        raise _BeyondLimitError
    first = float(sum(one.first * times for one, times in zip(each, of.times, strict=True) if isinstance(one, Window)))
    step = max(1, _CELLS // length)
    weight = of.probability[some]
    for k in range(0, len(weight), step):
        product: Complex = np.ones((len(out), len(weight[k : k + step])), dtype=complex)
        for these, times in zip(p, of.times, strict=True):
            phi = fft.rfft(these[:, k : k + step], length, axis=0)
            product *= phi if times == 1.0 else phi**times
        out += product @ weight[k : k + step]
    return np.asarray(out * np.exp(-1j * w * first))


def too_much(of: Summands) -> RequestError:
    """The refusal of a total that is too much work, with the ways that remain."""
    return RequestError(
        f"The total of {int(of.times.sum()):,} groups of {of.most:,} trials in all is too much work. By draws it is "
        "quick: t = fit.draws(4000).theta, and then numpy.random.default_rng(1).binomial(trials, t).sum(axis=1) are "
        "draws of the total; or ask for fewer groups, groups=[...]."
    )
