"""Integrates the posterior of the population's parameters of a beta-binomial model.

All computation is in one orientation (see `orientation`), and every answer is turned back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.beta_binomial import BinomialCells, Likelihood, likelihood
from partialpool.distributions.marginals.beta_moments import Moments, moments
from partialpool.distributions.populations.beta import Chart, Point
from partialpool.distributions.populations.beta_levels import Level, levels
from partialpool.engine.mixtures.quantiles import Fitted, fitted
from partialpool.engine.mixtures.source import Nodes
from partialpool.engine.results import USUAL_LEVELS, symmetric
from partialpool.models.inference.proportions.estimates import rough_concentration
from partialpool.models.inference.proportions.levels import GOAL, level_distribution, level_quantiles
from partialpool.models.inference.proportions.orientation import chart_of, faces_down, own_mirror, swapped
from partialpool.models.inference.proportions.rows import Proportions
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.propriety.proportions import design, highest_moment
from partialpool.priors.propriety.reach import check_resolved
from partialpool.quadrature.coordinate import CoordinateDistribution, Found, along_first
from partialpool.quadrature.frame import locate
from partialpool.quadrature.moments import Moment, claim, log_moments, orders
from partialpool.quadrature.plane import Rule, integrate
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.tilted import Averages
from partialpool.special import Array, Index, expit, without_nan

PARAMETERS = ("mean", "concentration", "alpha", "beta", "sd")

_MIRROR = {"alpha": "beta", "beta": "alpha"}
_TYPICAL, _EXTREME = 7, 4  # pairs that represent all: in the rule of groups, in the integration
_GROWN, _GROUPS = (2, 8), 1 + 2 * len(PARAMETERS)  # growing statistics; first statistic of groups
_ROUNDING = 2e-14  # rounding error, relative
_NARROW = 0.05


@dataclass(frozen=True)
class Hyperposterior:
    """The integrated posterior p(mean, concentration | data); `flipped`: successes and failures change places."""

    pairs: BinomialCells
    prior: BetaPrior
    flipped: bool
    mirror: NDArray[np.intp] | None  # index of each pair's mirror image, if the problem is its own mirror image
    likelihood: Likelihood
    log_posterior: Callable[[Point], Array]
    log_density: LogDensity
    chart: Chart
    rule: Rule
    typical: BinomialCells
    highest: float  # E[concentration^m] is finite for m < highest
    _known: dict[str, CoordinateDistribution] = field(default_factory=dict, repr=False, compare=False)
    _quantiles: dict[tuple[str, float], Found] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def nodes(self) -> Nodes:
        """The nodes, in the inner orientation."""
        return Nodes(self.chart.at(self.rule.x, self.rule.y), np.exp(self.rule.log_probability))

    # --- groups

    def group_moments(self) -> Moments:
        """Moments of each pair's theta, in the caller's orientation."""
        found = moments(self.nodes.point, self.nodes.probability, self.pairs)
        if self.mirror is not None:
            return found.averaged(found.mirrored.subset(self.mirror))
        return found.mirrored if self.flipped else found

    def group_quantiles(self, tail: float, some: Index | None = None) -> Array:
        """Logits of each pair's (or some pairs') quantiles at tail, 1/2 and 1 - tail: (3, pairs)."""
        if self.mirror is not None:
            logits = self.group_rule.quantiles(self.pairs, symmetric(tail))
            with np.errstate(invalid="ignore"):  # the median of a theta that is 0 or 1 with equal probability
                both: Array = np.nan_to_num(0.5 * (logits - logits[::-1, self.mirror]), posinf=np.inf, neginf=-np.inf)
            return both if some is None else both[:, some]
        pairs = self.pairs if some is None else self.pairs.subset(some)
        logits = self.group_rule.quantiles(pairs, symmetric(tail))
        return -logits[::-1] if self.flipped else logits

    def groups_below(self, logit: float) -> Array:
        """P(logit of theta <= logit) of each pair: (pairs,)."""
        found = self.group_rule.below(self.pairs, -logit if self.flipped else logit)
        if self.mirror is not None:
            return np.asarray(0.5 * (found + 1.0 - self.group_rule.below(self.pairs, -logit)[self.mirror]))
        return 1.0 - found if self.flipped else found

    @cached_property
    def group_rule(self) -> Fitted:
        """A smaller rule for the distribution functions of groups."""
        return fitted(self.source, self.typical, USUAL_LEVELS)

    @property
    def group_error(self) -> float:
        """Estimate of |F(x) - p| for the quantiles of groups."""
        return self.group_rule.error_for(self.pairs)

    # --- population

    def moments(self, parameter: str) -> tuple[Moment, Moment]:
        """Mean and sd of a population parameter; NaN where they do not exist."""
        if parameter == "mean":
            return self._of_mean()
        mean, sd = self._inner_moments[self._inner(parameter)]
        if self.mirror is None:
            return mean, sd
        again = self._inner_moments[_MIRROR.get(parameter, parameter)]
        return mean.averaged(again[0]), sd.averaged(again[1])

    def _of_mean(self) -> tuple[Moment, Moment]:
        (mean, sd), other = self._inner_moments["mean"], self._averages.statistic(2 * len(PARAMETERS))
        if self.mirror is not None:
            return Moment(0.5, mean.error), sd
        first, second = (other, mean) if self.flipped else (mean, other)
        return first if first.value <= second.value else Moment(1.0 - second.value, second.error), sd

    @cached_property
    def _inner_moments(self) -> dict[str, tuple[Moment, Moment]]:
        """Mean and sd of each parameter, in the inner orientation."""
        logs, of = _logs(self.chart), self._averages
        return {
            name: of.growing(2 * k, logs[name]) if name in logs else (of.statistic(2 * k), of.statistic(2 * k + 1))
            for k, name in enumerate(PARAMETERS)
        }

    @property
    def _averages(self) -> Averages:
        return Averages(self.rule, self.log_density, self._common)

    def quantiles(self, parameter: str, tail: float) -> Array:
        """Quantiles of a population parameter at tail, 1/2 and 1 - tail."""
        inner = self._inner(parameter)
        if inner == "concentration":
            with np.errstate(over="ignore"):  # infinite if it is too large for a double
                return np.exp(self._concentration.found(symmetric(tail)).z)
        z = self._found(inner, tail).z
        if parameter == "mean":
            z = 0.5 * (z - z[::-1]) if self.mirror is not None else z
            return expit(-z[::-1] if self.flipped else z)
        if self.mirror is not None:
            z = 0.5 * (z + self._found(_MIRROR.get(inner, inner), tail).z)
        return self._levels[inner].value(z)

    def quantile_error(self, parameter: str, tail: float) -> float:
        """Estimate of |F(x) - p| for the quantiles of a population parameter."""
        inner = self._inner(parameter)
        return self._concentration.error if inner == "concentration" else self._found(inner, tail).error

    def _found(self, inner: str, tail: float) -> Found:
        if (inner, tail) not in self._quantiles:
            level = self._levels[inner]
            if inner not in self._known:
                self._known[inner] = level_distribution(self.source, level, self.nodes)
            known = self._known[inner]
            self._quantiles[inner, tail] = level_quantiles(self.source, level, self.nodes, known, symmetric(tail))
        return self._quantiles[inner, tail]

    @cached_property
    def source(self) -> Proportions:
        """The source from which smaller sets of nodes are made."""
        of = self.log_density, self._concentration.pieces[0].marginal, self.rule.frame.near, self.rule.log_total
        total = float(self.pairs.trials @ self.pairs.count)
        return Proportions(*of, total, self.likelihood.noise, self.chart, self.log_posterior)

    def log_likelihood(self, at: Point) -> Array:
        """Log likelihood at points in the inner orientation, up to a constant."""
        return self.likelihood.at(at)

    def logs(self, at: Point) -> dict[str, Array]:
        """Logs of the population's parameters at points in the inner orientation, by the caller's names."""
        named = {"mean": at.log_mean, "concentration": at.log_kappa, "alpha": at.log_alpha, "beta": at.log_beta}
        if self.flipped:
            named |= {"mean": at.log_other, "alpha": at.log_beta, "beta": at.log_alpha}
        return named | {"sd": at.log_sd}

    @cached_property
    def _concentration(self) -> CoordinateDistribution:
        """The distribution of log(concentration)."""
        return along_first(self.log_density, self.chart.log_kappas, self.rule, GOAL + self.likelihood.noise)

    def _inner(self, parameter: str) -> str:
        return _MIRROR.get(parameter, parameter) if self.flipped else parameter

    @cached_property
    def _levels(self) -> dict[str, Level]:
        return levels(self.chart)

    # --- accuracy

    @cached_property
    def errors(self) -> tuple[float, float]:
        """Estimated relative errors of all shown means and weights, and of all shown sds."""
        pairs, groups = list(zip(*self._inner_moments.values(), strict=True)), self.moment_errors
        mean, sd = (max(claim(e), self._common, *(m.claim for m in of)) for e, of in zip(groups, pairs, strict=True))
        return mean, sd

    @cached_property
    def moment_errors(self) -> tuple[float, float]:
        """Estimated relative errors of the groups' means and weights, and of their sds."""
        mean, sd = (float(np.nanmax(self.rule.spread[_GROUPS + which :: 2], initial=0.0)) for which in (0, 1))
        return mean + self._common, sd + self._common

    @property
    def _common(self) -> float:
        """The relative error that all averages share, on top of their own."""
        return float(self.rule.spread[0]) + self.likelihood.noise + _ROUNDING


def hyperposterior(pairs: BinomialCells, prior: BetaPrior) -> Hyperposterior:
    """Integrate the posterior of the population's parameters; it must be proper."""
    flipped, mirror = faces_down(pairs, prior), own_mirror(pairs, prior)
    if flipped:
        pairs = swapped(pairs)
    model = likelihood(pairs)
    chart = chart_of(prior, flipped=flipped)
    facts = design(pairs)
    highest = highest_moment(prior, design(swapped(pairs)) if flipped else facts)

    def log_posterior(at: Point) -> Array:
        first, second = (at.log_other, at.log_mean) if flipped else (at.log_mean, at.log_other)
        return model.at(at) + prior.log_density(first, second, at.log_kappa)

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = chart.point(x, y)
            value = log_posterior(at) + slope
        return without_nan(value)

    typical, extreme = _typical(pairs, _TYPICAL), _typical(pairs, _EXTREME)
    exist = orders(highest)

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        return _statistics(chart.at(x, y), log_p, extreme, exist)

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        return [(exist, log(x, y)) for log in _logs(chart).values()] if exist else []

    frame = locate(log_density, _guess(pairs, chart), growing)
    rule = integrate(log_density, frame, statistics, growing, _GROWN)
    check_resolved(prior, float(rule.spread[0]))
    return Hyperposterior(
        pairs, prior, flipped, mirror, model, log_posterior, log_density, chart, rule, typical, highest
    )


def _logs(chart: Chart) -> dict[str, Callable[[Array, Array], Array]]:
    """Logs of the unbounded parameters, as functions of the coordinates."""
    return {
        "concentration": lambda x, y: chart.at(x, y).log_kappa,
        "alpha": lambda x, y: chart.at(x, y).log_alpha,
        "beta": lambda x, y: chart.at(x, y).log_beta,
    }


def _statistics(at: Point, log_p: Array, typical: BinomialCells, exist: int) -> Array:
    """Means and sds in turn: of the population parameters, of 1 - mean, and of typical groups' theta and weight."""
    out: list[float] = []
    growing = ((log, exist) for log in (at.log_kappa, at.log_alpha, at.log_beta))
    for log_value, there in ((at.log_mean, 2), *growing, (at.log_sd, 2), (at.log_other, 2)):
        out += log_moments(log_value, log_p, there)
    found = moments(at, np.exp(log_p), typical)
    small = np.minimum(found.mean, found.other)
    pairs = np.stack([small, found.sd, found.weight, np.full(len(small), np.nan)], axis=1)
    return np.concatenate([np.array(out), pairs.ravel()])


def _typical(pairs: BinomialCells, size: int) -> BinomialCells:
    """A few pairs that represent all: extremes of trials and of rate, and some between."""
    n = pairs.trials
    order = np.lexsort((pairs.successes, n))
    rate = (pairs.successes + 0.5) / (n + 1.0)
    rated = np.lexsort((n, rate))
    spread = order[np.linspace(0, len(order) - 1, size - 2).round().astype(int)]
    return pairs.subset(np.unique(np.concatenate([spread, rated[[0, -1]]])))


def _guess(pairs: BinomialCells, chart: Chart) -> tuple[float, float, float, float]:
    """Point and widths from which to start the search: the overall proportion, and a rough concentration."""
    y, f = float(pairs.successes @ pairs.count) + 0.5, float(pairs.failures @ pairs.count) + 0.5
    size = float(np.average(pairs.trials, weights=pairs.count))
    kappa, groups = rough_concentration(pairs), float(pairs.count.sum())
    log_kappa = np.array(np.log(kappa))
    at = Point(np.log(np.array(y / (y + f))), np.log(np.array(f / (y + f))), log_kappa)
    centre, height = (float(v) if np.isfinite(v) else 0.0 for v in chart.inverse(at))
    width = float(np.clip(np.sqrt(2.0 / groups) * (1.0 + kappa / size), _NARROW, 1.0))
    return centre, height, width, float(1.0 / np.sqrt(min(y, f)))
