"""Predictions of a row of measurements from all other rows, its own group's included, under complete and no pooling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.engine.scores import Score, missing, summed
from partialpool.groups.groups import Groups
from partialpool.models.inference.measurements.reduction import Reduced
from partialpool.special import Array, Index

NO_ROWS = "the data are summaries, or were merged: the rows themselves are not known"
ALONE = "a group of one row is predicted nothing by a flat prior of its own"
ALIKE = "without one of the rows all others are equal"

ROUNDING = 1e-13
EQUAL = 1e-14  # share of the sum of squares below which one counts as 0, because of rounding


@dataclass(frozen=True)
class Rows:
    """Distinct rows in the units of the reduction: size and mean of the group, deviation from it, and number of rows.

    first: index of the first row of each kind.
    """

    n: Array
    y: Array
    d: Array
    count: Array
    first: Index


def rows_of(of: Reduced, groups: Groups) -> Rows | None:
    """The distinct rows; None if the groups did not keep their rows."""
    if groups.members is None:
        return None
    code = groups.members.group
    hi, lo = (np.asarray(groups.statistics[role], dtype=float)[code] for role in ("mean", "rest"))
    d = ((groups.members.value - hi) - lo) / of.unit
    where = of.where[code]
    both = np.stack([where.astype(float), d])
    table, first, count = np.unique(both, axis=1, return_index=True, return_counts=True)
    own = table[0].astype(np.intp)
    return Rows(of.groups.n[own], of.groups.y[own], table[1], count.astype(float), first)


def complete(of: Reduced, rows: Rows | None, pooled: tuple[float, float, float]) -> Score:
    """Sum of log p(row | the others) with one theta for all; pooled: number, mean and squares of all rows."""
    if rows is None:
        return missing(NO_ROWS)
    total, mean, squares = pooled
    off = (rows.y - mean) + rows.d
    return _students(of, rows, off, np.full(len(off), total), squares, total - 1.0)


def alone(of: Reduced, rows: Rows | None) -> Score:
    """Sum of log p(row | the others) with a theta for each group by itself."""
    if rows is None:
        return missing(NO_ROWS)
    if (rows.n < 2.0).any():
        return missing(ALONE)
    return _students(of, rows, rows.d, rows.n, of.sample.within, of.sample.degrees)


def _students(of: Reduced, rows: Rows, off: Array, n: Array, squares: float, degrees: float) -> Score:
    """Score of rows that lie `off` from the mean of n rows, themselves included; `degrees`: of the sum of squares."""
    without = squares - off**2 * n / (n - 1.0)
    if degrees < 2.0 or not (without > EQUAL * squares).all():
        return missing(ALIKE)
    left = degrees - 1.0
    ratio = off**2 * n / (n - 1.0) / without
    constant = float(-sc.betaln(0.5, 0.5 * left)) - of.log_unit
    value = constant - 0.5 * np.log(without) - 0.5 * np.log(n / (n - 1.0)) - 0.5 * (left + 1.0) * np.log1p(ratio)
    return summed(value, rows.count, ROUNDING * (1.0 + np.abs(value)))
