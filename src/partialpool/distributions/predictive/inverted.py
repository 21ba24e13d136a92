"""Pmfs of counts from their characteristic functions, by the discrete Fourier transform.

    P(Y = y) = (1/L) sum over m of phi(2 pi m/L) e^(-2 pi i m y/L)     for y in L successive counts that contain Y

Source: Davies 1973, Biometrika 60:415.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from partialpool.special import Array

Complex = NDArray[np.complex128]

SDS = 12.0
"""Standard deviations to either side of the means in the first window; it is doubled while too short."""
_LEFT = 1e-12  # probability that may lie in the outermost sixteenth of a window


class Listed(NamedTuple):
    """P(first), P(first + 1), ..., and the estimated error of sums of these."""

    first: int
    pmf: Array
    error: float


def inverted(
    phi: Callable[[int], tuple[Complex, float]], mean: Array, sd: Array, most: int, least: int, longest: int
) -> Listed | None:
    """Compute the pmf of a count between 0 and `most`; None if that takes more than `longest` counts.

    Args:
        phi: function of L that returns E[exp(-i w Y)] at w = 0, 2 pi/L, ..., pi, and the probability that it leaves
            out.
        mean: mean of the count given each node, shape (nodes,).
        sd: sd of the count given each node, shape (nodes,).
        most: the largest possible count.
        least: the smallest number of counts in the window.
        longest: the largest number of counts in the window.
    """
    sds = SDS
    while True:
        low = max(0, int(np.floor((mean - sds * sd).min())))
        high = min(most, int(np.ceil((mean + sds * sd).max())))
        length = int(fft.next_fast_len(min(max(high - low + 1, least), most + 1), real=True))
        if length > longest:
            return None
        low = min(low, max(0, most + 1 - length))
        at, left = phi(length)
        p = np.roll(fft.irfft(at, length), -(low % length))
        edge = length // 16
        outer = max(p[:edge].sum() if low > 0 else 0.0, p[len(p) - edge :].sum() if low + length <= most else 0.0)
        if length > most or abs(outer) < _LEFT:
            return _cleaned(low, p[: most + 1 - low], left + abs(outer))
        sds *= 2.0


def _cleaned(first: int, p: Array, left: float) -> Listed:
    """Remove the rounding errors of a transform: no negative probability, and a sum of 1; `left` adds to the error."""
    positive = np.maximum(p, 0.0)
    whole = float(positive.sum())
    return Listed(first, positive / whole, whole - float(p.sum()) + abs(float(p.sum()) - 1.0) + left)
