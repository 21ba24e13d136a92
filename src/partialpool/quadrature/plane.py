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

from partialpool.quadrature.frame import DROP, Frame
from partialpool.quadrature.line import log_stretch, stretched
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.ridge import Growing, LogDensity, nothing, standing
from partialpool.safety import BETWEEN_LATTICES
from partialpool.special import Array

_STEP = 0.48  # first step, in units of the stretched coordinates
_FINER = 0.69  # each refinement multiplies the step by this, or by its square while the error is large
_PROMISING = 1e-6  # below this error one small refinement reaches the tolerance
_TOLERANCE = 5e-11  # relative error at which refinement stops
_MOST_NODES = 300_000
_UNSEEN = 1e-16  # a smaller share outside the lattices counts as zero
_SLOWER = 10.0  # safety factor on the share outside: a power-law tail falls ever more slowly than at the last rows

# statistics(x, y, log probability) -> the numbers that must be accurate: mean, sd, mean, sd, ...
Statistics = Callable[[Array, Array, Array], Array]


@dataclass(frozen=True)
class Rule:
    """Nodes and probabilities of a normalised density over the plane, with error estimates for its statistics.

    statistics: the numbers asked for, as mean, sd, mean, sd, ...
    spread: estimated relative errors, first of the total mass and then of each statistic; `error` is the largest.
    outside: shares beyond the lattices, which no smaller step recovers: of the density, of the density times a
    growing quantity (for means), and of the density times its square (for sds).
    growing: the quantities whose means are wanted.
    grown: the slice of `statistics` that belongs to growing quantities; the others are of quantities in [0, 1].
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
    growing: Growing = nothing
    grown: tuple[int, int | None] = (0, None)

    @property
    def error(self) -> float:
        return float(np.max(self.spread))

    @cached_property
    def beyond(self) -> Array:
        """Part of `spread` that comes from the mass outside the lattices."""
        lost = np.tile(self.outside[1:], len(self.statistics) // 2)
        size = np.abs(self.statistics)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            size[1::2] **= 2.0
            bounded = np.nan_to_num(self.outside[0] / size, nan=0.0, posinf=0.0)  # mean 0: the quantity is 0 everywhere
        grown = slice(*self.grown)
        bounded = np.fmin(bounded, lost)
        bounded[grown] = lost[grown]
        return np.append(self.outside[0], bounded)

    @property
    def step(self) -> float:
        """Spacing of each lattice in t, the stretched coordinate of x."""
        return 2.0 * self.marginal.step


def integrate(
    log_density: LogDensity,
    frame: Frame,
    statistics: Statistics,
    growing: Growing = nothing,
    grown: tuple[int, int | None] = (0, None),
) -> Rule:
    """Integrate exp(log_density) over the plane, refining the step until the statistics no longer change.

    frame: where the density lives (see `integrate.frame.locate`).
    statistics: function from nodes and log probabilities to the numbers asked for.
    growing(x, y): unbounded quantities whose means are wanted, so that the nodes that matter to these are kept too.
    grown: the slice of the statistics that belongs to them; the others are of quantities in [0, 1].
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
            best = replace(best, growing=growing, grown=grown)
            return replace(best, spread=best.spread + best.beyond)
        last = rule


def _left(rule: Rule) -> float:
    """Total log error of all statistics, so that one nearly infinite moment does not dominate."""
    return float(np.log(np.maximum(rule.spread, _TOLERANCE)).sum())


def _moved(before: Rule, after: Rule) -> Array:
    """Estimate the relative errors of the finer rule from the differences between two successive rules.

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
    """Evaluate both lattices at one step; `twins` asks to compare their statistics and to estimate the mass outside."""
    on = _sampled(log_density, frame, step)
    grown = growing(on.x[:, None], on.y)
    stands = standing(on.log_f, grown)
    keep = np.flatnonzero(stands > -DROP)  # indices select faster than a boolean mask
    row = keep // on.log_f.shape[1]
    x, y, log_p = on.x.take(row), on.y.take(keep), on.log_f.take(keep) - on.log_sum
    numbers, spread = _judged(statistics, x, y, log_p, row % 2 == 1, twins=twins)
    outside = _all_outside(on.log_f, grown, stands) if twins else np.zeros(3)
    return Rule(x, y, log_p, on.marginal(frame), frame, on.log_total, numbers, spread, outside)


def resampled(log_density: LogDensity, rule: Rule, factor: float) -> tuple[Array, Array, Array]:
    """Nodes x and y, with probabilities, of lattices whose step is `factor` times that of a rule.

    They cover the same region but share only one line of nodes with the rule, so the two check one another.
    """
    found = lattices(log_density, rule.frame, factor * rule.step, lambda *_: np.zeros(0), rule.growing, twins=False)
    p = np.exp(found.log_probability)
    return found.x, found.y, p / p.sum()


def projected(log_density: LogDensity, frame: Frame, step: float) -> tuple[Marginal, float, int]:
    """Marginal of x, log of the integral, and number of nodes, from both lattices at one step."""
    on = _sampled(log_density, frame, step)
    return on.marginal(frame), on.log_total, on.y.size


@dataclass(frozen=True)
class _Sampled:
    """Log density times all Jacobian slopes on both lattices (odd rows belong to the second), and its sums."""

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
    """Shares outside the lattices: of the density, of the density times growing quantities, and times their powers."""
    most = _outside(stands)
    if most == 0.0 or not grown:
        return np.full(3, most)
    return np.array([_outside(standing(log_f)), _outside(standing(log_f, [(1, log) for _, log in grown])), most])


def _outside(log_f: Array) -> float:
    """Estimate the share of the integral beyond the first and last rows and columns.

    It matters only for tails so heavy that the lattices end before the density has vanished.
    """
    weight = np.exp(log_f)
    left = _SLOWER * (_beyond(weight.sum(axis=1)) + _beyond(weight.sum(axis=0)))
    return left if left > _UNSEEN else 0.0


def _beyond(sums: Array) -> float:
    """Extrapolate the shares beyond both ends of equally spaced sums, as if they went on falling exponentially."""
    logs = np.log(sums / sums.sum() + 1e-300)
    seen = logs[logs > logs.max() - DROP]  # a row that has lost its ridge is empty but is not the end of a tail
    left = 0.0
    for side in (seen, seen[::-1]):
        last, inner = (float(side[min(k, len(side) - 1)]) for k in (0, 4))
        left += math.exp(last) / max((inner - last) / 4.0, 1e-3)  # slope per step
    return left


def _judged(
    statistics: Statistics, x: Array, y: Array, log_p: Array, twin: NDArray[np.bool_], *, twins: bool
) -> tuple[Array, Array]:
    """Statistics over both lattices, and the relative differences between the two in mass and in each statistic."""
    parts = [np.flatnonzero(~twin), np.flatnonzero(twin)]
    p, q = (float(np.exp(log_p.take(part)).sum()) for part in parts)
    mass = np.array([abs(p - q)])
    if not twins:
        return statistics(x, y, log_p), mass
    if min(p, q) == 0.0:  # far too coarse: one lattice holds all the mass
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
    """Combine means and sds over two parts with shares p and q into those of the whole."""
    out = p * one + q * other
    within = np.hypot(np.sqrt(p) * one[1::2], np.sqrt(q) * other[1::2])
    out[1::2] = np.hypot(within, np.sqrt(p * q) * (one[::2] - other[::2]))
    return out
