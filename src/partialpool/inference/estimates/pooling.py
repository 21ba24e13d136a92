"""Complete and no pooling of estimates with known standard errors, and the scores of these and of the fit.

With w_j = 1/s_j^2 and flat priors on the line,

    complete    theta ~ N(m, 1/sum w_j),  m = sum w_j y_j / sum w_j          none    theta_j ~ N(y_j, s_j^2)

Leaving group j out, complete pooling predicts N(m without j, s_j^2 + 1/(sum w_i without j)); no pooling predicts
nothing, as a flat prior on the line is improper. So neither has a marginal likelihood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.answers import EXACT, Accuracy, Answers, GroupSummary, symmetric
from partialpool.groups import Groups
from partialpool.inference.estimates.hyper import Hyperposterior
from partialpool.inference.estimates.leaving_out import evidence, improper_without, predicted
from partialpool.inference.normal.integrated import Integrated, effective
from partialpool.marginals.normal_normal import Distinct, Scaled, distinct, scaled
from partialpool.priors import NormalPrior
from partialpool.propriety.proper import improper, log_mass
from partialpool.scores import ModelScores, Score, missing, summed
from partialpool.special import HALF_LOG_2PI, Array

FLAT = "the flat prior of this model is improper"
NO_ROWS = "the rows behind an estimate are not known"
PLUGGED_IN = "the population's parameters are plugged in, not averaged over"
IMPROPER = "without one of the groups the posterior is improper"

_CONTRADICTION = "exact estimates (se = 0) differ, so that no theta is common to all"
_CERTAIN = "groups with exact estimates (se = 0) that agree are predicted with certainty, which has no finite score"
_EXTREME = "the standard errors are so large or small that their squares are beyond double precision"


@dataclass(frozen=True)
class Estimates:
    """Complete and no pooling beside a fit of estimates."""

    of: Distinct
    prior: NormalPrior
    answers: Answers

    @property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, "closed forms")

    def complete(self, tail: float) -> GroupSummary:
        size = len(self.of.where)
        mean, sd = np.nan, np.nan
        if not self._contradictory:
            data = scaled(self.of, None)
            w, _ = _precisions(data)
            centre = float((w * data.count) @ data.estimate) / float(w @ data.count)
            mean = data.centre + float(data.restored(np.array([centre]))[0])
            sd = float(data.se[0]) / float(np.sqrt(w @ data.count))
            sd = float(data.restored(np.array([sd]))[0])
        lower, median, upper = (np.full(size, mean + sd * z) for z in sc.ndtri(symmetric(tail)))
        return GroupSummary(np.full(size, mean), np.full(size, sd), lower, median, upper, np.zeros(size))

    def alone(self, tail: float) -> GroupSummary:
        y, s = self.of.estimate[self.of.where], self.of.se[self.of.where]
        lower, median, upper = (y + s * z for z in sc.ndtri(symmetric(tail)))
        return GroupSummary(y, s, lower, median, upper, np.ones(len(y)))

    def why_missing(self, model: str) -> str:
        return _CONTRADICTION if model == "complete" and self._contradictory else ""

    @property
    def _contradictory(self) -> bool:
        return bool(np.count_nonzero(self.of.se == 0.0) > 1)

    def scores(self) -> Mapping[str, ModelScores]:
        size = float(self.of.count.sum())
        rows, flat = missing(NO_ROWS), missing(FLAT)
        certain = missing(_CONTRADICTION) if self._contradictory else Score(1.0)
        complete = ModelScores(self._complete(), rows, flat, certain)
        return {"complete": complete, "none": ModelScores(flat, rows, flat, Score(size)), "partial": self._partial()}

    def _complete(self) -> Score:
        if self._contradictory:
            return missing(_CONTRADICTION)
        if float(self.of.count[self.of.se == 0.0].sum()) > 1:
            return missing(_CERTAIN)
        if float(self.of.count.sum()) < 2:
            return missing(IMPROPER)
        return complete(scaled(self.of, None))

    def _partial(self) -> ModelScores:
        if not isinstance(self.answers, Integrated):
            none = missing(PLUGGED_IN)
            return ModelScores(none, none, none, none)
        hyper = self.answers.hyper
        usable = not self.prior.sd.density.needs_design
        groups = self._left_out(hyper) if usable else missing(_EXTREME)
        marginal = self._marginal() if usable else missing(_EXTREME)
        return ModelScores(groups, missing(NO_ROWS), marginal, effective(self.answers, hyper.of.se, hyper.data.count))

    def _left_out(self, hyper: Hyperposterior) -> Score:
        if improper_without(self.of, self.prior):
            return missing(IMPROPER)
        found = predicted(self.of, hyper, self.prior)
        return summed(found.value, self.of.count, found.error)

    def _marginal(self) -> Score:
        reason = improper(self.prior)
        if reason:
            return missing(f"{reason}, so that its density has no constant")
        value, error = evidence(self.of, self.prior)
        mass = log_mass(self.prior)
        return Score(value - mass.log, error + mass.error)


def alternatives(groups: Groups, prior: NormalPrior, answers: Answers) -> Estimates:
    """Complete and no pooling of these groups, beside these answers."""
    estimate, se = (groups.statistics[role].astype(float) for role in ("estimate", "se"))
    return Estimates(distinct(estimate, se), prior, answers)


def _precisions(data: Scaled) -> tuple[Array, float]:
    """Precisions in units of the largest, and the standard error that it belongs to."""
    least = float(data.se[0])
    if least == 0.0:
        return (data.se == 0.0).astype(float), 0.0
    return (least / data.se) ** 2, least


def complete(data: Scaled) -> Score:
    """Sum of log p(y_j | the others) with one theta for all; sums without j are sums before it and after it."""
    some = np.repeat(np.arange(len(data.se)), data.count.astype(np.intp))
    y, s = data.estimate[some], data.se[some]
    w, least = _precisions(data.subset(some))
    if least == 0.0:  # the first is exact, and the others say what it may be
        w[1:] = (s[1] / s[1:]) ** 2
        value = [HALF_LOG_2PI + 0.5 * ((y[1:] - y[0]) / s[1:]) ** 2 + np.log(s[1:])]
        precision, mean = float(w[1:].sum()), float(w[1:] @ y[1:]) / float(w[1:].sum())
        sd = s[1] / np.sqrt(precision)
        value.append(np.array([HALF_LOG_2PI + 0.5 * ((y[0] - mean) / sd) ** 2 + np.log(sd)]))
        return summed(-np.concatenate(value) - data.log_unit)
    rest, total = _without_each(w), _without_each(w * y)
    away = y - total / rest
    share = rest / (rest + w)
    size = (away / s) ** 2 * share
    log_p = -HALF_LOG_2PI - np.log(s) + 0.5 * np.log(share) - 0.5 * size - data.log_unit
    return summed(log_p, 1.0, 8.0 * 2.3e-16 * (1.0 + size + np.sqrt(size) * np.max(np.abs(y)) / s))


def _without_each(values: Array) -> Array:
    """The sum of all values but one, for each."""
    before = np.concatenate([[0.0], np.cumsum(values[:-1])])
    after = np.concatenate([np.cumsum(values[:0:-1])[::-1], [0.0]])
    return before + after
