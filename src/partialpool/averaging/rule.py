"""A smaller rule over the hyperparameters, equivalent for the distribution functions of groups.

It is made of rows of constant concentration:

- concentrations are the Gauss nodes of its posterior in the shrinkage kappa/(kappa + k0),
- along a row the means are those of a lattice that is fine beside the conditionals of groups, or the Gauss nodes of
  that when the conditionals are wide, and
- when they are narrow (a concentration far above the total number of trials) the row is kept whole, for its own
  distribution function to be smoothed with the conditional.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.averaging.moments import Nodes
from partialpool.integrate.gauss import thinned
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.rows import Near
from partialpool.integrate.rows import rows as sample
from partialpool.marginals.beta_binomial import Pairs
from partialpool.populations.beta import Chart, Point
from partialpool.special import Array, log_sigmoid

_ROW_STEP, _FINER_STEP, _THIN_STEP = 0.125, 0.11, 0.2
_RESOLVED = 0.8  # step of a lattice over the sd of the conditional: the trapezoid rule is then good to e^-30
_FINEST = 16.0  # how much finer a lattice is made at most
_UNSEEN = 1e-13
_NEGLIGIBLE = 1e-15
_ALIKE, _TAIL = 30.0, 12  # times the total trials, from where rows differ little; and how many stand for them
_FLAT = 1e-3


@dataclass(frozen=True)
class _Thin:
    """How a row is thinned: minus the natural log of the accuracy wanted along it, and what for."""

    digits: float
    apart: bool = False  # only for what groups are to one another

    @property
    def least(self) -> int:
        """The fewest nodes along a row."""
        return 2 if self.apart else 4


_ALONE = _Thin(26.0)


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

    thin: with Gauss nodes along the rows, where that can be. judge: with finer rows, to judge others by.
    """
    x, weight = _concentrations(source, size, 1.0)
    step = _THIN_STEP if thin else _FINER_STEP if judge else _ROW_STEP
    return _rule(source, x, weight, widths, step, _ALONE if thin else None)


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


def whole_rule(source: Source, refine: int, widths: Pairs) -> Rule:
    """A rule with all concentrations of the integration's own lattice, or of one `refine` times as fine in both ways.

    Far above the total number of trials the conditionals change only with 1/kappa, so that a Gauss rule in that serves.
    """
    own = source.marginal.t
    t = np.linspace(own[0], own[-1], refine * (len(own) - 1) + 1)
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
    return _rule(source, x, mass, widths, _ROW_STEP / np.sqrt(refine), None)


def _rule(source: Source, x: Array, weight: Array, widths: Pairs, step: float, thin: _Thin | None) -> Rule:
    keep = weight > _NEGLIGIBLE * weight.sum()
    plain, narrow = [], []
    for row in _rows(source, x[keep], weight[keep] / weight[keep].sum(), step):
        coarse = _coarseness(row, widths)
        if thin is not None and (thin.apart or coarse <= 1.0):
            plain.append(_thinned(row, widths, thin))
        elif coarse > _FINEST:
            narrow.append(row)
        else:
            plain.append(_lattice(source, row, int(np.ceil(coarse))))
    return Rule(_join(plain), tuple(narrow), source)


def _rows(source: Source, x: Array, probability: Array, step: float) -> list[Row]:
    lines = sample(source.log_density, x, source.near, step)
    point = source.chart.point(x[:, None], lines.y)[0]
    log_kappa = source.chart.log_kappas.value(x)
    return [
        Row(
            float(x[i]),
            float(log_kappa[i]),
            float(probability[i]),
            Marginal(float(lines.centre[i]), float(lines.width[i]), lines.u, lines.density[i]),
            float(lines.log_mass[i]),
            Point(point.log_mean[i], point.log_other[i], np.full(lines.u.shape, log_kappa[i])),
        )
        for i in range(len(x))
    ]


def _coarseness(row: Row, pairs: Pairs) -> float:
    """The largest step of the lattice of a row beside what the conditionals of these pairs ask for there.

    The conditional mean m = (y + kappa mu)/(n + kappa) has the sd sqrt(m (1-m)/(n + kappa + 1)) about it, which is to
    be compared with the change of m from one point to the next.
    """
    kappa = float(np.exp(min(row.log_kappa, 700.0)))
    some = row.probability * row.mass > _UNSEEN
    if not some.any():
        return 0.0
    mu, nu = np.exp(row.point.log_mean[some]), np.exp(row.point.log_other[some])
    step = np.abs(np.gradient(row.point.log_mean - row.point.log_other))[some] * mu * nu
    s, y, f = (part[:, None] for part in (pairs.trials + kappa, pairs.successes, pairs.failures))
    sd = np.sqrt((y + kappa * mu) * (f + kappa * nu) / (s + 1.0))  # times s, as the change is
    return float(np.max(kappa * step / np.maximum(sd, 1e-300)) / _RESOLVED)


def _thinned(row: Row, pairs: Pairs, thin: _Thin) -> Nodes:
    """The Gauss nodes of the row's means, as many as the conditionals of these pairs ask for."""
    low = row.point.log_mean[np.argmax(row.mass)] <= row.point.log_other[np.argmax(row.mass)]
    value = np.exp(row.point.log_mean if low else row.point.log_other)
    ratio = _sharpness(row, pairs, apart=thin.apart)
    size = int(np.clip(np.ceil(thin.digits / np.log1p(1.0 / ratio**2)), thin.least, 60))
    if size >= len(value):
        return Nodes(row.point, row.probability * row.mass)
    nodes, weight = thinned(value, row.mass, size)
    nodes = np.clip(nodes, 1e-300, 1.0 - 1e-16)
    log_v, log_r = np.log(nodes), np.log1p(-nodes)
    point = Point(*((log_v, log_r) if low else (log_r, log_v)), np.full(len(nodes), row.log_kappa))
    every = Nodes(point, row.probability * weight / weight.sum())
    return every.subset(every.probability > _NEGLIGIBLE)


def _sharpness(row: Row, pairs: Pairs, *, apart: bool) -> float:
    """The sd of the row's conditional means over the conditional sd, for the pair where that is largest.

    apart: of what they move beside those of the pair that moves least.
    """
    kappa = float(np.exp(min(row.log_kappa, 700.0)))
    mu = np.exp(row.point.log_mean)
    mean = float(mu @ row.mass)
    sd = float(np.sqrt(((mu - mean) ** 2) @ row.mass))
    s = pairs.trials + kappa
    centre, other = (pairs.successes + kappa * mean) / s, (pairs.failures + kappa * (1.0 - mean)) / s
    share = kappa / s
    moved = share - (float(np.min(share)) if apart else 0.0)
    return max(float(np.max(moved * sd * np.sqrt((s + 1.0) / (centre * other)))), _FLAT)


def _lattice(source: Source, row: Row, refine: int) -> Nodes:
    """All points of the lattice of a row, or of one `refine` times as fine."""
    if refine <= 1:
        return _seen(Nodes(row.point, row.probability * row.mass))
    own = row.marginal.t
    u = np.linspace(own[0], own[-1], refine * (len(own) - 1) + 1)
    mass = row.marginal.pdf_t(u)
    y = row.marginal.place(u)
    point = source.chart.point(np.full(u.shape, row.x), y)[0]
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
