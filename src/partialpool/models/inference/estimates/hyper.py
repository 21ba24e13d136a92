"""The integrated posterior of the sd of a normal population, with the nodes over which every answer is averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.distributions.marginals.normal_condensed import Condensed
from partialpool.distributions.marginals.normal_given import Nodes, weights
from partialpool.distributions.marginals.normal_normal import Distinct, Sample, Scaled, conditional, noise
from partialpool.engine.results import Results
from partialpool.engine.traces import Traces
from partialpool.models.inference.estimates.fixed import given
from partialpool.models.inference.estimates.nodes import nodes_at
from partialpool.models.inference.normal.conditionals import many
from partialpool.models.inference.normal.hyper import Hyperposterior as Integrated
from partialpool.models.inference.normal.hyper import counted
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.priors.propriety.estimates import missing_moment
from partialpool.quadrature.axis import Rule, lattice, refined
from partialpool.quadrature.coordinate import CoordinateDistribution, Found, Held
from partialpool.quadrature.gauss import thinned_logs
from partialpool.quadrature.line import Interval, log_stretch
from partialpool.quadrature.moments import USELESS
from partialpool.quadrature.rejection import drawn, on_line
from partialpool.quadrature.shown import up_to
from partialpool.safety import ALONG_A_COORDINATE
from partialpool.special import Array, Index

TOLERANCE = 2e-12  # relative error at which the integration stops
_SIZES = (6, 9, 13, 19, 28, 42, 60)  # numbers of nodes, by fineness
_FEWER = (2, 3, 4, 6, 9, 14, 21)  # numbers of nodes to compare many groups, which determine the population well
_MOST = 6_000  # nodes at which the search for a finer distribution of the sd ends
_NOTICED = 1e-18  # nodes of less probability are dropped
_EPSILON = 2.3e-16  # spacing of doubles at 1
_ROUNDING = 2e-15  # rounding error, relative
_TRACED = np.array([0.0001, 0.5, 0.99, 0.9999])  # quantile levels between which the picture of the sd has its points
_FIRST = 1e-6  # first point of the picture, as a share of the median
_SEEN = 1e-6  # rounding is not looked at where a node has a smaller share of the largest probability


@dataclass(frozen=True)
class Hyperposterior(Integrated):
    """The posterior p(sd | data), integrated over log sd, in the units of `data`.

    groups: the groups in the caller's units.
    below: E[sd^m] and E[|mean|^m] are finite for m below these.
    constant: what must be added to the log integral to get log p(estimates), because of units.
    """

    groups: Distinct
    data: Scaled
    of: Rescaled
    sample: Sample | Condensed
    support: Interval
    log_density: Callable[[Array], Array]
    rule: Rule
    wanted: Wanted
    below: tuple[float, float]
    constant: float

    thinned = spared = 500
    sizes = "the size of a mean is at least its sd, and quantiles are rounded to doubles"

    # --- nodes

    @cached_property
    def nodes(self) -> Nodes:
        return self.at(self.rule)

    @property
    def merged(self) -> Nodes:
        return self.nodes

    def at(self, rule: Rule) -> Nodes:
        """The nodes of a rule."""
        return nodes_at(self.sample, self.support.value(rule.x), rule.log_probability)

    @property
    def lattice(self) -> tuple[Nodes, Array]:
        nodes = self.at(refined(self.log_density, self.rule))
        return nodes, np.arange(float(len(nodes)))

    def whole(self, times: int) -> Nodes:
        rule = self.rule
        for _ in range(times):
            rule = refined(self.log_density, rule)
        some = np.exp(rule.log_probability) > _NOTICED
        return nodes_at(self.sample, self.support.value(rule.x[some]), rule.log_probability[some])

    def _gauss(self, size: int) -> Nodes:
        """Gauss nodes of the posterior of the sd, since integrands are smooth in the sd."""
        log_sd, weight = thinned_logs(self.nodes.logs["sd"], self.nodes.probability, size)
        return nodes_at(self.sample, log_sd, np.log(weight))

    def some(self, fineness: int, *, apart: bool = False) -> Nodes:
        return self._gauss((_FEWER if apart and many(self.of) else _SIZES)[fineness])

    def resampled(self, factor: float) -> Nodes:
        return counted(self.at(lattice(self.log_density, self.rule.frame, factor * self.rule.step)))

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Callable[[slice], Nodes], float]:
        frame = self.rule.frame

        def log_f(t: Array) -> Array:
            return np.asarray(self.log_density(frame.place(t)) + log_stretch(t))

        (t,), cut = drawn(on_line(log_f, self.rule.t), n, rng)
        log_sd = self.support.value(frame.place(t))
        return lambda some: nodes_at(self.sample, log_sd[some], np.zeros(len(log_sd[some]))), cut

    # --- numbers

    @property
    def log_evidence(self) -> float:
        """Log p(estimates), up to the constants of an improper prior."""
        return self.rule.log_total + self.constant

    @cached_property
    def _distribution(self) -> CoordinateDistribution:
        """Distribution of log sd, from a rule fine enough to resolve the density."""
        rule, before = self.rule, np.inf
        while True:
            error = ALONG_A_COORDINATE * rule.marginal.unseen
            if error <= TOLERANCE + self.noise or error > 0.5 * before or len(rule.t) > _MOST:
                return CoordinateDistribution((Held(self.support, rule.marginal, 1.0),), error)
            rule, before = refined(self.log_density, rule), error

    def quantiles(self, name: str, levels: Array) -> Found:
        return self._distribution.found(levels)

    @cached_property
    def noise(self) -> float:
        """Rounding error of probabilities, relative to their size."""
        p, log_sd = self.nodes.probability, self.nodes.logs["sd"]
        some = np.flatnonzero(p > _SEEN * p.max())
        far = _EPSILON * (1.0 + np.abs(log_sd))  # possible error of log sd
        with np.errstate(invalid="ignore"):
            slope = np.abs(np.gradient(self.nodes.log_probability)) / np.maximum(np.abs(np.gradient(log_sd)), far)
        slope = np.nan_to_num(slope, nan=0.0, posinf=0.0)  # NaN next to where there is no density
        likelihood = 2.0 * noise(self.sample, self.nodes.given) + _EPSILON * abs(self.data.log_unit)
        return float(p[some] @ (far * (1.0 + slope) + likelihood)[some]) + _ROUNDING

    @property
    def error(self) -> float:
        """Estimated relative error of every moment."""
        return self.rule.error + float(np.max(self.rule.frame.outside)) + self.noise

    @property
    def common(self) -> float:
        return float(self.rule.frame.outside[0]) + self.noise

    @cached_property
    def moment_errors(self) -> Mapping[str, tuple[float, float]]:
        """Estimated relative errors of mean and sd of each parameter and of theta.

        While the overall estimate is small, it serves for all; otherwise mass far in the tail counts only for the
        moments that depend on it. The sd of a narrow posterior of the sd suffers from the rounding of log sd.
        """
        mean, sd = self.statistics[:2]
        narrow = _EPSILON * mean / sd * (1.0 + abs(float(np.log(mean)))) if sd > 0.0 else 0.0
        names = ("mean", "sd", "theta")
        if self.error <= USELESS:
            return {name: (self.error, self.error + (narrow if name == "sd" else 0.0)) for name in names}
        own, noise = self.wanted.errors(self.statistics, self.rule.spread[: self.wanted.size]), self._noises
        lost, powers = self.rule.frame.outside, self.wanted.orders["sd"]
        of_theta = max([lost[0], *lost[1 + powers :]])
        far = (lost[0], lost[: 1 + powers].max()), (lost[:2].max(), lost[: 1 + powers].max()), (of_theta, of_theta)
        return {
            name: (own[name][0] + float(out[0]) + noise[name], own[name][1] + float(out[1]) + noise[name])
            for name, out in zip(names, far, strict=True)
        }

    @property
    def _noises(self) -> dict[str, float]:
        """Rounding error of the moments of each parameter; a quantity that is the same at all nodes has none."""
        nodes = self.nodes
        some = nodes.probability > _SEEN * nodes.probability.max()
        theta = self.wanted.thetas(nodes.given)
        known = theta.sd.any(axis=1)
        mean, sd, weight = (part[known][:, some] for part in (theta.mean, theta.sd, theta.weight))
        least = [np.maximum(part.min(axis=1), 1e-300) for part in (sd, sd, weight)]
        varies = np.max(
            [np.ptp(part, axis=1) / size for part, size in zip((mean, sd, weight), least, strict=True)], axis=0
        )
        of_sd = float(np.expm1(min(np.ptp(nodes.logs["sd"][some]), 1.0)))
        found = {"mean": float(varies[0]), "sd": of_sd, "theta": float(np.max(varies[1:], initial=0.0))}
        return {name: self.noise * min(1.0, most) + _ROUNDING for name, most in found.items()}

    def missing(self, parameter: str) -> str:
        below, symbol = (self.below[1], "|mean|") if parameter == "mean" else (self.below[0], "sd")
        return missing_moment(below, symbol)

    # --- other answers

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.groups, values, self.data.stated)

    def traces(self, places: Index) -> Traces:
        """Return p(sd | data), and E(theta_j | sd, data) and sd(theta_j | sd, data) of some of the groups.

        Source: Gelman et al., Bayesian Data Analysis (3rd ed.), figures 5.5 to 5.7.
        """
        low, middle, most, last = np.exp(self.quantiles("sd", _TRACED).z)
        first = max(_FIRST * middle, np.exp(self.support.lo) * (1.0 + _FIRST))
        sd = up_to(first, max(low, first), most, last)
        x = self.support.coordinate(np.log(sd))
        with np.errstate(all="ignore"):
            height = np.exp(self.log_density(x) - self.rule.log_total - self.support.log_slope(x)) / sd
        some = self.of.subset(self.of.where[places])
        own = weights(some.se, conditional(self.sample, np.log([middle])))[:, 0] > 0.5
        theta = some.thetas(own, conditional(self.sample, np.log(sd)))
        mean = some.pivoted(own, theta.mean.T).T
        return Traces(self.of.restored(sd), np.ldexp(height, -self.of.exponent), mean, self.of.restored(theta.sd))
