"""Complete and no pooling of rates, and the scores of these and of the fit.

With Y events over an exposure E in all, and flat priors on (0, infinity),

    complete    theta ~ Gamma(Y + 1, E)            none    theta_j ~ Gamma(y_j + 1, e_j), if e_j > 0

Leaving group j out, complete pooling predicts a negative binomial of Y - y_j + 1 and E - e_j,

    p(y_j | the others) = C(Y, y_j) p^y_j (1 - p)^(Y - y_j + 1),    p = e_j / E;

no pooling predicts nothing, as a flat prior on (0, infinity) is improper. So neither has a marginal likelihood.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from partialpool.distributions import Gammas
from partialpool.distributions.marginals.gamma_poisson import EPS, PoissonCells
from partialpool.distributions.marginals.gamma_poisson_each import log_modal, log_poisson
from partialpool.distributions.populations.gamma import PARAMETERS
from partialpool.engine.leaving_out import left_out
from partialpool.engine.plug_in import accuracy_of, summary
from partialpool.engine.pooling import effective, marginal, without_each
from partialpool.engine.results import GroupSummary
from partialpool.engine.scores import FLAT, Alternatives, Flat, ModelScores, Score, missing, summed
from partialpool.groups.groups import Groups
from partialpool.models.inference.rates import distinct
from partialpool.models.inference.rates.hyper import Hyperposterior
from partialpool.models.inference.rates.leaving_out import evidence, groups
from partialpool.priors.on_gamma import GammaPrior
from partialpool.special import Array

_ROWS = missing("a fit keeps the totals of each group's rows, not the rows")
_NO_EXPOSURE = "no exposure: the flat prior of the group's own rate is all there is, and it is improper"
_INFINITE = "no exposure: the rate's mean or sd is infinite under this prior"
_ROUNDING = 2e-14


def alternatives(data: Groups, prior: GammaPrior, hyper: Hyperposterior | None) -> Alternatives:
    """Complete and no pooling of these groups, beside the fit."""
    pairs, where = distinct(data.statistics["events"], data.statistics["exposure"])
    some, empty = pairs.informative, pairs.exposure[where] == 0.0
    total = PoissonCells(np.array([pairs.events @ pairs.count]), np.array([pairs.exposure @ pairs.count]), np.ones(1))
    every, each = (Gammas(of.events[:, None] + 1.0, np.log(of.exposure[:, None])) for of in (total, some))
    place = np.maximum(np.cumsum(pairs.exposure > 0.0) - 1, 0)[where]  # groups without exposure get any place

    def alone(tail: float) -> GroupSummary:
        found = summary(each, np.ones(len(some.count)), place, tail)
        return GroupSummary(*(np.where(empty, np.nan, getattr(found, name)) for name in GroupSummary.ARRAYS))

    flat, size = missing(FLAT), Score(float(some.count.sum()))
    return Alternatives(
        Flat(
            partial(summary, every, np.ones(1), np.zeros_like(where)),
            lambda: ModelScores(complete(some), _ROWS, flat, Score(1.0)),
            accuracy_of(every),
        ),
        Flat(alone, lambda: ModelScores(flat, _ROWS, flat, size), accuracy_of(each), _NO_EXPOSURE),
        None if hyper is None else lambda: _scores(some, prior, hyper),
        _INFINITE,
    )


def complete(data: PoissonCells) -> Score:
    """Sum of log p(y_j | the others) with one theta for all groups.

    C(Y, y) p^y (1 - p)^(Y-y) is the probability that y of Y events are in group j. It is computed as a ratio of Poisson
    probabilities: of y where pY are expected, and of Y - y where (1 - p) Y are, over that of Y where Y are.
    """
    if float(data.count.sum()) < 2.0:
        return missing("without one of the groups the posterior is improper")
    y, share = data.events, data.exposure / np.max(data.exposure)
    rest = without_each(share, data.count)
    whole = rest + share
    total = float(y @ data.count)
    expected, others = total * (share / whole), total * (rest / whole)
    held = log_poisson(y, expected) + log_poisson(total - y, others)
    modal = log_modal(total - y) - float(log_modal(np.array([total]))[0])
    off = 8.0 * EPS * (1.0 + np.abs(held) + np.abs(y - expected))
    return summed(held + modal + np.log(rest / whole), data.count, off).plus(_poisson(data))


def _poisson(data: PoissonCells) -> Score:
    """Sum of log Poisson probabilities at theta = y/e, which all models share."""
    return summed(log_modal(data.events), data.count)


def _scores(data: PoissonCells, prior: GammaPrior, hyper: Hyperposterior) -> ModelScores:
    """Scores of the fit."""
    shared = _poisson(data)
    return ModelScores(
        left_out(groups(hyper)).plus(shared),
        _ROWS,
        marginal(prior, lambda: evidence(hyper)).plus(shared),
        _effective(hyper),
    )


def _effective(hyper: Hyperposterior) -> Score:
    """Effective number of parameters, from w_j = e_j/(e_j + rate) and u_j = w_j / sum_j w_j.

    Exposures are in units of the largest, and u_j uses w_j over the largest w, so that not all of them underflow.
    """
    pairs = hyper.likelihood.pairs
    e, where = np.unique(pairs.exposure, return_inverse=True)
    count, share = np.bincount(where, weights=pairs.count).astype(float), (e / e[-1])[:, None]
    log_rate = np.clip(hyper.point.log_rate - np.log(e[-1]), -700.0, 700.0)

    def shares(some: slice) -> tuple[Array, Array]:
        rate = np.exp(log_rate[some])
        w, beside = share / (share + rate), share * ((1.0 + rate) / (share + rate))
        return w, beside / (count @ beside) * (rate / (share + rate))

    spread = hyper.rule.spread[1:][2 * len(PARAMETERS) + 2 :: 4]  # of the weights of typical groups
    error = max(float(np.max(spread)), float(hyper.rule.spread[0])) + hyper.likelihood.noise + _ROUNDING
    return effective(count, hyper.probability, shares, error)
