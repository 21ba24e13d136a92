"""Answers at one value of sigma and of the sd between groups, and how they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
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
from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.inference.measurements.reduction import Reduced
from partialpool.marginals.normal_moments import Nodes, shares
from partialpool.marginals.normal_unknown import Centre, likelihood
from partialpool.special import Array

PARAMETERS = ("mean", "sd", "sigma", "icc")


@dataclass(frozen=True, repr=False)
class Fixed(Brief):
    """Answers at one sigma and one sd, which may be 0, in the units of the likelihood.

    centre: the prior of the mean, over which it is averaged; one of sd 0 where the mean is known too.
    """

    sd: float
    sigma: float
    centre: Centre
    data: Reduced
    note: str

    @property
    def parameters(self) -> tuple[str, ...]:
        return PARAMETERS

    @property
    def accuracy(self) -> Accuracy:
        return Accuracy(EXACT, EXACT, EXACT, "closed forms")

    def population(self, parameter: str, tail: float) -> Summary:
        if parameter == "mean":
            (mean,), (sd,) = self._conditionals(Targets(np.zeros(1), np.zeros(1)))
            lower, median, upper = self.data.back(mean + sd * sc.ndtri(symmetric(tail))).tolist()
            return Summary(float(self.data.back(mean)), float(self.data.unit * sd), lower, median, upper, self.note)
        ratio = self.sd / self.sigma
        unit = self.data.unit
        value = {"sd": unit * self.sd, "sigma": unit * self.sigma, "icc": ratio**2 / (1.0 + ratio**2)}[parameter]
        return Summary(value, 0.0, value, value, value, self.note)

    def group_moments(self) -> tuple[Array, Array]:
        found = self.groups(USUAL_TAIL)
        return found.mean, found.sd

    def groups(self, tail: float) -> GroupSummary:
        mean, sd = self._conditionals(self.data.groups)
        weight = shares(self.data.groups.n, self._log_r)[1][:, 0]
        quantiles = self.data.back(mean + np.outer(sc.ndtri(symmetric(tail)), sd))
        rows = (self.data.back(mean), self.data.unit * sd, *quantiles, weight)
        return GroupSummary(*(row[self.data.where] for row in rows))

    @cached_property
    def _log_r(self) -> Array:
        with np.errstate(divide="ignore"):
            return np.array([np.log(self.sd) - np.log(self.sigma)])

    def _conditionals(self, of: Targets) -> tuple[Array, Array]:
        """Mean and sd of targets."""
        here = Nodes(self._log_r, np.array([np.log(self.sigma)]), np.ones(1))
        centre, sd = Mixture(likelihood(self.data.sample, self.centre), here).conditionals(of)
        return centre[:, 0], sd[:, 0]

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        """The tail, 1/2 and 1 - tail quantiles of some groups: (groups, 3)."""
        return self.groups(tail).quantiles(places)

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.data, self.centre, values)


def given(data: Reduced, centre: Centre, values: Mapping[str, float]) -> Fixed:
    """The answers where sd and sigma are known, and perhaps the mean; otherwise the mean keeps its prior."""
    check_given(values, ("mean", "sd", "sigma"), ("sd", "sigma"))
    sd, sigma = values["sd"], values["sigma"]
    if not (sd >= 0.0 and math.isfinite(sd)):
        raise RequestError(f"sd must be a finite number, 0 or more, not {sd!r}.")
    if not (sigma > 0.0 and math.isfinite(sigma)):
        raise RequestError(f"sigma must be a finite number above 0, not {sigma!r}.")
    if "mean" in values:
        if not math.isfinite(values["mean"]):
            raise RequestError(f"mean must be a finite number, not {values['mean']!r}.")
        centre = Centre(data.there(float(values["mean"])), 0.0)
    return Fixed(float(sd) / data.unit, float(sigma) / data.unit, centre, data, "given")
