"""Predictive distributions of the rows of a prediction, with nodes refined until the answers agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.intervals import settled_singles
from partialpool.analysis.predictions.amounts import NEW
from partialpool.analysis.predictions.wanted import Wanted
from partialpool.distributions.predictive.counts import Counts, quantile
from partialpool.distributions.predictive.to_come import ToCome
from partialpool.engine.conditionals import FINENESS, Conditionals, Singles
from partialpool.engine.mixture import Mixture
from partialpool.models.family import Family
from partialpool.safety import BETWEEN_NODES
from partialpool.special import Array, Index

_PROBED = 8  # groups of a total that are predicted alone to estimate an error
_FINE = FINENESS[-3]  # fineness of the nodes for that


@dataclass(frozen=True)
class Forecast:
    """The distinct predictive distributions, of counts or of real numbers, with their quantiles.

    Attributes:
        counts: the distributions of counts; or
        mixture: the distributions of real numbers.
        row: index of the distribution of each row, shape (rows,).
        ends: lower limit, median and upper limit of each distribution, shape (3, distributions); for real numbers in
            the coordinate z.
        error: estimated error of P(Y <= y) at these.
        moments: for a total of groups of the fit, its mean and variance over the nodes.
    """

    counts: Counts | None
    mixture: Mixture | None
    row: Index
    ends: Array
    error: float
    moments: tuple[float, float] | None = None

    def tails(self, y: Array, *, upper: bool) -> Array:
        """P(Y > y) if `upper`, else P(Y <= y), of each distribution at its own y, shape (distributions,)."""
        if self.counts is not None:
            return self.counts.tails(np.arange(len(y)), y, upper=upper)
        assert self.mixture is not None
        return self.mixture.tails(y[:, None], upper=upper)[:, 0]

    def apart(self, other: Forecast) -> float:
        """The largest difference of P(Y <= y) at the quantiles, or the relative difference of the sd of a total."""
        gaps = [
            np.abs(other.tails(y, upper=upper) - self.tails(y, upper=upper))
            for y, upper in zip(self.ends, (False, False, True), strict=True)
        ]
        worst = float(np.max(np.nan_to_num(gaps, nan=np.inf)))  # NaN does not confirm agreement
        if self.moments is not None and other.moments is not None and other.moments[1] > 0.0:
            worst = max(worst, 0.5 * abs(self.moments[1] / other.moments[1] - 1.0))
        return worst


def forecast(fit: FittedModel, of: Wanted, tail: float) -> Forecast:
    """Compute the distributions, with intervals that leave out the probability `tail` on either side."""
    total, new = of.together is not None, bool((of.places == NEW).any())
    make = _total if total else _rows
    joint = total and not fit.results.without_mean

    def ask(nodes: Any) -> Forecast:
        made = make(fit.family, nodes, of, tail)
        return (
            replace(made, moments=None) if (of.places == NEW).all() else made
        )  # new groups: moments follow from the population

    places = None if new else of.places
    found, error = settled_singles(ask, fit, lambda one, other: one.apart(other), joint=joint, whole=new, places=places)
    shared = _shared(fit, of, tail) if joint and not new else 0.0
    return replace(found, error=max(error, found.error, shared))


def _shared(fit: FittedModel, of: Wanted, tail: float) -> float:
    """Estimate the error that all node sets of a total share, from a few groups predicted alone.

    The nodes of a total include the population's mean, so that groups are independent given a node. The nodes for one
    group at a time may have the mean integrated out, so that they do not share the error of the grid of means.
    """
    some = np.unique(np.linspace(0, len(of.places) - 1, _PROBED).round().astype(np.intp))
    few = replace(of, places=of.places[some], size=of.size[some])
    alone = _rows(fit.family, fit.singles(_FINE), few, tail)
    return BETWEEN_NODES * alone.apart(_rows(fit.family, fit.conditionals(_FINE, few.places), few, tail))


def _rows(family: Family, nodes: Singles | Conditionals, of: Wanted, tail: float) -> Forecast:
    """The distributions of the distinct pairs of a group and an amount."""
    (at, size), row = np.unique(_pairs(nodes, of), axis=1, return_inverse=True)
    theta = nodes.groups.and_next(nodes.population, at.astype(np.intp))
    return _found(family.rows_to_come(nodes, theta, size), nodes, row.ravel(), len(size), tail)


def _total(family: Family, nodes: Singles | Conditionals, of: Wanted, tail: float) -> Forecast:
    """The distribution of the total over all rows."""
    (at, size), times = np.unique(_pairs(nodes, of), axis=1, return_counts=True)
    theta = nodes.groups.and_next(nodes.population, at.astype(np.intp))
    made = family.total_to_come(nodes, theta, size, times.astype(float))
    return _found(made, nodes, np.zeros(1, dtype=np.intp), 1, tail)


def _pairs(nodes: Conditionals | Singles, of: Wanted) -> Array:
    """Index of each row's distribution of theta (NEW for a new group), and its amount of data, shape (2, rows)."""
    at = np.where(of.places == NEW, NEW, nodes.where[of.places])
    return np.stack([at.astype(float), of.size])


def _found(made: ToCome, nodes: Conditionals | Singles, row: Index, size: int, tail: float) -> Forecast:
    """Add the quantiles to the distributions."""
    if made.numbers is not None:
        mixture = Mixture(nodes.probability, made.numbers)
        low = mixture.quantiles(np.array([tail, 0.5]), upper=False)
        ends = np.concatenate([low, mixture.quantiles(np.array([tail]), upper=True)], axis=1).T
        return Forecast(None, mixture, row, ends, made.error, made.moments)
    assert made.counts is not None
    everyone, sides = np.arange(size), ((tail, False), (0.5, False), (tail, True))
    ends = np.stack([quantile(made.counts, everyone, np.full(size, p), upper=upper) for p, upper in sides])
    return Forecast(made.counts, None, row, ends, made.error, made.moments)
