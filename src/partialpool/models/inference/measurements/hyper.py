"""The posterior of a normal population from raw rows, integrated over r = sd/sigma and sigma."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from partialpool.distributions.marginals.normal_given import Nodes, moments
from partialpool.engine.results import Results
from partialpool.engine.traces import Traces
from partialpool.models.inference.measurements.fixed import given
from partialpool.models.inference.measurements.nodes import merged, nodes_at
from partialpool.models.inference.measurements.reduction import Reduced
from partialpool.models.inference.measurements.target import Lines, Target, pieces
from partialpool.models.inference.measurements.thinning import Points, Source
from partialpool.models.inference.normal.conditionals import many
from partialpool.models.inference.normal.hyper import Hyperposterior as Integrated
from partialpool.models.inference.normal.hyper import counted
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.priors.propriety.measurements import Existing, missing_moment
from partialpool.quadrature.coordinate import NOWHERE, CoordinateDistribution, Found, along_first, distribution, part
from partialpool.quadrature.frame import framed
from partialpool.quadrature.plane import Rule, resampled
from partialpool.quadrature.rejection import drawn_over_plane
from partialpool.quadrature.rows import rows
from partialpool.quadrature.shown import up_to
from partialpool.safety import TWINS_OF_NORMALS
from partialpool.special import Array, Index, log_sigmoid

_SIZES = ((5, 4), (7, 6), (10, 8), (14, 10), (20, 12), (30, 16), (44, 22))  # rows, and nodes along each, by fineness
_FEWER = ((2, 2), (3, 2), (4, 3), (5, 4), (7, 6), (10, 8), (14, 10))  # rows and nodes to compare many groups
_GOAL = 2e-11  # error in probability at which the distribution of a parameter is fine enough
_ROUNDING = 6e-13  # rounding error of a moment, relative
_AWAY = 4e-14  # rounding error of an average, per distance from the data to the prior's mean
_DENSEST = 0.4  # the standard normal density at its top
_MOST, _LAST, _FIRST = 1e-2, 1e-4, 1e-4  # traces: tails beyond even points, beyond all; first point over median
_STEP = 0.3  # step of the rule over sigma in traces
_LEAST_LOG = -700.0  # least log probability of a node that counts in traces


@dataclass(frozen=True)
class Hyperposterior(Integrated):
    """The integrated posterior p(mean, sd, sigma | data), in the units of the likelihood."""

    data: Reduced
    of: Rescaled
    target: Target
    lines: Lines
    rule: Rule
    wanted: Wanted
    exists: Existing
    _found: dict[str, CoordinateDistribution] = field(default_factory=dict, repr=False, compare=False)

    thinned, spared = 0, 100
    sizes = "the size of a mean is its sd"

    # --- nodes

    @cached_property
    def _point(self) -> tuple[Array, Array]:
        """Log r and log sigma at the nodes."""
        log_r, log_sigma, _ = self.lines.point(self.rule.x, self.rule.y)
        return log_r, log_sigma

    @cached_property
    def nodes(self) -> Nodes:
        return nodes_at(self.target.model, *self._point, self.rule.log_probability)

    @cached_property
    def merged(self) -> Nodes:
        return merged(self.nodes, self._point[0])

    @property
    def lattice(self) -> tuple[Nodes, Array]:
        return self.nodes, self.rule.x

    @cached_property
    def _source(self) -> Source:
        return Source(self.lines, self._level(self.lines.parameter).pieces[0].marginal, self.rule.frame.near)

    def _at(self, points: Points) -> Nodes:
        log_r, log_sigma, p = points
        return nodes_at(self.target.model, log_r, log_sigma, np.log(p))

    def whole(self, times: int) -> Nodes:
        return self._at(self._source.whole(2**times))

    def some(self, fineness: int, *, apart: bool = False) -> Nodes:
        return self._at(self._source.few(*(_FEWER if apart and many(self.of) else _SIZES)[fineness]))

    def resampled(self, factor: float) -> Nodes:
        x, y, p = resampled(self.lines.log_density, self.rule, factor)
        log_r, log_sigma, _ = self.lines.point(x, y)
        with np.errstate(divide="ignore"):
            return counted(nodes_at(self.target.model, log_r, log_sigma, np.log(p)))

    def drawn(self, n: int, rng: np.random.Generator) -> tuple[Callable[[slice], Nodes], float]:
        x, y, cut = drawn_over_plane(self.lines.log_density, self.rule.frame, n, rng)
        log_r, log_sigma, _ = self.lines.point(x, y)
        return lambda some: nodes_at(self.target.model, log_r[some], log_sigma[some], np.zeros(len(x[some]))), cut

    # --- numbers

    def quantiles(self, name: str, levels: Array) -> Found:
        found = self._level(name).found(levels)
        return Found(log_sigmoid(2.0 * found.z), found.error) if name == "icc" else found

    def _level(self, name: str) -> CoordinateDistribution:
        """Distribution of the log of a parameter; for "icc", that of log r."""
        if name not in self._found:
            if name == self.lines.parameter:
                self._found[name] = along_first(self.lines.log_density, self.lines.along, self.rule, _GOAL)
            else:
                self._found[name] = self._by_pieces(name)
        return self._found[name]

    def _by_pieces(self, name: str) -> CoordinateDistribution:
        """Distribution of the log of a parameter, from lattices of which it is a coordinate."""
        best = NOWHERE
        for search in (False, True):
            parts = []
            for lines in pieces(self.target, name):
                with np.errstate(all="ignore"):
                    seen = (*lines.place(*self._point), self.rule.log_probability)
                one = part(lines.log_density, lines.along, seen, search=search)
                if one is not None:
                    parts.append(one)
            found = distribution(parts, self.rule.log_total, _GOAL)
            best = found if found.error < best.error else best
            if best.error < _GOAL:
                break
        return best

    @cached_property
    def moment_errors(self) -> Mapping[str, tuple[float, float]]:
        mass = float(self.rule.spread[0])
        found = self.wanted.errors(self.rule.statistics, self.rule.spread[1:])
        away = _AWAY * abs(self.target.model.centre.mean) / self._least
        common = _ROUNDING * (1.0 + self.target.model.sample.groups**0.5) + away
        return {
            name: (TWINS_OF_NORMALS * max(mean, mass) + common, TWINS_OF_NORMALS * max(sd, mass) + common)
            for name, (mean, sd) in found.items()
        }

    @property
    def _least(self) -> float:
        """Approximate sd of the theta that is known best."""
        return float(np.min(self.wanted.scales(self.rule.statistics)))

    @property
    def common(self) -> float:
        """Error in probability that comes from rounding the largest location to a double."""
        return _DENSEST * float(np.max(np.abs(self.of.raw))) * 2.0**-53 / float(self.of.restored(self._least))

    def missing(self, parameter: str) -> str:
        return "" if parameter == "icc" else missing_moment(getattr(self.exists, parameter), parameter)

    # --- other answers

    def given(self, values: Mapping[str, float]) -> Results:
        return given(self.data, self.target.model.centre, values)

    def traces(self, places: Index) -> Traces:
        """Return p(sd | data), E(theta_j | sd, data) and sd(theta_j | sd, data) for some groups, without sigma."""
        of = self.of.subset(self.of.where[places])
        (_, middle, most), (low, _, last) = (
            np.exp(self.quantiles("sd", np.array([tail, 0.5, 1.0 - tail])).z) for tail in (_MOST, _LAST)
        )
        first = max(_FIRST * middle, float(np.exp(self.target.sds[0])) * (1.0 + _FIRST))
        sd = up_to(first, max(low, first), most, last)
        own, height = of.own(self.merged), np.zeros(len(sd))
        mean, spread = np.full((2, len(of.se), len(sd)), np.nan)
        for lines in pieces(self.target, "sd"):
            x = lines.along.coordinate(np.log(sd))
            here = np.flatnonzero(np.isfinite(x))
            if len(here):
                log_mass, nodes = self._along(lines, x[here])
                slope = lines.along.log_slope(x[here]) + np.log(sd[here])
                height[here] = np.exp(log_mass - self.rule.log_total - slope)
                for column, at in zip(here, nodes, strict=True):
                    found = moments(of.thetas(own, at.given), at)
                    mean[:, column], spread[:, column] = of.pivoted(own, found.mean), of.restored(found.sd)
        return Traces(of.restored(sd), np.ldexp(height, -of.exponent), mean, spread)

    def _along(self, lines: Lines, x: Array) -> tuple[Array, list[Nodes]]:
        """Log density of x, and the posterior of sigma on each line of constant x, as nodes."""
        with np.errstate(all="ignore"):
            at, beside = lines.place(*self._point)
        log_p = self.rule.log_probability
        some = np.isfinite(at) & np.isfinite(beside) & (log_p > _LEAST_LOG)
        found = rows(lines.log_density, x, framed(at[some], beside[some], log_p[some]).near, _STEP)
        log_r, log_sigma, _ = np.broadcast_arrays(*lines.point(x[:, None], found.y))
        with np.errstate(divide="ignore"):
            log_p = np.log(found.density * found.step)
        nodes = [nodes_at(self.target.model, *row) for row in zip(log_r, log_sigma, log_p, strict=True)]
        return found.log_mass, nodes
