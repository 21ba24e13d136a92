"""The numbers that an integration over the scales of a normal population must get right, as functions of its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.normal_given import Given, Nodes, Thetas, moments, with_the_mean
from partialpool.models.inference.normal.mixtures import Mixtures
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.quadrature.moments import log_moments
from partialpool.special import Array, Index

_OFFSET = 3.0  # keeps standardised means away from 0, so that relative errors make sense
_WATCHED = (-2.0, 0.0, 2.0)  # points at which distribution functions are compared, in sds
_TYPICAL = 8  # numbers of groups, by se and by estimate


@dataclass(frozen=True)
class Wanted:
    """Means and sds, in turn: of each scale, of the population's mean, and of a few thetas, each with its weight.

    The population's mean and a theta can have either sign, so they are measured from a rough guess, in units of its
    sd, with an offset that keeps them from zero.

    Attributes:
        groups: a few groups that represent all.
        own: mask of those measured from their own estimates.
        orders: number of finite moments among mean and sd: of each scale, of "mean" and of "theta".
        guess: approximate means and sds of the population's mean and of each theta.
    """

    groups: Rescaled
    own: NDArray[np.bool_]
    orders: Mapping[str, int]
    guess: tuple[Array, Array]

    @classmethod
    def at(cls, groups: Rescaled, here: Nodes, orders: Mapping[str, int]) -> Wanted:
        """Choose the groups, and take the conditional means and sds at one node as the guess."""
        some = groups.subset(_typical(groups))
        own = some.own(here)
        guess = with_the_mean(some.thetas(own, here.given), here.given)
        return cls(some, own, orders, (guess.mean[:, 0], guess.sd[:, 0]))

    def thetas(self, given: Given) -> Thetas:
        """Conditionals of the population's mean and of the thetas."""
        return with_the_mean(self.groups.thetas(self.own, given), given)

    def __call__(self, nodes: Nodes, merged: Nodes) -> Array:
        """The numbers at nodes; merged: fewer nodes over which the moments of thetas are the same."""
        scales = [log_moments(log, nodes.log_probability, self.orders[name]) for name, log in nodes.logs.items()]
        found, (centre, unit) = moments(self.thetas(merged.given), merged), self.guess
        order = np.append(self.orders["mean"], np.full(len(self.own), self.orders["theta"]))
        with np.errstate(invalid="ignore"):  # a theta that is known exactly has no error to estimate
            mean, sd = (found.mean - centre) / unit + _OFFSET, found.sd / unit
        mean, sd = np.where(order > 0, mean, np.nan), np.where(order > 1, sd, np.nan)
        none = np.full(len(mean), np.nan)
        weight = np.append(np.nan, found.weight[1:])
        return np.concatenate([*scales, np.stack([mean, sd, weight, none], axis=1).ravel()])

    def below(self, nodes: Nodes) -> Array:
        """Distribution functions of the population's mean and of the thetas at a few points."""
        theta, (centre, sd) = self.thetas(nodes.given), self.guess
        some = sd > 0.0  # leaves out what is known exactly
        of = Mixtures(theta.mean[some], theta.sd[some], nodes.probability)
        return np.concatenate([of.below(centre[some] + at * sd[some]) for at in _WATCHED])

    @property
    def size(self) -> int:
        """Number of the wanted numbers."""
        return 2 * (len(self.orders) - 2) + 4 * len(self.guess[0])

    def population_mean(self, numbers: Array) -> tuple[float, float]:
        """Mean and sd of the population's mean, extracted from the numbers."""
        place = len(numbers) - 4 * len(self.guess[0])
        centre, unit = self.guess[0][0], self.guess[1][0]
        return float(centre + unit * (numbers[place] - _OFFSET)), float(unit * numbers[place + 1])

    def scales(self, numbers: Array) -> Array:
        """Approximate sds of the population's mean and of the thetas."""
        unit = self.guess[1]
        sd = numbers[1 - 4 * len(unit) :: 4]
        return np.where(np.isfinite(sd), sd, 1.0) * unit

    def errors(self, numbers: Array, spread: Array) -> dict[str, tuple[float, float]]:
        """Largest relative errors of mean and sd of each scale, the mean and theta; those of locations are over the sd.

        The error of the weights counts as one of the mean of theta.
        """
        mean, sd = spread[::2].copy(), spread[1::2]
        names = [name for name in self.orders if name not in {"mean", "theta"}]
        first = len(names)
        of_sign = first + 2 * np.arange(1 + len(self.own))
        with np.errstate(invalid="ignore", divide="ignore"):
            beside = np.abs(numbers[::2][of_sign]) / numbers[1::2][of_sign]
        mean[of_sign] *= np.where(np.isfinite(beside), beside, 1.0)
        places = {name: slice(k, k + 1) for k, name in enumerate((*names, "mean"))}
        places["theta"] = slice(first + 2, None)  # after the weight of the population's mean
        return {
            name: (float(np.nanmax(mean[some], initial=0.0)), float(np.nanmax(sd[some], initial=0.0)))
            for name, some in places.items()
        }


def _typical(of: Rescaled) -> Index:
    """A few groups that represent all: extremes of se and of the estimate, and some between."""
    some = np.linspace(0, len(of.se) - 1, _TYPICAL).round().astype(np.intp)
    by_se, by_estimate = np.lexsort((of.estimate, of.se)), np.lexsort((of.se, of.estimate))
    return np.unique(np.concatenate([by_se[some], by_estimate[some]]))
