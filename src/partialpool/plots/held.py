"""Transform theta to the numbers of an axis and back, clipped to the numbers that the axis can show."""

from __future__ import annotations

import numpy as np

from partialpool.effects.scales import Scale
from partialpool.special import Array

_TINY, _HUGE = 1e-300, 1e300
_NEXT = float(np.nextafter(1.0, 0.0))  # the largest number below 1

OPEN = {"exp": (_TINY, _HUGE), "tanh": (-_NEXT, _NEXT), "expit": (_TINY, _NEXT)}
"""Name of a scale -> smallest and largest number that an axis of it can show."""


def placed(theta: Array | float, scale: Scale) -> Array:
    """Theta on the scale, clipped to the numbers that an axis can show."""
    return _held(scale.forward(np.asarray(theta, dtype=float)), scale)


def back(scale: Scale, values: Array) -> Array:
    """Theta from numbers on the scale, which are clipped to those that an axis can show."""
    return scale.backward(_held(np.asarray(values, dtype=float), scale))


def _held(values: Array, scale: Scale) -> Array:
    return np.clip(values, *OPEN[scale.name]) if scale.name in OPEN else values
