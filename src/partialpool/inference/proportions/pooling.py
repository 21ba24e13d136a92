"""Complete and no pooling of proportions, and the scores of these and of the fit.

With Y successes in N trials in all, and flat priors on (0, 1),

    complete    theta ~ Beta(Y + 1, N - Y + 1)            none    theta_j ~ Beta(y_j + 1, n_j - y_j + 1)

and what is left out has the probability

                a group j                                      a success of group j
    complete    C(n, y) B(Y + 1, N - Y + 1) / B(Y - y + 1, ...)    Y / (N + 1)
    none        1 / (n_j + 1)                                  y_j / (n_j + 1)
    partial     see `leaving_out`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.answers import Accuracy, Answers, GroupSummary
from partialpool.groups import Groups
from partialpool.inference.proportions import distinct
from partialpool.inference.proportions.fixed import Fixed
from partialpool.inference.proportions.hyper import Hyperposterior
from partialpool.inference.proportions.integrated import Integrated
from partialpool.inference.proportions.leaving_out import (
    FAILURE,
    SUCCESS,
    Parts,
    Predicted,
    evidence,
    improper_without,
    parts,
    predicted,
)
from partialpool.marginals.beta_binomial import Pairs, log_pair
from partialpool.marginals.beta_binomial_each import log_modal, noise
from partialpool.priors import BetaPrior
from partialpool.propriety.proper import improper, log_mass
from partialpool.scores import ModelScores, Score, missing, summed
from partialpool.special import Array, Index

_PLUGGED_IN = "the population's parameters are plugged in, not averaged over"
_IMPROPER = "without one of these the posterior is improper"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Proportions:
    """Complete and no pooling beside a fit of proportions."""

    pairs: Pairs
    where: Index
    prior: BetaPrior
    answers: Answers

    @cached_property
    def _complete(self) -> Fixed:
        y, f = (np.array([float(part @ self.pairs.count)]) for part in _both(self.pairs))
        total = Pairs(y, f, np.ones(1))
        return Fixed(0.5, 2.0, total, np.zeros(len(self.where), dtype=np.intp), "flat")

    @cached_property
    def _alone(self) -> Fixed:
        return Fixed(0.5, 2.0, self.pairs, self.where, "flat")

    @property
    def accuracy(self) -> Accuracy:
        one, other = self._complete.accuracy, self._alone.accuracy
        return Accuracy(one.mean, one.sd, max(one.probability, other.probability), one.how)

    def complete(self, tail: float) -> GroupSummary:
        return self._complete.groups(tail)

    def alone(self, tail: float) -> GroupSummary:
        return self._alone.groups(tail)

    def why_missing(self, model: str) -> str:
        return ""

    def scores(self) -> Mapping[str, ModelScores]:
        some = self.pairs.trials > 0
        data = self.pairs.subset(some)
        return {"complete": complete(data), "none": alone(data), "partial": self._partial(data)}

    def _partial(self, data: Pairs) -> ModelScores:
        if not isinstance(self.answers, Integrated):
            none = missing(_PLUGGED_IN)
            return ModelScores(none, none, none, none)
        hyper = self.answers.hyper
        groups, trials = parts(hyper.pairs)
        return ModelScores(
            _left_out(hyper, groups).plus(_binomial(data)),
            _left_out(hyper, trials),
            _marginal(hyper, self.prior).plus(_binomial(data)),
            effective(hyper),
        )


def alternatives(groups: Groups, prior: BetaPrior, answers: Answers) -> Proportions:
    """Complete and no pooling of these groups, beside these answers."""
    pairs, where = distinct(groups.statistics["successes"], groups.statistics["trials"])
    return Proportions(pairs, where, prior, answers)


def complete(data: Pairs) -> ModelScores:
    """One theta, uniform on (0, 1), for all groups."""
    y, f = (float(part @ data.count) for part in _both(data))
    n = y + f
    one = Pairs(data.successes, data.failures, np.ones(len(data.count)))
    a, b = y - data.successes + 1.0, f - data.failures + 1.0
    held = log_pair(one, np.log(a) - np.log(a + b), np.log(b) - np.log(a + b), np.log(a + b)) + log_modal(data)
    rows = summed(np.log(np.array([max(y, 1.0), max(f, 1.0)]) / (n + 1.0)), np.array([y, f]))
    apart = summed(_divergences(data, y / n, f / n), -data.count)
    whole = Pairs(np.array([y]), np.array([f]), np.ones(1))
    marginal = summed(np.array([-np.log1p(n), -float(log_modal(whole)[0])])).plus(apart).plus(_binomial(data))
    return ModelScores(summed(held, data.count, noise(data)), rows, marginal, Score(1.0))


def alone(data: Pairs) -> ModelScores:
    """A theta for each group, uniform on (0, 1) each."""
    groups = summed(np.log1p(data.trials), -data.count)
    y, f = _both(data)
    rows = [summed(np.log(np.maximum(v, 1.0) / (data.trials + 1.0)), v * data.count) for v in (y, f)]
    return ModelScores(groups, rows[0].plus(rows[1]), groups, Score(float(data.count.sum())))


def _divergences(data: Pairs, p: float, q: float) -> Array:
    """y log((y/n)/p) + (n - y) log((1 - y/n)/q) of each pair."""
    n = data.trials
    return np.asarray(
        sum(
            v * np.log(np.where(v > 0, v, 1.0) / np.where(v > 0, n * share, 1.0))
            for v, share in ((data.successes, p), (data.failures, q))
        )
    )


def _both(pairs: Pairs) -> tuple[Array, Array]:
    return pairs.successes, pairs.failures


def _binomial(data: Pairs) -> Score:
    """What all models share: the sum of log binomial probabilities at theta = y/n."""
    return summed(log_modal(data), data.count)


# --- partial pooling


def _left_out(hyper: Hyperposterior, of: Parts) -> Score:
    """Sum over groups, or over trials, of log p(part | rest), less what `_binomial` is."""
    if improper_without(hyper, of):
        return missing(_IMPROPER)
    found: Predicted = predicted(hyper, of)
    times = hyper.pairs.count[of.pair]
    times = times * np.where(of.kind == SUCCESS, hyper.pairs.successes[of.pair], 1.0)
    times = times * np.where(of.kind == FAILURE, hyper.pairs.failures[of.pair], 1.0)
    return summed(found.value, times, found.error)


def _marginal(hyper: Hyperposterior, prior: BetaPrior) -> Score:
    """log p(y), less what `_binomial` is."""
    reason = improper(prior)
    if reason:
        return missing(f"{reason}, so that its density has no constant")
    value, error = evidence(hyper)
    mass = log_mass(prior)
    return Score(value - mass.log, error + mass.error)


def effective(hyper: Hyperposterior) -> Score:
    """E[sum_j w_j + sum_j w_j (1 - w_j) / sum_j w_j] with w_j = n_j/(n_j + concentration)."""
    pairs, nodes = hyper.pairs, hyper.nodes
    n, where = np.unique(pairs.trials[pairs.trials > 0], return_inverse=True)
    count = np.bincount(where, weights=pairs.count[pairs.trials > 0])
    log_kappa = np.minimum(nodes.point.log_kappa, 700.0)
    size = max(1, _CHUNK // len(n))
    total = 0.0
    for start in range(0, len(log_kappa), size):
        w = n / (n + np.exp(log_kappa[start : start + size, None]))
        own = w @ count
        shared = own - (w * w) @ count
        total += float((own + shared / own) @ nodes.probability[start : start + size])
    return Score(total, total * hyper.moment_errors[0])
