"""Exact distributions of the smallest and the largest value and residual of the groups, and of the number of zeros.

Given a node of the population's parameters, groups are independent, so that

    P(max_j y_j*/n_j <= x)  =  sum over nodes k of  p_k  prod_j P(y_j* <= n_j x | k),

and likewise for any event that is an intersection of one event per group. Given a node, the number of groups without
events is Poisson-binomial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import special as sc

from partialpool.diagnostics.kinds import Kinds
from partialpool.special import Array

_ROUNDING = 1e-9  # relative difference within which two values count as equal
_POINTS, _LOOKED = 120, 200  # grid of a continuous distribution function, and all its evaluations, roughly
_MOST_WORK = 8e7  # thresholds times kinds times nodes, beyond which means and limits are left out
_CUT_SHARE = 0.1  # limits are given if the probability beyond the tables is at most this share of the smallest level
_DOUBLINGS = 200  # steps outward, each 1.6 times as long as the last, in the search for the ends
_HALVINGS = 12  # bisections for the median
_STEPS = 7  # false-position steps for a quantile
_TAIL = 1e-11  # probability beyond the ends

# thresholds -> smallest and largest value that each kind of group may have, each of shape (thresholds, kinds)
Window: TypeAlias = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Extreme:
    """The distribution of a statistic T: P(T < observed), P(T = observed), its mean and quantiles.

    `quantiles` is empty and `mean` is NaN if they were not requested or would take too long.
    """

    below: float
    equal: float
    mean: float
    quantiles: Array

    @property
    def p_value(self) -> float:
        """P(T > observed) + P(T = observed)/2."""
        return min(max(1.0 - self.below - 0.5 * self.equal, 0.0), 1.0)


def largest(of: Kinds, observed: float, levels: Array) -> Extreme:
    """The distribution of the largest value."""

    def window(x: Array) -> tuple[Array, Array]:
        return np.full((len(x), len(of.count)), -np.inf), np.repeat(x[:, None], len(of.count), axis=1)

    return _described(of, window, of.support, observed, levels)


def smallest(of: Kinds, observed: float, levels: Array) -> Extreme:
    """The distribution of the smallest value, computed as minus the largest of the negated values."""

    def window(x: Array) -> tuple[Array, Array]:
        return np.repeat(-x[:, None], len(of.count), axis=1), np.full((len(x), len(of.count)), np.inf)

    support = of.support
    found = _described(of, window, None if support is None else -support[::-1], -observed, 1.0 - levels)
    above = 1.0 - found.below - found.equal
    return Extreme(above, found.equal, -found.mean, -found.quantiles)


def most_surprising(of: Kinds, centre: Array, scale: Array, observed: float, levels: Array) -> Extreme:
    """The distribution of the largest residual, max_j |value_j - centre_j|/scale_j."""

    def window(t: Array) -> tuple[Array, Array]:
        return centre - t[:, None] * scale, centre + t[:, None] * scale

    each = zip(of.supports, centre, scale, strict=False)
    parts = [np.abs(values - c) / s for values, c, s in each]
    return _described(of, window, np.unique(np.concatenate(parts)) if parts else None, observed, levels)


def _described(of: Kinds, window: Window, support: Array | None, observed: float, levels: Array) -> Extreme:
    """Describe T by P(T <= x), which is the probability that all values are in `window(x)`.

    Args:
        of: the groups' distributions.
        window: thresholds x -> smallest and largest values of the groups for which T <= x.
        support: the values that T can have, in increasing order; None if it is continuous.
        observed: the observed value of T.
        levels: the probabilities of the quantiles.
    """

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
        return Extreme(at, 0.0, mean, quantiles)
    gap = _ROUNDING * (1.0 + abs(observed))
    under = support[support < observed - gap]
    first = under[-1] if len(under) else observed
    less, upto = below(np.array([first, observed + gap]))
    less = less if len(under) else 0.0
    if not len(levels):
        return Extreme(float(less), float(upto - less), np.nan, levels)
    mean = np.nan
    if not of.cut:
        x = _seen(below, support)
        mass = np.diff(below(x), prepend=0.0)
        mean = float(x @ mass / mass.sum())
    return Extreme(float(less), float(upto - less), mean, _least(below, support, levels))


def _least(below: Callable[[Array], Array], support: Array, levels: Array) -> Array:
    """The smallest x in the support with P(T <= x) >= level, for each level, by bisection."""
    low, high = np.zeros(len(levels), dtype=np.intp), np.full(len(levels), len(support) - 1)
    while (low < high).any():
        middle = (low + high) // 2
        enough = below(support[middle]) >= levels - 1e-12
        low, high = np.where(enough, low, np.minimum(middle + 1, high)), np.where(enough, middle, high)
    return np.asarray(support[high])


def _seen(below: Callable[[Array], Array], support: Array) -> Array:
    """The part of the support that has probability, up to tails of 1e-11."""
    some = np.unique(np.linspace(0, len(support) - 1, 33).round().astype(np.intp))
    running = below(support[some])
    first = some[max(int(np.searchsorted(running, _TAIL)) - 1, 0)]
    last = some[min(int(np.searchsorted(running, 1.0 - _TAIL)), len(some) - 1)]
    return support[first : last + 1]


def _continuous(below: Callable[[Array], Array], start: float, levels: Array) -> tuple[float, Array]:
    """Mean and quantiles of T from its continuous distribution function."""
    lo, hi = _ends(below, start)
    middle = _middle(below, lo, hi)
    width = max(0.02 * (hi - lo), 1e-300)
    u = np.linspace(np.arcsinh((lo - middle) / width), np.arcsinh((hi - middle) / width), _POINTS)
    x = middle + width * np.sinh(u)
    f = below(x)
    like = sc.ndtr(
        (x - middle) / (0.12 * min(hi - middle, middle - lo))
    )  # a normal distribution function with mean `middle`, so that like - f vanishes beyond the ends of T
    mean = middle + float(np.sum((like - f) * width * np.cosh(u))) * float(u[1] - u[0])
    return mean, _inverted(below, x, f, levels)


def _ends(below: Callable[[Array], Array], start: float) -> tuple[float, float]:
    """Points below and above which T has a probability of less than 1e-11."""
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
    """The approximate median, by bisection."""
    for _ in range(_HALVINGS):
        at = 0.5 * (lo + hi)
        lo, hi = (at, hi) if float(below(np.array([at]))[0]) < 0.5 else (lo, at)
    return 0.5 * (lo + hi)


def _inverted(below: Callable[[Array], Array], x: Array, f: Array, levels: Array) -> Array:
    """Quantiles of T, between neighbours of a grid, by the Illinois method on the probit scale."""
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


def zeros(of: Kinds, observed: float, levels: Array) -> Extreme:
    """The distribution of the number of groups without events."""
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
        return Extreme(float(p[:k].sum()), float(p[k]), np.nan, levels)
    values = np.arange(len(p), dtype=float)
    at = np.minimum(np.searchsorted(np.cumsum(p), levels - 1e-12), len(p) - 1)
    return Extreme(float(p[:k].sum()), float(p[k]), float(values @ p), values[at])
