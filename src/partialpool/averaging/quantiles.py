"""Posterior quantiles of groups, and the rule over the hyperparameters that is fine enough for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from partialpool.averaging.curves import curves
from partialpool.averaging.mixtures import Mixtures
from partialpool.averaging.moments import moments
from partialpool.averaging.rule import Rule, Source, lattice_rule, smaller_rule, whole_rule
from partialpool.integrate.invert import HALLEY, halley, invert
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta_distribution import LOWEST, logit_quantile
from partialpool.special import Array, Index

_CHUNK = 1 << 17
_EDGE = 1e-6
_SURE = 1e-12  # samples this good need no summing
_SAMPLED = 2000
_SHARPEST = 1e8  # trials beyond which a density cannot be had from gamma functions to enough digits
_MANY = 1 << 21  # beta distributions beyond which they are sampled on grids
_PATIENT = 1e-6  # the same as HALLEY where there is no second derivative, which narrow rows lack
_SIZES = ((0.12, (6, 9, 13, 20, 32, 50)), (0.6, (20, 32, 50)), (np.inf, (32, 50)))  # by sd of log(concentration)
_GOAL = 1e-10
_DEAR, _NEARLY, _JUDGES = 100_000, 2e-10, 2  # beta distributions from where this will do, and so many pairs to judge by
_DEAREST = 60_000  # from where what lattices give is taken, whatever they claim
_CLOSE = 4e-6  # quantiles this near in probability are one step away
_ROUNDING = 1e-15  # of levels
_REFINED = (2, 4)
_LARGE = 8_000  # nodes of a smaller rule: beyond, a lattice may be smaller still
_COARSER = (4.0, 2.83, 2.0, 1.41, 1.0)  # its steps, as multiples of the integration's
_SLOW = 4.0  # times the change from a lattice to one of 0.7 of its step: the error, if that falls like the step


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
    order = np.argsort(pairs.trials, kind="stable")
    size = max(1, _CHUNK // max(1, len(rule.nodes)))
    share = sum(row.probability for row in rule.narrow)
    near = min(HALLEY, _PATIENT / np.sqrt(share)) if share > 0.0 else HALLEY
    for i in range(0, len(order), size):
        part = order[i : i + size]
        few = pairs.subset(part)
        curve = curves(rule, few) if sample else Mixtures(rule, few)
        out[:, part] = _invert(curve, start[:, part], levels, near)
    return out


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

    rough: a smaller rule to begin with; known: the typical pairs, levels, and their quantiles; sampling: what it adds
    to sample the distributions of `rule` on grids (`curves`), much quicker than to sum them, if it was tried.
    """

    rule: Rule
    error: float
    rough: Rule
    sampling: float
    known: tuple[Pairs, Array, Array]

    def quantiles(self, pairs: Pairs, levels: Array) -> Array:
        """Logits of the quantiles at the levels: (levels, pairs)."""
        if self.sampled(pairs):
            return quantiles(self.rule, pairs, levels, sample=True)
        out, left = self._recalled(pairs, levels)
        if len(left):
            rest = pairs.subset(left)
            start = quantiles(self.rough, rest, levels, sample=self.rough is self.rule)
            out[:, left] = quantiles(self.rule, rest, levels, start=start)
        return out

    def _recalled(self, pairs: Pairs, levels: Array) -> tuple[Array, Index]:
        """Quantiles of the pairs that are known, and which are not."""
        out, left = np.empty((len(levels), len(pairs.count))), np.ones(len(pairs.count), dtype=bool)
        typical, at, logits = self.known
        if np.allclose(levels, at, rtol=0.0, atol=_ROUNDING):
            for y, f, known in zip(typical.successes, typical.failures, logits.T, strict=True):
                here = (pairs.successes == y) & (pairs.failures == f)
                out[:, here] = known[:, None]
                left &= ~here
        return out, np.flatnonzero(left)

    def sampled(self, pairs: Pairs) -> bool:
        """Whether samples are good enough, or the only way with so many pairs."""
        return self.sampling < _GOAL or len(self.rule.nodes) * len(pairs.count) > _MANY

    def error_for(self, pairs: Pairs) -> float:
        """Bound on |F(x) - level| for the quantiles of these pairs."""
        return self.error + (self.sampling if self.sampled(pairs) else 0.0)


def fitted(source: Source, typical: Pairs, levels: Array, spread: float) -> Fitted:
    """The smallest rule whose quantiles for a few typical pairs the next finer rule confirms.

    Where none does, all concentrations of the lattice serve, or of a finer one. spread: sd of log(concentration).
    """
    sizes = next(sizes for limit, sizes in _SIZES if spread < limit)
    found: Array | None = None
    lattice: Fitted | None = None
    thinnable = True
    for size, next_size in pairwise(sizes):
        errors = []
        for thin in (True, False) if thinnable else (False,):
            finer = smaller_rule(source, next_size, typical, thin=thin, judge=True)
            rule = smaller_rule(source, size, typical, thin=thin)
            if len(rule.nodes) > _LARGE and lattice is None:
                lattice = _on_lattices(source, typical, levels)
                if lattice.error < _GOAL or len(rule.nodes) * len(typical.count) > _DEAREST:
                    return lattice
            found, sampling = _found(rule, typical, levels, found)
            errors.append(disagreement(finer, found, typical, levels, sample=sampling < _SURE))
            if errors[-1] < _GOAL:
                return Fitted(rule, errors[-1], rule, sampling, (typical, levels, found))
        thinnable = thinnable and errors[0] < 10.0 * errors[-1]
    rough, rule = rule, whole_rule(source, 1, typical)
    if lattice is not None and len(rule.nodes) * len(typical.count) > _DEAREST:
        return lattice
    found = quantiles(rule, typical, levels, start=found)
    some, error = np.arange(len(typical.count)), np.inf
    for refine in _REFINED:
        finer, few = whole_rule(source, refine, typical), typical.subset(some)
        gaps, better = _judged(finer, found[:, some], few, levels)
        error, dear = float(np.max(gaps)), len(finer.nodes) * len(some) > _DEAR
        if error < (_NEARLY if dear else _GOAL):
            break
        rule, start = finer, found[:, some]
        found[:, some] = better if error < _CLOSE else quantiles(finer, few, levels, start=start)
        if dear:  # those that are worst off judge the next
            some = some[np.argsort(gaps)[-_JUDGES:]]
    return Fitted(rule, error, rough, np.inf, (typical, levels, found))


def _on_lattices(source: Source, typical: Pairs, levels: Array) -> Fitted:
    """The coarsest lattice whose quantiles the next finer one confirms, or the finest that is not too dear.

    Lattices that are coarse beside the conditionals of groups converge by the factor of their steps only, so that the
    next finer one shows no more than a third of what is left.
    """
    rule, found = lattice_rule(source, _COARSER[0]), None
    for factor in _COARSER[1:]:
        found, finer = quantiles(rule, typical, levels, start=found), lattice_rule(source, factor)
        error = disagreement(finer, found, typical, levels)
        if error < _GOAL or len(finer.nodes) * len(typical.count) > _DEAR:
            break
        rule = finer
    assert found is not None
    error = error if error < _GOAL else min(1.0, _SLOW * error)
    return Fitted(rule, error, rule, np.inf, (typical, levels, found))


def _found(rule: Rule, pairs: Pairs, levels: Array, start: Array | None) -> tuple[Array, float]:
    """Quantiles by a rule, and how far those from samples of its distributions are off."""
    if rule.narrow or len(rule.nodes) > _SAMPLED or np.max(pairs.trials) > _SHARPEST:
        return quantiles(rule, pairs, levels, start=start), np.inf
    found = quantiles(rule, pairs, levels, sample=True)
    sampling = disagreement(rule, found, pairs, levels)
    return (found if sampling < _SURE else quantiles(rule, pairs, levels, start=found)), sampling


def disagreement(rule: Rule, logits: Array, pairs: Pairs, levels: Array, *, sample: bool = False) -> float:
    """The largest |F(x) - level| at quantiles x found elsewhere; logits: (levels, pairs)."""
    curve: Distribution = curves(rule, pairs) if sample and not rule.narrow else Mixtures(rule, pairs)
    _, gap, _, _ = _gaps(curve, logits, len(pairs.count), levels)
    return float(np.max(np.abs(gap), initial=0.0))


def _judged(rule: Rule, logits: Array, pairs: Pairs, levels: Array) -> tuple[Array, Array]:
    """The largest of each pair, with the quantiles of this rule if they are one step away."""
    inside, gap, slope, bend = _gaps(Mixtures(rule, pairs), logits, len(pairs.count), levels)
    better, gaps = logits.ravel().copy(), np.zeros(logits.size)
    better[inside] -= halley(gap, slope, bend)
    gaps[inside] = np.abs(gap)
    return gaps.reshape(logits.shape).max(axis=0), better.reshape(logits.shape)


def _gaps(curve: Distribution, logits: Array, count: int, levels: Array) -> tuple[Index, Array, Array, Array]:
    """Which quantiles are finite, and F(x) - level there with its derivatives."""
    inside = np.flatnonzero(np.isfinite(logits))
    value, slope, bend = curve.at(logits.ravel()[inside], inside % count)
    return inside, value - np.repeat(levels, count)[inside], slope, bend
