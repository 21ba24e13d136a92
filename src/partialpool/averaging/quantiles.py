"""Posterior quantiles of groups, and the rule over the population's parameters that is fine enough for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from partialpool.averaging.across import judges, way
from partialpool.averaging.curves import curves
from partialpool.averaging.mixtures import Mixtures
from partialpool.averaging.rule import Rule, every_line, smaller_rule
from partialpool.averaging.source import Source
from partialpool.integrate.invert import HALLEY, halley, invert
from partialpool.safety import INTERPOLATED_PAIRS
from partialpool.special import Array, Index

_CHUNK = 1 << 17
_EDGE = 1e-6
LOWEST = 700.0  # a z beyond this is an end of theta in double precision
_SOME, _MANY = 1 << 15, 1 << 23  # conditionals beyond which they are sampled on grids, if well; or anyway
_PATIENT = 1e-6  # the same as HALLEY where there is no second derivative, which narrow rows lack
_SIZES = ((0.12, (6, 9, 13, 20, 32, 50)), (0.6, (20, 32, 50)))  # by sd of the log of the first parameter
_LINES = ((3.0, 0.2), (2.0, 0.17), (1.0, 0.125), (0.5, 0.09), (0.35, 0.06))  # how far apart, and the step along them
_GOAL = 1e-10
_DEAR, _JUDGES = 100_000, 2  # conditionals from where so many cells judge
_CLOSE = 1e-7  # quantiles this near in probability are one step away
_ROUNDING = 1e-15  # of levels
_INTERPOLATED = 1e-7  # the largest error of interpolation


class Distribution(Protocol):
    """The distribution functions of some cells."""

    def at(self, z: Array, which: Index) -> Array:
        """Distribution function, density and its slope at one z for each of `which` cells: (3, points)."""


def quantiles(rule: Rule, cells: Any, levels: Array, *, start: Array | None = None, sample: bool = False) -> Array:
    """The z of the quantiles at the levels, infinite where theta underflows: (levels, cells).

    start: z to begin from. sample: sample the distributions on grids instead of summing them.
    """
    start = rule.source.start(rule.every_node, cells, levels) if start is None else start
    start = np.clip(start, -LOWEST, LOWEST)
    out = np.empty((len(levels), len(cells.count)))
    share = sum(row.probability for row in rule.narrow)
    near = min(HALLEY, _PATIENT / np.sqrt(share)) if share > 0.0 else HALLEY
    for part, few in _in_chunks(rule, cells):
        curve = curves(rule, few) if sample else Mixtures(rule, few)
        out[:, part] = _invert(curve, start[:, part], levels, near)
    return out


def _in_chunks(rule: Rule, cells: Any) -> Iterator[tuple[Index, Any]]:
    """Cells that are neighbours, as many as there is room for at a time, and which they are."""
    order = np.argsort(rule.source.order(cells), kind="stable")
    size = max(1, _CHUNK // max(1, len(rule.nodes)))
    for i in range(0, len(order), size):
        part = order[i : i + size]
        yield part, cells.subset(part)


def _invert(curve: Distribution, start: Array, levels: Array, near: float) -> Array:
    count = start.shape[1]
    which = np.tile(np.arange(count), len(levels))
    p = np.repeat(levels, count)
    z = invert(lambda at, i: curve.at(at, which[i]), p, start.ravel(), -LOWEST, LOWEST, near)
    out = np.where(np.abs(z) < LOWEST - _EDGE, z, np.copysign(np.inf, z))
    return out.reshape(start.shape)


@dataclass(frozen=True)
class Fitted:
    """A rule for the distribution functions of groups, and its error for a few typical cells.

    rough: a smaller rule to begin with; typical: the cells, whose quantiles at the levels are `z`.
    """

    rule: Rule
    error: float
    rough: Rule
    typical: Any
    levels: Array
    z: Array
    _across: dict[tuple[bytes, int], tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)

    def quantiles(self, cells: Any, levels: Array) -> Array:
        """The z of the quantiles at the levels: (levels, cells)."""
        out, left = self._recalled(cells, levels)
        if len(left):
            rest = cells.subset(left)
            between = self._interpolated(rest, levels)
            if between is not None:
                out[:, left] = between[0]
            elif self._sampled(rest):
                out[:, left] = quantiles(self.rule, rest, levels, sample=True)
            else:
                start = quantiles(self.rough, rest, levels, sample=self.rough is self.rule)
                out[:, left] = quantiles(self.rule, rest, levels, start=start)
        return out

    def below(self, cells: Any, z: float) -> Array:
        """P(Z <= z) of each cell."""
        out, sample = np.empty(len(cells.count)), self._sampled(cells)
        for part, few in _in_chunks(self.rule, cells):
            curve = curves(self.rule, few) if sample else Mixtures(self.rule, few)
            out[part] = curve.at(np.full(len(part), z), np.arange(len(part)))[0]
        return out

    def error_for(self, cells: Any) -> float:
        """Estimate of |F(x) - level| for the quantiles of these cells, and of the error of `below`."""
        rest = cells.subset(self._recalled(cells, self.levels)[1])
        if not self._sampled(rest):
            return self.error
        between = self._interpolated(rest, self.levels)
        return self.error + max(self._sampling, between[1] if between is not None else 0.0)

    def _interpolated(self, cells: Any, levels: Array) -> tuple[Array, float] | None:
        """Quantiles of very many cells from those of a few hundred, and what that adds to the error; None if few."""
        across = way(self.rule.source, cells) if self._sampled(cells) else None
        if across is None:
            return None
        key = levels.tobytes(), hash(cells.data.tobytes())
        if key not in self._across:
            found = across.between(quantiles(self.rule, across.points, levels, sample=True).T).T
            some = judges(across)
            off = disagreement(self.rule, found[:, some], cells.subset(some), levels)
            self._across[key] = found, INTERPOLATED_PAIRS * float(np.nan_to_num(off, nan=np.inf))
        found, error = self._across[key]
        return (found, error) if error < _INTERPOLATED else None

    def _recalled(self, cells: Any, levels: Array) -> tuple[Array, Index]:
        """Quantiles of the cells that are known, and which are not."""
        out, left = np.empty((len(levels), len(cells.count))), np.ones(len(cells.count), dtype=bool)
        if np.allclose(levels, self.levels, rtol=0.0, atol=_ROUNDING):
            for one, known in zip(self.typical.data.T, self.z.T, strict=True):
                here = (cells.data == one[:, None]).all(axis=0)
                out[:, here] = known[:, None]
                left &= ~here
        return out, np.flatnonzero(left)

    def _sampled(self, cells: Any) -> bool:
        """Whether to sample distributions on grids (`curves`): where that is exact enough, or the only way."""
        if not len(cells.count) or not self.rule.source.sampled(self.typical):
            return False
        work = len(self.rule.nodes) * len(cells.count)
        return work > _MANY or (work > _SOME and self._sampling < _GOAL)

    @cached_property
    def _sampling(self) -> float:
        """How far quantiles from samples are off, of the typical cells."""
        found = quantiles(self.rule, self.typical, self.levels, start=self.z, sample=True)
        return disagreement(self.rule, found, self.typical, self.levels)


def fitted(source: Source, typical: Any, levels: Array) -> Fitted:
    """The smallest rule whose quantiles for a few typical cells the next finer rule confirms.

    Few rows serve where the first parameter has a narrow distribution, and all of the integration's, or every third,
    where it has not.
    """
    of, p = source.marginal, source.marginal.density * source.marginal.step
    log_first = source.log_first(of.place(of.t))
    spread = float(np.sqrt(p @ (log_first - p @ log_first) ** 2))
    found: Array | None = None
    thinnable = True
    for size, next_size in pairwise(next((sizes for limit, sizes in _SIZES if spread < limit), ())):
        errors = []
        for thin in (True, False) if thinnable else (False,):
            finer = smaller_rule(source, next_size, typical, thin=thin, judge=True)
            rule = smaller_rule(source, size, typical, thin=thin)
            found = quantiles(rule, typical, levels, start=found)
            errors.append(disagreement(finer, found, typical, levels))
            if errors[-1] < _GOAL:
                return Fitted(rule, errors[-1], rule, typical, levels, found)
        thinnable = thinnable and errors[0] < 10.0 * errors[-1]
    return _of_lines(source, typical, levels, found)


def _of_lines(source: Source, typical: Any, levels: Array, found: Array | None) -> Fitted:
    """The same among rules of more and more lines; those that are worst off judge the dearest."""
    apart, step = _LINES[0]
    rough = rule = every_line(source, apart, typical, step)
    found = quantiles(rule, typical, levels, start=found)
    some, error = np.arange(len(typical.count)), np.inf
    for apart, step in _LINES[1:]:
        finer, few = every_line(source, apart, typical, step), typical.subset(some)
        gaps, better = _judged(finer, found[:, some], few, levels)
        error, dear = float(np.max(gaps)), len(finer.nodes) * len(some) > _DEAR
        if error < _GOAL:
            break
        rule, start = finer, found[:, some]
        found[:, some] = better if error < _CLOSE else quantiles(finer, few, levels, start=start)
        if dear:
            some = some[np.argsort(gaps)[-_JUDGES:]]
    return Fitted(rule, error, rough, typical, levels, found)


def disagreement(rule: Rule, z: Array, cells: Any, levels: Array) -> float:
    """The largest |F(x) - level| at quantiles x found elsewhere; z: (levels, cells)."""
    _, gap, _, _ = _gaps(Mixtures(rule, cells), z, len(cells.count), levels)
    return float(np.max(np.abs(gap), initial=0.0))


def _judged(rule: Rule, z: Array, cells: Any, levels: Array) -> tuple[Array, Array]:
    """The largest of each cell, with the quantiles of this rule if they are one step away."""
    inside, gap, slope, bend = _gaps(Mixtures(rule, cells), z, len(cells.count), levels)
    better, gaps = z.ravel().copy(), np.zeros(z.size)
    better[inside] -= halley(gap, slope, bend)
    gaps[inside] = np.abs(gap)
    return gaps.reshape(z.shape).max(axis=0), better.reshape(z.shape)


def _gaps(curve: Distribution, z: Array, count: int, levels: Array) -> tuple[Index, Array, Array, Array]:
    """Which quantiles are finite, and F(x) - level there with its derivatives.

    A quantile that is infinite must leave no less than its level there; where it does not, it is given back as finite.
    """
    at, level = np.clip(z.ravel(), -LOWEST, LOWEST), np.repeat(levels, count)
    value, slope, bend = curve.at(at, np.tile(np.arange(count), len(levels)))
    gap = np.nan_to_num(value - level, nan=np.inf)  # what is no number confirms nothing
    certain = np.where(z.ravel() < 0.0, gap >= 0.0, gap <= 0.0)
    inside = np.flatnonzero(np.isfinite(z.ravel()) | ~certain)
    return inside, gap[inside], slope[inside], bend[inside]
