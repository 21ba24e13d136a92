"""Predictive distributions of numbers of events: mixtures of negative binomial distributions over nodes.

    y* | node ~ NegativeBinomial(a, s/(s + exposure)),   a, s of theta given the node

    P(0) = (1 - q)^a,   P(y + 1)/P(y) = q (y + a)/(y + 1),   q = exposure/(s + exposure)

The pmf of the first counts is tabulated by these ratios. Beyond the table the distribution function is an incomplete
beta function, which takes as long as ten table entries. Its complement is computed as 1 minus it, since SciPy's own
complement takes ten times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.distributions import Gammas
from partialpool.distributions.predictive.counts import quantile
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index, log_sigmoid, row_sums

LEFT, LISTED = 1e-12, 1 << 20
"""Upper tail probability that a pmf may leave out, and its largest number of counts."""
_TABLED, _CELLS = 64, 1 << 24  # counts in the table, made if rows * nodes * counts is at most _CELLS (0.5 s)


@dataclass(frozen=True)
class NegativeBinomials:
    """Numbers of events over `exposure`, shape (rows,); theta ~ Gamma given a node, `parts` of shape (rows, nodes)."""

    probability: Array
    parts: Gammas
    exposure: Array

    @property
    def most(self) -> Array:
        return np.full(len(self.exposure), np.inf)

    def tails(self, row: Index, y: Array, *, upper: bool) -> Array:
        out, near = np.empty(len(row)), y < self._table.shape[1]
        below = self._table[row[near], y[near].astype(np.intp)]
        out[near] = 1.0 - below if upper else below
        out[~near] = self._far(row[~near], y[~near], upper=upper)
        return out

    def _far(self, row: Index, y: Array, *, upper: bool) -> Array:
        out = np.empty(len(row))
        for some in chunks(len(row), len(self.probability)):
            of = self.parts.part(row[some])
            log_odds = np.log(self.exposure[row[some]])[:, None] - of.log_s
            each = negative_binomial_tail(y[some, None], np.maximum(of.a, 1e-300), log_odds, upper=upper)
            out[some] = row_sums(each, self.probability)
        return out

    @cached_property
    def _table(self) -> Array:
        """P(Y <= 0), P(Y <= 1), ... of each row, shape (rows, counts)."""
        size = _TABLED if _TABLED * self.parts.a.size <= _CELLS else 0
        return np.cumsum([self._probabilities(row, size) for row in range(len(self.exposure))], axis=1)

    def pmf(self, row: int) -> Array:
        """The pmf from 0 up to an upper tail probability of 1e-12, or of 2^20 counts."""
        last = quantile(self, np.array([row]), np.array([LEFT]), upper=True)[0]
        return self._probabilities(row, int(min(last + 1, LISTED)))

    def _probabilities(self, row: int, size: int) -> Array:
        of, out = self.parts.part(row), np.zeros(size)
        log_odds = np.log(self.exposure[row]) - of.log_s
        for some in chunks(len(self.probability), size):
            out += self.probability[some] @ negative_binomial(size, of.a[some], log_odds[some])
        return out


def negative_binomial(size: int, a: Array, log_odds: Array) -> Array:
    """Negative binomial pmf at 0, ..., size - 1 for each a and log_odds = log(exposure/s), shape (len(a), size)."""
    y, a = np.arange(size - 1, dtype=float), np.maximum(a, 1e-300)[:, None]
    log_p = np.empty((len(a), size))
    log_p[:, :1] = a * log_sigmoid(-log_odds)[:, None]
    log_p[:, 1:] = np.log((y + a) / (y + 1.0)) + log_sigmoid(log_odds)[:, None]
    return np.exp(np.cumsum(log_p, axis=1))


def negative_binomial_tail(y: Array, a: Array, log_odds: Array, *, upper: bool) -> Array:
    """Negative binomial P(Y > y) or P(Y <= y), computed from the smaller of q = exposure/(s + exposure) and 1 - q."""
    y = np.asarray(y, dtype=float)
    if (y < 0.0).any():
        raise ValueError("a count is 0 or more")
    share, rest = np.exp(log_sigmoid(log_odds)), np.exp(log_sigmoid(-log_odds))
    y, a, share, rest = np.broadcast_arrays(y + 1.0, a, share, rest)
    out, few = np.empty(y.shape), share < 0.5
    above, below = sc.betainc(y[few], a[few], share[few]), sc.betainc(a[~few], y[~few], rest[~few])
    out[few], out[~few] = (above, 1.0 - below) if upper else (1.0 - above, below)
    return out
