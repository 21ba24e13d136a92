"""Complete and no pooling of estimates with known standard errors, and the scores of these and of the fit.

With w_j = 1/s_j^2 and flat priors on the line,

    complete    theta ~ N(m, 1/sum w_j),  m = sum w_j y_j / sum w_j          none    theta_j ~ N(y_j, s_j^2)

Leaving group j out, complete pooling predicts N(m without j, s_j^2 + 1/(sum w_i without j)); no pooling predicts
nothing, as a flat prior on the line is improper. So neither has a marginal likelihood.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from partialpool.distributions.marginals.normal_normal import Distinct, Scaled, distinct, scaled
from partialpool.engine.leaving_out import left_out
from partialpool.engine.plug_in import normal
from partialpool.engine.pooling import marginal, without_each
from partialpool.engine.results import EXACT, Accuracy
from partialpool.engine.scores import FLAT, Alternatives, Flat, ModelScores, Score, missing, summed
from partialpool.groups.groups import Groups
from partialpool.models.inference.estimates.hyper import Hyperposterior
from partialpool.models.inference.estimates.leaving_out import evidence, groups
from partialpool.models.inference.normal.integrated import effective
from partialpool.priors import NormalPrior
from partialpool.special import HALF_LOG_2PI, Array

_ROWS = missing("the rows behind an estimate are not known")
_CONTRADICTION = "exact estimates (se = 0) differ, so that no theta is common to all"
_CERTAIN = "groups with exact estimates (se = 0) that agree are predicted with certainty, which has no finite score"
_EXTREME = "the standard errors are so large or small that their squares are beyond double precision"


def alternatives(data: Groups, prior: NormalPrior, hyper: Hyperposterior | None) -> Alternatives:
    """Complete and no pooling of these groups, beside the fit."""
    estimate, se = (data.statistics[role].astype(float) for role in ("estimate", "se"))
    of = distinct(estimate, se)
    why = _CONTRADICTION if np.count_nonzero(of.se == 0.0) > 1 else ""
    mean, sd = (np.full(1, value) for value in ((np.nan, np.nan) if why else _common(scaled(of, None))))
    flat, certain = missing(FLAT), missing(why) if why else Score(1.0)
    exact = Accuracy(EXACT, EXACT, EXACT, "closed forms")
    return Alternatives(
        Flat(
            partial(normal, mean, sd, np.ones(1), np.zeros_like(of.where)),
            lambda: ModelScores(_left_out(of, why), _ROWS, flat, certain),
            exact,
            why,
        ),
        Flat(
            partial(normal, of.estimate, of.se, np.ones(len(of.se)), of.where),
            lambda: ModelScores(flat, _ROWS, flat, Score(float(len(se)))),
            exact,
        ),
        None if hyper is None else lambda: _scores(of, prior, hyper),
    )


def _common(data: Scaled) -> tuple[float, float]:
    """Mean and sd of the theta that all groups share."""
    w, least = _precisions(data)
    total = float(w @ data.count)
    mean, sd = data.restored(np.array([float((w * data.count) @ data.estimate) / total, least / np.sqrt(total)]))
    return data.centre + float(mean), float(sd)


def _precisions(data: Scaled) -> tuple[Array, float]:
    """Precisions relative to the largest, and the standard error that the largest belongs to."""
    least = float(data.se[0])
    if least == 0.0:
        return (data.se == 0.0).astype(float), 0.0
    return (least / data.se) ** 2, least


def _left_out(of: Distinct, contradiction: str) -> Score:
    """Sum of log p(y_j | the others) with one theta for all, if it exists."""
    if contradiction:
        return missing(contradiction)
    if float(of.count[of.se == 0.0].sum()) > 1:
        return missing(_CERTAIN)
    if float(of.count.sum()) < 2:
        return missing("without one of the groups the posterior is improper")
    return complete(scaled(of, None))


def complete(data: Scaled) -> Score:
    """Sum of log p(y_j | the others) with one theta for all; sums without j are sums before and after it."""
    some = np.repeat(np.arange(len(data.se)), data.count.astype(np.intp))
    y, s = data.estimate[some], data.se[some]
    w, least = _precisions(data.subset(some))
    if least == 0.0:  # the first is exact, and the others predict it
        w[1:] = (s[1] / s[1:]) ** 2
        value = [HALF_LOG_2PI + 0.5 * ((y[1:] - y[0]) / s[1:]) ** 2 + np.log(s[1:])]
        precision, mean = float(w[1:].sum()), float(w[1:] @ y[1:]) / float(w[1:].sum())
        sd = s[1] / np.sqrt(precision)
        value.append(np.array([HALF_LOG_2PI + 0.5 * ((y[0] - mean) / sd) ** 2 + np.log(sd)]))
        return summed(-np.concatenate(value) - data.log_unit)
    rest, total = (without_each(values, np.ones(len(w))) for values in (w, w * y))
    away = y - total / rest
    share = rest / (rest + w)
    size = (away / s) ** 2 * share
    log_p = -HALF_LOG_2PI - np.log(s) + 0.5 * np.log(share) - 0.5 * size - data.log_unit
    return summed(log_p, 1.0, 8.0 * 2.3e-16 * (1.0 + size + np.sqrt(size) * np.max(np.abs(y)) / s))


def _scores(of: Distinct, prior: NormalPrior, hyper: Hyperposterior) -> ModelScores:
    """Scores of the fit."""
    if prior.sd.density.needs_design:
        return ModelScores(missing(_EXTREME), _ROWS, missing(_EXTREME), effective(hyper, hyper.of.se, hyper.data.count))
    found = left_out(groups(of, hyper, prior)), marginal(prior, lambda: evidence(of, prior))
    return ModelScores(found[0], _ROWS, found[1], effective(hyper, hyper.of.se, hyper.data.count))
