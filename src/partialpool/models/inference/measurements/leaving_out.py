"""The posterior of measurements without one group or one row, and its prediction of that part.

Given r = sd/sigma and sigma, with v_j = 1/(1 + n_j r^2), and the population's mean N(m, sigma^2/P) given all rows,

    y_j | the other groups  ~  N(y_j - (y_j - m)/(1 - u_j), sigma^2/(n_j v_j (1 - u_j))),   u_j = n_j v_j/P
    y_i | the other rows    ~  N(y_i - a/q, sigma^2/q),   a = d_i + v_j (y_j - m),   q = (n_j - 1 + v_j (1 - u_j))/n_j

for the mean y_j of a group, about which its own rows scatter, and for a row y_i, which lies d_i above its group's mean.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, section 5.4.2.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from partialpool.distributions.marginals.normal_unknown import Centre, Likelihood, likelihood, population
from partialpool.engine.leaving_out import Parts, Predicted, averaged, improper_without
from partialpool.groups.groups import Groups, frozen, subset
from partialpool.models.data.measurements import pooled
from partialpool.models.inference.measurements.hyper import Hyperposterior
from partialpool.models.inference.measurements.integration import hyperposterior
from partialpool.models.inference.measurements.reduction import Reduced, reduced
from partialpool.models.inference.measurements.rows_out import EQUAL, ROUNDING, Rows
from partialpool.models.inference.measurements.target import Target
from partialpool.priors import Normal, NormalPrior
from partialpool.priors.propriety.measurements import Design, check
from partialpool.priors.propriety.proper import Mass, log_mass
from partialpool.safety import TWINS
from partialpool.special import HALF_LOG_2PI, Array, Index

_ROUNDING = 1e-14
_EPSILON = 2.3e-16


def groups(data: Groups, of: Reduced, hyper: Hyperposterior, prior: NormalPrior) -> Parts:
    """The groups as parts to leave out; groups with equal rows are merged, in an order independent of the caller's."""
    table = np.stack([np.asarray(data.statistics[role], dtype=float) for role in ("n", "mean", "rest", "sd")])
    _, first, count = np.unique(table, axis=1, return_index=True, return_counts=True)
    every = np.arange(data.size)

    def without(k: int) -> Mass:
        rest = reduced(subset(data, every != first[k])) if data.size > 1 else None
        return log_mass(prior) if rest is None else evidence(fitted(rest, prior), rest)

    return Parts(
        count.astype(float),
        improper_without("the groups", prior, _without_groups(data, of), check),
        lambda: _groups_together(of, hyper, table[0, first], of.groups.y[of.where[first]], table[3, first] / of.unit),
        lambda: evidence(hyper, of),
        without,
    )


def _without_groups(data: Groups, of: Reduced) -> set[Design]:
    """The distinct designs, on which propriety depends, of the data without each group."""
    n, sd = (np.asarray(data.statistics[role], dtype=float) for role in ("n", "sd"))
    y, alike = np.unique(of.groups.y[of.where], return_inverse=True)
    single = np.bincount(alike)[alike] == 1
    spread = np.count_nonzero(sd > 0.0) - (sd > 0.0)
    facts = np.stack([n, spread > 0, len(y) - single > 1], axis=1)
    rows = of.design.rows
    return {
        Design(data.size - 1, rows - int(size), bool(within), bool(between))
        for size, within, between in np.unique(facts, axis=0).tolist()
    }


def _groups_together(of: Reduced, hyper: Hyperposterior, n: Array, y: Array, sd: Array) -> Predicted:
    """Predict the rows of each group from the other groups, given its size, mean and sd."""

    def inverse(some: Index, x: Array, at: Array) -> Array:
        log_r, log_sigma, _ = hyper.lines.point(x, at)
        size, s = n[some, None], sd[some, None] * np.exp(-log_sigma)
        apart, own, away = _shares(hyper, size, y[some, None], log_r, log_sigma)
        scatter = (size - 1.0) * (log_sigma + HALF_LOG_2PI + 0.5 * s * s)
        far = size * apart * away**2 * np.exp(-2.0 * log_sigma) / (1.0 - own)
        return scatter + 0.5 * (far - np.log(apart * (1.0 - own))) + log_sigma + HALF_LOG_2PI

    return _rounded(averaged(hyper.lines.log_density, hyper.rule, inverse, ROUNDING * n), n * of.log_unit)


def _shares(hyper: Hyperposterior, n: Array, y: Array, log_r: Array, log_sigma: Array) -> tuple[Array, Array, Array]:
    """Return v_j, u_j and y_j - m of groups: (groups, nodes) each."""
    at = population(hyper.target.model, log_r, log_sigma)
    apart = np.exp(-np.logaddexp(0.0, np.log(n) + 2.0 * log_r))
    return apart, n * apart * at.variance * np.exp(-2.0 * log_sigma), y - at.mean


def _rounded(found: Predicted, units: Array | float) -> Predicted:
    """Convert predictions to the caller's units, and add the rounding error."""
    return Predicted(found.value - units, found.error + ROUNDING * (1.0 + np.abs(found.value)))


def rows(data: Groups, of: Reduced, each: Rows, hyper: Hyperposterior, prior: NormalPrior) -> Parts:
    """The rows as parts to leave out, while the others of the group stay; a single row has no prediction."""

    def inverse(some: Index, x: Array, y: Array) -> Array:
        log_r, log_sigma, _ = hyper.lines.point(x, y)
        n, d = each.n[some, None], each.d[some, None]
        apart, own, away = _shares(hyper, n, each.y[some, None], log_r, log_sigma)
        q, a = (n - 1.0) / n + apart / n * (1.0 - own), d + apart * away
        return 0.5 * a * a / q * np.exp(-2.0 * log_sigma) - 0.5 * np.log(q) + log_sigma + HALF_LOG_2PI

    def together() -> Predicted:
        return _rounded(averaged(hyper.lines.log_density, hyper.rule, inverse, np.zeros(len(each.n))), of.log_unit)

    def without(k: int) -> Mass:
        rest = _without_row(data, int(each.first[k]))
        return evidence(fitted(reduced(rest), prior), reduced(rest))

    alone = "without one of the rows the posterior is improper" if of.design.rows == 1 else ""
    improper = alone or improper_without("the rows", prior, _without_rows(of, each), check)
    return Parts(each.count, improper, together, lambda: evidence(hyper, of), without)


def _without_row(data: Groups, row: int) -> Groups:
    """The groups without one of the rows that they keep."""
    assert data.members is not None
    group, value = (np.delete(part, row) for part in (data.members.group, data.members.value))
    left, codes = np.unique(group, return_inverse=True)
    nothing = np.zeros(len(value))
    parts = {"n": np.ones(len(value), dtype=np.int64), "mean": value, "rest": nothing, "sd": nothing}
    return replace(subset(data, left), statistics=frozen(pooled(parts, {}, codes, len(left))))


def _without_rows(of: Reduced, each: Rows) -> set[Design]:
    """The distinct designs, on which propriety depends, of the data without each row."""
    single, within, every = each.n == 1.0, of.sample.within, of.design
    left = within - np.where(single, 0.0, each.d**2 * each.n / np.maximum(each.n - 1.0, 1.0))
    return {
        Design(every.groups - int(one), every.rows - 1, bool(much), every.between)
        for one, much in zip(single.tolist(), (left > EQUAL * within).tolist(), strict=True)
    }


def fitted(data: Reduced, prior: NormalPrior) -> Hyperposterior:
    """Integrate the posterior of groups under a prior whose design is filled in.

    Raises:
        ImproperPosteriorError: it is improper.
    """
    exists = check(prior, data.design)
    centre = Centre()
    if isinstance(prior.mean, Normal):
        centre = Centre(data.there(prior.mean.mean), prior.mean.sd / data.unit)
    target = Target(likelihood(data.sample, centre), prior, data.log_unit)
    return hyperposterior(target, data, exists)


def evidence(hyper: Hyperposterior, data: Reduced) -> Mass:
    """Log p(rows), up to the constants of an improper prior."""
    model = hyper.target.model
    scales = _rows(model) - (1.0 if model.centre.flat else 0.0)
    value = hyper.rule.log_total + _constant(model) - scales * data.log_unit
    noise = _ROUNDING * (1.0 + model.sample.groups**0.5) + 4.0 * _EPSILON * (abs(value) + _rows(model))
    return Mass(value, TWINS * float(hyper.rule.spread[0]) + noise)


def _rows(model: Likelihood) -> float:
    return model.sample.degrees + model.sample.groups


def _constant(model: Likelihood) -> float:
    """The constant that the likelihood lacks compared with the log density of the rows, in its own units.

    -(N - J)(z0 + 1/2) - (J - f) z0 - sum log(1 + n_j r0^2)/2 - (N - f) log(2 pi)/2, with z0 and r0 where it is centred,
    and f = 1 if the mean is flat; the term 1/2 is there only if rows scatter within groups.
    """
    of, z0 = model.sample, model.log_sigma
    flat = 1.0 if model.centre.flat else 0.0
    within = of.degrees * (z0 + (0.5 if of.within > 0.0 else 0.0))
    spread = float(np.logaddexp(0.0, np.log(of.n) + model.log_square) @ of.count)
    return -within - (of.groups - flat) * z0 - 0.5 * spread - (_rows(model) - flat) * HALF_LOG_2PI
