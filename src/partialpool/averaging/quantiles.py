"""Posterior quantiles of groups, and the rule over the hyperparameters that is fine enough for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from partialpool.averaging.across import across, interpolated
from partialpool.averaging.curves import curves
from partialpool.averaging.mixtures import Mixtures
from partialpool.averaging.moments import moments
from partialpool.averaging.rule import Rule, Source, every_line, smaller_rule
from partialpool.integrate.invert import HALLEY, halley, invert
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta_distribution import LOWEST, logit_quantile
from partialpool.safety import INTERPOLATED_PAIRS
from partialpool.special import Array, Index

_CHUNK = 1 << 17
_EDGE = 1e-6
_SHARPEST = 1e8  # trials beyond which a density cannot be had from gamma functions to enough digits
_SOME, _MANY = 1 << 15, 1 << 23  # beta distributions beyond which they are sampled on grids, if well; or anyway
_PATIENT = 1e-6  # the same as HALLEY where there is no second derivative, which narrow rows lack
_SIZES = ((0.12, (6, 9, 13, 20, 32, 50)), (0.6, (20, 32, 50)))  # by sd of log(concentration)
_LINES = ((3.0, 0.2), (2.0, 0.17), (1.0, 0.125), (0.5, 0.09), (0.5, 0.06))  # how far apart, and the step along them
_GOAL = 1e-10
_DEAR, _JUDGES = 100_000, 2  # beta distributions from where so many pairs judge
_CLOSE = 1e-7  # quantiles this near in probability are one step away
_ROUNDING = 1e-15  # of levels
_CHECKED, _INTERPOLATED = 64, 1e-7  # pairs looked at; the most that their error may be


class Distribution(Protocol):
    """The distribution functions of some pairs."""

    def at(self, logit: Array, which: Index) -> Array:
        """Distribution function, density and its slope at one logit for each of `which` pairs: (3, points)."""


def quantiles(rule: Rule, pairs: Pairs, levels: Array, *, start: Array | None = None, sample: bool = False) -> Array:
    """Logits of the quantiles at the levels, infinite where theta underflows: (levels, pairs).

    start: logits to begin from. sample: sample the distributions on grids instead of summing them.
    """
    start = _starts(rule, pairs, levels) if start is None else np.clip(start, -LOWEST, LOWEST)
    out = np.empty((len(levels), len(pairs.count)))
    share = sum(row.probability for row in rule.narrow)
    near = min(HALLEY, _PATIENT / np.sqrt(share)) if share > 0.0 else HALLEY
    for part, few in _in_chunks(rule, pairs):
        curve = curves(rule, few) if sample else Mixtures(rule, few)
        out[:, part] = _invert(curve, start[:, part], levels, near)
    return out


def _in_chunks(rule: Rule, pairs: Pairs) -> Iterator[tuple[Index, Pairs]]:
    """Pairs of about the same number of trials, as many as there is room for at a time, and which they are."""
    order = np.argsort(pairs.trials, kind="stable")
    size = max(1, _CHUNK // max(1, len(rule.nodes)))
    for i in range(0, len(order), size):
        part = order[i : i + size]
        yield part, pairs.subset(part)


def _invert(curve: Distribution, start: Array, levels: Array, near: float) -> Array:
    count = start.shape[1]
    which = np.tile(np.arange(count), len(levels))
    p = np.repeat(levels, count)
    logit = invert(lambda x, i: curve.at(x, which[i]), p, start.ravel(), -LOWEST, LOWEST, near)
    out = np.where(np.abs(logit) < LOWEST - _EDGE, logit, np.copysign(np.inf, logit))
    return out.reshape(start.shape)


def _starts(rule: Rule, pairs: Pairs, levels: Array) -> Array:
    """The quantiles of the beta distributions with the same mean and sd."""
    found = moments(rule.every_node, pairs)
    mean, other = np.clip(found.mean, 1e-300, 1.0), np.clip(found.other, 1e-300, 1.0)
    size = np.maximum(mean * other / np.maximum(found.sd, 1e-300) ** 2 - 1.0, 1e-6)
    return np.stack([logit_quantile(np.full(len(mean), level), size * mean, size * other) for level in levels])


@dataclass(frozen=True)
class Fitted:
    """A rule for the distribution functions of groups, and its error for a few typical pairs.

    rough: a smaller rule to begin with; typical: the pairs, whose quantiles at the levels are `logits`.
    """

    rule: Rule
    error: float
    rough: Rule
    typical: Pairs
    levels: Array
    logits: Array
    _across: dict[bytes, tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)

    def quantiles(self, pairs: Pairs, levels: Array) -> Array:
        """Logits of the quantiles at the levels: (levels, pairs)."""
        out, left = self._recalled(pairs, levels)
        if len(left):
            rest = pairs.subset(left)
            between = self._interpolated(rest, levels)
            if between is not None:
                out[:, left] = between[0]
            elif self._sampled(rest):
                out[:, left] = quantiles(self.rule, rest, levels, sample=True)
            else:
                start = quantiles(self.rough, rest, levels, sample=self.rough is self.rule)
                out[:, left] = quantiles(self.rule, rest, levels, start=start)
        return out

    def below(self, pairs: Pairs, logit: float) -> Array:
        """P(logit of theta <= logit) of each pair."""
        out, sample = np.empty(len(pairs.count)), self._sampled(pairs)
        for part, few in _in_chunks(self.rule, pairs):
            curve = curves(self.rule, few) if sample else Mixtures(self.rule, few)
            out[part] = curve.at(np.full(len(part), logit), np.arange(len(part)))[0]
        return out

    def error_for(self, pairs: Pairs) -> float:
        """Estimate of |F(x) - level| for the quantiles of these pairs, and of the error of `below`."""
        rest = pairs.subset(self._recalled(pairs, self.levels)[1])
        if not self._sampled(rest):
            return self.error
        between = self._interpolated(rest, self.levels)
        return self.error + max(self._sampling, between[1] if between is not None else 0.0)

    def _interpolated(self, pairs: Pairs, levels: Array) -> tuple[Array, float] | None:
        """Quantiles of very many pairs from those of a few hundred, and what that adds to the error; None if few."""
        square = across(pairs) if self._sampled(pairs) else None
        if square is None:
            return None
        key = np.append(levels, len(pairs.count)).tobytes()
        if key not in self._across:
            found = interpolated(lambda few: quantiles(self.rule, few, levels, sample=True), square, pairs)
            some = np.unique(np.linspace(0, len(pairs.count) - 1, _CHECKED).round().astype(np.intp))
            off = disagreement(self.rule, found[:, some], pairs.subset(some), levels)
            self._across[key] = found, INTERPOLATED_PAIRS * float(np.nan_to_num(off, nan=np.inf))
        found, error = self._across[key]
        return (found, error) if error < _INTERPOLATED else None

    def _recalled(self, pairs: Pairs, levels: Array) -> tuple[Array, Index]:
        """Quantiles of the pairs that are known, and which are not."""
        out, left = np.empty((len(levels), len(pairs.count))), np.ones(len(pairs.count), dtype=bool)
        if np.allclose(levels, self.levels, rtol=0.0, atol=_ROUNDING):
            for y, f, known in zip(self.typical.successes, self.typical.failures, self.logits.T, strict=True):
                here = (pairs.successes == y) & (pairs.failures == f)
                out[:, here] = known[:, None]
                left &= ~here
        return out, np.flatnonzero(left)

    def _sampled(self, pairs: Pairs) -> bool:
        """Whether to sample distributions on grids (`curves`): where that is exact enough, or the only way."""
        if not len(pairs.count) or np.max(self.typical.trials) > _SHARPEST:
            return False
        work = len(self.rule.nodes) * len(pairs.count)
        return work > _MANY or (work > _SOME and self._sampling < _GOAL)

    @cached_property
    def _sampling(self) -> float:
        """How far quantiles from samples are off, of the typical pairs."""
        found = quantiles(self.rule, self.typical, self.levels, start=self.logits, sample=True)
        return disagreement(self.rule, found, self.typical, self.levels)


def fitted(source: Source, typical: Pairs, levels: Array, spread: float) -> Fitted:
    """The smallest rule whose quantiles for a few typical pairs the next finer rule confirms.

    Few concentrations serve where theirs is a narrow distribution, and all of the integration's, or every third, where
    it is not. spread: sd of log(concentration).
    """
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


def _of_lines(source: Source, typical: Pairs, levels: Array, found: Array | None) -> Fitted:
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


def disagreement(rule: Rule, logits: Array, pairs: Pairs, levels: Array) -> float:
    """The largest |F(x) - level| at quantiles x found elsewhere; logits: (levels, pairs)."""
    _, gap, _, _ = _gaps(Mixtures(rule, pairs), logits, len(pairs.count), levels)
    return float(np.max(np.abs(gap), initial=0.0))


def _judged(rule: Rule, logits: Array, pairs: Pairs, levels: Array) -> tuple[Array, Array]:
    """The largest of each pair, with the quantiles of this rule if they are one step away."""
    inside, gap, slope, bend = _gaps(Mixtures(rule, pairs), logits, len(pairs.count), levels)
    better, gaps = logits.ravel().copy(), np.zeros(logits.size)
    better[inside] -= halley(gap, slope, bend)
    gaps[inside] = np.abs(gap)
    return gaps.reshape(logits.shape).max(axis=0), better.reshape(logits.shape)


def _gaps(curve: Distribution, logits: Array, count: int, levels: Array) -> tuple[Index, Array, Array, Array]:
    """Which quantiles are finite, and F(x) - level there with its derivatives.

    A quantile that is infinite must leave no less than its level there; where it does not, it is given back as finite.
    """
    at, level = np.clip(logits.ravel(), -LOWEST, LOWEST), np.repeat(levels, count)
    value, slope, bend = curve.at(at, np.tile(np.arange(count), len(levels)))
    gap = np.nan_to_num(value - level, nan=np.inf)  # what is no number confirms nothing
    certain = np.where(logits.ravel() < 0.0, gap >= 0.0, gap <= 0.0)
    inside = np.flatnonzero(np.isfinite(logits.ravel()) | ~certain)
    return inside, gap[inside], slope[inside], bend[inside]
