"""Complete and no pooling of measurements, and the scores of these and of the fit.

With N rows in J groups, Q their sum of squares about their common mean m, S that about the groups' means, and priors
flat in each theta and log sigma,

    complete    theta ~ t_(N-1)(m, Q / ((N - 1) N))            none    theta_j ~ t_(N-J)(y_j, S / ((N - J) n_j))

Under complete pooling rows have the joint density C(N, Q), and the prediction of some of them is a ratio of two such,

    C(N, Q) = Gamma((N - 1)/2) / (2 pi^((N-1)/2) sqrt(N) Q^((N-1)/2));

no pooling predicts nothing about a group that is left out, as a flat prior on the line is improper.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import special as sc

from partialpool.engine.leaving_out import left_out
from partialpool.engine.pooling import marginal
from partialpool.engine.results import EXACT, Accuracy, GroupSummary
from partialpool.engine.scores import FLAT, Alternatives, Flat, ModelScores, Score, missing, summed
from partialpool.groups.groups import Groups
from partialpool.models.inference.measurements import rows_out
from partialpool.models.inference.measurements.hyper import Hyperposterior
from partialpool.models.inference.measurements.leaving_out import evidence, groups, rows
from partialpool.models.inference.measurements.reduction import Reduced, reduced
from partialpool.models.inference.normal.integrated import effective
from partialpool.priors import NormalPrior
from partialpool.special import Array

ALIKE = "without one of the groups all rows are equal, or one only is left"

_NO_SPREAD = "no group has two rows, so that sigma is not known"
_FEW = "a t distribution of {:g} degrees of freedom has no {}"
_CHUNK = 1 << 21
_EPSILON = 2.3e-16


def alternatives(data: Groups, prior: NormalPrior, hyper: Hyperposterior | None) -> Alternatives:
    """Complete and no pooling of these groups, beside the fit."""
    of = reduced(data)
    pooled, each, flat = _pooled(of), rows_out.rows_of(of, data), missing(FLAT)
    (total, mean, squares), size, degrees = pooled, len(of.where), of.sample.degrees
    n, y = of.groups.n[of.where], of.groups.y[of.where]
    scale = np.sqrt(squares / max(total - 1.0, 1.0) / total), np.sqrt(of.sample.within / max(degrees, 1.0) / n)
    exact = Accuracy(EXACT, EXACT, EXACT, "closed forms")
    return Alternatives(
        Flat(
            partial(_students, of, np.full(size, mean), np.full(size, scale[0]), total - 1.0),
            lambda: ModelScores(complete(of, data), rows_out.complete(of, each, pooled), flat, Score(1.0)),
            exact,
            _why_missing(total - 1.0),
        ),
        Flat(
            partial(_students, of, y, scale[1], degrees),
            lambda: ModelScores(flat, rows_out.alone(of, each), flat, Score(of.sample.groups)),
            exact,
            _why_missing(degrees),
        ),
        None if hyper is None else lambda: _scores(data, of, each, prior, hyper),
    )


def _why_missing(degrees: float) -> str:
    """The reason why a t distribution has no mean or no sd, or does not exist; empty if it has both."""
    if degrees < 1.0:
        return _NO_SPREAD
    return _FEW.format(degrees, "mean" if degrees <= 1.0 else "sd") if degrees <= 2.0 else ""


def _students(of: Reduced, centre: Array, scale: Array, degrees: float, tail: float) -> GroupSummary:
    """Summaries of t distributions; NaN where they do not exist."""
    none, weight = np.full(len(centre), np.nan), np.ones(len(centre))
    if degrees < 1.0:
        return GroupSummary(none, none, none, none, none, weight)
    lower, median, upper = (of.back(centre + scale * t) for t in t_quantiles(degrees, tail))
    mean = of.back(centre) if degrees > 1.0 else none
    sd = of.unit * scale * np.sqrt(degrees / (degrees - 2.0)) if degrees > 2.0 else none
    return GroupSummary(mean, sd, lower, median, upper, weight)


def t_quantiles(degrees: float, tail: float) -> Array:
    """Quantiles of a t distribution at tail, 1/2 and 1 - tail, refined by Newton steps."""
    t = float(sc.stdtrit(degrees, tail))
    constant = -float(sc.betaln(0.5 * degrees, 0.5)) - 0.5 * np.log(degrees)
    for _ in range(2):
        density = np.exp(constant - 0.5 * (degrees + 1.0) * np.log1p(t * t / degrees))
        t -= (float(sc.stdtr(degrees, t)) - tail) / float(density)
    return np.array([t, 0.0, -t])


def _pooled(of: Reduced) -> tuple[float, float, float]:
    """Number of all rows, their mean, and the sum of squares about it, in the units of the reduction."""
    sample = of.sample
    n = float(sample.n @ sample.count)
    mean = float((sample.n * sample.count) @ sample.mean) / n
    between = float(sample.n @ (sample.squares + sample.count * (sample.mean - mean) ** 2))
    return n, mean, sample.within + between


def complete(of: Reduced, groups: Groups) -> Score:
    """Sum of log p(rows of j | the others) with one theta for all: C(N, Q) / C(N', Q'), N' and Q' of the others."""
    n, squares, centre, within = _each(of, groups)
    total = float(n.sum())
    rest = total - n
    others = within + squares
    if not (np.all(rest >= 2.0) and np.all(others > 0.0)):
        return missing(ALIKE)
    y = of.groups.y[of.where]
    added = (np.asarray(groups.statistics["sd"], dtype=float) / of.unit) ** 2 * (n - 1.0)
    added = added + n * rest / total * (y - centre) ** 2
    gammas = sc.gammaln(0.5 * (total - 1.0)), sc.gammaln(0.5 * (rest - 1.0))
    shrunk = 0.5 * (rest - 1.0) * np.log1p(added / others)
    powers = 0.5 * n * (np.log(np.pi) + np.log(others + added)) + 0.5 * np.log(total / rest)
    value = gammas[0] - gammas[1] - powers - shrunk - n * of.log_unit
    off = 8.0 * _EPSILON * (np.abs(gammas[0]) + np.abs(gammas[1]) + np.abs(powers) + np.abs(shrunk) + n + rest)
    return summed(value, 1.0, off)


def _each(of: Reduced, groups: Groups) -> tuple[Array, Array, Array, Array]:
    """For each group, in the caller's order: n, and the others' squares between, mean, and squares within."""
    n, y = of.groups.n[of.where], of.groups.y[of.where]
    own = (n - 1.0) * (np.asarray(groups.statistics["sd"], dtype=float) / of.unit) ** 2
    size = max(1, _CHUNK // len(n))
    parts = []
    for start in range(0, len(n), size):
        some = np.arange(start, min(start + size, len(n)))
        weight = np.tile(n, (len(some), 1))
        weight[np.arange(len(some)), some] = 0.0
        mean = weight @ y / np.maximum(weight.sum(axis=1), 1.0)
        between = np.sum(weight * (y - mean[:, None]) ** 2, axis=1)
        parts.append(np.stack([between, mean, (weight > 0.0) @ own]))
    between, mean, within = np.concatenate(parts, axis=1)
    return n, between, mean, within


def _scores(
    data: Groups, of: Reduced, each: rows_out.Rows | None, prior: NormalPrior, hyper: Hyperposterior
) -> ModelScores:
    """Scores of the fit."""
    return ModelScores(
        left_out(groups(data, of, hyper, prior)),
        missing(rows_out.NO_ROWS) if each is None else left_out(rows(data, of, each, hyper, prior)),
        marginal(prior, lambda: evidence(hyper, of)),
        effective(hyper, 1.0 / np.sqrt(of.sample.n), of.sample.count),
    )
