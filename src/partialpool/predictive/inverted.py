"""Distributions of counts from their characteristic functions.

    P(Y = y) = (1/L) sum over m of phi(2 pi m/L) e^(-2 pi i m y/L)     for the y of any L counts that hold all of Y

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
"""Standard deviations to either side of the means that a window reaches at first."""

_LEFT = 1e-12  # what may lie in the last sixteenth of a window


class Listed(NamedTuple):
    """P(first), P(first + 1), ..., and how far sums of these can be off."""

    first: int
    pmf: Array
    error: float


def inverted(
    phi: Callable[[int], tuple[Complex, float]], mean: Array, sd: Array, most: int, least: int, longest: int
) -> Listed | None:
    """The distribution of counts from 0 to `most`; None where it takes more than `longest` of them.

    phi: E[exp(-i w Y)] at w = 0, 2 pi/L, ..., pi for any L, and how much probability it leaves out.
    mean, sd: given each node. least: how many counts there are in any case.
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
    """Without the rounding of a transform: nothing negative, adding up to 1; left: what it leaves out."""
    positive = np.maximum(p, 0.0)
    whole = float(positive.sum())
    return Listed(first, positive / whole, whole - float(p.sum()) + abs(float(p.sum()) - 1.0) + left)
