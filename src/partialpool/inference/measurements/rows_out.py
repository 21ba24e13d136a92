"""What each model says of one row of measurements from all other rows, those of its own group among them.

Complete and no pooling predict t distributions. Partial pooling, given r = sd/sigma and sigma, predicts

    y_i ~ N(y_i - a/q, sigma^2/q),   a = d_i + v_j (y_j - m),   q = (n_j - 1)/n_j + v_j/n_j (1 - n_j v_j/P),

with d_i the row less its group's mean y_j, v_j = 1/(1 + n_j r^2), and the population's mean N(m, sigma^2/P) given all
rows; and p(y_i | the others) = 1 / E[1 / p(y_i | the others, r, sigma)], over the posterior given all rows. Its
integrand reaches further than that posterior, so that it is integrated again on nodes that cover all those integrands.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153; Rasmussen and Williams 2006,
Gaussian Processes for Machine Learning, section 5.4.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.errors import ImproperPosteriorError
from partialpool.groups import Groups
from partialpool.inference.measurements.hyper import Hyperposterior
from partialpool.inference.measurements.reduction import Reduced
from partialpool.integrate.covering import log_means
from partialpool.marginals.normal_unknown import population
from partialpool.priors import NormalPrior
from partialpool.propriety.measurements import Design, check
from partialpool.safety import TWINS
from partialpool.scores import Score, missing, summed
from partialpool.special import HALF_LOG_2PI, Array, Index

NO_ROWS = "the data are summaries, or were merged: the rows themselves are not known"
IMPROPER = "without one of the rows the posterior is improper"
ALONE = "a group of one row is predicted nothing by a flat prior of its own"
ALIKE = "without one of the rows all others are equal"

_ROUNDING = 1e-13
_EQUAL = 1e-14  # of the sum of squares: what rounding leaves of one that is 0


@dataclass(frozen=True)
class Distinct:
    """Distinct rows in the units of the reduction: size and mean of the group, deviation from it, and how many."""

    n: Array
    y: Array
    d: Array
    count: Array

    def subset(self, which: Index) -> Distinct:
        """Some of the rows."""
        return Distinct(self.n[which], self.y[which], self.d[which], self.count[which])


def distinct(of: Reduced, groups: Groups) -> Distinct | None:
    """The rows, where the groups kept them."""
    if groups.members is None:
        return None
    code = groups.members.group
    hi, lo = (np.asarray(groups.statistics[role], dtype=float)[code] for role in ("mean", "rest"))
    d = ((groups.members.value - hi) - lo) / of.unit
    where = of.where[code]
    table, count = np.unique(np.stack([where.astype(float), d]), axis=1, return_counts=True)
    own = table[0].astype(np.intp)
    return Distinct(of.groups.n[own], of.groups.y[own], table[1], count.astype(float))


def complete(of: Reduced, rows: Distinct | None, pooled: tuple[float, float, float]) -> Score:
    """Sum of log p(row | the others) with one theta for all; pooled: number, mean and squares of all rows."""
    if rows is None:
        return missing(NO_ROWS)
    total, mean, squares = pooled
    off = (rows.y - mean) + rows.d
    return _students(of, rows, off, np.full(len(off), total), squares, total - 1.0)


def alone(of: Reduced, rows: Distinct | None) -> Score:
    """The same with a theta for each group, by itself."""
    if rows is None:
        return missing(NO_ROWS)
    if (rows.n < 2.0).any():
        return missing(ALONE)
    return _students(of, rows, rows.d, rows.n, of.sample.within, of.sample.degrees)


def _students(of: Reduced, rows: Distinct, off: Array, n: Array, squares: float, degrees: float) -> Score:
    """Rows `off` from the mean of n of them, one of which each is; squares about the means have `degrees`."""
    without = squares - off**2 * n / (n - 1.0)
    if degrees < 2.0 or not (without > _EQUAL * squares).all():
        return missing(ALIKE)
    left = degrees - 1.0
    ratio = off**2 * n / (n - 1.0) / without
    constant = float(-sc.betaln(0.5, 0.5 * left)) - of.log_unit
    value = constant - 0.5 * np.log(without) - 0.5 * np.log(n / (n - 1.0)) - 0.5 * (left + 1.0) * np.log1p(ratio)
    return summed(value, rows.count, _ROUNDING * (1.0 + np.abs(value)))


def partial(of: Reduced, rows: Distinct | None, hyper: Hyperposterior, prior: NormalPrior) -> Score:
    """The same under the fit itself."""
    if rows is None:
        return missing(NO_ROWS)
    if _improper_without(of, rows, prior):
        return missing(IMPROPER)
    value, error = _together(rows, hyper)
    return summed(value - of.log_unit, rows.count, error)


def _improper_without(of: Reduced, rows: Distinct, prior: NormalPrior) -> bool:
    """Whether there is a row without which the posterior is improper."""
    single, within = rows.n == 1.0, of.sample.within
    left = within - np.where(single, 0.0, rows.d**2 * rows.n / np.maximum(rows.n - 1.0, 1.0))
    every = of.design
    designs = {
        Design(every.groups - int(one), every.rows - 1, bool(much), every.between)
        for one, much in zip(single.tolist(), (left > _EQUAL * within).tolist(), strict=True)
    }
    for design in designs:
        if not design.groups:
            return True
        try:
            check(prior, design)
        except ImproperPosteriorError:
            return True
    return False


def _together(rows: Distinct, hyper: Hyperposterior) -> tuple[Array, Array]:
    """log p(row | the others) of each, and an estimate of its error, by averages over nodes that cover all of them."""

    def inverse(some: Index, x: Array, y: Array) -> Array:
        log_r, log_sigma, _ = hyper.lines.point(x, y)
        return _surprise(rows.subset(some), hyper, log_r, log_sigma)

    value, spread = log_means(hyper.lines.log_density, hyper.rule, inverse, len(rows.n))
    off = TWINS * spread + _ROUNDING * (1.0 + np.abs(value))
    return -value, np.where(np.isfinite(value), off, np.inf)


def _surprise(rows: Distinct, hyper: Hyperposterior, log_r: Array, log_sigma: Array) -> Array:
    """-log p(row | the others, r, sigma): (rows, points)."""
    n = rows.n[:, None]
    at = population(hyper.target.model, log_r, log_sigma)
    apart = np.exp(-np.logaddexp(0.0, np.log(n) + 2.0 * log_r))  # 1/(1 + n r^2)
    known = n * apart * at.variance * np.exp(-2.0 * log_sigma)  # the group's share in the population's mean
    q = (n - 1.0) / n + apart / n * (1.0 - known)
    a = rows.d[:, None] + apart * (rows.y[:, None] - at.mean)
    return 0.5 * a * a / q * np.exp(-2.0 * log_sigma) - 0.5 * np.log(q) + log_sigma + HALF_LOG_2PI
