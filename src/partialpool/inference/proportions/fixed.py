"""Answers at one point of the hyperparameters of a beta-binomial model, and how they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import (
    EXACT,
    Accuracy,
    Answers,
    GroupSummary,
    Summary,
    check_given,
    symmetric,
)
from partialpool.conditionals import Conditionals
from partialpool.distributions import conjugate_betas
from partialpool.engine.mixture import Mixture
from partialpool.engine.plug_in import AtOnePoint
from partialpool.errors import RequestError
from partialpool.inference.proportions.conditionals import at_one
from partialpool.inference.proportions.hyper import PARAMETERS, proportion
from partialpool.marginals.beta_binomial import Pairs
from partialpool.marginals.beta_moments import Moments, moments
from partialpool.populations.beta import Point
from partialpool.special import Array, Index


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
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
        gaps = self._mixture.tails(self._quantiles(levels), upper=False) - levels
        return Accuracy(EXACT, EXACT, float(np.max(np.abs(gaps))) + EXACT, how)

    def population(self, parameter: str, tail: float) -> Summary:
        value = self._values[parameter]
        return Summary(value, 0.0, value, value, value, self.note)

    def groups(self, tail: float) -> GroupSummary:
        if self._certain is not None:
            return expanded(self._certain, self._atoms(symmetric(tail)), self.where)
        found = moments(self._point, np.ones(1), self.pairs)
        return expanded(found, proportion(self._quantiles(symmetric(tail)).T), self.where)

    def _quantiles(self, levels: Array) -> Array:
        return self._mixture.quantiles(np.tile(levels, (len(self.pairs.count), 1)), upper=False)

    @property
    def _point(self) -> Point:
        mu, kappa = np.array([self.mean]), np.array([self.concentration])
        return Point(np.log(mu), np.log1p(-mu), np.log(kappa))

    @property
    def _mixture(self) -> Mixture:
        """Of one distribution for each pair."""
        alpha, beta = np.exp(self._point.log_alpha), np.exp(self._point.log_beta)
        return Mixture(np.ones(1), conjugate_betas(self.pairs.successes, self.pairs.failures, alpha, beta))

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

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return at_one(self.mean, self.concentration, self.pairs, self.where)

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "concentration": self.concentration}

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.pairs, self.where, values)


def expanded(of: Moments, theta: Array, where: NDArray[np.intp]) -> GroupSummary:
    """From distinct pairs to groups; the larger of theta and 1 - theta is one minus the smaller."""
    mean = np.where(of.mean <= of.other, of.mean, 1.0 - of.other)
    lower, median, upper = (row[where] for row in theta)
    return GroupSummary(mean[where], of.sd[where], lower, median, upper, of.weight[where])


def given(pairs: Pairs, where: NDArray[np.intp], values: Mapping[str, float]) -> Fixed:
    """The answers where the hyperparameters are known: mean and concentration, or alpha and beta."""
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
    """Refuse what is not a finite number above zero."""
    for name, value in values.items():
        if not (value > 0.0 and math.isfinite(value)):
            raise RequestError(f"{name} must be a finite number above 0, not {value!r}.")
