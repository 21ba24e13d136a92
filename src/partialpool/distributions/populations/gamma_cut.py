"""Coordinates of two logs u, v that are both cut off, with z = p u + q v as the first, in pieces adjacent in z.

At a given z, u lies between the ends of its own support and the ends (z - q v)/p that the support of v implies. Which
of these are the tighter ones changes where z passes a corner (u, v) of the two supports, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from partialpool.quadrature.line import Interval
from partialpool.special import Array

Ends = Callable[[Array], Array]  # an end of u as a function of z


@dataclass(frozen=True)
class Piece:
    """Coordinates (x, y) of the whole plane for the part of (u, v) where z lies in an interval."""

    multiples: tuple[float, float]
    z: Interval
    low: Ends
    high: Ends

    def point(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Return u, v, and the log Jacobian log |d(u, v) / d(x, y)|."""
        (p, q), z = self.multiples, self.z.value(x)
        inside = Interval(self.low(z), self.high(z))
        u = inside.value(y)
        return u, (z - p * u) / q, self.z.log_slope(x) + inside.log_slope(y) - np.log(abs(q))

    def inverse(self, u: Array, v: Array) -> tuple[Array, Array]:
        """Return x and y; infinite for points outside the piece."""
        z = self.multiples[0] * u + self.multiples[1] * v
        return self.z.coordinate(z), Interval(self.low(z), self.high(z)).coordinate(u)


def pieces(multiples: tuple[float, float], us: Interval, vs: Interval) -> Iterator[Piece]:
    """All pieces, in order of z; neither multiple may be 0."""
    p, q = multiples
    corners = {p * u + q * v for u in us.ends for v in vs.ends if np.isfinite(u) and np.isfinite(v)}
    edges = [-np.inf, *sorted(corners), np.inf]
    first, second = (vs.ends[0], vs.ends[1]) if p * q < 0.0 else (vs.ends[1], vs.ends[0])
    lows = [_constant(us.ends[0]), _linear(p, q, first)]
    highs = [_constant(us.ends[1]), _linear(p, q, second)]
    for start, end in pairwise(edges):
        middle = np.array(_middle(start, end))
        low, high = lows[np.argmax([of(middle) for of in lows])], highs[np.argmin([of(middle) for of in highs])]
        if low(middle) < high(middle):
            yield Piece(multiples, Interval(start, end), low, high)


def _constant(end: float) -> Ends:
    return lambda z: np.full_like(z, end)


def _linear(p: float, q: float, v: float) -> Ends:
    """The u that belongs to z if v is at an end of its support."""
    if np.isinf(v):
        return _constant(-q * v / p)
    return lambda z: (z - q * v) / p


def _middle(start: float, end: float) -> float:
    if np.isfinite(start) and np.isfinite(end):
        return 0.5 * (start + end)
    return start + 1.0 if np.isfinite(start) else end - 1.0 if np.isfinite(end) else 0.0
