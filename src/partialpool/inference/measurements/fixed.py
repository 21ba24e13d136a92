"""Answers at one value of sigma and of the sd between groups, and how they are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.answers import Answers, GroupSummary, check_given
from partialpool.conditionals import Conditionals, Singles
from partialpool.drawn import Drawn
from partialpool.engine.plug_in import AtOnePoint, Known, normal, points
from partialpool.errors import RequestError
from partialpool.groups import Groups
from partialpool.inference.measurements.conditionals import check_apart, conditionals, contrasts, singles
from partialpool.inference.measurements.drawing import drawn
from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.inference.measurements.reduction import Reduced, reduced
from partialpool.marginals.normal_moments import Nodes, shares
from partialpool.marginals.normal_unknown import Centre, Likelihood, likelihood
from partialpool.special import Array, Index


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
    """Answers at one sigma and one sd, which may be 0, in the units of the likelihood.

    centre: the prior of the mean, over which it is averaged; one of sd 0 where the mean is known too.
    """

    sd: float
    sigma: float
    centre: Centre
    data: Reduced
    note: str

    @property
    def known(self) -> Known:
        (mean,), (sd,) = self._conditionals(Targets(np.zeros(1), np.zeros(1)))
        ratio, unit = self.sd / self.sigma, self.data.unit
        scales = {"sd": unit * self.sd, "sigma": unit * self.sigma, "icc": ratio**2 / (1.0 + ratio**2)}
        return {"mean": (float(self.data.back(mean)), float(unit * sd), self.note), **points(scales, self.note)}

    def groups(self, tail: float) -> GroupSummary:
        mean, sd = self._conditionals(self.data.groups)
        weight = shares(self.data.groups.n, self._log_r)[1][:, 0]
        return normal(self.data.back(mean), self.data.unit * sd, weight, self.data.where, tail)

    @cached_property
    def _log_r(self) -> Array:
        with np.errstate(divide="ignore"):
            return np.array([np.log(self.sd) - np.log(self.sigma)])

    def _conditionals(self, of: Targets) -> tuple[Array, Array]:
        """Mean and sd of targets."""
        here = Nodes(self._log_r, np.array([np.log(self.sigma)]), np.ones(1))
        centre, sd = Mixture(self._model, here).conditionals(of)
        return centre[:, 0], sd[:, 0]

    # --- nodes

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return conditionals(self._model, self._here, self.data, fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        return contrasts(self._model, self._here, self.data, fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self._model, self._here, self.data)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        here = self._here
        scales = np.full(n, here.log_r[0]), np.full(n, here.log_sigma[0])
        return drawn(self._model, self.data, scales, rng.standard_normal(n))

    @property
    def _model(self) -> Likelihood:
        return likelihood(self.data.sample, self.centre)

    @property
    def _here(self) -> Nodes:
        check_apart(self.sd)
        return Nodes(np.log([self.sd / self.sigma]), np.log([self.sigma]), np.ones(1))

    def stored(self) -> dict[str, float]:
        return {"sd": self.sd, "sigma": self.sigma, "centre": self.centre.mean, "centre_sd": self.centre.sd}

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


def restored(groups: Groups, numbers: Mapping[str, float]) -> Fixed:
    """The answers at these."""
    sd, sigma, mean, mean_sd = (float(numbers[name]) for name in ("sd", "sigma", "centre", "centre_sd"))
    if not (sd >= 0.0 and sigma > 0.0 and mean_sd >= 0.0):
        raise RequestError(f"sd, sigma and the sd of the mean cannot be {sd!r}, {sigma!r} and {mean_sd!r}.")
    return Fixed(sd, sigma, Centre(mean, mean_sd), reduced(groups), "given")
