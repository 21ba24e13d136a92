"""Answers at a given mean and sd of a normal population, or at a given sd, and the check of what is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.distributions.marginals.normal_condensed import Condensed
from partialpool.distributions.marginals.normal_given import Given, Nodes
from partialpool.distributions.marginals.normal_normal import Distinct, Sample, Scaled, sample, scaled
from partialpool.engine.draws import Drawn, at_one
from partialpool.engine.plug_in import FittedModel, points
from partialpool.engine.results import Results, check_given
from partialpool.errors import RequestError
from partialpool.models.inference.estimates.nodes import nodes_at, rescaled
from partialpool.models.inference.normal.fixed import AtScales
from partialpool.models.inference.normal.rescaled import Rescaled

PARAMETERS = ("mean", "sd")
_LEAST = 5e-324


@dataclass(frozen=True, repr=False)
class Fixed(AtScales):
    """Answers at a given mean and a given sd, which may be 0.

    prior: mean and sd of the normal prior of the mean, for when another sd is given without a mean; None: flat.
    """

    mean: float
    sd: float
    groups_of: Distinct
    note: str
    prior: tuple[float, float] | None = None

    @property
    def data(self) -> Scaled:
        """The estimates measured from the population's mean, in a convenient unit."""
        of = self.groups_of
        return scaled(of, (self.mean, max(self.sd, float(of.se[-1]), _LEAST)), self.mean)

    @property
    def of(self) -> Rescaled:
        return rescaled(self.groups_of, self.data)

    def nodes(self, times: int) -> Nodes:
        sd = np.full(times, np.ldexp(self.sd, -self.data.exponent))
        with np.errstate(divide="ignore"):
            logs = {"sd": np.log(sd)}
        none, least = np.zeros(times), _LEAST if self.groups_of.se[0] == 0.0 else 0.0  # se and sd must not both be 0
        return Nodes(none, logs, Given(np.maximum(sd, least), none, none, np.ones(times)))

    @property
    def fit(self) -> FittedModel:
        return points({"mean": self.mean, "sd": self.sd}, self.note)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        return at_one(self.conditionals(0))

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "sd": self.sd, **_prior(self.prior)}

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.groups_of, values, self.prior)


@dataclass(frozen=True)
class GivenSd(AtScales):
    """Answers at one sd, which may be 0, averaged over the population's mean.

        mean | sd, y ~ Normal(m, v),   m = sum w_j y_j / sum w_j,   1/v = sum w_j,   w_j = 1/(s_j^2 + sd^2)

    with a flat mean; a normal prior of the mean counts as one more estimate, of weight 1/prior variance.

    prior: mean and sd of the normal prior of the population's mean; None: flat.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), equations 5.17 and 5.20, and figures 5.6 and 5.7.
    """

    sd: float
    groups_of: Distinct
    prior: tuple[float, float] | None
    note: str = "given"

    @cached_property
    def data(self) -> Scaled:
        """The estimates in the units of the likelihood."""
        return scaled(self.groups_of, self.prior)

    @property
    def of(self) -> Rescaled:
        return rescaled(self.groups_of, self.data)

    def nodes(self, times: int) -> Nodes:
        with np.errstate(divide="ignore"):
            log_sd = np.full(times, np.log(self.sd) - self.data.log_unit)
        return nodes_at(self._sample, log_sd, np.zeros(times))

    @cached_property
    def _sample(self) -> Sample | Condensed:
        return sample(self.data)

    @property
    def fit(self) -> FittedModel:
        return {"mean": self.mean_known("the sd is given"), "sd": (self.sd, 0.0, self.note)}

    def stored(self) -> dict[str, float]:
        return {"sd": self.sd, **_prior(self.prior)}

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.groups_of, values, self.prior)


def _prior(prior: tuple[float, float] | None) -> dict[str, float]:
    """The normal prior of the mean in stored form; empty for a flat one."""
    return dict(zip(("prior_mean", "prior_sd"), prior or (), strict=False))


def given(of: Distinct, values: Mapping[str, float], prior: tuple[float, float] | None = None) -> Fixed | GivenSd:
    """Answers at a known mean and sd of the population, or at a known sd alone.

    prior: mean and sd of the normal prior that the mean has where it is not given; None: flat.

    Raises:
        RequestError: neither of these, the mean is not finite, or the sd not a finite number of 0 or more.
    """
    check_given(values, ("sd",), PARAMETERS)
    sd = checked_sd(values["sd"])
    if "mean" not in values:
        return GivenSd(sd, of, prior)
    mean = values["mean"]
    if not math.isfinite(mean):
        raise RequestError(f"mean must be a finite number, not {mean!r}.")
    return Fixed(float(mean), sd, of, "given", prior)


def checked_sd(sd: float) -> float:
    """Check the sd of the population and return it.

    Raises:
        RequestError: it is no finite number of 0 or more.
    """
    if not (sd >= 0.0 and math.isfinite(sd)):
        raise RequestError(f"sd must be a finite number, 0 (complete pooling) or more, not {sd!r}.")
    return float(sd)
