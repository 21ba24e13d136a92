"""Totals of successes, independent given a node, by Fourier transforms."""

from __future__ import annotations

import numpy as np
from scipy import fft

from partialpool.distributions import Betas
from partialpool.errors import RequestError
from partialpool.predictions.predictive import beta_binomial
from partialpool.special import Array

_WORK = 3e9
_CELLS = 1 << 21


def total_of_successes(probability: Array, parts: Betas, trials: Array, times: Array) -> Array:
    """P(total = 0, 1, ...) of `times` groups of each row: parts (rows, nodes)."""
    most = int(trials @ times)
    length = int(fft.next_fast_len(most + 1, real=True))
    rows, nodes = parts.shape
    if rows * nodes * float(length) * np.log2(length + 1.0) > _WORK:
        raise RequestError(
            f"The total of {int(times.sum()):,} groups of {most:,} trials in all is too much work; ask for fewer "
            "trials, or for one group at a time."
        )
    out = np.zeros(most + 1)
    step = max(1, _CELLS // length)
    for k in range(0, nodes, step):
        some = slice(k, k + step)
        product = np.ones((length // 2 + 1, len(probability[some])), dtype=complex)
        for j in range(rows):
            each = beta_binomial(int(trials[j]), parts.a[j, some], parts.b[j, some])
            product *= fft.rfft(each, length, axis=0) ** int(times[j])
        out += fft.irfft(product @ probability[some], length)[: most + 1]
    return _cleaned(out)


def _cleaned(p: Array) -> Array:
    """Without the rounding of the transform: nothing negative, adding up to 1."""
    p = np.maximum(p, 0.0)
    return np.asarray(p / p.sum())
