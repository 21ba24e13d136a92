"""Answers at one point (mean, sd) of a normal population, or at one sd, and how these are given."""

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
from partialpool.inference.estimates.conditionals import Sds, at_one, check_apart, conditionals, contrasts, singles
from partialpool.inference.estimates.drawing import drawn
from partialpool.marginals.normal_condensed import Condensed
from partialpool.marginals.normal_normal import (
    Conditional,
    Distinct,
    Sample,
    Scaled,
    conditional,
    sample,
    scaled,
    shrunk,
    weights,
)
from partialpool.special import Array, Index

PARAMETERS = ("mean", "sd")
_LEAST = 5e-324  # stands for a known sd of 0 beside an exact estimate, lest their ratio be undefined


@dataclass(frozen=True, repr=False)
class Fixed(AtOnePoint):
    """theta_j ~ N(mean + b_j (y_j - mean), b_j s_j^2), b_j = sd^2/(s_j^2 + sd^2).

    prior: the normal prior that the mean has again where another sd is given without a mean; None: flat.
    """

    mean: float
    sd: float
    groups_of: Distinct
    note: str
    prior: tuple[float, float] | None = None

    @property
    def known(self) -> Known:
        return points({"mean": self.mean, "sd": self.sd}, self.note)

    def groups(self, tail: float) -> GroupSummary:
        of = self.groups_of
        data = scaled(of, (self.mean, max(self.sd, float(of.se[-1]), _LEAST)), self.mean)
        sd, none = np.ldexp(np.array([self.sd]), -data.exponent), np.zeros(1)
        return _summary(of, data, Conditional(np.maximum(sd, _LEAST), none, none, none), tail)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return at_one(self.groups_of, self.mean, self.sd)

    def stored(self) -> dict[str, float]:
        return {"mean": self.mean, "sd": self.sd, **_prior(self.prior)}

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.groups_of, values, self.prior)


@dataclass(frozen=True)
class GivenSd(AtOnePoint):
    """Answers at one sd, which may be 0, averaged over the population's mean.

        mean | sd, y ~ Normal(m, v),   m = sum w_j y_j / sum w_j,   1/v = sum w_j,   w_j = 1/(s_j^2 + sd^2)
        theta_j | sd, y ~ Normal(b_j y_j + (1 - b_j) m, b_j s_j^2 + (1 - b_j)^2 v),   b_j = sd^2/(s_j^2 + sd^2)

    with a flat mean; a normal prior of the mean counts as one more estimate, of weight 1/prior variance.

    prior: mean and sd of the normal prior of the population's mean; None: flat.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), equations 5.17 and 5.20, and figures 5.6 and 5.7.
    """

    sd: float
    groups_of: Distinct
    prior: tuple[float, float] | None
    note: str = "given"

    @property
    def known(self) -> Known:
        mean, sd = self.data.restored(np.append(self.at.mean, self.at.mean_sd)).tolist()
        return {"mean": (self.data.centre + mean, sd, "the sd is given"), "sd": (self.sd, 0.0, self.note)}

    @cached_property
    def data(self) -> Scaled:
        """The estimates in the units of the likelihood."""
        return scaled(self.groups_of, self.prior)

    @cached_property
    def sample(self) -> Sample | Condensed:
        """What the likelihood is worked out from."""
        return sample(self.data)

    @property
    def log_sd(self) -> Array:
        """Log of the sd in the units of the likelihood."""
        with np.errstate(divide="ignore"):
            return np.array([np.log(self.sd) - self.data.log_unit])

    @cached_property
    def at(self) -> Conditional:
        """The population's mean."""
        return conditional(self.sample, self.log_sd)

    def groups(self, tail: float) -> GroupSummary:
        return _summary(self.groups_of, self.data, self.at, tail)

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return conditionals(self.groups_of, self._sds, fineness)

    def contrasts(self, fineness: int) -> Conditionals:
        return contrasts(self.groups_of, self._sds, fineness)

    def singles(self, fineness: int) -> Singles:
        return singles(self.groups_of, self._sds)

    @property
    def _sds(self) -> Sds:
        check_apart(self.sd)
        return Sds(self.data, self.at, np.ones(1))

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        check_apart(self.sd)
        z = rng.standard_normal(n)
        return drawn(self.groups_of, self.data, self.sample, np.full(n, self.log_sd[0]), z)

    def stored(self) -> dict[str, float]:
        return {"sd": self.sd, **_prior(self.prior)}

    def given(self, values: Mapping[str, float]) -> Answers:
        return given(self.groups_of, values, self.prior)


def _summary(of: Distinct, data: Scaled, at: Conditional, tail: float) -> GroupSummary:
    """Each group measured from its own estimate, or from the population's mean, whichever has more weight."""
    own = weights(data.se, at.sd)[:, 0] > 0.5
    theta = shrunk(data.estimate, data.se, own, at)
    mean = np.where(own, of.estimate, data.centre) + data.restored(theta.mean[:, 0])
    sd = np.where(theta.sd[:, 0] > 2.0 * _LEAST, theta.sd[:, 0], 0.0)
    return normal(mean, data.restored(sd), theta.weight[:, 0], of.where, tail)


def _prior(prior: tuple[float, float] | None) -> dict[str, float]:
    """The prior of the mean, where that is not flat, as it is stored."""
    return dict(zip(("prior_mean", "prior_sd"), prior or (), strict=False))


def given(of: Distinct, values: Mapping[str, float], prior: tuple[float, float] | None = None) -> Fixed | GivenSd:
    """The answers where mean and sd of the population are known, or its sd alone.

    prior: mean and sd of the normal prior that the mean keeps where it is not given; None: flat.

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
    """The sd of the population, if it can be one.

    Raises:
        RequestError: it is no finite number of 0 or more.
    """
    if not (sd >= 0.0 and math.isfinite(sd)):
        raise RequestError(f"sd must be a finite number, 0 (complete pooling) or more, not {sd!r}.")
    return float(sd)
