"""The maximum of a function of a few coordinates by Newton's method, from a start nearby."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.special import Array

_STEPS = 100
_LONGEST = 0.5  # largest change of a coordinate in a step
_CLOSE = 1e-14  # change of a coordinate at which the search ends


def maximum(derivatives: Callable[[Array], tuple[Array, Array]], x: Array) -> Array:
    """Solve for a zero of the gradient; derivatives: function that gives the gradient and the Hessian at x."""
    for _ in range(_STEPS):
        slope, bend = derivatives(x)
        try:
            step = np.linalg.solve(bend, -slope)
        except np.linalg.LinAlgError:
            step = slope / np.max(np.abs(bend))
        if step @ slope < 0:  # not near a maximum: climb
            step = slope / np.max(np.abs(bend))
        step *= min(1.0, _LONGEST / float(np.max(np.abs(step)) + 1e-300))
        x = x + step
        if np.max(np.abs(step)) < _CLOSE:
            break
    return x
