"""The exact distribution of the smallest, the largest and the most surprising of many groups' data, and of their zeros.

Given a node of the population's parameters groups are independent, so that

    P(max_j y_j*/n_j <= x)  =  sum over nodes k of  p_k  prod_j P(y_j* <= n_j x | k),

and so for any event that is one event for each group; how many of the groups have no events at all is Poisson-binomial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import special as sc

from partialpool.judging.kinds import Kinds
from partialpool.special import Array

_ROUNDING = 1e-9
_POINTS, _LOOKED = 120, 200  # points of a continuous distribution function, and how often it is looked at in all
_MOST_WORK = 8e7  # thresholds times kinds times nodes, beyond which only what was observed is looked at
_CUT_SHARE = 0.1  # of the smallest level: what may be beyond the tables for limits to be read from them
_DOUBLINGS = 200
_HALVINGS = 12
_STEPS = 7
_TAIL = 1e-11

# thresholds -> the smallest and the largest value that each group may have: (thresholds, kinds)
Window: TypeAlias = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Distribution:
    """Of a statistic T: P(T < observed), P(T = observed), and its mean and quantiles.

    There are no quantiles, and the mean is NaN, where they were not asked for or would take too long.
    """

    below: float
    equal: float
    mean: float
    quantiles: Array

    @property
    def p_value(self) -> float:
        """P(T > observed) + P(T = observed)/2."""
        return min(max(1.0 - self.below - 0.5 * self.equal, 0.0), 1.0)


def largest(of: Kinds, observed: float, levels: Array) -> Distribution:
    """Of the largest value."""

    def window(x: Array) -> tuple[Array, Array]:
        return np.full((len(x), len(of.count)), -np.inf), np.repeat(x[:, None], len(of.count), axis=1)

    return _described(of, window, of.support, observed, levels)


def smallest(of: Kinds, observed: float, levels: Array) -> Distribution:
    """Of the smallest value: of minus the largest of what is below zero."""

    def window(x: Array) -> tuple[Array, Array]:
        return np.repeat(-x[:, None], len(of.count), axis=1), np.full((len(x), len(of.count)), np.inf)

    support = of.support
    found = _described(of, window, None if support is None else -support[::-1], -observed, 1.0 - levels)
    above = 1.0 - found.below - found.equal
    return Distribution(above, found.equal, -found.mean, -found.quantiles)


def most_surprising(of: Kinds, centre: Array, scale: Array, observed: float, levels: Array) -> Distribution:
    """Of max_j |value_j - centre_j|/scale_j."""

    def window(t: Array) -> tuple[Array, Array]:
        return centre - t[:, None] * scale, centre + t[:, None] * scale

    each = zip(of.supports, centre, scale, strict=False)
    parts = [np.abs(values - c) / s for values, c, s in each]
    return _described(of, window, np.unique(np.concatenate(parts)) if parts else None, observed, levels)


def _described(of: Kinds, window: Window, support: Array | None, observed: float, levels: Array) -> Distribution:
    """From P(T <= x) to what is asked of T; support: the values that T can have, in order."""

    def below(x: Array) -> Array:
        return of.inside(*window(x))

    looked = _LOOKED if support is None else len(support)
    if looked * of.probability.size * of.count.size > _MOST_WORK:
        levels = levels[:0]
    if len(levels) and of.cut > _CUT_SHARE * float(levels.min()):
        levels = levels[:0]
    if support is None:
        at = float(below(np.array([observed]))[0])
        mean, quantiles = _continuous(below, observed, levels) if len(levels) else (np.nan, levels)
        return Distribution(at, 0.0, mean, quantiles)
    gap = _ROUNDING * (1.0 + abs(observed))
    under = support[support < observed - gap]
    first = under[-1] if len(under) else observed
    less, upto = below(np.array([first, observed + gap]))
    less = less if len(under) else 0.0
    if not len(levels):
        return Distribution(float(less), float(upto - less), np.nan, levels)
    mean = np.nan
    if not of.cut:
        x = _seen(below, support)
        mass = np.diff(below(x), prepend=0.0)
        mean = float(x @ mass / mass.sum())
    return Distribution(float(less), float(upto - less), mean, _least(below, support, levels))


def _least(below: Callable[[Array], Array], support: Array, levels: Array) -> Array:
    """The smallest values that have P(T <= x) of at least so much, by halving."""
    low, high = np.zeros(len(levels), dtype=np.intp), np.full(len(levels), len(support) - 1)
    while (low < high).any():
        middle = (low + high) // 2
        enough = below(support[middle]) >= levels - 1e-12
        low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
    return np.asarray(support[high])


def _seen(below: Callable[[Array], Array], support: Array) -> Array:
    """The values that have any probability."""
    some = np.unique(np.linspace(0, len(support) - 1, 33).round().astype(np.intp))
    running = below(support[some])
    first = some[max(int(np.searchsorted(running, _TAIL)) - 1, 0)]
    last = some[min(int(np.searchsorted(running, 1.0 - _TAIL)), len(some) - 1)]
    return support[first : last + 1]


def _continuous(below: Callable[[Array], Array], start: float, levels: Array) -> tuple[float, Array]:
    """Mean and quantiles from a distribution function on the line."""
    lo, hi = _ends(below, start)
    middle = _middle(below, lo, hi)
    width = max(0.02 * (hi - lo), 1e-300)
    u = np.linspace(np.arcsinh((lo - middle) / width), np.arcsinh((hi - middle) / width), _POINTS)
    x = middle + width * np.sinh(u)
    f = below(x)
    like = sc.ndtr(
        (x - middle) / (0.12 * min(hi - middle, middle - lo))
    )  # of a known mean, so that the difference ends where T does
    mean = middle + float(np.sum((like - f) * width * np.cosh(u))) * float(u[1] - u[0])
    return mean, _inverted(below, x, f, levels)


def _ends(below: Callable[[Array], Array], start: float) -> tuple[float, float]:
    """Points below and above which T hardly is."""
    out = []
    for side in (-1.0, 1.0):
        step, at = max(abs(start), 1e-3), start
        for _ in range(_DOUBLINGS):
            at = start + side * step
            p = float(below(np.array([at]))[0])
            if (p if side < 0.0 else 1.0 - p) < _TAIL:
                break
            step *= 1.6
        out.append(at)
    return out[0], out[1]


def _middle(below: Callable[[Array], Array], lo: float, hi: float) -> float:
    """About the median."""
    for _ in range(_HALVINGS):
        at = 0.5 * (lo + hi)
        lo, hi = (at, hi) if float(below(np.array([at]))[0]) < 0.5 else (lo, at)
    return 0.5 * (lo + hi)


def _inverted(below: Callable[[Array], Array], x: Array, f: Array, levels: Array) -> Array:
    """Where P(T <= x) = p: between neighbours of a grid, by false position on the probit scale (Illinois)."""
    goal = sc.ndtri(levels)
    place = np.clip(np.searchsorted(f, levels), 1, len(x) - 1)
    lo, hi = x[place - 1], x[place]
    low, high = _probit(f[place - 1]) - goal, _probit(f[place]) - goal
    at = lo
    for _ in range(_STEPS):
        at = np.where(high > low, lo - low * (hi - lo) / np.where(high > low, high - low, 1.0), 0.5 * (lo + hi))
        value = _probit(below(at)) - goal
        up = value < 0.0
        low, high = np.where(up, value, 0.5 * low), np.where(up, 0.5 * high, value)
        lo, hi = np.where(up, at, lo), np.where(up, hi, at)
    return at


def _probit(p: Array) -> Array:
    return np.asarray(sc.ndtri(np.clip(p, 1e-300, 1.0 - 1e-16)))


def zeros(of: Kinds, observed: float, levels: Array) -> Distribution:
    """Of how many groups have no events."""
    none = np.zeros(1)
    pmf = np.zeros((int(of.count.sum()) + 1, len(of.probability)))
    pmf[0], done = 1.0, 0
    for one, count in zip(of.alone, of.count, strict=True):
        p = one.inside(none, none)
        for _ in range(int(count)):
            moved = pmf[: done + 1] * p
            pmf[: done + 1] -= moved
            pmf[1 : done + 2] += moved
            done += 1
    p = np.maximum(pmf @ of.probability, 0.0)
    p /= p.sum()
    k = int(observed)
    if not len(levels):
        return Distribution(float(p[:k].sum()), float(p[k]), np.nan, levels)
    values = np.arange(len(p), dtype=float)
    at = np.minimum(np.searchsorted(np.cumsum(p), levels - 1e-12), len(p) - 1)
    return Distribution(float(p[:k].sum()), float(p[k]), float(values @ p), values[at])
