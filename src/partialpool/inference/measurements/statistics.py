"""The numbers that an integration over (r, sigma) is to get right, as functions of its nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.integrate.moments import log_moments, orders
from partialpool.marginals.normal_moments import Nodes, averages, moments
from partialpool.marginals.normal_unknown import Likelihood
from partialpool.propriety.measurements import Existing
from partialpool.special import Array, log_sigmoid

_OFFSET = 3.0
_PLACES = {name: slice(place, place + 1) for place, name in enumerate(("sd", "sigma", "icc", "mean"))}
_PLACES["theta"] = slice(5, None)  # behind the weight of the population's mean


@dataclass(frozen=True)
class Wanted:
    """What is asked of the nodes: means and sds, in turn, of sd, sigma and icc, and then of each target and its weight.

    A target is the population's mean (first) or the theta of a group. As these can have either sign, they are counted
    from a rough guess and in units of its sd, with an offset that keeps them from zero.
    """

    model: Likelihood
    targets: Targets
    centre: Array
    unit: Array
    exists: Existing

    @classmethod
    def at(cls, model: Likelihood, groups: Targets, log_r: float, log_sigma: float, exists: Existing) -> Wanted:
        """With what holds at one point for a guess."""
        targets = Targets(np.append(0.0, groups.n), np.append(0.0, groups.y))
        here = Nodes(np.array([log_r]), np.array([log_sigma]), np.ones(1))
        centre, sd = Mixture(model, here).conditionals(targets)
        return cls(model, targets, centre[:, 0], sd[:, 0], exists)

    def __call__(self, nodes: Nodes, log_p: Array) -> Array:
        """The numbers."""
        log_sd = nodes.log_r + nodes.log_sigma
        out = [
            log_moments(log_sd, log_p, orders(self.exists.sd)),
            log_moments(nodes.log_sigma, log_p, orders(self.exists.sigma)),
            log_moments(log_sigmoid(2.0 * nodes.log_r), log_p, 2),
        ]
        found = moments(averages(self.model, nodes, log_p), self.targets.n, self.targets.y)
        highest = self.highest
        mean = np.where(highest > 1.0, (found.mean - self.centre) / self.unit + _OFFSET, np.nan)
        sd = np.where(highest > 2.0, found.sd / self.unit, np.nan)
        weight = np.where(self.targets.n > 0.0, found.weight, np.nan)
        none = np.full(len(mean), np.nan)
        return np.concatenate([*out, np.stack([mean, sd, weight, none], axis=1).ravel()])

    @property
    def highest(self) -> Array:
        """E|target|^m is finite for m below this."""
        return np.where(self.targets.n > 0.0, self.exists.theta, self.exists.mean)

    def errors(self, numbers: Array, spread: Array) -> dict[str, tuple[float, float]]:
        """Largest relative errors of mean and sd of each parameter and of theta; means of either sign beside their sd.

        The error of the weights counts as one of the mean of theta.
        """
        mean, sd = spread[::2].copy(), spread[1::2]
        place = 3 + 2 * np.arange(len(self.targets.n))
        with np.errstate(invalid="ignore", divide="ignore"):
            beside = np.abs(numbers[::2][place]) / numbers[1::2][place]
        mean[place] *= np.where(np.isfinite(beside), beside, 1.0)
        return {
            name: (float(np.nanmax(mean[some], initial=0.0)), float(np.nanmax(sd[some], initial=0.0)))
            for name, some in _PLACES.items()
        }
