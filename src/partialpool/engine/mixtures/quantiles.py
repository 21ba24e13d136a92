"""Posterior quantiles of groups, and the choice of a rule over the population's parameters that is fine enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from partialpool.engine.mixtures.across import judges, way
from partialpool.engine.mixtures.curves import curves
from partialpool.engine.mixtures.mixtures import Mixtures
from partialpool.engine.mixtures.rule import Rule, every_line, judging_rule, smaller_rule
from partialpool.engine.mixtures.source import Source
from partialpool.quadrature.invert import HALLEY, halley, invert
from partialpool.safety import INTERPOLATED_PAIRS
from partialpool.special import Array, Index

_CHUNK = 1 << 17  # cells times nodes at a time
_EDGE = 1e-6  # a z this near to LOWEST counts as infinite
LOWEST = 700.0  # beyond |z| = 700 theta is at an end of its support in double precision
_SOME, _MANY = 1 << 15, 1 << 23  # cells times nodes above which grids are used: if they are accurate; in any case
_PATIENT = 1e-6  # replaces HALLEY where the second derivative is missing, as for narrow rows
_SIZES = ((0.12, (6, 9, 13, 20, 32, 50)), (0.6, (20, 32, 50)))  # (largest sd of the log first parameter, rows to try)
_LINES = ((3.0, 0.2), (2.0, 0.17), (1.0, 0.125), (0.5, 0.09), (0.35, 0.06))  # (distance of rows, step along them)
_GOAL = 1e-10  # error in probability at which a rule is fine enough
_LITTLE = 1e-11  # error in probability of sampled grids that adds little to what they say of another rule
_COMMON = 0.025  # probability of a tail up to which grids must be as accurate for every quantile
_DEAR, _JUDGES = 100_000, 2  # cells times nodes above which only the worst two cells judge
_CLOSE = 1e-7  # quantiles off by less in probability need only one Halley step
_ROUNDING = 1e-15  # levels that differ by less are the same
_INTERPOLATED = 1e-7  # largest error in probability that an interpolation may have


class Cdfs(Protocol):
    """Distribution functions of some cells."""

    def at(self, z: Array, which: Index) -> Array:
        """Cdf, density and slope of the density at one z for each of `which` cells: (3, points)."""


def quantiles(rule: Rule, cells: Any, levels: Array, *, start: Array | None = None, sample: bool = False) -> Array:
    """Return the z of the quantiles at the levels, infinite where theta underflows: (levels, cells).

    start: z to begin the search from. sample: sample the distributions on grids instead of summing over nodes.
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
    """Yield cells with similar distributions, as indices and records, as many at a time as memory allows."""
    order = np.argsort(rule.source.order(cells), kind="stable")
    size = max(1, _CHUNK // max(1, len(rule.nodes)))
    for i in range(0, len(order), size):
        part = order[i : i + size]
        yield part, cells.subset(part)


def _invert(curve: Cdfs, start: Array, levels: Array, near: float) -> Array:
    count = start.shape[1]
    which = np.tile(np.arange(count), len(levels))
    p = np.repeat(levels, count)
    z = invert(lambda at, i: curve.at(at, which[i]), p, start.ravel(), -LOWEST, LOWEST, near)
    out = np.where(np.abs(z) < LOWEST - _EDGE, z, np.copysign(np.inf, z))
    return out.reshape(start.shape)


@dataclass(frozen=True)
class Fitted:
    """A rule for the distribution functions of groups, and its error for a few typical cells.

    rough: a smaller rule, whose quantiles start the search; typical: the cells, whose quantiles at `levels` are `z`.
    sampling: error in probability of their quantiles from sampled grids, infinite if nothing is known of it.
    """

    rule: Rule
    error: float
    rough: Rule
    typical: Any
    levels: Array
    z: Array
    sampling: float = np.inf
    _across: dict[tuple[bytes, int], tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)

    def quantiles(self, cells: Any, levels: Array) -> Array:
        """Return the z of the quantiles at the levels: (levels, cells)."""
        out, left = self._recalled(cells, levels)
        if len(left):
            rest = cells.subset(left)
            between = self._interpolated(rest, levels)
            out[:, left] = between[0] if between is not None else self._one_by_one(rest, levels)
        return out

    def below(self, cells: Any, z: float) -> Array:
        """P(Z <= z) of each cell."""
        out, sample = np.empty(len(cells.count)), self._sampled(cells)
        for part, few in _in_chunks(self.rule, cells):
            curve = curves(self.rule, few) if sample else Mixtures(self.rule, few)
            out[part] = curve.at(np.full(len(part), z), np.arange(len(part)))[0]
        return out

    def error_for(self, cells: Any) -> float:
        """Estimate the error in probability of the quantiles of these cells, |F(x) - level|, and of `below`."""
        rest = cells.subset(self._recalled(cells, self.levels)[1])
        between = self._interpolated(rest, self.levels)
        added = between[1] if between is not None else 0.0
        sampled = self._sampled(rest, self.levels) or self._sampled(rest)
        return self.error + (max(self._sampling, added) if sampled else added)

    def _one_by_one(self, cells: Any, levels: Array) -> Array:
        """The z of the quantiles without interpolation: (levels, cells)."""
        if self._sampled(cells, levels):
            return quantiles(self.rule, cells, levels, sample=True)
        start = quantiles(self.rough, cells, levels, sample=self.rough is self.rule)
        return quantiles(self.rule, cells, levels, start=start)

    def _interpolated(self, cells: Any, levels: Array) -> tuple[Array, float] | None:
        """Interpolate the quantiles of very many cells, with the error that this adds; None if few or inaccurate."""
        worth = len(self.rule.nodes) * len(cells.count) > _SOME
        across = way(self.rule.source, cells) if worth else None
        if across is None:
            return None
        key = levels.tobytes(), hash(cells.data.tobytes())
        if key not in self._across:
            found = across.between(self._one_by_one(across.points, levels).T).T
            some = judges(across)
            off = disagreement(self.rule, found[:, some], cells.subset(some), levels)
            self._across[key] = found, INTERPOLATED_PAIRS * float(np.nan_to_num(off, nan=np.inf))
        found, error = self._across[key]
        return (found, error) if error < _INTERPOLATED else None

    def _recalled(self, cells: Any, levels: Array) -> tuple[Array, Index]:
        """Quantiles of the cells that are among the typical ones, (levels, cells), and the indices of the others."""
        out, left = np.empty((len(levels), len(cells.count))), np.ones(len(cells.count), dtype=bool)
        if np.allclose(levels, self.levels, rtol=0.0, atol=_ROUNDING):
            for one, known in zip(self.typical.data.T, self.z.T, strict=True):
                here = (cells.data == one[:, None]).all(axis=0)
                out[:, here] = known[:, None]
                left &= ~here
        return out, np.flatnonzero(left)

    def _sampled(self, cells: Any, levels: Array | None = None) -> bool:
        """Whether to sample distributions on grids (`curves`): where that is accurate, or sums would take too long.

        levels: levels of quantiles, each of which is to be accurate beside its own size, if that is known already.
        """
        if not len(cells.count) or not self.rule.source.sampled(self.typical):
            return False
        work = len(self.rule.nodes) * len(cells.count)
        if levels is not None:
            least = min(_COMMON, float(np.min(np.minimum(levels, 1.0 - levels))))
            if self.sampling < _LITTLE * least:
                return True
        return work > _MANY or (work > _SOME and self._sampling < _GOAL)

    @cached_property
    def _sampling(self) -> float:
        """Error in probability of quantiles from sampled grids, for the typical cells."""
        if self.sampling < np.inf:
            return self.sampling
        found = quantiles(self.rule, self.typical, self.levels, start=self.z, sample=True)
        return disagreement(self.rule, found, self.typical, self.levels)


def fitted(source: Source, typical: Any, levels: Array) -> Fitted:
    """Find the smallest rule whose quantiles for a few typical cells agree with those of the next finer rule.

    Few rows serve where the first parameter has a narrow distribution; otherwise it takes all rows of the integration,
    or every third.
    """
    of, p = source.marginal, source.marginal.density * source.marginal.step
    log_first = source.log_first(of.place(of.t))
    spread = float(np.sqrt(p @ (log_first - p @ log_first) ** 2))
    found: Array | None = None
    thinnable = True
    for size, next_size in pairwise(next((sizes for limit, sizes in _SIZES if spread < limit), ())):
        errors = []
        for thin in (True, False) if thinnable else (False,):
            rule = smaller_rule(source, size, typical, thin=thin)
            found, sampling = _from_grids(rule, typical, levels, found)
            finer = judging_rule(source, next_size, typical, thin=thin)
            errors.append(disagreement(finer, found, typical, levels, sample=sampling < _LITTLE))
            if errors[-1] < _GOAL:
                return Fitted(rule, errors[-1], rule, typical, levels, found, sampling)
        thinnable = thinnable and errors[0] < 10.0 * errors[-1]
    return _of_lines(source, typical, levels, found)


def _of_lines(source: Source, typical: Any, levels: Array, found: Array | None) -> Fitted:
    """Find such a rule among rules of more and more rows; where these are costly, only the worst cells judge."""
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


def _from_grids(rule: Rule, cells: Any, levels: Array, start: Array | None) -> tuple[Array, float]:
    """Quantiles from sums over nodes, and the error in probability of those from sampled grids, which start the search.

    Grids take a fraction of the time, so that the sums are needed but once; the error is infinite without grids.
    """
    if not rule.source.sampled(cells):
        return quantiles(rule, cells, levels, start=start), np.inf
    rough = quantiles(rule, cells, levels, start=start, sample=True)
    gaps, better = _judged(rule, rough, cells, levels)
    error = float(np.max(gaps))
    exact = error < _CLOSE and np.array_equal(np.isfinite(better), np.isfinite(rough))
    return better if exact else quantiles(rule, cells, levels, start=rough), error


def disagreement(rule: Rule, z: Array, cells: Any, levels: Array, *, sample: bool = False) -> float:
    """Largest |F(x) - level|, with F by this rule, at quantiles x found by another; z: (levels, cells).

    sample: sample the distributions on grids, which must be accurate, instead of summing over nodes.
    """
    at, level, which = _asked(z, len(cells.count), levels)
    value = curves(rule, cells).at(at, which)[0] if sample else Mixtures(rule, cells).below(at, which)
    gap = _gap(value, level)
    return float(np.max(np.abs(gap[_inside(z, gap)]), initial=0.0))


def _judged(rule: Rule, z: Array, cells: Any, levels: Array) -> tuple[Array, Array]:
    """Largest |F(x) - level| of each cell, and the quantiles after one Halley step towards those of this rule."""
    inside, gap, slope, bend = _gaps(Mixtures(rule, cells), z, len(cells.count), levels)
    better, gaps = z.ravel().copy(), np.zeros(z.size)
    better[inside] -= halley(gap, slope, bend)
    gaps[inside] = np.abs(gap)
    return gaps.reshape(z.shape).max(axis=0), better.reshape(z.shape)


def _asked(z: Array, count: int, levels: Array) -> tuple[Array, Array, Index]:
    """The points at which distribution functions are needed, with their levels and their cells."""
    return np.clip(z.ravel(), -LOWEST, LOWEST), np.repeat(levels, count), np.tile(np.arange(count), len(levels))


def _gap(value: Array, level: Array) -> Array:
    return np.nan_to_num(value - level, nan=np.inf)  # NaN confirms nothing


def _inside(z: Array, gap: Array) -> Index:
    """Indices of the quantiles that are finite, or infinite where they are not right."""
    certain = np.where(z.ravel() < 0.0, gap >= 0.0, gap <= 0.0)
    return np.flatnonzero(np.isfinite(z.ravel()) | ~certain)


def _gaps(curve: Cdfs, z: Array, count: int, levels: Array) -> tuple[Index, Array, Array, Array]:
    """Indices of the finite quantiles, and F(x) - level there with the first two derivatives of F.

    An infinite quantile is right if the probability at that end is at least its level; otherwise it counts as finite.
    """
    at, level, which = _asked(z, count, levels)
    value, slope, bend = curve.at(at, which)
    gap = _gap(value, level)
    inside = _inside(z, gap)
    return inside, gap[inside], slope[inside], bend[inside]
