"""Complete and no pooling of rates, and the scores of these and of the fit.

With Y events over an exposure E in all, and flat priors on (0, infinity),

    complete    theta ~ Gamma(Y + 1, E)            none    theta_j ~ Gamma(y_j + 1, e_j), if e_j > 0

Leaving group j out, complete pooling predicts a negative binomial of Y - y_j + 1 and E - e_j,

    p(y_j | the others) = C(Y, y_j) p^y_j (1 - p)^(Y - y_j + 1),    p = e_j / E;

no pooling predicts nothing, as a flat prior on (0, infinity) is improper. So neither has a marginal likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.answers import Accuracy, Answers, GroupSummary
from partialpool.groups import Groups
from partialpool.inference.rates import distinct
from partialpool.inference.rates.fixed import Fixed
from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.inference.rates.integrated import Integrated
from partialpool.inference.rates.leaving_out import evidence, improper_without, predicted
from partialpool.marginals.gamma_poisson import EPS, Pairs
from partialpool.marginals.gamma_poisson_each import log_modal, log_poisson
from partialpool.populations.gamma import PARAMETERS
from partialpool.priors.on_gamma import GammaPrior
from partialpool.propriety.proper import improper, log_mass
from partialpool.scores import ModelScores, Score, missing, summed
from partialpool.special import Array, Index

FLAT = "the flat prior of this model is improper"
NO_ROWS = "a fit keeps the totals of each group's rows, not the rows"
PLUGGED_IN = "the population's parameters are plugged in, not averaged over"
IMPROPER = "without one of the groups the posterior is improper"

_NO_EXPOSURE = "no exposure: the flat prior of the group's own rate is all there is, and it is improper"
_INFINITE = "no exposure: the rate's mean or sd is infinite under this prior"
_CHUNK = 1 << 20
_ROUNDING = 2e-14


@dataclass(frozen=True)
class Rates:
    """Complete and no pooling beside a fit of rates."""

    pairs: Pairs
    where: Index
    prior: GammaPrior
    answers: Answers

    @cached_property
    def _complete(self) -> Fixed:
        y, e = (np.array([float(part @ self.pairs.count)]) for part in (self.pairs.events, self.pairs.exposure))
        return _flat(Pairs(y, e, np.ones(1)), np.zeros(len(self.where), dtype=np.intp))

    @cached_property
    def _alone(self) -> Fixed:
        """Of the groups with exposure; the others stand at the first place."""
        place = np.cumsum(self.pairs.exposure > 0.0) - 1
        return _flat(self.pairs.informative, np.maximum(place, 0)[self.where])

    @property
    def accuracy(self) -> Accuracy:
        one, other = self._complete.accuracy, self._alone.accuracy
        return Accuracy(one.mean, one.sd, max(one.probability, other.probability), one.how)

    def complete(self, tail: float) -> GroupSummary:
        return self._complete.groups(tail)

    def alone(self, tail: float) -> GroupSummary:
        found, empty = self._alone.groups(tail), self.pairs.exposure[self.where] == 0.0
        return GroupSummary(*(np.where(empty, np.nan, getattr(found, name)) for name in GroupSummary.ARRAYS))

    def why_missing(self, model: str) -> str:
        return {"none": _NO_EXPOSURE, "partial": _INFINITE}.get(model, "")

    def scores(self) -> Mapping[str, ModelScores]:
        data = self.pairs.informative
        rows, flat = missing(NO_ROWS), missing(FLAT)
        size = float(data.count.sum())
        return {
            "complete": ModelScores(complete(data), rows, flat, Score(1.0)),
            "none": ModelScores(flat, rows, flat, Score(size)),
            "partial": self._partial(data),
        }

    def _partial(self, data: Pairs) -> ModelScores:
        if not isinstance(self.answers, Integrated):
            none = missing(PLUGGED_IN)
            return ModelScores(none, none, none, none)
        hyper, poisson = self.answers.hyper, _poisson(data)
        return ModelScores(
            _left_out(hyper).plus(poisson),
            missing(NO_ROWS),
            _marginal(hyper, self.prior).plus(poisson),
            effective(hyper),
        )


def alternatives(groups: Groups, prior: GammaPrior, answers: Answers) -> Rates:
    """Complete and no pooling of these groups, beside these answers."""
    pairs, where = distinct(groups.statistics["events"], groups.statistics["exposure"])
    return Rates(pairs, where, prior, answers)


def _flat(pairs: Pairs, where: Index) -> Fixed:
    """theta_j ~ Gamma(y_j + 1, e_j): a population of shape 1 and an infinite mean."""
    return Fixed(math.inf, 1.0, pairs, where, "flat")


def complete(data: Pairs) -> Score:
    """Sum of log p(y_j | the others) with one theta for all.

    C(Y, y) p^y (1 - p)^(Y-y) is the probability that y of Y events are in j, each with probability p: a ratio of
    Poisson probabilities, y where pY are expected and Y - y where (1 - p) Y are, over Y where Y are.
    """
    if float(data.count.sum()) < 2.0:
        return missing(IMPROPER)
    y, share = data.events, data.exposure / np.max(data.exposure)
    rest = _without_each(share, data.count)
    whole = rest + share
    total = float(y @ data.count)
    expected, others = total * (share / whole), total * (rest / whole)
    held = log_poisson(y, expected) + log_poisson(total - y, others)
    modal = log_modal(total - y) - float(log_modal(np.array([total]))[0])
    off = 8.0 * EPS * (1.0 + np.abs(held) + np.abs(y - expected))
    return summed(held + modal + np.log(rest / whole), data.count, off).plus(_poisson(data))


def _without_each(values: Array, count: Array) -> Array:
    """The sum of all values, each so many times, but one, for each: of those before it, after it, and like it."""
    sums = np.concatenate([[0.0], np.cumsum(values * count)])
    back = np.concatenate([np.cumsum((values * count)[::-1])[::-1], [0.0]])
    return sums[:-1] + back[1:] + (count - 1.0) * values


def _poisson(data: Pairs) -> Score:
    """What all models share: the sum of log Poisson probabilities at theta = y/e."""
    return summed(log_modal(data.events), data.count)


# --- partial pooling


def _left_out(hyper: Hyperposterior) -> Score:
    """Sum over groups of log p(y_j | the others), less what `_poisson` is."""
    if improper_without(hyper.pairs, hyper.prior):
        return missing(IMPROPER)
    found = predicted(hyper)
    return summed(found.value, hyper.likelihood.pairs.count, found.error)


def _marginal(hyper: Hyperposterior, prior: GammaPrior) -> Score:
    """log p(y), less what `_poisson` is."""
    reason = improper(prior)
    if reason:
        return missing(f"{reason}, so that its density has no constant")
    value, error = evidence(hyper)
    mass = log_mass(prior)
    return Score(value - mass.log, error + mass.error)


def effective(hyper: Hyperposterior) -> Score:
    """E[sum_j w_j + sum_j w_j (1 - w_j) / sum_j w_j] with w_j = e_j/(e_j + rate).

    Taken in units of the largest exposure, and in the second sum with w_j over the largest w, lest all of them vanish.
    """
    pairs, p = hyper.likelihood.pairs, hyper.probability
    e, where = np.unique(pairs.exposure, return_inverse=True)
    count, share = np.bincount(where, weights=pairs.count), e / e[-1]
    log_rate = np.clip(hyper.point.log_rate - np.log(e[-1]), -700.0, 700.0)
    size = max(1, _CHUNK // len(e))
    total = 0.0
    for start in range(0, len(p), size):
        rate = np.exp(log_rate[start : start + size, None])
        w = share / (share + rate)
        beside = share * ((1.0 + rate) / (share + rate))
        shared = (beside * (rate / (share + rate)) @ count) / (beside @ count)
        total += float((w @ count + shared) @ p[start : start + size])
    return Score(total, total * _weight_error(hyper))


def _weight_error(hyper: Hyperposterior) -> float:
    """Estimated relative error of the weights of typical groups, and of averages like them."""
    spread = hyper.rule.spread[1:]
    weights = spread[2 * len(PARAMETERS) + 2 :: 4]  # mean, sd, weight, nothing of each
    return max(float(np.max(weights)), float(hyper.rule.spread[0])) + hyper.likelihood.noise + _ROUNDING
