"""A smaller rule over the hyperparameters, equivalent for the distribution functions of groups.

It is made of rows of constant concentration:

- concentrations are the Gauss nodes of its posterior in the shrinkage kappa/(kappa + k0),
- along a row the means are the Gauss nodes of the row's posterior when the conditional is wide beside the row,
  all of a fine lattice when it is about as wide, and
- when it is narrow (a concentration far above the total number of trials) the row is kept whole, for its own
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

_ROW_STEP = 0.2
_WIDE, _NARROW = 1.2, 2.5  # sd of a row's means over sd of the conditional
_NEGLIGIBLE = 1e-15
_DIGITS = 26.0  # minus natural log of the accuracy wanted along a row


@dataclass(frozen=True)
class Row:
    """The posterior along one concentration: log kappa, its probability, and the density over y, the mean's coordinate."""

    x: float
    log_kappa: float
    probability: float
    marginal: Marginal  # of y
    log_total: float
    point: Point  # at the lattice of the marginal


@dataclass(frozen=True)
class Rule:
    """Nodes, and the rows that stay whole because their conditionals are narrow."""

    nodes: Nodes
    narrow: tuple[Row, ...] = ()
    source: Source | None = None


@dataclass(frozen=True)
class Source:
    """What the rule is made from: the posterior in the concentration chart, integrated."""

    chart: Chart
    log_density: LogDensity  # in the chart
    log_posterior: Callable[[Point], Array]  # with respect to d mean d concentration
    marginal: Marginal  # of x, the coordinate of the concentration
    near: Near
    log_total: float  # log of the integral of the posterior


def smaller_rule(source: Source, size: int, widths: Pairs) -> Rule:
    """A rule with `size` concentrations, fit for the conditionals of `widths` (a few typical pairs)."""
    t = source.marginal.t
    x, mass = source.marginal.place(t), source.marginal.density * source.marginal.step
    log_kappa = source.chart.point(x, np.zeros_like(x))[0].log_kappa
    middle = float(np.interp(0.5, np.cumsum(mass), log_kappa))
    share, weight = thinned(np.exp(log_sigmoid(log_kappa - middle)), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    keep = weight > _NEGLIGIBLE * weight.sum()
    share, weight = share[keep], weight[keep]
    at = np.interp(np.log(share) - np.log1p(-share) + middle, log_kappa, x)
    rows = _rows(source, at, weight / weight.sum())
    plain, narrow = [], []
    for row in rows:
        ratio = _sharpness(row, widths)
        if ratio > _NARROW:
            narrow.append(row)
        else:
            plain.append(_row_nodes(row, ratio))
    return Rule(_join(plain), tuple(narrow), source)


def _rows(source: Source, x: Array, probability: Array) -> list[Row]:
    lines = sample(source.log_density, x, source.near, _ROW_STEP)
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


def _sharpness(row: Row, pairs: Pairs) -> float:
    """The sd of the row's conditional means over the conditional sd, for the pair where that is largest."""
    kappa = float(np.exp(min(row.log_kappa, 700.0)))
    p = row.marginal.density * row.marginal.step
    mu = np.exp(row.point.log_mean)
    mean = float(mu @ p)
    sd = float(np.sqrt(((mu - mean) ** 2) @ p))
    s = pairs.trials + kappa
    centre, other = (pairs.successes + kappa * mean) / s, (pairs.failures + kappa * (1.0 - mean)) / s
    return float(np.max(kappa / s * sd * np.sqrt((s + 1.0) / (centre * other))))


def _row_nodes(row: Row, ratio: float) -> Nodes:
    mass = row.marginal.density * row.marginal.step
    if ratio > _WIDE:
        return Nodes(row.point, row.probability * mass)
    size = int(np.clip(np.ceil(_DIGITS / np.log1p(1.0 / ratio**2)), 4, 60))
    low = row.point.log_mean[np.argmax(mass)] <= row.point.log_other[np.argmax(mass)]
    value = np.exp(row.point.log_mean if low else row.point.log_other)
    nodes, weight = thinned(value, mass, size)
    nodes = np.clip(nodes, 1e-300, 1.0 - 1e-16)
    log_v, log_r = np.log(nodes), np.log1p(-nodes)
    point = Point(*((log_v, log_r) if low else (log_r, log_v)), np.full(len(nodes), row.log_kappa))
    every = Nodes(point, row.probability * weight / weight.sum())
    return every.subset(every.probability > _NEGLIGIBLE)


def _join(parts: list[Nodes]) -> Nodes:
    if not parts:
        empty = np.zeros(0)
        return Nodes(Point(empty, empty, empty), empty)
    stack = [np.concatenate([getattr(part.point, name) for part in parts]) for name in Point.__dataclass_fields__]
    return Nodes(Point(*stack), np.concatenate([part.probability for part in parts]))
