"""Integration over the line: nested trapezoid rules for a smooth density with any number of modes.

The line has been surveyed (`survey`). It is stretched, x = centre + scale sinh(g t)/g, and the trapezoid rule in t
halves its step until the answers stand. Its error falls like C e^(-c/h) in the step h: each halving squares it, so that
two moves in a row tell how far the last rule is still off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from partialpool.integrate.line import log_stretch
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.survey import Frame, LogFunction
from partialpool.safety import TWINS
from partialpool.special import Array

_FEWEST = 8.0  # nodes that share the density, for its moments to mean something
_MANY_NODES, _MOST_NODES = 1_500, 40_000
_ROUNDING = 1e-8  # an error below this that no longer falls is one of rounding

# x, log probability -> numbers that are to be right, NaN where they do not exist
Statistics = Callable[[Array, Array], Array]
_NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Rule:
    """Equally spaced t, their x and log probabilities; every other node is the rule before.

    statistics: the numbers that were to be right; spread: their estimated relative errors.
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
        """The largest of the errors."""
        return float(np.max(self.spread, initial=0.0))

    @property
    def log_probability(self) -> Array:
        """log p of each node, normalised from the top, so that a large log density costs no digits."""
        rest = self.log_f - np.max(self.log_f)
        return rest - np.log(np.exp(rest).sum())

    def every(self, count: int) -> Rule:
        """The rule of every so many of the nodes."""
        x, log_f = self.x[::count], self.log_f[::count]
        return replace(self, step=count * self.step, t=self.t[::count], x=x, log_f=log_f)

    @property
    def marginal(self) -> Marginal:
        """The distribution of x."""
        p = np.exp(self.log_probability)
        return Marginal(self.frame.centre, self.frame.scale, self.t, p / (p.sum() * self.step))


def extrapolated(before: Array, last: Array) -> float:
    """How far the last of three rules is off, from the moves to the one before and to the last."""
    return float(np.nanmax(_left(before, last), initial=0.0))


def _left(before: Array, last: Array) -> Array:
    """The same of each number.

    Errors e, e^2/C, e^4/C^3, ... move by about e and then e^2/C, so that what is left is less than the last move times
    the ratio of both. The ratio is taken of the largest moves, because a single number may stand still by accident, and
    not below a power of the last: errors from places that the stretch makes coarser fall less fast.
    """
    first, second = (float(np.nanmax(moves, initial=0.0)) for moves in (before, last))
    return TWINS * last * min(1.0, max(second / first, second**0.3)) if first > 0.0 else np.zeros_like(last)


def integrate(log_density: LogFunction, frame: Frame, statistics: Statistics, tolerance: float) -> Rule:
    """Halve the step until the numbers stand within the tolerance."""
    rule = _lattice(log_density, frame, frame.step)
    before = np.inf
    while True:
        rule = _judged(refined(log_density, rule), statistics)
        rounding = rule.error > 0.5 * before and (rule.error < _ROUNDING or len(rule.t) > _MANY_NODES)
        if rule.error <= tolerance or rounding or len(rule.t) > _MOST_NODES:
            return rule
        before = rule.error


def _judged(rule: Rule, statistics: Statistics) -> Rule:
    """The rule with its numbers, and how far they are off by those over every second and every fourth node."""
    finest, finer, fine = (statistics(part.x, part.log_probability) for part in map(rule.every, (1, 2, 4)))
    if 1.0 / float(np.exp(2.0 * rule.log_probability).sum()) < _FEWEST:
        return replace(rule, statistics=finest, spread=np.ones(len(finest)))
    before, last = (_apart(one, other, np.abs(finest)) for one, other in ((finer, fine), (finest, finer)))
    return replace(rule, statistics=finest, spread=_left(before, last))


def _apart(one: Array, other: Array, size: Array) -> Array:
    """How far numbers are from one another beside their size; 0 for those that do not exist."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(one == other, 0.0, np.abs(one - other) / size)
    return np.where(np.isnan(size), 0.0, np.nan_to_num(found, nan=1.0, posinf=1.0))


def _lattice(log_density: LogFunction, frame: Frame, step: float) -> Rule:
    lo, hi = frame.t_range
    t = np.arange(np.floor(lo / step), np.ceil(hi / step) + 1.0) * step
    return _rule(frame, step, t, log_density(frame.place(t)) + log_stretch(t))


def refined(log_density: LogFunction, rule: Rule) -> Rule:
    """The rule of half the step, the nodes of this one among its own."""
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
