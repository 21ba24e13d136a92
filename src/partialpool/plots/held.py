"""Theta in the numbers of a scale, and back, inside of what an axis of that scale can hold."""

from __future__ import annotations

import numpy as np

from partialpool.scales import Scale
from partialpool.special import Array

_TINY, _HUGE = 1e-300, 1e300
_NEXT = float(np.nextafter(1.0, 0.0))  # the largest number below 1

OPEN = {"exp": (_TINY, _HUGE), "tanh": (-_NEXT, _NEXT), "expit": (_TINY, _NEXT)}
"""The least and the largest number that an axis of a scale can hold."""


def placed(theta: Array | float, scale: Scale) -> Array:
    """Theta on a scale; beyond the numbers that an axis can hold, the last of them."""
    return _held(scale.forward(np.asarray(theta, dtype=float)), scale)


def back(scale: Scale, values: Array) -> Array:
    """Theta of numbers on a scale, of the nearest that an axis can hold where they are beyond it."""
    return scale.backward(_held(np.asarray(values, dtype=float), scale))


def _held(values: Array, scale: Scale) -> Array:
    return np.clip(values, *OPEN[scale.name]) if scale.name in OPEN else values
