"""Nodes for one-dimensional integrals of positive, smooth functions, placed in float64, evaluated in `arb`.

An interval is mapped to the whole line (a logistic or exponential map), and that by t = c + w sinh(g u)/g; then comes
the trapezoid rule in u.  Its even and odd nodes are each a rule of twice the step: how far these differ is about the
square root of the error of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from flint import arb

INF = math.inf
G = 0.4
DROP = 52.0


@dataclass(frozen=True)
class Axis:
    """t = c + w sinh(g u)/g, u = k h, and from t a point of (lo, hi)."""

    lo: float | arb
    hi: float | arb
    c: float
    w: float
    low: float
    high: float

    def nodes(self, h: float) -> list[tuple[arb, arb]]:
        """(point, weight) for every k, the weight without the step."""
        out = []
        c, w = arb(self.c), arb(self.w)
        for k in range(math.floor(self.low / h), math.ceil(self.high / h) + 1):
            sinh, cosh = _stretch(h, k)
            value, more = placed(self.lo, self.hi, c + w * sinh)
            out.append((value, w * cosh * more))
        return out


@cache
def _stretch(h: float, k: int) -> tuple[arb, arb]:
    """sinh(g k h)/g and cosh(g k h)."""
    e = (arb(G) * arb(h) * k).exp()
    return (e - 1 / e) / (2 * arb(G)), (e + 1 / e) / 2


def _finite(end: float | arb) -> bool:
    return not (isinstance(end, float) and math.isinf(end))


def placed(lo: float | arb, hi: float | arb, t: arb) -> tuple[arb, arb]:
    """The point of (lo, hi) that belongs to t, and its derivative."""
    if _finite(lo) and _finite(hi):
        e = (-abs(t)).exp()
        small = e / (1 + e)
        width = arb(hi) - arb(lo)
        value = arb(lo) + width * small if float(t) < 0 else arb(hi) - width * small
        return value, width * small / (1 + e)
    if _finite(lo):
        e = t.exp()
        return arb(lo) + e, e
    if _finite(hi):
        e = (-t).exp()
        return arb(hi) - e, e
    return t, arb(1)


def placed64(lo: np.ndarray, hi: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same in float64, with the log of the derivative; lo and hi are all finite or all infinite."""
    below, above = bool(np.all(np.isfinite(lo))), bool(np.all(np.isfinite(hi)))
    with np.errstate(all="ignore"):
        if below and above:
            s = np.where(t < 0, np.exp(-np.abs(t)) / (1 + np.exp(-np.abs(t))), 1 / (1 + np.exp(-np.abs(t))))
            return lo + (hi - lo) * s, np.log(hi - lo) - np.abs(t) - 2 * np.log1p(np.exp(-np.abs(t)))
        if below:
            return lo + np.exp(t), t
        if above:
            return hi - np.exp(-t), -t
    return t, 0.0 * t


_SCAN = np.sinh(np.linspace(-10.0, 10.0, 101)) / np.sinh(10.0) * 400.0


def locate(log64: Callable[[np.ndarray], np.ndarray], start: np.ndarray, growth: float) -> tuple[np.ndarray, ...]:
    """c, w and the ends in u of many functions of t at once; log64 takes and gives arrays (functions, points).

    growth: the highest power of e^t by which the function will be multiplied.
    """
    c = start.copy()
    for scale in (1.0, 0.03, 1e-3, 3e-5):
        t = c[:, None] + scale * _SCAN
        value = log64(t)
        c = t[np.arange(len(c)), np.argmax(value, axis=1)]
    out = np.geomspace(1e-8, 1e3, 280)
    top = log64(c[:, None])
    sides = []
    for sign in (-1.0, 1.0):
        value = log64(c[:, None] + sign * out) - top
        below = value < -0.5
        width = out[np.where(below.any(axis=1), below.argmax(axis=1), len(out) - 1)]
        live = value + max(sign * growth, 0.0) * out > -DROP
        last = len(out) - 1 - live[:, ::-1].argmax(axis=1)
        last = np.where(live.any(axis=1), last, 0)
        sides.append((width, out[np.minimum(last + 1, len(out) - 1)]))
    w = np.clip(np.minimum(np.maximum(sides[0][0], sides[1][0]), 3 * np.minimum(sides[0][0], sides[1][0])), 1e-9, 1.0)
    ends = [np.arcsinh(G * side[1] / w) / G for side in sides]
    return c, w, -ends[0], ends[1]
