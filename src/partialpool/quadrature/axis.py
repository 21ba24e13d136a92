"""Integration over the line: nested trapezoid rules for a smooth density with any number of modes.

The line has been surveyed (`survey`). It is stretched, x = centre + scale sinh(g t)/g, and the trapezoid rule in t
halves its step until the statistics no longer change. Its error falls like C e^(-c/h) in the step h: each halving
squares it, so that two successive changes tell how large the error of the last rule still is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from partialpool.quadrature.line import log_stretch
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.survey import Frame, LogFunction
from partialpool.safety import TWINS
from partialpool.special import Array

_FEWEST = 8.0  # effective number of nodes below which moments are not trusted
_MANY_NODES, _MOST_NODES = 1_500, 40_000  # nodes from which a stalled error counts as rounding; nodes at most
_ROUNDING = 1e-8  # an error below this that no longer falls is rounding error

# (x, log probability) -> the numbers that must be accurate, NaN where they do not exist
Statistics = Callable[[Array, Array], Array]
_NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Rule:
    """A trapezoid rule: equally spaced t, their x and log density; every other node forms the rule of twice the step.

    statistics: the numbers that must be accurate; spread: their estimated relative errors.
    """

    frame: Frame
    step: float
    t: Array
    x: Array
    log_f: Array
    log_total: float
    statistics: Array
    spread: Array

    @property
    def error(self) -> float:
        """The largest of the estimated errors."""
        return float(np.max(self.spread, initial=0.0))

    @property
    def log_probability(self) -> Array:
        """Normalised log probabilities of the nodes, shifted by their maximum first so that no digits are lost."""
        rest = self.log_f - np.max(self.log_f)
        return rest - np.log(np.exp(rest).sum())

    def every(self, count: int) -> Rule:
        """The coarser rule of every `count`-th node."""
        x, log_f = self.x[::count], self.log_f[::count]
        return replace(self, step=count * self.step, t=self.t[::count], x=x, log_f=log_f)

    @property
    def marginal(self) -> Marginal:
        """The distribution of x as a smooth density."""
        p = np.exp(self.log_probability)
        return Marginal(self.frame.centre, self.frame.scale, self.t, p / (p.sum() * self.step))


def extrapolated(before: Array, last: Array) -> float:
    """Estimate the largest error of the last of three rules from the two successive changes `before` and `last`."""
    return float(np.nanmax(_left(before, last), initial=0.0))


def _left(before: Array, last: Array) -> Array:
    """Estimate the error of each number from its two successive changes.

    Errors e, e^2/C, e^4/C^3, ... change by about e and then e^2/C, so that the rest is less than the last change times
    the ratio of both. The ratio is that of the largest changes, since a single number may stand still by accident, and
    not below a power of the last: errors from places that the stretch makes coarser fall less fast.
    """
    first, second = (float(np.nanmax(moves, initial=0.0)) for moves in (before, last))
    return TWINS * last * min(1.0, max(second / first, second**0.3)) if first > 0.0 else np.zeros_like(last)


def integrate(log_density: LogFunction, frame: Frame, statistics: Statistics, tolerance: float) -> Rule:
    """Halve the step until the statistics are accurate to the tolerance, rounding error dominates, or nodes run out."""
    rule = lattice(log_density, frame, frame.step)
    before = np.inf
    while True:
        rule = _judged(refined(log_density, rule), statistics)
        rounding = rule.error > 0.5 * before and (rule.error < _ROUNDING or len(rule.t) > _MANY_NODES)
        if rule.error <= tolerance or rounding or len(rule.t) > _MOST_NODES:
            return rule
        before = rule.error


def _judged(rule: Rule, statistics: Statistics) -> Rule:
    """Attach statistics and their error estimates, by comparing all nodes with every second and every fourth."""
    finest, finer, fine = (statistics(part.x, part.log_probability) for part in map(rule.every, (1, 2, 4)))
    if 1.0 / float(np.exp(2.0 * rule.log_probability).sum()) < _FEWEST:
        return replace(rule, statistics=finest, spread=np.ones(len(finest)))
    before, last = (_apart(one, other, np.abs(finest)) for one, other in ((finer, fine), (finest, finer)))
    return replace(rule, statistics=finest, spread=_left(before, last))


def _apart(one: Array, other: Array, size: Array) -> Array:
    """Relative differences |one - other| / size; 0 for numbers that do not exist."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(one == other, 0.0, np.abs(one - other) / size)
    return np.where(np.isnan(size), 0.0, np.nan_to_num(found, nan=1.0, posinf=1.0))


def lattice(log_density: LogFunction, frame: Frame, step: float) -> Rule:
    """The rule of a step."""
    lo, hi = frame.t_range
    t = np.arange(np.floor(lo / step), np.ceil(hi / step) + 1.0) * step
    return _rule(frame, step, t, log_density(frame.place(t)) + log_stretch(t))


def refined(log_density: LogFunction, rule: Rule) -> Rule:
    """The rule of half the step, which keeps the nodes of this one."""
    t = np.empty(2 * len(rule.t) - 1)
    log_f = np.empty_like(t)
    t[::2], log_f[::2] = rule.t, rule.log_f
    t[1::2] = 0.5 * (rule.t[1:] + rule.t[:-1])
    log_f[1::2] = log_density(rule.frame.place(t[1::2])) + log_stretch(t[1::2])
    return _rule(rule.frame, 0.5 * rule.step, t, log_f)


def _rule(frame: Frame, step: float, t: Array, log_f: Array) -> Rule:
    top = float(np.max(log_f))
    log_total = top + float(np.log(np.exp(log_f - top).sum() * step * frame.scale))
    return Rule(frame, step, t, frame.place(t), log_f, log_total, _NOTHING, _NOTHING)
