"""The posterior of a beta-binomial model without one group, or one trial, for `engine.leaving_out`.

Given the population's parameters and the rest of its group, a trial succeeds with probability

    p(success | rest, mean, concentration)  =  (y_j - 1 + alpha) / (n_j - 1 + concentration),

and fails with the same formula in which beta and n_j - y_j take the place of alpha and y_j.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np

from partialpool.distributions.marginals.beta_binomial import EPS, BinomialCells
from partialpool.distributions.marginals.beta_binomial_each import log_at_mode, log_each, noise
from partialpool.engine.leaving_out import GOAL, Inverse, Parts, averaged, improper_without
from partialpool.models.inference.proportions.hyper import Hyperposterior, hyperposterior
from partialpool.models.inference.proportions.orientation import swapped
from partialpool.priors.propriety.proper import Mass, log_mass
from partialpool.priors.propriety.proportions import Design, check, design
from partialpool.safety import TWINS
from partialpool.special import Array, Index


@dataclass(frozen=True)
class _Left:
    """Groups with a part left out: the index of each group's distinct pair, and its counts without the part."""

    pair: Index
    successes: Array
    failures: Array


def groups(hyper: Hyperposterior) -> Parts:
    """The groups with data as parts to leave out; log probabilities lack each group's binomial part."""
    pairs = hyper.pairs
    which = np.flatnonzero(pairs.trials > 0)
    nothing = np.zeros(len(which))

    def inverse(some: Index, x: Array, y: Array) -> Array:
        return -log_each(pairs.subset(which[some]), hyper.chart.at(x, y))

    return _parts(hyper, _Left(which, nothing, nothing), pairs.count[which], inverse, nothing)


def trials(hyper: Hyperposterior) -> Parts:
    """The trials as parts to leave out: a success and a failure of each distinct group, where it has one."""
    pairs, both = hyper.pairs, (hyper.pairs.successes, hyper.pairs.failures)
    places = [np.flatnonzero(values > 0) for values in both]
    which, fails = np.concatenate(places), np.repeat([False, True], [len(some) for some in places])
    y, f = (values[which] for values in both)
    own, other = np.where(fails, f, y), np.where(fails, y, f)

    def inverse(some: Index, x: Array, y: Array) -> Array:
        at = hyper.chart.at(x, y)
        with np.errstate(divide="ignore"):
            n, v = (np.log(values[some, None] - 1.0) for values in (own + other, own))
        return np.logaddexp(n, at.log_kappa) - np.logaddexp(v, np.where(fails[some, None], at.log_beta, at.log_alpha))

    return _parts(hyper, _Left(which, y - ~fails, f - fails), pairs.count[which] * own, inverse, _step(own, other))


def _parts(hyper: Hyperposterior, left: _Left, count: Array, inverse: Inverse, step: Array) -> Parts:
    """The parts that are missing in `left`; step: change of their group's `log_at_mode` when they are left out."""
    rounding, pairs = hyper.likelihood.noise, hyper.pairs

    def without(k: int) -> Mass:
        rest = _outer(hyper, _without(pairs, left, k))
        found = evidence(hyperposterior(rest, hyper.prior)) if (rest.trials > 0).any() else log_mass(hyper.prior)
        return Mass(found.log - float(step[k]), found.error)

    return Parts(
        count,
        improper_without("these", hyper.prior, _designs(hyper, left), check),
        lambda: averaged(hyper.log_density, hyper.rule, inverse, rounding + noise(pairs)[left.pair]),
        lambda: evidence(hyper),
        without,
        max(GOAL, 2.0 * evidence(hyper).error),
    )


def evidence(hyper: Hyperposterior) -> Mass:
    """Log p(data), without each group's binomial probability at theta = y/n."""
    large, pairs = hyper.likelihood.large, hyper.pairs
    alone = np.isin(pairs.successes + 1j * pairs.failures, large.successes + 1j * large.failures)
    moderate = float((pairs.count * log_at_mode(pairs))[~alone].sum())
    total = hyper.rule.log_total
    error = TWINS * float(hyper.rule.spread[0]) + hyper.likelihood.noise + 4.0 * EPS * (abs(total) + abs(moderate))
    return Mass(total - moderate, error)


def _outer(hyper: Hyperposterior, pairs: BinomialCells) -> BinomialCells:
    """The pairs in the caller's orientation."""
    return swapped(pairs) if hyper.flipped else pairs


def _without(pairs: BinomialCells, left: _Left, k: int) -> BinomialCells:
    """The pairs without the k-th part: one group fewer of its kind, and one more of what is left of it."""
    y, f, count = pairs.successes, pairs.failures, pairs.count.copy()
    count[left.pair[k]] -= 1.0
    rest = left.successes[k], left.failures[k]
    same = np.flatnonzero((y == rest[0]) & (f == rest[1]))
    if any(rest) and len(same):
        count[same[0]] += 1.0
    elif any(rest):
        y, f, count = np.append(y, rest[0]), np.append(f, rest[1]), np.append(count, 1.0)
    keep = count > 0
    return BinomialCells(y[keep], f[keep], count[keep])


def _step(own: Array, other: Array) -> Array:
    """Change of a group's `log_at_mode` when a trial is left out that is one of `own` successes (or failures).

    y log(y/n) + f log(f/n) - (y-1) log((y-1)/(n-1)) - f log(f/(n-1)), computed from differences.
    """
    n = np.maximum(own + other, 2.0)
    change, less = np.log1p(1.0 / (n - 1.0)), np.maximum(own, 2.0) - 1.0
    step = np.log(own / n) + np.where(own > 1.0, less * (np.log1p(1.0 / less) - change), 0.0) - other * change
    return np.where(own + other > 1.0, step, 0.0)


def _designs(hyper: Hyperposterior, left: _Left) -> set[Design]:
    """The distinct designs, on which propriety depends, of the data without each part."""
    every = astuple(design(_outer(hyper, hyper.pairs)))
    before, after = hyper.pairs.subset(left.pair), BinomialCells(left.successes, left.failures, np.ones(len(left.pair)))
    gone, more = (_facts(_outer(hyper, pairs)) for pairs in (before, after))
    changes = np.unique(more - gone, axis=1).T.astype(int).tolist()
    return {Design(*(fact + change for fact, change in zip(every, row, strict=True))) for row in changes}


def _facts(pairs: BinomialCells) -> Array:
    """Contribution of each pair to a design: (facts, pairs)."""
    y, f = pairs.successes, pairs.failures
    return np.array([(y > 0) & (f > 0), (y > 0) & (f == 0), (y == 0) & (f > 0), y, f], dtype=float)
