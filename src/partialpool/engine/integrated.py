"""Integrates the posterior of a model's two population parameters, and answers questions from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Distribution
from partialpool.engine.conditionals import (
    GOAL,
    STEPS,
    Conditionals,
    Lattice,
    Singles,
    every_second_row,
    left_of_lattices,
    settled,
    singles,
)
from partialpool.engine.draws import Drawn, equal
from partialpool.engine.mixture import Mixture
from partialpool.engine.model import Model, Parameter
from partialpool.engine.nodes import refined_lattice
from partialpool.engine.results import (
    COMPARED,
    EXACT,
    USUAL_TAIL,
    Accuracy,
    Brief,
    GroupSummary,
    Results,
    Summary,
    symmetric,
)
from partialpool.errors import RequestError
from partialpool.priors.propriety.barely import moments_note, notes
from partialpool.quadrature.coordinate import NOWHERE, CoordinateDistribution, distribution, part
from partialpool.quadrature.frame import locate
from partialpool.quadrature.line import Interval
from partialpool.quadrature.moments import Moment, claim, log_moments
from partialpool.quadrature.plane import Rule, integrate, resampled
from partialpool.quadrature.rejection import drawn_over_plane
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.shown import Seen, Separately, exponential, unchanged
from partialpool.quadrature.surface import Surface, surface
from partialpool.safety import TWINS_OF_TWO_PARAMETERS
from partialpool.special import Array, Index, without_nan

_TYPICAL = 6  # distinct groups that represent all when the rule is judged
_ROUNDING = 2e-14  # rounding error of a mean or sd, relative
_WHOLE = 1.0  # step of the lattice where few nodes do not serve, as a multiple of the integration's step
_NEGLIGIBLE = 1e-15  # nodes of less probability are dropped
_MISSING = ("mean does not exist, and neither does the sd", "sd does not exist", "")  # by number of moments that exist
_LINE = Interval(-np.inf, np.inf)


@dataclass(frozen=True, repr=False)
class Integrated(Brief):
    """Answers that account for the uncertainty of the population's parameters."""

    model: Model
    rule: Rule
    _found: dict[str, CoordinateDistribution] = field(default_factory=dict, repr=False, compare=False)
    _quantiles: dict[float, tuple[Array, float]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.model.parameters)

    @cached_property
    def accuracy(self) -> Accuracy:
        parameters = max(self._distribution(name).error for name in self.parameters)
        probability = max(parameters, self._group_quantiles(USUAL_TAIL)[1]) + EXACT
        mean, sd = (max(claim(self._error(which)), self._common) for which in (0, 1))
        return Accuracy(mean, sd, probability, COMPARED)

    def _error(self, which: int) -> float:
        """Estimated relative error of every mean (0) or every sd (1) that exists."""
        return float(np.nanmax(TWINS_OF_TWO_PARAMETERS * self.rule.spread[1 + which :: 2], initial=0.0)) + self._common

    @property
    def _common(self) -> float:
        return float(self.rule.spread[0]) + _ROUNDING

    # --- population

    def population(self, parameter: str, tail: float) -> Summary:
        index = 2 * self.parameters.index(parameter)
        mean, sd = (self._moment(index), self._moment(index + 1))
        lower, median, upper = np.exp(self._distribution(parameter).found(symmetric(tail)).z).tolist()
        missing = _MISSING[self.model.parameters[parameter].moments]
        note = notes(moments_note(parameter, mean, sd), missing)
        return Summary(mean.shown, sd.shown, lower, median, upper, note)

    def _moment(self, index: int) -> Moment:
        """A statistic of the rule as a moment with an estimate of its error."""
        error = TWINS_OF_TWO_PARAMETERS * float(self.rule.spread[index + 1]) + self._common
        return Moment(float(self.rule.statistics[index]), error)

    def _distribution(self, name: str) -> CoordinateDistribution:
        """Distribution of the log of a parameter, by lattices in coordinates of which it is the first."""
        if name not in self._found:
            of = self.model.parameters[name]
            seen = of.log(self.rule.x, self.rule.y), of.beside(self.rule.x, self.rule.y), self.rule.log_probability
            found = part(_in_coordinates(self.model, of), _LINE, seen, search=False)
            self._found[name] = distribution([found], self.rule.log_total, 0.01 * GOAL) if found else NOWHERE
        return self._found[name]

    # --- groups

    def group_moments(self) -> tuple[Array, Array]:
        mean, sd = self._moments
        return mean[self.model.where], sd[self.model.where]

    @cached_property
    def _moments(self) -> tuple[Array, Array]:
        return _moments(_at(self.model, *self._nodes))

    @cached_property
    def _nodes(self) -> tuple[Array, Array, Array]:
        """x, y and probability of the nodes of the integration that are not negligible."""
        p = np.exp(self.rule.log_probability)
        keep = p > _NEGLIGIBLE
        return self.rule.x[keep], self.rule.y[keep], p[keep] / p[keep].sum()

    def groups(self, tail: float) -> GroupSummary:
        x, y, p = self._nodes
        lower, median, upper = self._group_quantiles(tail)[0].T
        rows = (*self._moments, lower, median, upper, self.model.weight(x, y) @ p)
        found = GroupSummary(*(row[self.model.where] for row in rows))
        return found.accurate(self._error(0), self._error(1))

    def _group_quantiles(self, tail: float) -> tuple[Array, float]:
        """Quantiles of each distinct group, (distinct, 3), and their error, by lattices refined until two agree."""
        if tail not in self._quantiles:
            z, error = quantiles(self.conditionals, symmetric(tail))
            self._quantiles[tail] = self.conditionals(0).groups.part((slice(None), slice(0, 1))).at(z), error
        return self._quantiles[tail]

    def quantiles_of(self, tail: float, places: NDArray[np.intp]) -> Array:
        return self._group_quantiles(tail)[0][self.model.where[places]]

    def given(self, values: Mapping[str, float]) -> Results:
        return self.model.given(values)

    # --- nodes and pictures

    def conditionals(self, fineness: int, places: Index | None = None) -> Conditionals:
        return _at(self.model, *self._lattice(STEPS[fineness]))

    def _lattice(self, factor: float) -> tuple[Array, Array, Array]:
        """x, y and probability of a lattice of `factor` times the step of the rule, with refined rows."""
        return refined_lattice(_tamed(self.model), self.rule.frame, factor * self.rule.step, self._typical)

    def _typical(self, x: Array, y: Array) -> Distribution:
        """Conditionals of a few groups that represent all, and that of a new group, which is the sharpest."""
        each = self.model.conditionals(x, y)
        few = each.part((_spread_out(each.shape[0]), slice(None)))
        return few.joined([few, self.model.population(x, y).part(None)])

    def contrasts(self, fineness: int) -> Conditionals:
        """Nodes for comparing groups: a lattice without refined rows, since a common mean cancels in comparisons."""
        return _at(self.model, *resampled(_tamed(self.model), self.rule, STEPS[fineness]))

    def singles(self, fineness: int) -> Singles:
        return singles(self.conditionals(fineness))

    def every_node(self) -> Lattice:
        """The finest lattice, with refined rows, and its every second row."""
        x, y, p = self._lattice(_WHOLE)
        groups, population = self.model.conditionals(x, y), self.model.population(x, y)
        return Lattice(population, p, every_second_row(x, p), groups, self.model.where)

    def drawn(self, n: int, rng: np.random.Generator) -> Drawn:
        x, y, cut = drawn_over_plane(_tamed(self.model), self.rule.frame, n, rng)

        def given(some: slice) -> Conditionals:
            return _at(self.model, x[some], y[some], equal(len(x[some])))

        return Drawn(given, cut)

    def density(self, coordinates: str) -> Surface:
        first, second = list(self.model.parameters)[:2]
        shown = {
            "log": Separately(unchanged(f"log({first})"), unchanged(f"log({second})")),
            f"{first}-{second}": Separately(exponential(first), exponential(second)),
        }
        if coordinates not in shown:
            raise RequestError(f"coordinates must be one of {', '.join(map(repr, shown))}, not {coordinates!r}.")
        seen = Seen(self.rule.x, self.rule.y, self.rule.log_probability)

        def log_density(u: Array, v: Array) -> Array:
            return self.model.log_density(u, v) - self.rule.log_total

        return surface(log_density, seen, ((-np.inf, np.inf),) * 2, shown[coordinates])


def integrated(model: Model) -> Integrated:
    """Integrate the posterior of a model; it must be proper."""
    log_density = _tamed(model)
    typical = _spread_out(model.conditionals(*(np.array([v]) for v in model.start[:2])).shape[0])

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        out = [log_moments(of.log(x, y), log_p, of.moments) for of in model.parameters.values()]
        some = _at(model, x, y, np.exp(log_p), typical)
        return np.concatenate([*out, np.stack(_moments(some), axis=1).ravel()])

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        return [(of.moments, of.log(x, y)) for of in model.parameters.values() if of.moments]

    frame = locate(log_density, model.start, growing)
    return Integrated(model, integrate(log_density, frame, statistics, growing))


def _tamed(model: Model) -> LogDensity:
    """The model's log density, with -infinity in place of NaN."""

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            return without_nan(model.log_density(x, y))

    return log_density


def _spread_out(distinct: int) -> Index:
    """Indices of a few distinct groups, evenly spread."""
    return np.unique(np.linspace(0, distinct - 1, _TYPICAL).round().astype(np.intp))


def quantiles(nodes: Callable[[int], Conditionals], levels: Array) -> tuple[Array, float]:
    """The z of the quantiles of each distinct group, (distinct, levels), and an estimate of the error |F(z) - p|."""
    near: list[Array] = []

    def ask(at: Conditionals) -> tuple[Array, Mixture]:
        mixture = Mixture(at.probability, at.groups)
        wanted = np.tile(levels, (mixture.rows, 1))
        near.append(mixture.quantiles(wanted, upper=False, start=near[-1] if near else None))
        return near[-1], mixture

    def apart(one: tuple[Array, Mixture], other: tuple[Array, Mixture]) -> float:
        return float(np.max(np.abs(other[1].tails(one[0], upper=False) - levels)))

    (z, _), error = settled(ask, nodes, apart, GOAL, left=left_of_lattices)
    return z, error


def _in_coordinates(model: Model, of: Parameter) -> Callable[[Array, Array], Array]:
    def log_density(z: Array, w: Array) -> Array:
        with np.errstate(all="ignore"):
            x, y, slope = of.point(z, w)
            return without_nan(model.log_density(x, y) + slope)

    return log_density


def _at(model: Model, x: Array, y: Array, probability: Array, some: Index | slice = slice(None)) -> Conditionals:
    """Conditionals of the distinct groups, or of some, at nodes."""
    groups = model.conditionals(x, y).part((some, slice(None)))
    phi = {name: np.exp(of.log(x, y)) for name, of in model.parameters.items()}
    return Conditionals(probability / probability.sum(), groups, model.where, model.population(x, y), phi)


def _moments(at: Conditionals) -> tuple[Array, Array]:
    """Mean and sd of the distinct groups, averaged over nodes."""
    given, p = at.groups.mean, at.probability
    mean = given @ p
    return mean, np.sqrt((at.groups.variance + (given - mean[:, None]) ** 2) @ p)
