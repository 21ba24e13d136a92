"""What a posterior can be asked, whichever way it was found: integrated, or at fixed hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from partialpool.averaging.moments import Moments, Nodes, moments
from partialpool.averaging.quantiles import disagreement, quantiles
from partialpool.averaging.rule import Rule
from partialpool.hyper import PARAMETERS, USUAL_TAIL, Hyperposterior, proportion, symmetric
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta import Point
from partialpool.propriety import missing_moment
from partialpool.special import Array

EXACT = 1e-13


@dataclass(frozen=True)
class Accuracy:
    """How far the reported numbers can be off, and how that is known.

    Attributes:
        mean: bound on the relative error of every mean and weight.
        sd: bound on the relative error of every sd.
        probability: bound on |F(x) - p| for every reported quantile x, F the exact distribution function.
        how: how the bounds were established.
    """

    mean: float
    sd: float
    probability: float
    how: str

    def __float__(self) -> float:
        return max(self.mean, self.sd, self.probability)

    def __str__(self) -> str:
        return (
            f"means within {self.mean:.0e} and sds within {self.sd:.0e} of their size, "
            f"quantiles within {self.probability:.0e} in probability ({self.how})"
        )


@dataclass(frozen=True)
class Summary:
    """Posterior summaries of one population parameter; NaN where a moment does not exist, and why in `note`."""

    mean: float
    sd: float
    lower: float
    median: float
    upper: float
    note: str


@dataclass(frozen=True)
class GroupSummary:
    """Posterior summaries of each group's parameter."""

    mean: Array
    sd: Array
    lower: Array
    median: Array
    upper: Array
    weight: Array


class Answers(Protocol):
    """What a posterior knows."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the population parameters."""

    @property
    def accuracy(self) -> Accuracy:
        """How far the answers can be off."""

    def population(self, parameter: str, tail: float) -> Summary:
        """One population parameter, with the interval that leaves out `tail` on either side."""

    def groups(self, tail: float) -> GroupSummary:
        """Every group, in the caller's order."""


@dataclass(frozen=True)
class Integrated:
    """Answers averaged over the posterior of the hyperparameters."""

    hyper: Hyperposterior
    where: NDArray[np.intp]  # the distinct pair of each group

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def accuracy(self) -> Accuracy:
        marginals = max(self.hyper.quantile_error(parameter, USUAL_TAIL) for parameter in PARAMETERS)
        probability = 2.0 * max(marginals, self.hyper.group_error) + EXACT + self.hyper.likelihood.noise
        how = "two interleaved lattices compared, quantiles against the next finer rule"
        return Accuracy(self.hyper.mean_error(), self.hyper.sd_error(), probability, how)

    def population(self, parameter: str, tail: float) -> Summary:
        mean, sd = self.hyper.moments(parameter)
        lower, median, upper = self.hyper.quantiles(parameter, tail)
        return Summary(mean, sd, lower, median, upper, self._note(parameter))

    def _note(self, parameter: str) -> str:
        if parameter in ("mean", "sd"):
            return ""
        for order in (1, 2):
            reason = missing_moment(order, self.hyper.highest, parameter)
            if reason:
                return reason
        return ""

    def groups(self, tail: float) -> GroupSummary:
        return _expanded(self.hyper.group_moments(), proportion(self.hyper.group_quantiles(tail)), self.where)


@dataclass(frozen=True)
class Fixed:
    """Answers at one point of the hyperparameters; their concentration may be 0 or infinite."""

    mean: float
    concentration: float
    pairs: Pairs
    where: NDArray[np.intp]
    note: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @cached_property
    def _values(self) -> dict[str, float]:
        mu, kappa = self.mean, self.concentration
        alpha, beta = (share * kappa if share > 0 else 0.0 for share in (mu, 1.0 - mu))
        sd = float(np.sqrt(mu * (1.0 - mu) / (kappa + 1.0)))
        return {"mean": mu, "concentration": kappa, "alpha": alpha, "beta": beta, "sd": sd}

    @cached_property
    def accuracy(self) -> Accuracy:
        how = "closed forms, and a distribution function evaluated at its own quantiles"
        if self._certain is not None:
            return Accuracy(EXACT, EXACT, EXACT, how)
        levels = symmetric(0.025)
        found = quantiles(self._rule, self.pairs, levels)
        return Accuracy(EXACT, EXACT, disagreement(self._rule, found, self.pairs, levels) + EXACT, how)

    def population(self, parameter: str, tail: float) -> Summary:
        value = self._values[parameter]
        return Summary(value, 0.0, value, value, value, self.note)

    def groups(self, tail: float) -> GroupSummary:
        if self._certain is not None:
            return _expanded(self._certain, self._atoms(symmetric(tail)), self.where)
        logits = quantiles(self._rule, self.pairs, symmetric(tail))
        return _expanded(moments(self._rule.nodes, self.pairs), proportion(logits), self.where)

    @cached_property
    def _rule(self) -> Rule:
        with np.errstate(divide="ignore"):
            mu, kappa = np.array([self.mean]), np.array([self.concentration])
            return Rule(Nodes(Point(np.log(mu), np.log1p(-mu), np.log(kappa)), np.ones(1)))

    @cached_property
    def _certain(self) -> Moments | None:
        """The moments where each theta is certain (or, without data, 0 or 1) given the hyperparameters."""
        y, n = self.pairs.successes, self.pairs.trials
        if np.isinf(self.concentration) or self.mean in (0.0, 1.0):
            same = np.full(len(n), self.mean)
            return Moments(same, 1.0 - same, np.zeros(len(n)), np.zeros(len(n)))
        if self.concentration > 0.0:
            return None
        with np.errstate(invalid="ignore"):
            mean = np.where(n > 0, y / n, self.mean)
        sd = np.where(n > 0, 0.0, np.sqrt(self.mean * (1.0 - self.mean)))
        return Moments(mean, 1.0 - mean, sd, np.where(n > 0, 1.0, 0.0))

    def _atoms(self, levels: Array) -> Array:
        """Quantiles of a theta that is certain, or is 1 with probability `mean` and else 0."""
        assert self._certain is not None
        coin = (self.pairs.trials == 0) & (self.concentration == 0.0)
        tossed = (levels[:, None] > 1.0 - self.mean).astype(float)
        return np.where(coin, tossed, self._certain.mean)


def _expanded(of: Moments, theta: Array, where: NDArray[np.intp]) -> GroupSummary:
    """From distinct pairs to groups; the larger of theta and 1 - theta is one minus the smaller."""
    mean = np.where(of.mean <= of.other, of.mean, 1.0 - of.other)
    lower, median, upper = (row[where] for row in theta)
    return GroupSummary(mean[where], of.sd[where], lower, median, upper, of.weight[where])
