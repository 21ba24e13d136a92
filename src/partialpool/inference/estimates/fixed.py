"""Answers at one point (mean, sd) of a normal population, and how such a point is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.answers import (
    EXACT,
    USUAL_TAIL,
    Accuracy,
    Answers,
    Brief,
    GroupSummary,
    Summary,
    check_given,
    symmetric,
)
from partialpool.errors import RequestError
from partialpool.marginals.normal_normal import Distinct, scaled, weights
from partialpool.special import Array

PARAMETERS = ("mean", "sd")


@dataclass(frozen=True, repr=False)
class Fixed(Brief):
    """theta_j ~ N(mean + b_j (y_j - mean), b_j s_j^2), b_j = sd^2/(s_j^2 + sd^2)."""

    mean: float
    sd: float
    groups_of: Distinct
    note: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, "closed forms")

    def population(self, parameter: str, tail: float) -> Summary:
        value = self.mean if parameter == "mean" else self.sd
        return Summary(value, 0.0, value, value, value, self.note)

    def group_moments(self) -> tuple[Array, Array]:
        found = self.groups(USUAL_TAIL)
        return found.mean, found.sd

    def groups(self, tail: float) -> GroupSummary:
        """Each group measured from its own estimate, or from the population's mean, whichever has more weight."""
        of = self.groups_of
        data = scaled(of, (self.mean, max(self.sd, float(of.se[-1]), 5e-324)), self.mean)
        tau = np.ldexp(np.array([self.sd]), -data.exponent)
        with np.errstate(invalid="ignore"):
            b = np.where(data.se > 0.0, weights(data.se, tau)[:, 0], 1.0)
            rest = np.where(data.se > 0.0, (data.se / np.hypot(data.se, tau)) ** 2, 0.0)
        own = b > 0.5
        centre = np.where(own, of.estimate, self.mean)
        mean = data.restored(np.where(own, -rest * data.estimate, b * data.estimate))
        sd = data.restored(data.se * np.sqrt(b))
        lower, median, upper = (centre + (mean + sd * z) for z in sc.ndtri(symmetric(tail)))
        found = (centre + mean, sd, lower, median, upper, b)
        return GroupSummary(*(part[of.where] for part in found))

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.groups_of, values)


def given(of: Distinct, values: Mapping[str, float]) -> Fixed:
    """The answers where mean and sd of the population are known.

    Raises:
        RequestError: not mean and sd, the mean is not finite, or the sd not a finite number of 0 or more.
    """
    check_given(values, PARAMETERS)
    mean, sd = values["mean"], values["sd"]
    if not math.isfinite(mean):
        raise RequestError(f"mean must be a finite number, not {mean!r}.")
    if not (sd >= 0.0 and math.isfinite(sd)):
        raise RequestError(f"sd must be a finite number, 0 (complete pooling) or more, not {sd!r}.")
    return Fixed(float(mean), float(sd), of, "given")
