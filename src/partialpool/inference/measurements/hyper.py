"""The posterior of a normal population from raw rows, integrated, and everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from partialpool.answers import USUAL_LEVELS, symmetric
from partialpool.inference.measurements.levels import GOAL, level_distribution
from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.inference.measurements.statistics import Wanted
from partialpool.inference.measurements.target import Lines, Target, coordinates
from partialpool.inference.measurements.thinning import Source, fitted
from partialpool.integrate.coordinate import Distribution, along_first
from partialpool.integrate.frame import locate
from partialpool.integrate.moments import claim, orders
from partialpool.integrate.plane import Rule, integrate
from partialpool.integrate.ridge import Growing
from partialpool.marginals.normal_moments import Averages, Moments, Nodes, averages, moments
from partialpool.propriety.measurements import Existing
from partialpool.propriety.reach import check_resolved
from partialpool.safety import TWINS_OF_NORMALS
from partialpool.special import Array, log_sigmoid

PARAMETERS = ("mean", "sd", "sigma", "icc")

_TYPICAL = 8
_ROUNDING = 6e-13
_AWAY = 4e-14  # of the distance from the data to where a prior wants the mean: what rounding leaves in an average
_MEAN = Targets(np.zeros(1), np.zeros(1))


@dataclass(frozen=True)
class Hyperposterior:
    """p(mean, sd, sigma | data), integrated, in the units of the likelihood."""

    target: Target
    lines: Lines
    rule: Rule
    wanted: Wanted
    groups: Targets  # distinct, in a fixed order
    exists: Existing
    _found: dict[str, Distribution] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def nodes(self) -> Nodes:
        """The nodes of the integration."""
        return _nodes(self.lines, self.rule.x, self.rule.y, self.rule.log_probability)

    @cached_property
    def _averages(self) -> Averages:
        return averages(self.target.model, self.nodes, self.rule.log_probability)

    def moments(self, of: Targets) -> Moments:
        """Mean and sd, where they exist, and weights."""
        found = moments(self._averages, of.n, of.y)
        highest = np.where(of.n > 0.0, self.exists.theta, self.exists.mean)
        mean, sd = np.where(highest > 1.0, found.mean, np.nan), np.where(highest > 2.0, found.sd, np.nan)
        return Moments(mean, sd, found.weight)

    def mixture_quantiles(self, of: Targets, tail: float) -> Array:
        """The tail, 1/2 and 1 - tail quantiles: (3, targets)."""
        levels = symmetric(tail)
        return self.mixture.quantiles(of, levels, self.mixture.starts(of, levels))

    @property
    def mixture(self) -> Mixture:
        """A mixture of normals small enough to be quick."""
        return self._fitted[0]

    @cached_property
    def scales(self) -> Array:
        """Rough sds of the mean and of a few groups."""
        found = moments(self._averages, self.wanted.targets.n, self.wanted.targets.y)
        return np.where(np.isfinite(found.sd), found.sd, self.wanted.unit)

    @property
    def mixture_error(self) -> float:
        """Estimate of |F(x) - p| for the quantiles of groups and of the mean."""
        return self._fitted[1]

    @cached_property
    def source(self) -> Source:
        """What smaller sets of nodes are made from."""
        marginal = self._level(self.lines.parameter).pieces[0].marginal
        return Source(self.target.model, self.lines, marginal, self.rule.frame.near)

    @cached_property
    def _fitted(self) -> tuple[Mixture, float]:
        return fitted(self.source, self.wanted.targets, USUAL_LEVELS)

    # --- population

    def population(self, parameter: str) -> tuple[float, float]:
        """Mean and sd of a parameter, NaN where they do not exist."""
        if parameter == "mean":
            found = self.moments(_MEAN)
            return float(found.mean[0]), float(found.sd[0])
        k = 2 * PARAMETERS.index(parameter) - 2
        return float(self.rule.statistics[k]), float(self.rule.statistics[k + 1])

    def quantiles(self, parameter: str, tail: float) -> Array:
        """The tail, 1/2 and 1 - tail quantiles of a parameter."""
        if parameter == "mean":
            return self.mixture_quantiles(_MEAN, tail)[:, 0]
        value = self._level(parameter).found(symmetric(tail)).z
        with np.errstate(over="ignore"):  # infinite, where it is too large for a double
            return np.exp(log_sigmoid(2.0 * value) if parameter == "icc" else value)

    def quantile_error(self, parameter: str, tail: float) -> float:
        """Estimate of |F(x) - p| for those quantiles."""
        return self.mixture_error if parameter == "mean" else self._level(parameter).error

    def _level(self, parameter: str) -> Distribution:
        """The distribution of the log of a parameter, or of r for "icc"."""
        if parameter not in self._found:
            if parameter == self.lines.parameter:
                self._found[parameter] = along_first(self.lines.log_density, self.lines.along, self.rule, GOAL)
            else:
                self._found[parameter] = level_distribution(self.target, parameter, self.nodes, self.rule.log_total)
        return self._found[parameter]

    # --- accuracy

    @cached_property
    def moment_errors(self) -> dict[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of each parameter and of theta (with the weight).

        Means of either sign are measured by their sd.
        """
        mass = float(self.rule.spread[0])
        found = self.wanted.errors(self.rule.statistics, self.rule.spread[1:])
        noise = _ROUNDING * (1.0 + self.target.model.sample.groups**0.5)
        away = _AWAY * abs(self.target.model.centre.mean) / float(np.min(self.scales))
        common = noise + away
        return {
            name: (TWINS_OF_NORMALS * max(mean, mass) + common, TWINS_OF_NORMALS * max(sd, mass) + common)
            for name, (mean, sd) in found.items()
        }

    @property
    def errors(self) -> tuple[float, float]:
        """The largest of these estimates on what is shown."""
        means, sds = zip(*self.moment_errors.values(), strict=True)
        return max(map(claim, means)), max(map(claim, sds))


def hyperposterior(target: Target, groups: Targets, exists: Existing) -> Hyperposterior:
    """Integrate the posterior of r and sigma, which must be proper."""
    lines = coordinates(target)
    log_r, log_sigma = _guess(target)
    wanted = Wanted.at(target.model, _typical(groups), log_r, log_sigma, exists)

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        return wanted(_nodes(lines, x, y, log_p), log_p)

    growing = _growing(lines, exists)
    frame = locate(lines.log_density, _start(lines, log_r, log_sigma), growing)
    rule = integrate(lines.log_density, frame, statistics, growing)
    check_resolved(target.prior, float(rule.spread[0]))
    return Hyperposterior(target, lines, rule, wanted, groups, exists)


def _nodes(lines: Lines, x: Array, y: Array, log_p: Array) -> Nodes:
    log_r, log_sigma, _ = lines.point(x, y)
    return Nodes(log_r, log_sigma, np.exp(log_p))


def _guess(target: Target) -> tuple[float, float]:
    """Rough log r and log sigma, where the priors allow them."""
    model = target.model
    log_sigma = _inside(model.log_sigma, target.sigmas)
    if target.on_ratio:
        return _inside(0.5 * model.log_square, target.ratios), log_sigma
    return _inside(0.5 * model.log_square + log_sigma, target.sds) - log_sigma, log_sigma


def _inside(value: float, ends: tuple[float, float]) -> float:
    """The value, or one a little inside the end that it is beyond."""
    lo, hi = ends
    margin = min(0.1, 0.1 * (hi - lo))
    return min(max(value, lo + margin), hi - margin)


def _start(lines: Lines, log_r: float, log_sigma: float) -> tuple[float, float, float, float]:
    """Where the search begins, and rough widths."""
    sample = lines.target.model.sample
    x, y = lines.place(np.array(log_r), np.array(log_sigma))
    return float(x), float(y), 1.0, float(1.0 / np.sqrt(2.0 * max(sample.degrees + sample.groups, 1.0)))


def _growing(lines: Lines, exists: Existing) -> Growing:
    """What grows, and the highest powers of it whose means are wanted: squares, or what there is of them."""
    flat = lines.target.model.centre.flat
    on_sd, on_sigma, on_theta = (orders(highest) for highest in (exists.sd, exists.sigma, exists.theta))
    on_mean = orders(exists.mean) if flat else 0

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        log_r, log_sigma, _ = lines.point(x, y)
        log_sd = log_r + log_sigma
        theta = log_sigma if flat else np.minimum(log_sd, log_sigma)
        on = ((on_sd, log_sd), (on_sigma, log_sigma), (on_mean, np.maximum(log_sd, log_sigma)), (on_theta, theta))
        return [(power, log) for power, log in on if power]

    return growing


def _typical(groups: Targets) -> Targets:
    """A few groups that stand for all: extremes of size and of mean, and some between."""
    by_size, by_mean = np.lexsort((groups.y, groups.n)), np.lexsort((groups.n, groups.y))
    spread = by_size[np.linspace(0, len(by_size) - 1, _TYPICAL - 2).round().astype(int)]
    return groups.subset(np.unique(np.concatenate([spread, by_mean[[0, -1]]])))
