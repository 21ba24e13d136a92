"""The posterior of the population's parameters of a gamma-Poisson model, integrated, and what follows from it.

The two parameters that the prior is stated on, in logs, are the coordinates (`populations.gamma.Chart`). On a line of
constant x every parameter is monotone in y, so that its distribution function is the average over the lines of the
lines' own distribution functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from partialpool.answers import symmetric
from partialpool.errors import PriorError
from partialpool.integrate.gauss import thinned
from partialpool.integrate.invert import invert
from partialpool.integrate.line import Interval, log_stretch
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.plane import Rule, framed, integrate, locate, projected
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.rows import Rows, rows
from partialpool.marginals.gamma_poisson import Likelihood, Pairs
from partialpool.populations.gamma import PARAMETERS, Chart, Point, of_two
from partialpool.priors.on_gamma import GammaPrior
from partialpool.special import Array, log_sigmoid, without_nan

_TYPICAL = 5
_ROUNDING = 2e-14
_APART = (0.24, 0.18, 0.135, 0.1, 0.072, 0.052, 0.037, 0.026)  # of lines in t
_LINES = (0.2, 0.15, 0.11, 0.08, 0.08, 0.08, 0.08, 0.08)  # of points on them in u
_GOAL = 1e-10
_ENOUGH = 3e-10
_STEPS = (0.5, 0.365, 0.266, 0.195, 0.142, 0.104, 0.076, 0.055)
_MOST = 120_000
_FARTHEST, _PATIENT = 1e4, 1e-10
_NEGLIGIBLE = 1e-16
_LARGEST_GAP = 350.0
_LIGHTEST = -1e12


@dataclass(frozen=True)
class Lines:
    """The posterior along lines of constant x: their probabilities, and the distribution of y on each."""

    probability: Array
    rows: Rows


@dataclass(frozen=True)
class Hyperposterior:
    """p(mean, shape, rate | data), integrated.

    orders: how many of mean and sd each parameter has.
    """

    pairs: Pairs
    prior: GammaPrior
    likelihood: Likelihood
    chart: Chart
    log_posterior: Callable[[Point], Array]  # with respect to d mean d rate
    log_density: LogDensity
    rule: Rule
    orders: Mapping[str, int]
    _found: dict[tuple[str, float], tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def point(self) -> Point:
        """The nodes."""
        return self.chart.point(self.rule.x, self.rule.y)[0]

    @cached_property
    def probability(self) -> Array:
        """Of each node."""
        return np.exp(self.rule.log_probability)

    def moments(self, parameter: str) -> tuple[float, float]:
        """Mean and sd, NaN where they do not exist."""
        index = 2 * PARAMETERS.index(parameter)
        return float(self.rule.statistics[index]), float(self.rule.statistics[index + 1])

    def next_group(self) -> tuple[float, float]:
        """Mean and sd of the next group's theta, NaN where they do not exist: Var(theta) = Var(mean) + E[sd^2]."""
        mean, spread = self.moments("mean")
        within, more = self.moments("sd")
        return mean, float(np.hypot(spread, np.hypot(within, more)))

    def mean_error(self) -> float:
        """Bound on the relative error of every mean and weight."""
        return self._bound(0)

    def sd_error(self) -> float:
        """Bound on the relative error of every sd."""
        return self._bound(1)

    def _bound(self, which: int) -> float:
        spread = self.rule.spread[1:]
        worst = float(np.nanmax(spread[which::2], initial=0.0))
        return max(worst, float(self.rule.spread[0])) + self.likelihood.noise + _ROUNDING

    # --- quantiles

    def quantiles(self, parameter: str, tail: float) -> tuple[Array, float]:
        """The tail, 1/2 and 1 - tail quantiles of a parameter, and how far its distribution function can be off."""
        if (parameter, tail) not in self._found:
            log_value, error = self._log_quantiles(parameter, symmetric(tail))
            with np.errstate(over="ignore", under="ignore"):
                self._found[parameter, tail] = np.exp(log_value), error
        return self._found[parameter, tail]

    def _log_quantiles(self, parameter: str, levels: Array) -> tuple[Array, float]:
        """The quicker way first."""
        p, q = self.chart.multiples(parameter)
        if q == 0.0:
            return self._by_marginal(levels)
        quick = self._by_lattices(parameter, levels)
        if quick[1] < _ENOUGH:
            return quick
        slow = self._by_lines(p, q, levels)
        return slow if slow[1] < quick[1] else quick

    def _by_lattices(self, parameter: str, levels: Array) -> tuple[Array, float]:
        """Of a parameter as a coordinate: lattices whose step is refined until two agree, with the whole mass.

        Where the prior of one parameter is cut off, that is the other coordinate; where two are, there are none such.
        """
        best = np.full(len(levels), np.nan), np.inf
        cut = {name: part.support for name, part in self.prior.parts.items() if part.support != (0.0, np.inf)}
        if len(cut) > 1:
            return best
        beside = next(name for name in (*cut, "mean", "rate") if name != parameter)
        with np.errstate(divide="ignore"):
            xs, ys = (Interval(*map(float, np.log(cut.get(name, (0.0, np.inf))))) for name in (parameter, beside))

        def log_density(x: Array, y: Array) -> Array:
            with np.errstate(all="ignore"):
                point, slope = of_two((parameter, beside), xs.value(x), ys.value(y))
                value = self.log_posterior(point) + slope + xs.log_slope(x) + ys.log_slope(y)
            return without_nan(np.asarray(value))

        at, log_p = self.point, self.rule.log_probability
        x, y = xs.coordinate(getattr(at, f"log_{parameter}")), ys.coordinate(getattr(at, f"log_{beside}"))
        here = np.isfinite(x) & np.isfinite(y)
        frame = framed(x[here], y[here], log_p[here])
        coarse: Marginal | None = None
        for step in _STEPS:
            marginal, log_total, size = projected(log_density, frame, step)
            with np.errstate(over="ignore"):
                missing = abs(float(np.expm1(log_total - self.rule.log_total)))
            if not missing < 0.5:
                break
            if coarse is not None:
                z = marginal.quantile(levels)
                moved = float(np.max(np.abs(coarse.cdf(z) - levels)))
                error = missing + moved
                best = (xs.value(z), error) if error < best[1] else best
            if best[1] < _GOAL or size > _MOST:
                break
            coarse = marginal
        return best

    def _by_marginal(self, levels: Array) -> tuple[Array, float]:
        """Of the first parameter: its own marginal, at a step at which that stands."""
        marginal = self.rule.marginal
        coarser, _, size = projected(self.log_density, self.rule.frame, 1.5 * self.rule.step)
        while True:
            at = marginal.quantile(levels)
            error = float(np.max(np.abs(coarser.cdf(at) - levels)))
            if error < _GOAL or size > 300_000:
                return self.chart.xs.value(at), error
            coarser = marginal
            marginal, _, size = projected(self.log_density, self.rule.frame, 1.5 * marginal.step)

    def _by_lines(self, p: float, q: float, levels: Array) -> tuple[Array, float]:
        """Of p log(first) + q log(second), by its distribution function on each line."""
        start = self._rough(p, q, levels)
        best = np.full(len(levels), np.nan), np.inf
        for index in range(1, len(_LINES)):
            coarse, fine = self.lines(index - 1), self.lines(index)
            at = invert(lambda v, _: self._cdf(fine, p, q, v), levels, start, -_FARTHEST, _FARTHEST, _PATIENT)  # noqa: B023
            error = float(np.max(np.abs(self._cdf(coarse, p, q, at)[0] - levels)))
            best = (at, error) if error < best[1] else best
            if best[1] < _GOAL:
                break
            start = at
        return best

    def _rough(self, p: float, q: float, levels: Array) -> Array:
        value = p * self.chart.xs.value(self.rule.x) + q * self.chart.ys.value(self.rule.y)
        order = np.argsort(value)
        running = np.cumsum(self.probability[order]) - 0.5 * self.probability[order]
        return np.interp(levels, running / running[-1], value[order])

    def _cdf(self, lines: Lines, p: float, q: float, value: Array) -> Array:
        """P(p log(first) + q log(second) <= value), its derivative and zeros: (3, values)."""
        second = (value[None, :] - p * self.chart.xs.value(lines.rows.x)[:, None]) / q
        y = self.chart.ys.coordinate(second)
        inside, density = lines.rows.at(y)
        if q < 0.0:
            inside = 1.0 - inside
        with np.errstate(all="ignore"):
            slope = np.where(density > 0.0, density * self.chart.slope(y) / abs(q), 0.0)
        total = lines.probability @ inside
        return np.stack([total, lines.probability @ slope, np.zeros_like(total)])

    def lines(self, index: int) -> Lines:
        """Lines at the index-th of a few steps."""
        if index not in self._lines:
            self._lines[index] = self._sampled(index)
        return self._lines[index]

    def _sampled(self, index: int) -> Lines:
        own, step = self.rule.marginal, _APART[index]
        t = np.arange(np.floor(own.t[0] / step), np.ceil(own.t[-1] / step) + 1.0) * step
        mass = own.pdf_t(t)
        t = t[mass > _NEGLIGIBLE * mass.max()]
        sampled = rows(self.log_density, own.place(t), self.rule.frame.near, _LINES[index])
        weight = np.exp(sampled.log_mass - self.rule.log_total + log_stretch(t)) * own.scale * step
        return Lines(weight / weight.sum(), sampled)

    def few_lines(self, size: int) -> Lines:
        """Lines at the Gauss nodes of the first parameter's posterior, in the shrinkage that belongs to it."""
        own = self.rule.marginal
        x, mass = own.place(own.t), own.density * own.step
        log_first = self.chart.xs.value(x)
        middle = float(np.interp(0.5, np.cumsum(mass), log_first))
        share, weight = thinned(np.exp(log_sigmoid(log_first - middle)), mass, size)
        share = np.clip(share, 1e-300, 1.0 - 1e-16)
        at = np.clip(self.chart.xs.coordinate(np.log(share) - np.log1p(-share) + middle), x[0], x[-1])
        keep = weight > _NEGLIGIBLE
        sampled = rows(self.log_density, at[keep], self.rule.frame.near, _LINES[1])
        return Lines(weight[keep] / weight[keep].sum(), sampled)

    @cached_property
    def _lines(self) -> dict[int, Lines]:
        return {}


def hyperposterior(pairs: Pairs, prior: GammaPrior, orders: Mapping[str, int]) -> Hyperposterior:
    """Integrate the posterior of the population's parameters, which must be proper."""
    likelihood = Likelihood(pairs.informative)
    chart = _chart(prior)

    def log_posterior(at: Point) -> Array:
        return likelihood.at(at) + prior.log_density(at.log_mean, at.log_rate)

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = chart.point(x, y)
            value = log_posterior(at) + slope
        return without_nan(np.asarray(value))

    reach = _reach(chart, pairs, orders)
    frame = locate(log_density, _guess(pairs, chart), reach)
    _check_weight(float(np.max(log_density(frame.x, frame.y))))
    few = typical(pairs)

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        at = chart.point(x, y)[0]
        out: list[float] = []
        for name in PARAMETERS:
            out += log_moments(getattr(at, f"log_{name}"), log_p, orders[name])
        return np.concatenate([np.array(out), *group_moments(few, at, np.exp(log_p), orders).pairs])

    rule = integrate(log_density, frame, statistics, reach)
    return Hyperposterior(pairs, prior, likelihood, chart, log_posterior, log_density, rule, orders)


def _check_weight(log_highest: float) -> None:
    """Refuse a prior and data whose densities cannot be weighed against one another in double precision."""
    if not log_highest > _LIGHTEST:
        raise PriorError(
            "The prior and these data contradict each other beyond what double precision can weigh (log density "
            f"{log_highest:.3g} at its highest). Widen the prior, or look for a unit that was mistaken."
        )


def _chart(prior: GammaPrior) -> Chart:
    """Coordinates in which the prior is stated, or the handiest ones where it is cut off nowhere."""
    if prior.mean is None and all(part.support == (0.0, np.inf) for part in prior.parts.values()):
        return Chart(("shape", "mean"))
    on = ("shape" if prior.rate is None or prior.mean is None else "rate", "rate" if prior.mean is None else "mean")
    supports = [prior.part(name).support for name in on]
    with np.errstate(divide="ignore"):
        xs, ys = (Interval(*(float(end) for end in np.log(support))) for support in supports)
    return Chart(on, xs, ys)


def _reach(chart: Chart, pairs: Pairs, orders: Mapping[str, int]) -> LogDensity | None:
    """The log of the fastest growing function whose expectation is wanted, roughly one at the centre."""
    centre = dict(zip(("mean", "rate", "shape"), _start(pairs), strict=True))
    centre["sd"] = 0.5 * (centre["mean"] - centre["rate"])

    def reach(x: Array, y: Array) -> Array:
        at = chart.point(x, y)[0]
        grown = [order * (getattr(at, f"log_{name}") - centre[name]) for name, order in orders.items() if order]
        return np.maximum(np.max(np.stack(np.broadcast_arrays(*grown)), axis=0), 0.0)

    return reach if any(orders.values()) else None


def _start(pairs: Pairs) -> tuple[float, float, float]:
    """Rough logs of mean, rate and shape, by moments, the rate within a tenth and thirty times a typical exposure."""
    some = pairs.informative
    y, e, count = some.events, some.exposure, some.count
    total = float(e @ count)
    mean = (float(y @ count) + 0.5) / total
    typical_rate = float(np.average(np.log(e), weights=count))
    spread = float((e * (y / e - mean) ** 2) @ count) / mean - (float(count.sum()) - 1.0)
    size = total - float((e * e) @ count) / total
    log_rate = np.log(size / spread) if spread > 0.0 and size > 0.0 else np.inf
    log_rate = float(np.clip(log_rate, typical_rate - 2.3, typical_rate + 3.4))
    return float(np.log(mean)), log_rate, float(np.log(mean)) + log_rate


def _guess(pairs: Pairs, chart: Chart) -> tuple[float, float, float, float]:
    """Where to begin the search."""
    logs = dict(zip(("mean", "rate", "shape"), _start(pairs), strict=True))
    groups, events = float(pairs.count.sum()), float(pairs.events @ pairs.count) + 0.5
    x, y = (
        float(interval.coordinate(np.array(logs[name])))
        for name, interval in zip(chart.on, (chart.xs, chart.ys), strict=True)
    )
    width = float(np.sqrt(1.0 / events + np.exp(-max(logs["shape"], -2.0)) / groups))
    scale = float(np.clip(1.5 * np.sqrt(2.0 / groups), 0.1, 1.0))
    return x if np.isfinite(x) else 0.0, y if np.isfinite(y) else 0.0, scale, min(width, 1.0)


def typical(pairs: Pairs) -> Pairs:
    """A few pairs that stand for all."""
    order = np.lexsort((pairs.events, pairs.exposure))
    some = np.unique(order[np.linspace(0, len(order) - 1, _TYPICAL).round().astype(int)])
    return Pairs(pairs.events[some], pairs.exposure[some], pairs.count[some])


def log_moments(log_value: Array, log_p: Array, order: int) -> list[float]:
    """Mean and sd of a positive quantity given by its log, as far as they exist."""
    if order == 0:
        return [np.nan, np.nan]
    top = float(np.max(log_p + log_value))
    log_mean = top + float(np.log(np.sum(np.exp(log_p + log_value - top))))
    if order == 1:
        return [float(np.exp(log_mean)), np.nan]
    gap = np.expm1(np.minimum(log_value - log_mean, _LARGEST_GAP))
    relative = float(np.sqrt((gap * gap) @ np.exp(log_p)))
    return [float(np.exp(log_mean)), float(np.exp(log_mean)) * relative]


@dataclass(frozen=True)
class GroupMoments:
    """Posterior of each pair's theta: mean, sd, and the weight of the pair's own data."""

    mean: Array
    sd: Array
    weight: Array

    @property
    def pairs(self) -> list[Array]:
        """Means and sds in turn."""
        nothing = np.full(len(self.mean), np.nan)
        return [np.stack([self.mean, self.sd, self.weight, nothing], axis=1).ravel()]


_CHUNK = 1 << 20


def group_moments(pairs: Pairs, at: Point, probability: Array, orders: Mapping[str, int]) -> GroupMoments:
    """Exact averages over the nodes; NaN for a group without exposure whose moments do not exist."""
    size = max(1, _CHUNK // max(1, len(probability)))
    parts = [
        _moments(pairs.events[i : i + size, None], pairs.exposure[i : i + size, None], at, probability)
        for i in range(0, len(pairs.count), size)
    ]
    mean, sd, weight = np.concatenate(parts, axis=1)
    empty = pairs.exposure == 0.0
    mean = np.where(empty & (orders["mean"] < 1), np.nan, mean)
    second = min(orders["mean"], orders["sd"]) == 2  # E[theta^2] = E[mean^2] + E[sd^2] of the next group
    return GroupMoments(mean, np.where(empty & (not second), np.nan, sd), weight)


def _moments(y: Array, e: Array, at: Point, p: Array) -> Array:
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        shape, rate = (np.exp(np.clip(log, -700.0, 700.0)) for log in (at.log_shape, at.log_rate))
        total = 1.0 / (e + rate)
        centre = (y + shape) * total
        within = centre * total
        mean = centre @ p
        between = (centre - mean[:, None]) ** 2 @ p
        return np.stack([mean, np.sqrt(within @ p + between), (e * total) @ p])
