"""Quantiles of very many pairs, from those of a few hundred between which they are interpolated.

A quantile is an analytic function of a pair's trials n and successes y, which need not be whole numbers. Where all the
rates are about the same, it is taken as a polynomial in log(n) and in v = 2 sqrt(n) (arcsin(sqrt(y/n)) - phi), the
distance of the pair's own rate from the common one in standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from partialpool.marginals.beta_binomial import Pairs
from partialpool.special import Array

FEWEST = 700
"""Pairs from where it pays."""

_DEGREES = (16, 26)  # in log(n), and in v
_FARTHEST = 8.0  # v beyond which polynomials of that degree are not enough
_NARROWEST = 1e-3


@dataclass(frozen=True)
class Across:
    """Pairs as points of the square from -1 to 1, and back."""

    phi: float
    low: Array
    high: Array

    def square(self, pairs: Pairs) -> Array:
        """Where pairs lie: (2, pairs)."""
        at = np.stack([np.log(pairs.trials), _deviation(pairs, self.phi)])
        return np.asarray((2.0 * at - (self.low + self.high)[:, None]) / (self.high - self.low)[:, None])

    def pairs(self, at: Array) -> Pairs:
        """The pairs at points of the square: (2, pairs)."""
        log_n, v = 0.5 * ((self.low + self.high)[:, None] + (self.high - self.low)[:, None] * at)
        n = np.exp(log_n)
        share = np.sin(self.phi + 0.5 * v / np.sqrt(n)) ** 2
        return Pairs(n * share, n * (1.0 - share), np.ones(len(n)))


def across(pairs: Pairs) -> Across | None:
    """The square of these pairs; None where they are few, or their rates too far apart."""
    if len(pairs.count) < FEWEST or pairs.trials.min() < 1.0:
        return None
    phi = float(np.arcsin(np.sqrt(pairs.successes @ pairs.count / (pairs.trials @ pairs.count))))
    at = np.stack([np.log(pairs.trials), _deviation(pairs, phi)])
    low, high = at.min(axis=1), at.max(axis=1)
    sides = high - low
    return Across(phi, low, high) if sides.min() > _NARROWEST and sides[1] < 2.0 * _FARTHEST else None


def interpolated(quantiles: Callable[[Pairs], Array], square: Across, pairs: Pairs) -> Array:
    """Logits of the quantiles of pairs: (levels, pairs)."""
    nodes = [np.cos(np.pi * (np.arange(size) + 0.5) / size) for size in _DEGREES]
    grid = np.stack([part.ravel() for part in np.meshgrid(*nodes, indexing="ij")])
    known = quantiles(square.pairs(grid))
    first, second = (np.linalg.inv(chebyshev.chebvander(at, len(at) - 1)) for at in nodes)
    x, y = square.square(pairs)
    left, right = chebyshev.chebvander(x, _DEGREES[0] - 1), chebyshev.chebvander(y, _DEGREES[1] - 1)
    tables = known.reshape(len(known), *_DEGREES)
    return np.stack([np.sum((left @ (first @ table @ second.T)) * right, axis=1) for table in tables])


def _deviation(pairs: Pairs, phi: float) -> Array:
    return 2.0 * np.sqrt(pairs.trials) * (np.arctan2(np.sqrt(pairs.successes), np.sqrt(pairs.failures)) - phi)
