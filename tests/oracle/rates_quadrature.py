"""Rules for positive, smooth functions: placed in float64, evaluated in `arb`.

Trapezoid: an interval is mapped to the whole line, and that by t = c + w sinh(g u)/g; the even and the odd nodes are
each a rule of twice the step, and how far they differ says how far the whole is off: by about that to the power 1.5.
Gauss-Legendre panels: cut in halves until the last coefficients are small.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from flint import arb, ctx
from measurements_quadrature import placed

INF = math.inf
G = 0.6
DROP, TAILS = 40.0, 64.0
_SCAN = np.sinh(np.linspace(-11.0, 11.0, 61)) / np.sinh(11.0)
_OUT = np.geomspace(1e-9, 1e18, 500)
_SCALES = (3e4, 3e4, 3e3, 1e3, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003)


class NotConvergedError(ArithmeticError):
    """Something is not resolved."""


@cache
def stretch(k: int, step: float, bits: int) -> tuple[arb, arb]:
    """sinh(g u)/g and cosh(g u) at u = k step."""
    before, ctx.prec = ctx.prec, bits
    e = (arb(G) * arb(step) * k).exp()
    out = arb(((e - 1 / e) / (2 * arb(G))).mid()), arb(((e + 1 / e) / 2).mid())
    ctx.prec = before
    return out


@dataclass(frozen=True)
class Axis:
    """t = c + w sinh(g u)/g, u = k step from low to high, and from t a point of (lo, hi)."""

    lo: float | arb
    hi: float | arb
    c: float
    w: float
    low: float
    high: float

    def nodes(self, step: float) -> list[tuple[arb, arb]]:
        """Every (point, weight)."""
        out = []
        scale = arb(self.w) * arb(step)
        line = self.lo == -INF and self.hi == INF
        for k in range(math.floor(self.low / step), math.ceil(self.high / step) + 1):
            away, slope = stretch(k, step, ctx.prec)
            t = self.c + self.w * away
            if line:
                out.append((t, scale * slope))
            else:
                value, more = placed(self.lo, self.hi, t)
                out.append((value, scale * slope * more))
        return out


def axes(
    log64: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    growth: tuple[Callable[[np.ndarray], np.ndarray], ...],
    *,
    rough: bool = False,
) -> tuple[np.ndarray, ...]:
    """c, w and the ends in u of many functions of t at once; log64 takes and gives arrays (functions, points).

    growth: logs of what the function will be multiplied by.  An end is infinite where none was found.
    """
    c = start.copy()
    scan, out = (_SCAN[::2], _OUT[::4]) if rough else (_SCAN, _OUT)
    for scale in _SCALES:
        t = c[:, None] + scale * scan
        c = t[np.arange(len(c)), np.argmax(log64(t), axis=1)]
    widths, ends = [], []
    with np.errstate(invalid="ignore"):
        top = log64(c[:, None])
        for sign in (-1.0, 1.0):
            t = c[:, None] + sign * out
            value = log64(t) - top
            below = value < -0.5
            widths.append(out[np.where(below.any(axis=1), below.argmax(axis=1), len(out) - 1)])
            live = value > -DROP
            for log_factor in growth:
                grown = value + log_factor(t)
                live |= grown > grown.max(axis=1, keepdims=True) - TAILS
            last = len(out) - 1 - live[:, ::-1].argmax(axis=1)
            last = np.where(live.any(axis=1), last, 0)
            ends.append(np.where(last == len(out) - 1, INF, out[np.minimum(last + 1, len(out) - 1)]))
    lesser, greater = np.minimum(*widths), np.maximum(*widths)
    w = np.clip(np.minimum(greater, 3.0 * lesser), 1e-9, 1.0)
    low, high = (np.arcsinh(G * end / w) / G for end in ends)
    return c, w, -low, high


# --- Gauss-Legendre panels


@cache
def rule(points: int, bits: int) -> tuple[list[arb], list[arb], list[list[arb]]]:
    """Nodes and weights on (-1, 1), and rows that turn values into Legendre coefficients."""
    before, ctx.prec = ctx.prec, bits
    pairs = [arb.legendre_p_root(points, k, True) for k in range(points)]
    nodes, weights = [arb(x.mid()) for x, _ in pairs], [arb(w.mid()) for _, w in pairs]
    rows = []
    for degree in range(points):
        scale = arb(2 * degree + 1) / 2
        rows.append([arb((scale * w * x.legendre_p(degree)).mid()) for x, w in zip(nodes, weights)])
    ctx.prec = before
    return nodes, weights, rows


@dataclass(frozen=True)
class Panel:
    """A function on (lo, hi) as Legendre coefficients, its integral, and what the last coefficients hold of it."""

    lo: arb
    hi: arb
    coefficients: list[arb]
    mass: arb
    last: arb


def panel(f: Callable[[arb], arb], lo: arb, hi: arb, points: int) -> Panel:
    nodes, _, rows = rule(points, ctx.prec)
    half, middle = (hi - lo) / 2, (hi + lo) / 2
    values = [f(middle + half * u) for u in nodes]
    c = [sum((a * v for a, v in zip(row, values)), arb(0)) for row in rows]
    return Panel(lo, hi, c, 2 * half * c[0], (abs(c[-1]) + abs(c[-2]) + abs(c[-3])) * half)


def resolved(f: Callable[[arb], arb], edges: list[arb], points: int, tolerance: arb) -> list[Panel]:
    """Panels between the edges, cut in halves until their last coefficients are small."""
    found: list[Panel] = []
    todo = [(a, b) for a, b in itertools.pairwise(edges)][::-1]
    while todo:
        lo, hi = todo.pop()
        one = panel(f, lo, hi, points)
        if one.last <= tolerance:
            found.append(one)
            continue
        middle = arb(((lo + hi) / 2).mid())
        todo += [(middle, hi), (lo, middle)]
        if len(found) > 2000:
            raise NotConvergedError("too many panels")
    return found
