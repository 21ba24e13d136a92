"""The pmf of the total successes of groups, independent given a node, from its characteristic function.

    phi(w) = sum_k p_k prod_j E[exp(i w Y_j) | k],   w = 2 pi m/L

The characteristic function of a large total is 0 beyond a few frequencies. At these each factor is a sum over the
counts of a group, or over points of theta where these are fewer. If it does not fall to 0, as with groups that have
only successes or only failures, fast Fourier transforms give it at all frequencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import fft

from partialpool.distributions import Betas
from partialpool.distributions.predictive.inverted import Complex, Listed, inverted
from partialpool.distributions.predictive.points import Points, points
from partialpool.distributions.predictive.windows import LONGEST, Window, window
from partialpool.errors import RequestError
from partialpool.messages.progress import counted
from partialpool.special import Array

_LONGEST = 1 << 24  # largest number of counts of a total
_WORK = 1e11  # largest number of multiplications: a minute
_CELLS = 1 << 22  # probabilities of all groups at some nodes, in memory at a time: 32 MB
_BLOCK = 32  # frequencies at a time
_NOTHING = 1e-14  # value of a characteristic function that counts as 0
_LIMIT = 24.0  # frequency, in units of 1/(smallest sd), at which most characteristic functions have fallen to 0
_SHORT = 200  # groups with up to so many counts are summed over counts, not points
_FEW = 16  # ratio of counts to frequencies above which sums are quicker than transforms


@dataclass(frozen=True)
class Summands:
    """The groups whose successes are added up; their counts are independent given a node.

    Attributes:
        probability: probability of each node, shape (nodes,).
        parts: beta distribution of theta of each kind of group given each node, shape (kinds, nodes).
        trials: number of trials of one group of each kind, shape (kinds,).
        times: number of groups of each kind, shape (kinds,).
    """

    probability: Array
    parts: Betas
    trials: Array
    times: Array

    @property
    def most(self) -> int:
        """The largest possible total."""
        return int(self.trials @ self.times)

    @property
    def moments(self) -> tuple[Array, Array]:
        """Mean and variance of the total given each node, each (nodes,)."""
        parts, n = self.parts, self.trials[:, None]
        mean, v = parts.mean, parts.variance
        within = n * (mean * (parts.b / (parts.a + parts.b)) - v) + n**2 * v
        return self.times @ (n * mean), self.times @ within


def total_of_successes(of: Summands) -> Listed:
    """Compute the pmf of the total, averaged over the nodes.

    Raises:
        RequestError: it would take more than about a minute.
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
    """A characteristic function has not fallen to 0 at the largest frequency for which the points are fine enough."""


def _support(trials: int, of: Betas, limit: float, *, quick: bool) -> Window | Points:
    """The support over which a group's distribution is summed: its counts, or points of theta if these are fewer."""
    counts = window(trials, of)
    at = points(trials, of, limit) if quick and counts.size > _SHORT else None
    return counts if at is None or at.size > counts.size else at


# --- nodes -------------------------------------------------------------------------------------------------------


def _phi(of: Summands, each: Sequence[Window | Points], length: int) -> tuple[Complex, float]:
    """E[exp(-i w Y)] of the total at w = 2 pi m/length, and the probability that the supports leave out."""
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
    """Probability that any group is outside of its support, summed over some nodes with their probabilities."""
    a, b = of.parts.a[:, some], of.parts.b[:, some]
    rows = zip(each, p, a, b, of.times, strict=True)
    return float(sum(times * one.left_out(these, a, b) @ of.probability[some] for one, these, a, b, times in rows))


def _blocks(length: int) -> Iterator[slice]:
    """Yield blocks of frequencies, up to all of them if they are few, else only the lowest ones."""
    size = length // 2 + 1
    end = size if size <= 4 * _BLOCK else max(2 * _BLOCK, size // _FEW)
    yield from (slice(m, min(m + _BLOCK, end)) for m in range(0, end, _BLOCK))


def _product(of: Summands, each: Sequence[Window | Points], p: list[Array], w: Array) -> Complex:
    """E[exp(-i w Y)] of the total given each node, shape (w, nodes)."""
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
    """E[exp(-i w Y)] of the total at all frequencies by Fourier transforms, averaged over some nodes."""
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
    """The error for a total that is too much work, which suggests draws or fewer groups."""
    return RequestError(
        f"The total of {int(of.times.sum()):,} groups of {of.most:,} trials in all is too much work. By draws it is "
        "quick: t = fit.draws(4000).theta, and then numpy.random.default_rng(1).binomial(trials, t).sum(axis=1) are "
        "draws of the total; or ask for fewer groups, groups=[...]."
    )
