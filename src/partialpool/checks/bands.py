"""Tests of whether numbers are uniform on (0, 1): a simultaneous band of their distribution function, and a chi-square.

With N numbers and points z_1 < ... < z_K, the count C_i of numbers up to z_i is Binomial(N, z_i) if they are uniform.
The smallest two-sided p-value of a count, s = min_i 2 min(P(B <= C_i), P(B >= C_i)), has an exact distribution, since
counts at successive points are a Markov chain of binomial steps. A simultaneous band of level 1 - q contains the
empirical distribution function if and only if the p-value of s is above q.

Source: Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing 32:32, algorithm 2.
"""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from partialpool.special import Array

_POINTS = 100  # equal intervals between the points
_TIES = 1e-9  # relative difference within which p-values count as equal
BINS = 20  # bins of the chi-square test


def band_p_value(pit: Array, points: int = _POINTS) -> float:
    """The p-value of s: the probability that as many uniform numbers have an s that is as small."""
    size = len(pit)
    z = np.arange(1.0, points) / points
    counts = np.searchsorted(np.sort(pit), z, side="right")
    least = float(np.min(_two_sided(counts.astype(float), size, z))) * (1.0 + _TIES)
    x = np.arange(size + 1.0)
    inside = _two_sided(x[:, None], size, z[None, :]) > least
    if not inside.any(axis=0).all():
        return 1.0
    low, high = inside.argmax(axis=0), size - inside[::-1].argmax(axis=0)
    return float(np.clip(1.0 - _stays(size, z, low, high), 0.0, 1.0))


def _two_sided(count: Array, size: int, z: Array) -> Array:
    """The two-sided p-value 2 min(P(B <= count), P(B >= count)), B ~ Binomial(size, z)."""
    below = sc.bdtr(np.minimum(count, size), size, z)
    above = np.where(count > 0.0, sc.bdtrc(np.maximum(count - 1.0, 0.0), size, z), 1.0)
    return np.asarray(2.0 * np.minimum(below, above))


def _stays(size: int, z: Array, low: Array, high: Array) -> float:
    """The probability that low_i <= C_i <= high_i at every point."""
    before, p, start = np.zeros(1), np.ones(1), 0.0
    for at, lo, hi in zip(z, low, high, strict=True):
        after = np.arange(float(lo), float(hi) + 1.0)
        step, left = after[:, None] - before, size - before
        share = (at - start) / (1.0 - start)
        with np.errstate(invalid="ignore"):
            logs = sc.gammaln(left + 1.0) - sc.gammaln(step + 1.0) - sc.gammaln(left - step + 1.0)
            logs = logs + step * np.log(share) + (left - step) * np.log1p(-share)
        p = np.where(step >= 0.0, np.exp(np.where(step >= 0.0, logs, -np.inf)), 0.0) @ p
        before, start = after, float(at)
    return float(p.sum())


def chi_square_p_value(pit: Array, bins: int = BINS) -> float:
    """The p-value of the chi-square test of the counts in bins of equal width."""
    counts = np.histogram(pit, bins=bins, range=(0.0, 1.0))[0]
    expected = len(pit) / bins
    return float(sc.chdtrc(bins - 1, np.sum((counts - expected) ** 2) / expected))
