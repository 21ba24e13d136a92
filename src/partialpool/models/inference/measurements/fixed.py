"""Answers at given values of sigma and of the sd between groups, and the check of what is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.normal_given import Nodes
from partialpool.distributions.marginals.normal_unknown import Centre, likelihood
from partialpool.engine.plug_in import FittedModel, points
from partialpool.engine.results import Results, check_given
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.models.inference.measurements.nodes import nodes_at
from partialpool.models.inference.measurements.reduction import Reduced, reduced
from partialpool.models.inference.normal.fixed import AtScales
from partialpool.models.inference.normal.rescaled import Rescaled


@dataclass(frozen=True, repr=False)
class Fixed(AtScales):
    """Answers at a given sigma and a given sd, which may be 0, in the units of the likelihood.

    centre: prior of the mean, over which answers are averaged; its sd is 0 if the mean is known too.
    """

    sd: float
    sigma: float
    centre: Centre
    data: Reduced
    note: str

    @property
    def fit(self) -> FittedModel:
        ratio, unit = self.sd / self.sigma, self.data.unit
        scales = {"sd": unit * self.sd, "sigma": unit * self.sigma, "icc": ratio**2 / (1.0 + ratio**2)}
        return {"mean": self.mean_known(self.note), **points(scales, self.note)}

    @property
    def of(self) -> Rescaled:
        return self.data.rescaled

    def nodes(self, times: int) -> Nodes:
        with np.errstate(divide="ignore"):
            log_r = np.full(times, np.log(self.sd) - np.log(self.sigma))
        model = likelihood(self.data.sample, self.centre)
        return nodes_at(model, log_r, np.full(times, np.log(self.sigma)), np.zeros(times))

    def stored(self) -> dict[str, float]:
        return {"sd": self.sd, "sigma": self.sigma, "centre": self.centre.mean, "centre_sd": self.centre.sd}

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.data, self.centre, values)


def given(data: Reduced, centre: Centre, values: Mapping[str, float]) -> Fixed:
    """Answers at a known sd and sigma, and perhaps a known mean; otherwise the mean keeps its prior."""
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


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """Answers restored from stored numbers."""
    sd, sigma, mean, mean_sd = (float(numbers[name]) for name in ("sd", "sigma", "centre", "centre_sd"))
    if not (sd >= 0.0 and sigma > 0.0 and mean_sd >= 0.0):
        raise RequestError(f"sd, sigma and the sd of the mean cannot be {sd!r}, {sigma!r} and {mean_sd!r}.")
    return Fixed(sd, sigma, Centre(mean, mean_sd), reduced(groups), "given")
