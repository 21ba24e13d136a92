"""Sums of real numbers that are the same in any order, from sums of whole numbers.

Each number x, at most 1 in absolute value, is divided into limbs: whole numbers k_1, k_2, ... of at most 30 bits with

    x  =  k_1 2^-30 + k_2 2^-60 + k_3 2^-90 + k_4 2^-120 + rest,   |rest| < 2^-120

Sums of limbs over up to 2^32 rows are exact in 64-bit integers. In which direction an engine rounds makes no difference
to the sum, except for that of the rests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from partialpool.groups.groups import Array

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

LIMBS = 4
BITS = 30


def scale_of(largest: float) -> float:
    """The smallest power of two that is at least `largest`, and 1 if that is 0."""
    if largest == 0.0:
        return 1.0
    fraction, exponent = np.frexp(largest)
    return float(np.ldexp(1.0, int(exponent) - (1 if fraction == 0.5 else 0)))


def limbs(x: nw.Expr, scale: float, whole: Callable[[nw.Expr], nw.Expr]) -> list[nw.Expr]:
    """Expressions for the limbs of x / scale, where scale is a power of two of at least |x| and `whole` rounds."""
    import narwhals.stable.v2 as nw

    rest, found = x / scale, []
    for _ in range(LIMBS):
        rest = rest * 2.0**BITS
        limb = whole(rest)
        found.append(limb.cast(nw.Int64))
        rest = rest - limb
    return found


def total(sums: Sequence[Array], scale: float) -> tuple[Array, Array]:
    """Turn sums of limbs into sums of numbers, each as a double and what it loses in rounding.

    Each sum of limbs is divided into what belongs to the limb before it and a rest of 30 bits, so that all parts but
    the first are small and of one sign, and the sum of the parts is accurate.
    """
    parts: list[Array] = []
    carry = np.zeros(len(sums[0]), dtype=np.int64)
    for limb in reversed(sums):
        value = limb.astype(np.int64) + carry
        carry = value >> BITS
        parts.append((value - (carry << BITS)).astype(float))
    parts.append(carry.astype(float))
    high, low = np.zeros(len(carry)), np.zeros(len(carry))
    for place, part in enumerate(reversed(parts)):  # from the largest to the smallest
        term = np.ldexp(part, -BITS * place)
        whole = high + term
        back = whole - high
        low = low + ((high - (whole - back)) + (term - back))
        high = whole
    whole = high + low
    with np.errstate(over="ignore"):
        return whole * scale, ((high - whole) + low) * scale
