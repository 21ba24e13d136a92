"""Predictive distributions of the rows of a prediction, over nodes so fine that finer ones agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partialpool.conditionals import FINENESS, Conditionals, Singles
from partialpool.engine.mixture import Mixture
from partialpool.known import Known
from partialpool.models.family import Family
from partialpool.predictions.amounts import NEW
from partialpool.predictions.wanted import Wanted
from partialpool.predictive.counts import Counts, quantile
from partialpool.predictive.to_come import ToCome
from partialpool.safety import BETWEEN_NODES
from partialpool.special import Array, Index
from partialpool.thetas.intervals import settled_singles

_PROBED = 8  # groups of a total that are looked at alone
_FINE = FINENESS[-3]


@dataclass(frozen=True)
class Forecast:
    """Distributions of counts or of numbers, a row each, and their quantiles.

    Attributes:
        counts: the distributions of counts, or
        mixture: those of numbers.
        row: which of the distributions each row is.
        ends: lower, median and upper of each distribution: (3, distributions); z of numbers.
        error: estimated error of P(Y <= y) at these.
        moments: of a total of groups that there are, its mean and variance as found over the nodes.
    """

    counts: Counts | None
    mixture: Mixture | None
    row: Index
    ends: Array
    error: float
    moments: tuple[float, float] | None = None

    def tails(self, y: Array, *, upper: bool) -> Array:
        """P(Y > y) or P(Y <= y), of each distribution at its own y."""
        if self.counts is not None:
            return self.counts.tails(np.arange(len(y)), y, upper=upper)
        assert self.mixture is not None
        return self.mixture.tails(y[:, None], upper=upper)[:, 0]

    def apart(self, other: Forecast) -> float:
        """The largest difference of P(Y <= y) at the ends, and of the sd of a total beside itself."""
        gaps = [
            np.abs(other.tails(y, upper=upper) - self.tails(y, upper=upper))
            for y, upper in zip(self.ends, (False, False, True), strict=True)
        ]
        worst = float(np.max(np.nan_to_num(gaps, nan=np.inf)))  # what is no number confirms nothing
        if self.moments is not None and other.moments is not None and other.moments[1] > 0.0:
            worst = max(worst, 0.5 * abs(self.moments[1] / other.moments[1] - 1.0))
        return worst


def forecast(known: Known, of: Wanted, tail: float) -> Forecast:
    """The distributions, with the interval that leaves out `tail` on either side."""
    joint, new = of.together is not None, bool((of.places == NEW).any())
    make = _total if joint else _rows

    def ask(nodes: Any) -> Forecast:
        made = make(known.family, nodes, of, tail)
        return replace(made, moments=None) if (of.places == NEW).all() else made  # those follow from the population

    places = None if new else of.places
    found, error = settled_singles(
        ask, known, lambda one, other: one.apart(other), joint=joint, whole=new, places=places
    )
    shared = _shared(known, of, tail) if joint and not new else 0.0
    return replace(found, error=max(error, found.error, shared))


def _shared(known: Known, of: Wanted, tail: float) -> float:
    """An error that all nodes of a total share, which comparing them does not show: that of a few groups alone.

    Over those nodes groups are independent, and so each is known only given the population's mean, at some values of
    it; over the nodes for one group at a time the mean may be integrated out.
    """
    some = np.unique(np.linspace(0, len(of.places) - 1, _PROBED).round().astype(np.intp))
    few = replace(of, places=of.places[some], size=of.size[some])
    alone = _rows(known.family, known.singles(_FINE), few, tail)
    return BETWEEN_NODES * alone.apart(_rows(known.family, known.conditionals(_FINE, few.places), few, tail))


def _rows(family: Family, nodes: Singles | Conditionals, of: Wanted, tail: float) -> Forecast:
    """Of each distinct pair of a group and an amount."""
    (at, size), row = np.unique(_pairs(nodes, of), axis=1, return_inverse=True)
    theta = nodes.groups.and_next(nodes.population, at.astype(np.intp))
    return _found(family.rows_to_come(nodes, theta, size), nodes, row.ravel(), len(size), tail)


def _total(family: Family, nodes: Conditionals, of: Wanted, tail: float) -> Forecast:
    """Of the total of all these pairs."""
    (at, size), times = np.unique(_pairs(nodes, of), axis=1, return_counts=True)
    theta = nodes.groups.and_next(nodes.population, at.astype(np.intp))
    made = family.total_to_come(nodes, theta, size, times.astype(float))
    return _found(made, nodes, np.zeros(1, dtype=np.intp), 1, tail)


def _pairs(nodes: Conditionals | Singles, of: Wanted) -> Array:
    """Which distribution each row has, NEW that of the next group, and how much data: (2, rows)."""
    at = np.where(of.places == NEW, NEW, nodes.where[of.places])
    return np.stack([at.astype(float), of.size])


def _found(made: ToCome, nodes: Conditionals | Singles, row: Index, size: int, tail: float) -> Forecast:
    """With the quantiles."""
    if made.numbers is not None:
        mixture = Mixture(nodes.probability, made.numbers)
        low = mixture.quantiles(np.array([tail, 0.5]), upper=False)
        ends = np.concatenate([low, mixture.quantiles(np.array([tail]), upper=True)], axis=1).T
        return Forecast(None, mixture, row, ends, made.error, made.moments)
    assert made.counts is not None
    everyone, sides = np.arange(size), ((tail, False), (0.5, False), (tail, True))
    ends = np.stack([quantile(made.counts, everyone, np.full(size, p), upper=upper) for p, upper in sides])
    return Forecast(made.counts, None, row, ends, made.error, made.moments)
