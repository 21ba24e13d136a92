"""Quantiles of very many pairs, from those of a few hundred between which they are interpolated.

A quantile is an analytic function of a pair's trials n and successes y, which need not be whole numbers. Where all the
rates are about the same, it is taken as a polynomial in log(n) and in v = 2 sqrt(n) (arcsin(sqrt(y/n)) - phi), the
distance of the pair's own rate from the common one in standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.integrate.square import Square
from partialpool.marginals.beta_binomial import Pairs
from partialpool.special import Array

FEWEST = 700
"""Pairs from where it pays."""

_SIZES = (16, 26)  # in log(n), and in v
_FARTHEST = 8.0  # v beyond which polynomials of that degree are not enough
_NARROWEST = 1e-3


@dataclass(frozen=True)
class Across:
    """Pairs as points of a rectangle, whose coordinates are log(n) and v, and back."""

    phi: float
    square: Square

    def place(self, pairs: Pairs) -> Array:
        """Where pairs lie: (2, pairs)."""
        return _place(pairs, self.phi)

    def pairs(self, place: Array) -> Pairs:
        """The pairs at places: (2, pairs)."""
        log_n, v = place
        n = np.exp(log_n)
        share = np.sin(self.phi + 0.5 * v / np.sqrt(n)) ** 2
        return Pairs(n * share, n * (1.0 - share), np.ones(len(n)))


def across(pairs: Pairs) -> Across | None:
    """The rectangle of these pairs; None where they are few, or their rates too far apart."""
    if len(pairs.count) < FEWEST or pairs.trials.min() < 1.0:
        return None
    phi = float(np.arcsin(np.sqrt(pairs.successes @ pairs.count / (pairs.trials @ pairs.count))))
    at = _place(pairs, phi)
    low, high = at.min(axis=1), at.max(axis=1)
    sides = high - low
    small = sides.min() > _NARROWEST and sides[1] < 2.0 * _FARTHEST
    return Across(phi, Square(low, high, _SIZES)) if small else None


def interpolated(quantiles: Callable[[Pairs], Array], of: Across, pairs: Pairs) -> Array:
    """Logits of the quantiles of pairs: (levels, pairs)."""
    return of.square.between(quantiles(of.pairs(of.square.points)).T, of.place(pairs)).T


def _place(pairs: Pairs, phi: float) -> Array:
    v = 2.0 * np.sqrt(pairs.trials) * (np.arctan2(np.sqrt(pairs.successes), np.sqrt(pairs.failures)) - phi)
    return np.stack([np.log(pairs.trials), v])
