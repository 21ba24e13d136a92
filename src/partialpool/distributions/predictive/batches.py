"""Pmfs of many beta-binomial mixtures at a time, computed in arrays of shape (rows, nodes, counts)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Betas
from partialpool.special import Array, Index

_MORE = 10.0  # counts added to the upper end of a window, since small counts have long tails
_CELLS = 1 << 19  # numbers in memory at a time: 4 MB
_LARGEST = 1e280  # sums of unnormalised probabilities beyond this may have overflowed


@dataclass(frozen=True)
class Batch:
    """Rows of beta-binomial mixtures, each with a window of counts in which its pmf is computed.

    Attributes:
        probability: probability of each node, shape (nodes,).
        of: beta distribution of each row's theta given each node, shape (rows, nodes).
        trials, first, size: number of trials, first count of the window and number of counts in it, each (rows,).
    """

    probability: Array
    of: Betas
    trials: Array
    first: Array
    size: Index

    @property
    def pieces(self) -> Iterator[Index]:
        """Yield row indices in pieces of similar window size, each of which fits into memory."""
        order = np.argsort(self.size, kind="stable")
        while len(order):
            step = max(1, _CELLS // (int(self.size[order[-1]]) * len(self.probability)))
            yield order[-step:]
            order = order[:-step]

    def listed(self, some: Index) -> tuple[Array, Array]:
        """P(first), P(first + 1), ... of some rows, (rows, counts), and bounds on the rest of the pmf, (rows,)."""
        n, first = self.trials[some, None, None], self.first[some, None, None]
        a, b = self.of.a[some, :, None], self.of.b[some, :, None]
        size = int(self.size[some].max())
        y = first + np.arange(size - 1.0)
        p = np.ones((len(some), len(self.probability), size))
        with np.errstate(all="ignore"):
            ratio = (y + a) / np.maximum(n - 1.0 - y + b, 1e-300)
            ratio *= np.maximum(n - y, 0.0) / (y + 1.0)
            np.cumprod(ratio, axis=2, out=p[:, :, 1:])
            whole = p.sum(axis=2)
            left = self._left_out(some, p, whole, size)
            out = np.einsum("rks,rk->rs", p, self.probability / whole)
        lost = ~np.isfinite(whole).all(axis=1) | (whole.max(axis=1) > _LARGEST)
        return out, np.where(lost, 1.0, left)

    def _left_out(self, some: Index, p: Array, whole: Array, size: int) -> Array:
        """Bound the probability outside the windows by geometric series, for a >= 1 and b >= 1; shape (rows,)."""
        n, low = self.trials[some, None], self.first[some, None]
        a, b = self.of.a[some], self.of.b[some]
        high = np.minimum(low + size - 1.0, n)
        below = low * (n - low + b) / ((n + 1.0 - low) * (low - 1.0 + a))
        above = (n - high) * (high + a) / ((high + 1.0) * (n - 1.0 - high + b))
        end = np.take_along_axis(p, (high - low).astype(np.intp)[:, :, None], axis=2)[:, :, 0]
        first = np.where(low > 0.0, _geometric(1.0 / whole, below), 0.0)
        last = np.where(high < n, _geometric(end / whole, above), 0.0)
        return np.asarray(np.nan_to_num(first + last, nan=1.0) @ self.probability)


def _geometric(end: Array, ratio: Array) -> Array:
    return np.where(ratio < 1.0, np.minimum(end * ratio / (1.0 - ratio), 1.0), 1.0)


def batch(probability: Array, of: Betas, trials: Array, sds: float) -> Batch:
    """Give each row a window of `sds` sds to either side of the means; all counts where a or b is below 1."""
    n, mean = trials[:, None], of.mean
    sd = np.sqrt(np.maximum(n * mean * (of.b / (of.a + of.b)) + n * (n - 1.0) * of.variance, 0.0))
    every = np.minimum(of.a, of.b).min(axis=1) < 1.0
    first = np.where(every, 0.0, np.clip(np.floor((n * mean - sds * sd).min(axis=1)), 0.0, trials))
    last = np.where(every, trials, np.clip(np.ceil((n * mean + sds * sd + _MORE).max(axis=1)), 0.0, trials))
    return Batch(probability, of, trials, first, (last - first).astype(np.intp) + 1)
