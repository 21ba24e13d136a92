"""Complete and no pooling of proportions, and the scores of these and of the fit.

With Y successes in N trials in all, and flat priors on (0, 1),

    complete    theta ~ Beta(Y + 1, N - Y + 1)            none    theta_j ~ Beta(y_j + 1, n_j - y_j + 1)

and with these predictive probabilities of what is left out:

                a group j                                      a success of group j
    complete    C(n, y) B(Y + 1, N - Y + 1) / B(Y - y + 1, ...)    Y / (N + 1)
    none        1 / (n_j + 1)                                  y_j / (n_j + 1)
    partial     see `leaving_out`
"""

from __future__ import annotations

from functools import partial

import numpy as np

from partialpool.distributions import Betas
from partialpool.distributions.marginals.beta_binomial import BinomialCells, log_pair
from partialpool.distributions.marginals.beta_binomial_each import log_modal, noise
from partialpool.engine.leaving_out import left_out
from partialpool.engine.plug_in import accuracy_of, summary
from partialpool.engine.pooling import effective, marginal
from partialpool.engine.scores import Alternatives, Flat, ModelScores, Score, summed
from partialpool.groups.groups import Groups
from partialpool.models.inference.proportions import distinct
from partialpool.models.inference.proportions.hyper import Hyperposterior
from partialpool.models.inference.proportions.leaving_out import evidence, groups, trials
from partialpool.priors import BetaPrior
from partialpool.special import Array


def alternatives(data: Groups, prior: BetaPrior, hyper: Hyperposterior | None) -> Alternatives:
    """Complete and no pooling of these groups, beside the fit."""
    pairs, where = distinct(data.statistics["successes"], data.statistics["trials"])
    some, total = pairs.subset(pairs.trials > 0), _total(pairs)
    every, each = (Betas(of.successes[:, None] + 1.0, of.failures[:, None] + 1.0) for of in (total, pairs))
    return Alternatives(
        Flat(
            partial(summary, every, np.ones(1), np.zeros_like(where)),
            lambda: complete(some),
            accuracy_of(every),
        ),
        Flat(partial(summary, each, np.ones(len(pairs.count)), where), lambda: alone(some), accuracy_of(each)),
        None if hyper is None else lambda: _scores(some, prior, hyper),
    )


def complete(data: BinomialCells) -> ModelScores:
    """Scores of complete pooling: one theta for all groups, uniform on (0, 1)."""
    whole = _total(data)
    (y,), (f,), (n,) = whole.successes, whole.failures, whole.trials
    one = BinomialCells(data.successes, data.failures, np.ones(len(data.count)))
    a, b = y - data.successes + 1.0, f - data.failures + 1.0
    held = log_pair(one, np.log(a) - np.log(a + b), np.log(b) - np.log(a + b), np.log(a + b)) + log_modal(data)
    rows = summed(np.log(np.array([max(y, 1.0), max(f, 1.0)]) / (n + 1.0)), np.array([y, f]))
    apart = summed(_divergences(data, y / n, f / n), -data.count)
    marginal = summed(np.array([-np.log1p(n), -float(log_modal(whole)[0])])).plus(apart).plus(_binomial(data))
    return ModelScores(summed(held, data.count, noise(data)), rows, marginal, Score(1.0))


def alone(data: BinomialCells) -> ModelScores:
    """Scores of no pooling: a theta for each group, uniform on (0, 1)."""
    groups = summed(np.log1p(data.trials), -data.count)
    y, f = data.successes, data.failures
    rows = [summed(np.log(np.maximum(v, 1.0) / (data.trials + 1.0)), v * data.count) for v in (y, f)]
    return ModelScores(groups, rows[0].plus(rows[1]), groups, Score(float(data.count.sum())))


def _divergences(data: BinomialCells, p: float, q: float) -> Array:
    """Return y log((y/n)/p) + (n - y) log((1 - y/n)/q) for each pair, where q = 1 - p."""
    n = data.trials
    return np.asarray(
        sum(
            v * np.log(np.where(v > 0, v, 1.0) / np.where(v > 0, n * share, 1.0))
            for v, share in ((data.successes, p), (data.failures, q))
        )
    )


def _total(pairs: BinomialCells) -> BinomialCells:
    """All groups merged into one."""
    y, f = (np.array([part @ pairs.count]) for part in (pairs.successes, pairs.failures))
    return BinomialCells(y, f, np.ones(1))


def _binomial(data: BinomialCells) -> Score:
    """Sum of log binomial probabilities at theta = y/n, which all models share."""
    return summed(log_modal(data), data.count)


def _scores(data: BinomialCells, prior: BetaPrior, hyper: Hyperposterior) -> ModelScores:
    """Scores of the fit."""
    shared = _binomial(data)
    return ModelScores(
        left_out(groups(hyper)).plus(shared),
        left_out(trials(hyper)),
        marginal(prior, lambda: evidence(hyper)).plus(shared),
        _effective(hyper),
    )


def _effective(hyper: Hyperposterior) -> Score:
    """Effective number of parameters, from w_j = n_j/(n_j + concentration) and u_j = w_j / sum_j w_j."""
    pairs = hyper.pairs.subset(hyper.pairs.trials > 0)
    n, where = np.unique(pairs.trials, return_inverse=True)
    count = np.bincount(where, weights=pairs.count).astype(float)
    kappa = np.exp(np.minimum(hyper.nodes.point.log_kappa, 700.0))

    def shares(some: slice) -> tuple[Array, Array]:
        w = n[:, None] / (n[:, None] + kappa[some])
        return w, w / (count @ w) * (kappa[some] / (n[:, None] + kappa[some]))

    return effective(count, hyper.nodes.probability, shares, hyper.moment_errors[0])
