"""The window of counts outside which beta-binomial distributions have almost no probability, and their pmf there.

    P(y + 1)/P(y) = (n - y)(y + a)/((y + 1)(n - 1 - y + b))

decreases in y if a >= 1 and b >= 1, so that the probability beyond a window is at most P(end) r/(1 - r), with r the
ratio at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Betas
from partialpool.distributions.predictive.counts import outward
from partialpool.special import Array

_SDS, _LEFT = 9.0, 1e-16  # half-width of the first window in sds, and the probability that a window may leave out
LONGEST = 1 << 22
"""Largest number of counts that are computed one by one."""
_CELLS = 1 << 17  # numbers in memory at a time: 1 MB
_LARGEST = 1e280  # products of ratios beyond this may overflow


@dataclass(frozen=True)
class Window:
    """The counts from `first` to `last`, in `trials` trials."""

    trials: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """The number of counts."""
        return self.last - self.first + 1

    @property
    def middle(self) -> int:
        """The count in the middle."""
        return (self.first + self.last) // 2

    def probabilities(self, a: Array, b: Array) -> Array:
        """P(first), ..., P(last) for each a and b, scaled to add up to 1, shape (counts, len(a))."""
        y = np.arange(self.first, self.last, dtype=float)[:, None]
        a, b = np.maximum(a, 1e-300), np.maximum(b, 1e-300)
        out = np.empty((self.size, len(a)))
        step = max(1, _CELLS // self.size)
        for k in range(0, len(a), step):
            some = slice(k, k + step)
            ratio = (y + a[some]) / (self.trials - 1.0 - y + b[some])
            ratio *= (self.trials - y) / (y + 1.0)
            p = _from_one_count(ratio)
            out[:, some] = p / p.sum(axis=0)
        return out

    def waves(self, w: Array) -> NDArray[np.complex128]:
        """exp(-i w (y - middle)) for each count y, shape (w, counts)."""
        return np.asarray(np.exp(-1j * w[:, None] * (np.arange(self.first, self.last + 1) - self.middle)))

    def left_out(self, p: Array, a: Array, b: Array) -> Array:
        """Bound on the probability beyond the window, for each a >= 1 and b >= 1, from the probabilities p in it."""
        n, low, high = float(self.trials), float(self.first), float(self.last)
        out = np.zeros(len(a))
        with np.errstate(all="ignore"):
            if self.first > 0:
                out += _geometric(p[0], low * (n - low + b) / ((n + 1.0 - low) * (low - 1.0 + a)))
            if self.last < self.trials:
                out += _geometric(p[-1], (n - high) * (high + a) / ((high + 1.0) * (n - 1.0 - high + b)))
        return out


def _geometric(end: Array, ratio: Array) -> Array:
    """Bound on the sum of probabilities that decrease after `end` at least by this ratio; 1 if the ratio is >= 1."""
    return np.where(ratio < 1.0, np.minimum(end * ratio / (1.0 - ratio), 1.0), 1.0)


def window(trials: int, of: Betas) -> Window:
    """The window beyond which the probability is less than 1e-16 at each node; all counts if some a or b is below 1."""
    log_concave = trials > 0 and min(of.a.min(), of.b.min()) >= 1.0
    n, mean, sds = float(trials), of.mean, _SDS
    sd = np.sqrt(n * mean * (of.b / (of.a + of.b)) + n * (n - 1.0) * of.variance)
    while log_concave:
        first = max(0, int(np.floor((mean * n - sds * sd).min())))
        last = min(trials, int(np.ceil((mean * n + sds * sd).max())))
        found = Window(trials, first, last)
        if found.size > min(trials, LONGEST) or _little_left(found, of):
            return found
        sds *= 1.5
    return Window(trials, 0, trials)


def _little_left(of: Window, parts: Betas) -> bool:
    """Whether almost no probability is beyond the window, judged at the nodes with extreme mean, variance, a and b."""
    near = np.unique([k for rank in (parts.mean, parts.variance, parts.a, parts.b) for k in _ends(rank)])
    a, b = parts.a[near], parts.b[near]
    return bool(of.left_out(of.probabilities(a, b), a, b).max() < _LEFT)


def _ends(values: Array) -> tuple[int, int]:
    return int(np.argmin(values)), int(np.argmax(values))


def _from_one_count(ratio: Array) -> Array:
    """Columns x with x[i + 1] / x[i] = ratio[i], computed outward from one row in which most columns are large."""
    start = int(np.median(np.count_nonzero(ratio >= 1.0, axis=0))) if len(ratio) else 0
    out = np.ones((len(ratio) + 1, ratio.shape[1]))
    with np.errstate(all="ignore"):
        np.cumprod(ratio[start:], axis=0, out=out[start + 1 :])
        out[:start] = np.cumprod(1.0 / ratio[:start][::-1], axis=0)[::-1]
    return out if out.max() < _LARGEST else outward(ratio)
