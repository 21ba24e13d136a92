"""Integration over the plane: two interleaved trapezoid rules along the ridge of a smooth density.

On the rows of a frame, stretched both ways (see `integrate.frame`), the trapezoid rule converges exponentially, also
with exponential tails. A second lattice sits halfway between the nodes of the first: the two are equally good and
independent, so their difference estimates the error of either, and their mean, which is the answer, is better still.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.integrate.frame import DROP, Frame
from partialpool.integrate.line import log_stretch, stretched
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.ridge import Growing, LogDensity, nothing, standing
from partialpool.safety import BETWEEN_LATTICES
from partialpool.special import Array

_STEP = 0.48
_FINER = 0.69
_PROMISING = 1e-6  # an error that one small refinement mends
_TOLERANCE = 5e-11
_MOST_NODES = 300_000
_UNSEEN = 1e-16
_SLOWER = 10.0  # a tail that is a power falls ever more slowly than at the last rows

# statistics(x, y, log probability) -> numbers that are to be right: means and sds in turn
Statistics = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Rule:
    """Nodes and probabilities of a normalised density over the plane, and how far its answers can be off.

    statistics: the numbers asked for; spread: how far each can be off, relative to its size (the first is the total
    mass); error: the largest of these; outside: the shares beyond the lattices, which no smaller step mends, of the
    density, of what means are of, and of what sds are of; grown: where the statistics of what grows begin and
    end, the others being of quantities between 0 and 1.
    """

    x: Array
    y: Array
    log_probability: Array
    marginal: Marginal
    frame: Frame
    log_total: float
    statistics: Array
    spread: Array
    outside: Array
    grown: tuple[int, int | None] = (0, None)

    @property
    def error(self) -> float:
        return float(np.max(self.spread))

    @cached_property
    def beyond(self) -> Array:
        """The part of `spread` that is outside."""
        lost = np.tile(self.outside[1:], len(self.statistics) // 2)
        size = np.abs(self.statistics)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            size[1::2] **= 2.0
            bounded = np.nan_to_num(self.outside[0] / size, nan=0.0, posinf=0.0)  # what is 0 is so everywhere
        grown = slice(*self.grown)
        bounded = np.fmin(bounded, lost)
        bounded[grown] = lost[grown]
        return np.append(self.outside[0], bounded)

    @property
    def step(self) -> float:
        """Of each of the two lattices."""
        return 2.0 * self.marginal.step


def integrate(
    log_density: LogDensity,
    frame: Frame,
    statistics: Statistics,
    growing: Growing = nothing,
    grown: tuple[int, int | None] = (0, None),
) -> Rule:
    """Integrate exp(log_density) over the plane.

    frame: where it lives (`locate`).
    statistics: what the answers are, from nodes and log probabilities; the step is refined until they stand.
    growing(x, y): what grows and has means that are wanted, so that the nodes that matter to these are kept too.
    grown: where the statistics of that begin and end; the others are of quantities between 0 and 1.
    """
    step = _STEP
    last = lattices(log_density, frame, step, statistics, growing, twins=False)
    best: Rule | None = None
    while True:
        step *= _FINER if last.error < _PROMISING else _FINER**2
        rule = lattices(log_density, frame, step, statistics, growing)
        judged = replace(rule, spread=np.maximum(rule.spread, _moved(last, rule)))
        stuck = best is not None and judged.error > 0.5 * best.error
        if best is None or _left(judged) < _left(best):
            best = judged
        too_many = len(rule.x) / _FINER**2 > _MOST_NODES
        if best.error <= _TOLERANCE or too_many or (stuck and step < 0.2 * _STEP):
            best = replace(best, grown=grown)
            return replace(best, spread=best.spread + best.beyond)
        last = rule


def _left(rule: Rule) -> float:
    """How much is left to mend, over all numbers: one that hardly exists says little of the others."""
    return float(np.log(np.maximum(rule.spread, _TOLERANCE)).sum())


def _moved(before: Rule, after: Rule) -> Array:
    """What the finer rule is still off by, from how far the last refinement moved it.

    The error falls like e^(-c/h) in the step h, so that it is about the power 1/_FINER of the move; a lesser power and
    a factor are for safety. The two lattices of one rule may share an error that their difference does not show.
    """
    mass = abs(float(np.expm1(min(before.log_total - after.log_total, 1.0))))
    with np.errstate(divide="ignore", invalid="ignore"):
        moves = np.abs(before.statistics - after.statistics) / np.abs(after.statistics)
    moves = np.concatenate([[mass], np.nan_to_num(moves, nan=0.0, posinf=1.0)])
    times, power, _ = BETWEEN_LATTICES
    return np.asarray(times * moves**power)


def lattices(
    log_density: LogDensity,
    frame: Frame,
    step: float,
    statistics: Statistics,
    growing: Growing = nothing,
    *,
    twins: bool = True,
) -> Rule:
    """Both lattices at one step; twins: whether to compare them, in more than mass, and to see what is outside."""
    on = _sampled(log_density, frame, step)
    grown = growing(on.x[:, None], on.y)
    stands = standing(on.log_f, grown)
    keep = np.flatnonzero(stands > -DROP)  # to take by number is quicker than by a mask
    row = keep // on.log_f.shape[1]
    x, y, log_p = on.x.take(row), on.y.take(keep), on.log_f.take(keep) - on.log_sum
    numbers, spread = _judged(statistics, x, y, log_p, row % 2 == 1, twins=twins)
    outside = _all_outside(on.log_f, grown, stands) if twins else np.zeros(3)
    return Rule(x, y, log_p, on.marginal(frame), frame, on.log_total, numbers, spread, outside)


def resampled(log_density: LogDensity, rule: Rule, factor: float) -> tuple[Array, Array, Array]:
    """Nodes x and y of lattices whose step is `factor` times that of a rule, with their probabilities.

    The lattices lie where the rule's do, but share only a line of nodes with it: they confirm one another.
    """
    found = lattices(log_density, rule.frame, factor * rule.step, lambda *_: np.zeros(0), twins=False)
    p = np.exp(found.log_probability)
    return found.x, found.y, p / p.sum()


def projected(log_density: LogDensity, frame: Frame, step: float) -> tuple[Marginal, float, int]:
    """The marginal of x, log of the integral, and the number of nodes, from both lattices at one step."""
    on = _sampled(log_density, frame, step)
    return on.marginal(frame), on.log_total, on.y.size


@dataclass(frozen=True)
class _Sampled:
    """Every second row on the second lattice: log density times all slopes, and its sums."""

    t: Array
    x: Array
    y: Array
    log_f: Array
    rows: Array
    log_sum: float
    log_total: float

    def marginal(self, frame: Frame) -> Marginal:
        step = float(self.t[1] - self.t[0])
        return Marginal(frame.centre, frame.scale, self.t, self.rows / (float(self.rows.sum()) * step))


def _sampled(log_density: LogDensity, frame: Frame, step: float) -> _Sampled:
    (t_lo, t_hi), (u_lo, u_hi) = frame.t_range, frame.u_range
    t = np.arange(np.floor(t_lo / step), np.ceil(t_hi / step) + 0.25, 0.5) * step
    x = frame.place(t)
    y, width = frame.near(x)
    u = np.arange(np.floor(u_lo / step), np.ceil(u_hi / step) + 1.0) * step
    shifted = np.stack([u, u + 0.5 * step])
    second = np.arange(len(t)) % 2
    ys = y[:, None] + width[:, None] * stretched(shifted)[second]
    log_f = log_density(x[:, None], ys)
    log_f = log_f + (log_stretch(shifted)[second] + (np.log(width) + log_stretch(t))[:, None])
    top = float(log_f.max())
    rows = np.exp(log_f - top).sum(axis=1)
    log_sum = top + float(np.log(rows.sum()))
    return _Sampled(t, x, ys, log_f, rows, log_sum, log_sum + float(np.log(0.5 * step**2 * frame.scale)))


def _all_outside(log_f: Array, grown: Sequence[tuple[int, Array]], stands: Array) -> Array:
    """What is outside of the density, of what grows times it, and of the highest powers of that times it."""
    most = _outside(stands)
    if most == 0.0 or not grown:
        return np.full(3, most)
    return np.array([_outside(standing(log_f)), _outside(standing(log_f, [(1, log) for _, log in grown])), most])


def _outside(log_f: Array) -> float:
    """The share of the integral beyond the first and last rows and columns.

    It matters only for tails so heavy that the lattices end before the density has vanished.
    """
    weight = np.exp(log_f)
    left = _SLOWER * (_beyond(weight.sum(axis=1)) + _beyond(weight.sum(axis=0)))
    return left if left > _UNSEEN else 0.0


def _beyond(sums: Array) -> float:
    """The share that lies beyond either end of sums of equal steps, if they go on falling as they do there."""
    logs = np.log(sums / sums.sum() + 1e-300)
    seen = logs[logs > logs.max() - DROP]  # a row that has lost its ridge is dead, but no end of a tail
    left = 0.0
    for side in (seen, seen[::-1]):
        last, inner = (float(side[min(k, len(side) - 1)]) for k in (0, 4))
        left += math.exp(last) / max((inner - last) / 4.0, 1e-3)  # the slope by the step
    return left


def _judged(
    statistics: Statistics, x: Array, y: Array, log_p: Array, twin: NDArray[np.bool_], *, twins: bool
) -> tuple[Array, Array]:
    """The statistics over both lattices, and how far one lattice differs from the other in mass and in each."""
    parts = [np.flatnonzero(~twin), np.flatnonzero(twin)]
    p, q = (float(np.exp(log_p.take(part)).sum()) for part in parts)
    mass = np.array([abs(p - q)])
    if not twins:
        return statistics(x, y, log_p), mass
    if min(p, q) == 0.0:  # far too coarse: all is on one of the two
        numbers = statistics(x, y, log_p)
        return numbers, np.ones(1 + len(numbers))
    one, other = (
        statistics(x.take(part), y.take(part), log_p.take(part) - np.log(share))
        for part, share in zip(parts, (p, q), strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = _joined(one, other, p / (p + q), q / (p + q))
        spread = np.abs(one - other) / np.abs(numbers)
    return numbers, np.concatenate([mass, np.nan_to_num(spread, nan=0.0, posinf=1.0)])


def _joined(one: Array, other: Array, p: float, q: float) -> Array:
    """Means and sds over two parts with shares p and q, from those over each."""
    out = p * one + q * other
    within = np.hypot(np.sqrt(p) * one[1::2], np.sqrt(q) * other[1::2])
    out[1::2] = np.hypot(within, np.sqrt(p * q) * (one[::2] - other[::2]))
    return out
