"""Answers at given population parameters of a beta-binomial model, and the check of what is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Betas
from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.marginals.beta_moments import Moments
from partialpool.engine.conditionals import Conditionals
from partialpool.engine.plug_in import REACHED, AtOnePoint, FittedModel, accuracy_of, points, summary
from partialpool.engine.results import EXACT, Accuracy, GroupSummary, Results, check_given, symmetric
from partialpool.errors import RequestError
from partialpool.models.inference.proportions.conditionals import at_one
from partialpool.special import Array, Index


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
    """Conditional posterior theta_j ~ Beta(y_j + alpha, n_j - y_j + beta); alpha + beta may be 0 or infinite."""

    mean: float
    concentration: float
    pairs: BinomialCells
    where: NDArray[np.intp]
    note: str

    @cached_property
    def fit(self) -> FittedModel:
        mu, kappa = self.mean, self.concentration
        alpha, beta = self._shapes
        sd = math.sqrt(mu * (1.0 - mu) / (kappa + 1.0))
        return points({"mean": mu, "concentration": kappa, "alpha": alpha, "beta": beta, "sd": sd}, self.note)

    @property
    def _shapes(self) -> tuple[float, float]:
        alpha, beta = (share * self.concentration if share > 0 else 0.0 for share in (self.mean, 1.0 - self.mean))
        return alpha, beta

    @cached_property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, REACHED) if self._certain else accuracy_of(self._each)

    def groups(self, tail: float) -> GroupSummary:
        if self._certain:
            return GroupSummary(*(part[self.where] for part in self._atoms(symmetric(tail))))
        n = self.pairs.trials
        return summary(self._each, n / (n + self.concentration), self.where, tail)

    @property
    def _each(self) -> Betas:
        alpha, beta = self._shapes
        return Betas(self.pairs.successes[:, None] + alpha, self.pairs.failures[:, None] + beta)

    @property
    def _certain(self) -> bool:
        """Whether each theta is certain, or 0 or 1 if it has no data, given the population's parameters."""
        return self.concentration in (0.0, math.inf) or self.mean in (0.0, 1.0)

    def _atoms(self, levels: Array) -> tuple[Array, ...]:
        """Mean, sd, quantiles and weight of a theta that is certain, or is 1 with probability `mean` and else 0."""
        y, n = self.pairs.successes, self.pairs.trials
        own = (n > 0) & (self.concentration == 0.0) & (0.0 < self.mean < 1.0)
        mean = np.where(own, y / np.maximum(n, 1.0), self.mean)
        coin = ~own & (self.concentration == 0.0)
        sd = np.where(coin, math.sqrt(self.mean * (1.0 - self.mean)), 0.0)
        tossed = (levels[:, None] > 1.0 - self.mean).astype(float)
        return mean, sd, *np.where(coin, tossed, mean), own.astype(float)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return at_one(self.mean, self.concentration, self.pairs, self.where)

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "concentration": self.concentration}

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.pairs, self.where, values)


def expanded(of: Moments, theta: Array, where: NDArray[np.intp]) -> GroupSummary:
    """Summaries of groups from those of distinct pairs; the larger of theta and 1 - theta is one minus the smaller."""
    mean = np.where(of.mean <= of.other, of.mean, 1.0 - of.other)
    lower, median, upper = (row[where] for row in theta)
    return GroupSummary(mean[where], of.sd[where], lower, median, upper, of.weight[where])


def given(pairs: BinomialCells, where: NDArray[np.intp], values: Mapping[str, float]) -> Fixed:
    """Answers at known population parameters: mean and concentration, or alpha and beta."""
    check_given(values, ("mean", "concentration"), ("alpha", "beta"))
    if "alpha" in values:
        above_zero(values)
        alpha, beta = values["alpha"], values["beta"]
        return Fixed(float(alpha / (alpha + beta)), float(alpha + beta), pairs, where, "given")
    mean, concentration = values["mean"], values["concentration"]
    if not 0.0 < mean < 1.0:
        raise RequestError(f"mean must be above 0 and below 1, not {mean!r}.")
    if concentration != math.inf:
        above_zero({"concentration": concentration})
    return Fixed(float(mean), float(concentration), pairs, where, "given")


def above_zero(values: Mapping[str, float]) -> None:
    """Refuse values that are not finite numbers above zero."""
    for name, value in values.items():
        if not (value > 0.0 and math.isfinite(value)):
            raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
