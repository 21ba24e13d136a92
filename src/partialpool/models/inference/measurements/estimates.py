"""Point estimates of sigma and of the sd between groups: restricted maximum likelihood and moments.

Both return (sd, sigma, note). The sd may be 0 (complete pooling): a maximum on the boundary is a valid answer.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from partialpool.distributions.marginals.normal_unknown import Sample
from partialpool.special import Array

_POOLED = "the estimate lies on the boundary: sd is 0, all groups alike"
_IGNORED = "uncertainty of this estimate is ignored"
_FARTHEST, _GRID = 80.0, 641  # range and number of points of the search, in log h


def restricted_maximum(sample: Sample) -> tuple[float, float, str]:
    """Estimate sd and sigma by restricted maximum likelihood: the mode under a flat mean and flat variances.

    With h = (sd/sigma)^2, w_j = n_j/(1 + n_j h), W = sum w_j, m = sum w_j y_j / W, Q = S + sum w_j (y_j - m)^2,
    sigma^2 = Q/(N - 1) and h is the highest root of the score

        (N - 1) sum w_j^2 (y_j - m)^2 / Q - W + sum w_j^2 / W

    or 0. Source: Searle, Casella and McCulloch, Variance Components (1992), section 6.6.
    """
    log_h = np.linspace(-_FARTHEST, _FARTHEST, _GRID) - np.log(sample.typical)
    score = _score(sample, np.exp(log_h))
    down = np.flatnonzero((score[:-1] > 0.0) & (score[1:] <= 0.0))
    roots = [_root(sample, float(log_h[i]), float(log_h[i + 1])) for i in down.tolist()]
    every = np.array([0.0, *roots])
    best = float(every[int(np.argmax(_height(sample, every)))])
    sigma = float(np.sqrt(_sums(sample, np.array([best]))[2][0] / (sample.degrees + sample.groups - 1.0)))
    return float(np.sqrt(best)) * sigma, sigma, _IGNORED if best > 0.0 else _POOLED


def _root(sample: Sample, low: float, high: float) -> float:
    def score(log_h: float) -> float:
        return float(_score(sample, np.exp(np.array([log_h])))[0])

    return float(np.exp(brentq(score, low, high, xtol=1e-15, rtol=1e-15)))


def _sums(sample: Sample, h: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return W, sum w^2, Q, sum w^2 (y - m)^2 and sum log(1 + n h), at each h."""
    n, count = sample.n, sample.count
    w = n / (1.0 + n * h[:, None])
    total = w @ count
    mean = (w @ (count * sample.mean)) / total
    squares = sample.squares + count * (sample.mean - mean[:, None]) ** 2
    within = sample.within + np.sum(w * squares, axis=1)
    return total, w**2 @ count, within, np.sum(w**2 * squares, axis=1), np.log1p(n * h[:, None]) @ count


def _score(sample: Sample, h: Array) -> Array:
    """Twice the derivative, in h, of the profile of the restricted log likelihood."""
    total, total2, within, between2, _ = _sums(sample, h)
    return (sample.degrees + sample.groups - 1.0) * between2 / within - total + total2 / total


def _height(sample: Sample, h: Array) -> Array:
    """Restricted log likelihood at each h, maximised over sigma."""
    total, _, within, _, spread = _sums(sample, h)
    return -0.5 * ((sample.degrees + sample.groups - 1.0) * np.log(within) + spread + np.log(total))


def moment_estimate(sample: Sample) -> tuple[float, float, str]:
    """Estimate sd and sigma by the moments of the analysis of variance.

    sigma^2 = S/(N - J), sd^2 = max(0, (B/(J - 1) - sigma^2) / ((N - sum n_j^2 / N)/(J - 1))), with B the sum of
    n_j (y_j - y)^2 about the mean y of all rows.

    Source: Searle, Casella and McCulloch, Variance Components (1992), section 3.6.
    """
    n, count = sample.n, sample.count
    rows, groups = float(n @ count), sample.groups
    mean = float((n * count) @ sample.mean) / rows
    between = float(n @ (sample.squares + count * (sample.mean - mean) ** 2))
    square = sample.within / sample.degrees
    effective = rows - float((n**2) @ count) / rows
    variance = (between - (groups - 1.0) * square) / effective if groups > 1 else 0.0
    return float(np.sqrt(max(variance, 0.0))), float(np.sqrt(square)), _IGNORED if variance > 0.0 else _POOLED
