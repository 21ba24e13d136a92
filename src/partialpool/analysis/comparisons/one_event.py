"""Distributions of the number of independent events, with one event left out: by a series or by division."""

from __future__ import annotations

import numpy as np

from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index

UNSEEN = 1e-15
"""The least weight of a point, and the least probability of an event, that counts."""

_TERMS, _LEFT_OUT = 9, 0.2  # terms of the series that leaves out a rare event, and its largest probability


def contracted(weights: Array, parts: Array) -> Array:
    """sum over terms d and points m of weights[j, d, m] parts[d, m, r]: (kinds, ranks)."""
    return np.asarray(weights.reshape(len(weights), -1) @ parts.reshape(-1, parts.shape[-1]))


def without(weight: Array, q: Array, pmf: Array, numbers: Index, *, rare: bool) -> Array:
    """sum over points of weight P(at most r events without one of probability q), at numbers r: (kinds, numbers).

    It is a series in q, or in 1 - q, with the differences of P(at most r): a polynomial, smooth in the data. Its
    error is below 1e-12 for q up to 0.03. A q above _LEFT_OUT is replaced by that, because its weight is negligible.
    """
    if not rare:  # at most r happen where at least so many others do not
        mirrored = len(pmf) - 3 - numbers
        others = without(weight, 1.0 - q, pmf[::-1], np.maximum(mirrored, 0), rare=True)
        return np.asarray(weight.sum(axis=1, keepdims=True) - np.where(mirrored >= 0, others, 0.0))
    below = np.cumsum(pmf, axis=0)
    parts = np.empty((1 + _TERMS, pmf.shape[1], len(numbers)))
    for part in parts:
        part[:] = below[numbers].T
        below = np.diff(below, axis=0, prepend=0.0)
    out = np.empty((len(weight), len(numbers)))
    for some in chunks(len(weight), parts[..., 0].size):
        weights = np.empty((len(weight[some]), *parts.shape[:2]))
        weights[:, 0], share = weight[some], np.where(q[some] > UNSEEN, np.minimum(q[some], _LEFT_OUT), 0.0)
        for d in range(1, len(parts)):
            np.multiply(weights[:, d - 1], share, out=weights[:, d])
        out[some] = contracted(weights, parts)
    return out


def divided(pmf: Array, q: Array, *, rare: bool) -> Array:
    """Divide distributions by that of one event of probability q <= 1/2 (`rare`), or >= 1/2: (sums, columns)."""
    rest = pmf * (1.0 / (1.0 - q if rare else q))
    odds = q / (1.0 - q) if rare else (1.0 - q) / q
    if rare:
        for r in range(1, len(rest)):
            rest[r] -= odds * rest[r - 1]
        return rest
    for r in range(len(rest) - 2, -1, -1):
        rest[r] -= odds * rest[r + 1]
    return np.concatenate([rest[1:], np.zeros_like(rest[:1])])
