"""Sums of real numbers that are the same in any order, from sums of whole numbers.

Each number x, at most 1 in absolute value, is divided into limbs: whole numbers k_1, k_2, ... of at most 30 bits with

    x  =  k_1 2^-30 + k_2 2^-60 + ... + k_6 2^-180 + rest,   |rest| < 2^-180

so that numbers keep all their digits beside others that are 2^127 times as large.

Sums of limbs over up to 2^32 rows are exact in 64-bit integers. In which direction an engine rounds makes no difference
to the sum, except for that of the rests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.groups.groups import Array

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

LIMBS = 6
BITS = 30


def scale_of(largest: float) -> float:
    """The smallest power of two that is at least `largest`, and 1 if that is 0."""
    if largest == 0.0:
        return 1.0
    fraction, exponent = np.frexp(largest)
    return float(np.ldexp(1.0, int(exponent) - (1 if fraction == 0.5 else 0)))


def with_limbs(
    frame: nw.LazyFrame[Any], numbers: Mapping[str, nw.Expr], whole: Callable[[nw.Expr], nw.Expr]
) -> nw.LazyFrame[Any]:
    """Add the limbs of numbers that are at most 1 in absolute value, as columns called by `limb_names`.

    Each limb is a column of its own before the next is made of the rest, since an expression for all of them would
    contain the first one 2^LIMBS times.

    Args:
        frame: the rows.
        numbers: name -> expression.
        whole: function that rounds an expression to whole numbers, in any direction.
    """
    import narwhals.stable.v2 as nw

    frame = frame.with_columns(**{f"r_{name}": x * 2.0**BITS for name, x in numbers.items()})
    for k in range(LIMBS):
        made = {limb_names(name)[k]: whole(nw.col(f"r_{name}")) for name in numbers}
        frame = frame.with_columns(**made)
        rest = {f"r_{name}": (nw.col(f"r_{name}") - nw.col(limb_names(name)[k])) * 2.0**BITS for name in numbers}
        limbs = [nw.col(limb).cast(nw.Int64) for limb in made]
        frame = frame.with_columns(*limbs, **(rest if k < LIMBS - 1 else {}))
    return frame


def limb_names(name: str) -> list[str]:
    """The names of the columns with the limbs of a number."""
    return [f"s_{name}_{k}" for k in range(LIMBS)]


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
