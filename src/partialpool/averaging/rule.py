"""A smaller rule over the hyperparameters, equivalent for the distribution functions of groups.

It is made of rows of constant concentration:

- concentrations are the Gauss nodes of its posterior in the shrinkage kappa/(kappa + k0),
- along a row the means are those of a lattice that is fine beside the conditionals of groups, or the Gauss nodes of
  that when the conditionals are wide, and
- when they are narrow (a concentration far above the total number of trials) the row is kept whole, for its own
  distribution function to be smoothed with the conditional.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partialpool.averaging.moments import Nodes
from partialpool.integrate.gauss import thinned, thinned_rows
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.rows import Near, Rows
from partialpool.integrate.rows import rows as sample
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta import Chart, Point
from partialpool.special import Array, Index, log_sigmoid

_ROW_STEP, _FINER_STEP, _THIN_STEP = 0.125, 0.11, 0.2
_RESOLVED = 0.8  # step of a lattice over the sd of the conditional: the trapezoid rule is then good to e^-30
_FINEST = 16.0  # how much finer a lattice is made at most
_UNSEEN = 1e-13
_NEGLIGIBLE = 1e-15
_ALIKE, _TAIL = 30.0, 24  # times the total trials, from where rows differ little; and how many stand for them
_FLAT, _SHARPEST = 1e-3, 1e150
_WORTH = 0.4  # of the points of a lattice: more Gauss nodes than that are not worth their making
_HIGHEST = 700.0  # log of the largest concentration that is kept apart from infinity


@dataclass(frozen=True)
class _Thin:
    """How a row is thinned: minus the natural log of the accuracy wanted along it, and what for."""

    digits: float
    apart: bool = False  # only for what groups are to one another

    @property
    def least(self) -> int:
        """The fewest nodes along a row."""
        return 2 if self.apart else 4


_ALONE, _JUDGE = _Thin(26.0), _Thin(34.0)


@dataclass(frozen=True)
class Row:
    """The posterior along one concentration: its probability, and the density over y, the coordinate of the mean."""

    x: float
    log_kappa: float
    probability: float
    marginal: Marginal  # of y
    log_total: float
    point: Point  # at the lattice of the marginal

    @property
    def mass(self) -> Array:
        """Probabilities of the points of the lattice."""
        return self.marginal.density * self.marginal.step


@dataclass(frozen=True)
class Rule:
    """Nodes, and the rows that stay whole because their conditionals are narrow."""

    nodes: Nodes
    narrow: tuple[Row, ...] = ()
    source: Source | None = None

    @property
    def every_node(self) -> Nodes:
        """The nodes, those of the narrow rows among them."""
        return _join([self.nodes, *(Nodes(row.point, row.probability * row.mass) for row in self.narrow)])

    def finer(self, refine: int) -> Nodes:
        """The nodes, those of the narrow rows among them and so many times as many."""
        if refine <= 1 or self.source is None:
            return self.every_node
        return _join([self.nodes, *(_lattice(self.source, row, refine) for row in self.narrow)])


@dataclass(frozen=True)
class Source:
    """What the rule is made from: the posterior in the concentration chart, integrated."""

    chart: Chart
    log_density: LogDensity  # in the chart
    log_posterior: Callable[[Point], Array]  # with respect to d mean d concentration
    marginal: Marginal  # of x, the coordinate of the concentration
    near: Near
    log_total: float  # log of the integral of the posterior
    total_trials: float
    noise: float  # that rounding leaves in the log likelihood


def smaller_rule(source: Source, size: int, widths: Pairs, *, thin: bool = False, judge: bool = False) -> Rule:
    """A rule with `size` concentrations, fit for the conditionals of `widths` (a few typical pairs).

    thin: with Gauss nodes along the rows, where that can be. judge: with finer rows and more of their nodes, to judge
    others by.
    """
    x, weight = _concentrations(source, size, 1.0)
    step = _FINER_STEP if judge else _THIN_STEP if thin else _ROW_STEP
    return _rule(source, x, weight, widths, step, (_JUDGE if judge else _ALONE) if thin else None)


def comparing_rule(source: Source, size: int, widths: Pairs, digits: float) -> Rule:
    """A rule for what groups are to one another, to so many natural digits, with `size` concentrations.

    What two groups are to one another goes by the root of the concentration, and a mean that moves all of them alike
    changes none of it.
    """
    x, weight = _concentrations(source, size, 0.5)
    return _rule(source, x, weight, widths, _THIN_STEP, _Thin(digits, apart=True))


def _concentrations(source: Source, size: int, power: float) -> tuple[Array, Array]:
    """The Gauss nodes of the concentration in the shrinkage of (kappa/k0)^power, as coordinates, with weights."""
    t = source.marginal.t
    x, mass = source.marginal.place(t), source.marginal.density * source.marginal.step
    log_kappa = source.chart.log_kappas.value(x)
    middle = float(np.interp(0.5, np.cumsum(mass), log_kappa))
    share, weight = thinned(np.exp(log_sigmoid(power * (log_kappa - middle))), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    at = source.chart.log_kappas.coordinate((np.log(share) - np.log1p(-share)) / power + middle)
    return np.clip(at, x[0], x[-1]), weight


def every_line(source: Source, apart: float, widths: Pairs, step: float) -> Rule:
    """A rule of concentrations `apart` times as far from one another as those of the integration, all kept.

    step: of the points along each. Far above the total number of trials the conditionals change only with 1/kappa, so
    that a Gauss rule in that serves.
    """
    own = source.marginal.t
    t = np.linspace(own[0], own[-1], max(2, math.ceil((len(own) - 1) / apart) + 1))
    x, mass = source.marginal.place(t), source.marginal.pdf_t(t)
    keep = mass > _NEGLIGIBLE * mass.max()
    x, mass = x[keep], mass[keep]
    log_kappa = source.chart.log_kappas.value(x)
    limit = np.log(_ALIKE * source.total_trials)
    far = log_kappa > limit
    if np.count_nonzero(far) > _TAIL:
        inverse, weight = thinned(np.exp(limit - log_kappa[far]), mass[far], _TAIL)
        at = source.chart.log_kappas.coordinate(limit - np.log(np.maximum(inverse, 1e-300)))
        x, mass = np.append(x[~far], np.clip(at, x[0], x[-1])), np.append(mass[~far], weight)
    return _rule(source, x, mass, widths, step, None)


def _rule(source: Source, x: Array, weight: Array, widths: Pairs, step: float, thin: _Thin | None) -> Rule:
    keep = weight > _NEGLIGIBLE * weight.sum()
    lines = _lines(source, x[keep], weight[keep] / weight[keep].sum(), step)
    coarse = _coarseness(lines, widths)
    wide, parts = np.zeros(coarse.shape, dtype=bool), []
    if thin is not None:
        wide = (coarse <= 1.0) | thin.apart
        parts = _thinned(lines, np.flatnonzero(wide), widths, thin)
    narrow = ~wide & (coarse > _FINEST)
    parts += [_lattice(source, lines.row(i), int(np.ceil(coarse[i]))) for i in np.flatnonzero(~wide & ~narrow)]
    return Rule(_join(parts), tuple(lines.row(i) for i in np.flatnonzero(narrow)), source)


@dataclass(frozen=True)
class _Lines:
    """Rows of the posterior, as arrays: (rows,) and (rows, points)."""

    sampled: Rows
    probability: Array
    log_kappa: Array
    log_mean: Array
    log_other: Array

    @cached_property
    def mass(self) -> Array:
        """Probabilities of the points of each lattice: (rows, points)."""
        return self.sampled.density * self.sampled.step

    @cached_property
    def kappa(self) -> Array:
        """Concentrations: (rows,)."""
        return np.exp(np.minimum(self.log_kappa, _HIGHEST))

    def nodes(self, i: np.intp) -> Nodes:
        """All points of one of the rows."""
        return Nodes(self._point(i), self.probability[i] * self.mass[i])

    def row(self, i: np.intp) -> Row:
        """One of them."""
        at = self.sampled
        marginal = Marginal(float(at.centre[i]), float(at.width[i]), at.u, at.density[i])
        x, log_kappa, probability, log_mass = (
            float(part[i]) for part in (at.x, self.log_kappa, self.probability, at.log_mass)
        )
        return Row(x, log_kappa, probability, marginal, log_mass, self._point(i))

    def _point(self, i: np.intp) -> Point:
        return Point(self.log_mean[i], self.log_other[i], np.full(self.log_mean.shape[1], self.log_kappa[i]))


def _lines(source: Source, x: Array, probability: Array, step: float) -> _Lines:
    sampled = sample(source.log_density, x, source.near, step)
    point = source.chart.at(x[:, None], sampled.y)
    return _Lines(sampled, probability, source.chart.log_kappas.value(x), point.log_mean, point.log_other)


def _coarseness(lines: _Lines, pairs: Pairs) -> Array:
    """The largest step of the lattice of each row beside what the conditionals of these pairs ask for there.

    The conditional mean m = (y + kappa mu)/(n + kappa) has the sd sqrt(m (1-m)/(n + kappa + 1)) about it, which is to
    be compared with the change of m from one point to the next.
    """
    mu, nu = np.exp(lines.log_mean), np.exp(lines.log_other)
    step = np.abs(np.gradient(lines.log_mean - lines.log_other, axis=1)) * mu * nu
    step[lines.probability[:, None] * lines.mass <= _UNSEEN] = 0.0
    kappa = lines.kappa[:, None]
    largest = np.zeros(len(kappa))
    for y, f in zip(pairs.successes, pairs.failures, strict=True):
        sd = np.sqrt((y + kappa * mu) * ((f + kappa * nu) / (y + f + kappa + 1.0)))  # times n + kappa, as the change is
        largest = np.maximum(largest, np.max(kappa * step / np.maximum(sd, 1e-300), axis=1))
    return largest / _RESOLVED


def _thinned(lines: _Lines, some: Index, pairs: Pairs, thin: _Thin) -> list[Nodes]:
    """The Gauss nodes of the means of some rows, as many as the conditionals of these pairs ask for."""
    ratio = _sharpness(lines, pairs, apart=thin.apart)[some]
    size = np.clip(np.ceil(thin.digits / np.log1p(1.0 / ratio**2)), thin.least, 60).astype(np.intp)
    few = size < _WORTH * lines.mass.shape[1]
    parts = [lines.nodes(i) for i in some[~few]]
    some, size = some[few], size[few]
    if not len(some):
        return parts
    mass, log_mean, log_other = (part[some] for part in (lines.mass, lines.log_mean, lines.log_other))
    mode = np.argmax(mass, axis=1)[:, None]
    low = np.take_along_axis(log_mean, mode, 1) <= np.take_along_axis(log_other, mode, 1)
    rules = thinned_rows(np.exp(np.where(low, log_mean, log_other)), mass, size)
    for i, below, (value, weight) in zip(some, low[:, 0], rules, strict=True):
        inside = np.clip(value, 1e-300, 1.0 - 1e-16)
        log_v, log_r = np.log(inside), np.log1p(-inside)
        point = Point(*((log_v, log_r) if below else (log_r, log_v)), np.full(len(value), lines.log_kappa[i]))
        every = Nodes(point, lines.probability[i] * weight / weight.sum())
        parts.append(every.subset(every.probability > _NEGLIGIBLE))
    return parts


def _sharpness(lines: _Lines, pairs: Pairs, *, apart: bool) -> Array:
    """The sd of each row's conditional means over the conditional sd, for the pair where that is largest.

    apart: of what they move beside those of the pair that moves least.
    """
    kappa, mu = lines.kappa[:, None], np.exp(lines.log_mean)
    mean = np.sum(mu * lines.mass, axis=1, keepdims=True)
    sd = np.sqrt(np.sum((mu - mean) ** 2 * lines.mass, axis=1, keepdims=True))
    s = pairs.trials + kappa
    centre, other = (pairs.successes + kappa * mean) / s, (pairs.failures + kappa * (1.0 - mean)) / s
    share = kappa / s
    moved = share - (np.min(share, axis=1, keepdims=True) if apart else 0.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # a mean that is 0 or 1 to double precision
        widths = np.nan_to_num(moved * sd * np.sqrt((s + 1.0) / (centre * other)))
    return np.clip(np.max(widths, axis=1), _FLAT, _SHARPEST)


def _lattice(source: Source, row: Row, refine: int) -> Nodes:
    """All points of the lattice of a row, or of one `refine` times as fine."""
    if refine <= 1:
        return _seen(Nodes(row.point, row.probability * row.mass))
    own = row.marginal.t
    u = np.linspace(own[0], own[-1], refine * (len(own) - 1) + 1)
    mass = row.marginal.pdf_t(u)
    y = row.marginal.place(u)
    point = source.chart.at(np.full(u.shape, row.x), y)
    return _seen(Nodes(point, row.probability * mass / mass.sum()))


def _seen(nodes: Nodes) -> Nodes:
    """The nodes whose probability is not lost in rounding anyway."""
    return nodes.subset(nodes.probability > _UNSEEN * 1e-3)


def _join(parts: list[Nodes]) -> Nodes:
    if not parts:
        empty = np.zeros(0)
        return Nodes(Point(empty, empty, empty), empty)
    stack = [np.concatenate([getattr(part.point, name) for part in parts]) for name in Point.__dataclass_fields__]
    return Nodes(Point(*stack), np.concatenate([part.probability for part in parts]))
