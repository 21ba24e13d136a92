"""Quadrature in extended precision for positive analytic integrands on the whole line.

The trapezoid rule in u, with t = c + w sinh(g u)/g, converges exponentially.  Float64 is used only to *place* nodes
(centre c, width w, ends); every value that enters an answer is an `arb` (a ball: midpoint and rigorous radius).

Two facts carry the error control.  For an integrand analytic in a strip of half-width d, the trapezoid rule of step h
errs by O(exp(-2 pi d/h)).  Its even and odd nodes are each a rule of step 2h, so they differ by O(exp(-pi d/h)): about
the square root of the error of the whole rule.  The same O(exp(-pi d/h)) is the error of sinc interpolation on the
nodes, hence of the running integral

    F(u) = h sum_k f(u_k) [1/2 + Si(pi (u - u_k)/h)/pi].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb

Log64 = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Axis:
    """Placement of the nodes t = c + w sinh(g u)/g, u = h k, -low <= u <= high."""

    c: float
    w: float
    g: float
    low: float
    high: float

    def indices(self, h: float) -> range:
        """Return the k with -low <= h k <= high (at least -1..1)."""
        return range(-max(1, int(np.ceil(self.low / h))), max(1, int(np.ceil(self.high / h))) + 1)

    def node(self, u: arb) -> tuple[arb, arb]:
        """Return (t, dt/du)."""
        if self.g == 0.0:
            return self.c + self.w * u, arb(self.w)
        e = (self.g * u).exp()
        r = 1 / e
        w = arb(self.w) / 2
        return self.c + w / self.g * (e - r), w * (e + r)

    def inverse(self, t: arb) -> arb:
        """Return u of t."""
        x = (t - self.c) / self.w
        return x if self.g == 0.0 else (self.g * x).asinh() / self.g

    def node64(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (t, dt/du) in float64."""
        if self.g == 0.0:
            return self.c + self.w * u, np.full_like(u, self.w)
        return self.c + self.w * np.sinh(self.g * u) / self.g, self.w * np.cosh(self.g * u)


_SCAN = np.concatenate([-np.geomspace(3e4, 1e-2, 40), [0.0], np.geomspace(1e-2, 3e4, 40)])
_ZOOM = np.linspace(-1.0, 1.0, 13)
_REACH = np.geomspace(1e-8, 1e6, 181)


def place(
    log64: Callable[[np.ndarray], np.ndarray], start: np.ndarray, drop: float, ceiling: float | None = None
) -> tuple[list[Axis | None], np.ndarray]:
    """Place one axis for every row of a vectorised log-integrand.

    Args:
        log64: maps t of shape (R, M) to the log-integrand, shape (R, M), in float64.
        start: a guess of the mode in each row, shape (R,).
        drop: nats below the ceiling at which the integrand is cut off.
        ceiling: the overall maximum; by default each row is its own.

    Returns:
        One axis for each row, None if the row lies wholly below ceiling - drop; and the maxima, shape (R,).
    """
    t = start[:, None] + _SCAN
    v = _clean(log64(t))
    row = np.arange(len(start))
    k = v.argmax(1)
    c = t[row, k]
    step = np.maximum(t[row, np.minimum(k + 1, t.shape[1] - 1)] - c, c - t[row, np.maximum(k - 1, 0)])
    best = v[row, k]
    for _ in range(8):
        t = c[:, None] + step[:, None] * _ZOOM
        v = _clean(log64(t))
        k = v.argmax(1)
        c, best = t[row, k], v[row, k]
        step = step / 5
    right = _clean(log64(c[:, None] + _REACH))
    left = _clean(log64(c[:, None] - _REACH))
    top = np.full(len(start), best.max() if ceiling is None else ceiling) if ceiling is not None else best
    axes: list[Axis | None] = []
    for r in row:
        if best[r] < top[r] - drop:
            axes.append(None)
            continue
        w = np.sqrt(_first(right[r] < best[r] - 2) * _first(left[r] < best[r] - 2)) / 2
        ends = [_last(side[r] > top[r] - drop) for side in (left, right)]
        ratio = max(ends) / w
        g = 0.0 if ratio < 15 else 0.4 if ratio < 40 else 0.7
        low, high = (e / w if g == 0.0 else np.arcsinh(g * e / w) / g for e in ends)
        axes.append(Axis(float(c[r]), float(w), g, float(low), float(high)))
    return axes, best


def _clean(v: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(v), -np.inf, v)


def _first(mask: np.ndarray) -> float:
    return float(_REACH[mask.argmax()] if mask.any() else _REACH[-1])


def _last(mask: np.ndarray) -> float:
    k = np.flatnonzero(mask)
    return float(_REACH[min(k[-1] + 1, len(_REACH) - 1)] if len(k) else _REACH[0])


def disagreement(values: list[arb], first: int) -> float:
    """Return an estimate of exp(-pi d/h), the root of the rule's error, for trapezoid terms from index `first` on.

    The larger of |even - odd|/total and (|third - total/3|/total)^(3/2): the rules of step 2h and 3h err by
    exp(-pi d/h) and exp(-2 pi d/(3h)), times a phase; the three thirds cannot all sit at a zero of theirs.
    """
    total = _total(values).mid()
    if total == 0:
        return 0.0
    two = abs(float(((2 * _total(values[first % 2 :: 2]) - total) / total).mid()))
    three = max(abs(float(((3 * _total(values[j::3]) - total) / total).mid())) for j in range(3))
    return max(two, (three / 2) ** 1.5)


def _total(values: list[arb]) -> arb:
    return sum(values, arb(0))


def running(axis: Axis, h: float, first: int, terms: list[arb], t: arb) -> arb:
    """Return the integral up to t from trapezoid terms h f(u_k), by sinc interpolation."""
    v = axis.inverse(t) / arb(h)
    pi = arb.pi()
    return sum((term * (arb(0.5) + (pi * (v - (first + i))).si() / pi) for i, term in enumerate(terms)), arb(0))


def interpolated(axis: Axis, h: float, first: int, terms: list[arb], t: arb) -> arb:
    """Return the integrand (with respect to t) at t from its trapezoid terms, by sinc interpolation."""
    u = axis.inverse(t)
    v = u / arb(h)
    f = sum((term * (v - (first + i)).sinc_pi() for i, term in enumerate(terms)), arb(0))
    return f / (h * axis.node(u)[1])
