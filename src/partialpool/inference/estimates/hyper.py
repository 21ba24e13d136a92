"""The posterior of the sd of a normal population, integrated: the nodes over which every answer is an average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.answers import USUAL_LEVELS
from partialpool.inference.estimates.mixture import Mixtures
from partialpool.inference.estimates.moments import Moments, population
from partialpool.integrate.axis import Rule, extrapolated, nested, refined
from partialpool.integrate.line import Interval
from partialpool.integrate.marginal import Marginal
from partialpool.marginals.normal_condensed import Condensed
from partialpool.marginals.normal_normal import Conditional, Sample, Scaled, conditional, noise
from partialpool.special import Array

TOLERANCE = 1e-11
_MOST = 6_000  # nodes for distribution functions
_NOTICED = 1e-18  # probability of a node
_EPSILON = 2.3e-16
_ROUNDING = 2e-15
_SEEN = 1e-6  # of the largest probability of a node: below, rounding is not looked at


@dataclass(frozen=True)
class Nodes:
    """Points of log sd with their log probabilities, and the population's mean there."""

    log_sd: Array
    log_probability: Array
    given: Conditional

    @cached_property
    def probability(self) -> Array:
        return np.exp(self.log_probability)

    @cached_property
    def bulk(self) -> Nodes:
        """Those that distribution functions notice: a stretch that begins at every fourth node of the lattice."""
        live = np.flatnonzero(self.probability > _NOTICED)
        some = slice(live[0] // 4 * 4, live[-1] + 1)
        return Nodes(self.log_sd[some], self.log_probability[some], self.given.subset(some))

    @cached_property
    def mean(self) -> Mixtures:
        """The population's mean."""
        at, p = self.given, self.probability
        centre = float(p @ at.mean)
        size = float(np.exp(p @ np.log(np.hypot(at.mean_sd, at.mean - centre))))
        return Mixtures(at.mean[None, :], at.mean_sd[None, :], p, np.array([centre]), np.array([size]))


def nodes_at(of: Sample | Condensed, support: Interval, x: Array, log_p: Array) -> Nodes:
    """The nodes at points of the coordinate of log sd."""
    log_sd = support.value(x)
    return Nodes(log_sd, log_p, conditional(of, log_sd))


@dataclass(frozen=True)
class Hyperposterior:
    """p(sd | data), integrated over its log, in the units of `data`.

    below: E[sd^m] and E[|mean|^m] are worked out for m less than these.
    typical: a few groups that stand for all.
    constant: what the integral lacks of log p(estimates), because of units.
    """

    data: Scaled
    sample: Sample | Condensed
    support: Interval
    log_density: Callable[[Array], Array]
    rule: Rule
    below: tuple[float, float]
    typical: Scaled
    constant: float

    @cached_property
    def nodes(self) -> Nodes:
        return self.at(self.rule)

    def at(self, rule: Rule) -> Nodes:
        """The nodes of a rule."""
        return nodes_at(self.sample, self.support, rule.x, rule.log_probability)

    def settled(self, error: Callable[[Rule], float], *, thin: bool = False) -> tuple[Rule, float]:
        """The first rule whose error is within the tolerance, or at which rounding stops the error from falling.

        thin: whether to try with fewer nodes than moments were found with.
        """
        for count in (4, 2) if thin else ():
            few = error(self.rule.every(count))
            if few <= TOLERANCE + self.noise:
                return self.rule.every(count), few
        rule, left = self.rule, [error(self.rule)]
        while left[-1] > TOLERANCE + self.noise and len(rule.t) <= _MOST:
            if len(left) > 2 and left[-1] > 0.5 * min(left[-3:-1]):
                break
            rule = refined(self.log_density, rule)
            left.append(error(rule))
        return rule, left[-1]

    @cached_property
    def moments(self) -> Moments:
        """Moments of the population's sd and mean."""
        nodes = self.nodes
        return population(nodes.log_sd, nodes.log_probability, nodes.given, *self.below)

    @property
    def log_evidence(self) -> float:
        """log p(estimates), up to the constants of an improper prior."""
        return self.rule.log_total + self.constant

    @cached_property
    def sd_marginal(self) -> tuple[Marginal, float]:
        """The distribution of the coordinate of log sd, and the error of its distribution function."""
        rule, error = self.settled(_marginal_error)
        return rule.marginal, error

    @cached_property
    def noise(self) -> float:
        """How far probabilities can be off by rounding, relative to their size."""
        p = self.nodes.probability
        some = np.flatnonzero(p > _SEEN * p.max())
        far = _EPSILON * (1.0 + np.abs(self.nodes.log_sd))  # that log sd can be off
        gaps = np.maximum(np.abs(np.gradient(self.nodes.log_sd)), far)
        with np.errstate(invalid="ignore"):
            slope = np.abs(np.gradient(self.nodes.log_probability)) / gaps
        slope = np.nan_to_num(slope, nan=0.0, posinf=0.0)  # beside where there is no density
        likelihood = 2.0 * noise(self.sample, self.nodes.given.subset(some)) + _EPSILON * abs(self.data.log_unit)
        return float(p[some] @ ((far * (1.0 + slope))[some] + likelihood)) + _ROUNDING

    @property
    def error(self) -> float:
        """Estimated relative error of every moment."""
        return self.rule.error + float(np.max(self.rule.frame.outside)) + self.noise

    @property
    def common(self) -> float:
        """What every average is off by, beside its own error."""
        return float(self.rule.frame.outside[0]) + self.noise

    def off(self, each: Array, beyond: Array) -> float:
        """Estimated relative errors of some moments.

        each: contributions of the nodes: (nodes, numbers); beyond: shares of them that lie beyond the nodes.
        """
        p, own = self.nodes.probability, nested(self.nodes.probability, each)[1]
        some = p > _SEEN * p.max()
        value = each[some] / p[some, None]
        varies = float(
            np.max(np.abs(value - each.sum(axis=0)), initial=0.0)
        )  # what is the same at all nodes has no noise
        noise = self.noise * min(1.0, varies) + _ROUNDING
        return own + noise + float(np.max(beyond, initial=self.rule.frame.outside[0]))

    @property
    def parameter_errors(self) -> dict[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of either parameter; those that do not exist have none."""
        each = self.moments.contributions.T[:, :, None]
        powers = self.rule.frame.outside[1 : 1 + self.powers]
        count = sum(np.isfinite(self.moments.sd))
        of_sd = [self.off(part, powers[: k + 1]) for k, part in enumerate(each[:count])]
        of_mean = [self.off(part, powers[:k]) for k, part in zip((0, 2), each[count:][::-1], strict=False)]
        first, second = ((*found, 0.0, 0.0)[:2] for found in (of_mean, of_sd))
        return {"mean": (first[0], first[1]), "sd": (second[0], second[1])}

    def group_errors(self, each: Array) -> float:
        """Estimated relative errors of moments of groups, from the contributions of the nodes."""
        return self.off(each, self.rule.frame.outside[1 + self.powers :])

    @property
    def powers(self) -> int:
        """How many powers of the sd have a mean that is followed: it is these that the frame is tilted by first."""
        return powers(self.below[0])

    @property
    def sd_error(self) -> float:
        """Estimated relative error of every sd: that of a narrow sd notices the rounding of log sd."""
        mean, sd = self.moments.sd
        narrow = mean / sd * (1.0 + abs(float(np.log(mean)))) if sd > 0.0 else 0.0
        return self.error + _EPSILON * narrow


def powers(below: float) -> int:
    """How many powers of the sd have means, of the first two, if those below this do."""
    return int(np.clip(np.ceil(below) - 1.0, 0.0, 2.0))


def _marginal_error(rule: Rule) -> float:
    """How far the distribution function of sd is off where the usual interval ends."""
    at = rule.marginal.quantile(USUAL_LEVELS)
    finest, finer, fine = (rule.thinned(k).cdf(at) for k in (1, 2, 4))
    return extrapolated(np.abs(finer - fine), np.abs(finest - finer))
