"""A smaller rule over the population's parameters, equivalent for the distribution functions of groups.

The rule consists of rows, along which the first parameter is constant:

- the first parameters are the Gauss nodes of its posterior in the shrinkage r/(r + r0), or equally spaced,
- along a row the nodes form a lattice whose step is small compared with the conditionals of groups, or they are the
  Gauss nodes of that lattice where the conditionals are wide, and
- where the conditionals are narrow (a first parameter far above the size of all data), the row is kept whole, and its
  own distribution function is smoothed with the conditional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool.engine.mixtures.source import Nodes, Row, Source, joined
from partialpool.quadrature.gauss import thinned, thinned_rows
from partialpool.quadrature.marginal import Marginal
from partialpool.quadrature.rows import Rows
from partialpool.quadrature.rows import rows as sample
from partialpool.special import Array, Index, log_sigmoid

_ROW_STEP, _THIN_STEP = 0.125, 0.2  # steps along rows: usual, to be thinned
_JUDGES = {_ROW_STEP: 0.11, _THIN_STEP: 0.17}  # steps of the rows that judge those
_RESOLVED = 0.8  # step of a lattice over the sd of the conditional at which the trapezoid rule is good to e^-30
_FINEST = 16.0  # largest factor by which a lattice is refined
_LIGHTEST, _UNSEEN = 1e-12, 1e-14  # least probability of a row, and of a point at which the row's step must be fine
_NEGLIGIBLE, _LOST = 1e-15, 1e-16  # least probability of a Gauss node, and of a point of a lattice
_ALIKE, _TAIL = 30.0, 40  # times the size of all data, from where rows hardly differ; rows that represent these
_FLAT, _SHARPEST = 1e-3, 1e150  # least and largest `sharpness`
_WORTH = 0.4  # Gauss nodes are used only if they are fewer than this share of the lattice's points
_TINY = 1e-300


@dataclass(frozen=True)
class _Thin:
    """How to thin a row: `digits` is minus the natural log of the relative error allowed along it."""

    digits: float
    apart: bool = False  # whether the nodes serve only to compare groups

    @property
    def least(self) -> int:
        """The fewest nodes along a row."""
        return 2 if self.apart else 4


_ALONE = _Thin(26.0)


@dataclass(frozen=True)
class Rule:
    """Nodes, and the rows that are kept whole because their conditionals are narrow."""

    source: Source
    nodes: Nodes
    narrow: tuple[Row, ...] = ()

    @property
    def every_node(self) -> Nodes:
        """All nodes, including those of the narrow rows."""
        return self.finer(1)

    def finer(self, refine: int) -> Nodes:
        """All nodes, with `refine` times as many on the narrow rows."""
        return _join([self.nodes, *(_lattice(self.source, row, refine) for row in self.narrow)])


def smaller_rule(source: Source, size: int, widths: Any, *, thin: bool = False) -> Rule:
    """Return a rule with `size` rows that resolves the conditionals of `widths` (a few typical cells).

    thin: use Gauss nodes along rows where possible.
    """
    x, weight = _first_parameters(source, size, 1.0)
    return _rule(source, x, weight, widths, _THIN_STEP if thin else _ROW_STEP, _ALONE if thin else None)


def judging_rule(source: Source, size: int, widths: Any, *, thin: bool) -> Rule:
    """Return a rule with `size` rows that judges smaller rules, which are thin or not.

    It keeps all points of finer rows, since two thin rules may share an error.
    """
    x, weight = _first_parameters(source, size, 1.0)
    return _rule(source, x, weight, widths, _JUDGES[_THIN_STEP if thin else _ROW_STEP], None)


def comparing_rule(source: Source, size: int, widths: Any, digits: float) -> Rule:
    """Return a rule with `size` rows for comparing groups, accurate to `digits` natural digits.

    Differences between groups vary with the root of the first parameter, and are unchanged by a mean that moves all
    groups alike.
    """
    x, weight = _first_parameters(source, size, 0.5)
    return _rule(source, x, weight, widths, _THIN_STEP, _Thin(digits, apart=True))


def _first_parameters(source: Source, size: int, power: float) -> tuple[Array, Array]:
    """Gauss nodes of the first parameter r in the shrinkage of (r/r0)^power: their x, and their weights."""
    t = source.marginal.t
    x, mass = source.marginal.place(t), source.marginal.density * source.marginal.step
    log_first = source.log_first(x)
    middle = float(np.interp(0.5, np.cumsum(mass), log_first))
    share, weight = thinned(np.exp(log_sigmoid(power * (log_first - middle))), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    at = source.coordinate((np.log(share) - np.log1p(-share)) / power + middle)
    return np.clip(at, x[0], x[-1]), weight


def every_line(source: Source, apart: float, widths: Any, step: float) -> Rule:
    """Return a rule that keeps all points of rows `apart` times as far from one another as the integration's.

    step: distance of the points along each row. Where the first parameter is far above the size of all data, the
    conditionals change only with its inverse, and a Gauss rule in that inverse replaces the rows.
    """
    own = source.marginal.t
    t = np.linspace(own[0], own[-1], max(2, math.ceil((len(own) - 1) / apart) + 1))
    x, mass = source.marginal.place(t), source.marginal.pdf_t(t)
    keep = mass > _LIGHTEST * mass.max()
    x, mass = x[keep], mass[keep]
    log_first = source.log_first(x)
    limit = np.log(_ALIKE * source.total)
    far = log_first > limit
    if np.count_nonzero(far) > _TAIL:
        inverse, weight = thinned(np.exp(limit - log_first[far]), mass[far], _TAIL)
        at = source.coordinate(limit - np.log(np.maximum(inverse, _TINY)))
        x, mass = np.append(x[~far], np.clip(at, x[0], x[-1])), np.append(mass[~far], weight)
    return _rule(source, x, mass, widths, step, None)


def _rule(source: Source, x: Array, weight: Array, widths: Any, step: float, thin: _Thin | None) -> Rule:
    keep = weight > _LIGHTEST * weight.sum()
    sampled = sample(source.log_density, x[keep], source.near, step)
    lines = _Lines(source, sampled, weight[keep] / weight[keep].sum(), widths)
    coarse = lines.coarseness
    wide, parts = np.zeros(coarse.shape, dtype=bool), []
    if thin is not None:
        wide = (coarse <= 1.0) | thin.apart
        parts = _thinned(lines, np.flatnonzero(wide), thin)
    narrow = ~wide & (coarse > _FINEST)
    parts += [_lattice(source, lines.row(int(i)), int(np.ceil(coarse[i]))) for i in np.flatnonzero(~wide & ~narrow)]
    if not parts:
        parts = [lines.nodes(0).subset(slice(0))]
    return Rule(source, _join(parts), tuple(lines.row(int(i)) for i in np.flatnonzero(narrow)))


@dataclass(frozen=True)
class _Lines:
    """Rows of the posterior, densities (rows, points), and a few typical cells."""

    source: Source
    sampled: Rows
    probability: Array
    widths: Any

    @cached_property
    def mass(self) -> Array:
        """Probabilities of the points of each row: (rows, points)."""
        return self.sampled.density * self.sampled.step

    @cached_property
    def log_first(self) -> Array:
        """The log of the first parameter of each row: (rows,)."""
        return self.source.log_first(self.sampled.x)

    @cached_property
    def _points(self) -> Any:
        """The points of all rows, one row after the other."""
        y = self.sampled.y
        return self.source.at(np.repeat(self.sampled.x, y.shape[1]), y.ravel())

    @cached_property
    def _moments(self) -> tuple[Array, Array]:
        """Mean and variance of the conditionals of the typical cells: (cells, rows, points)."""
        each = self.source.conditionals(self.widths, self._points)
        mean, variance = (of.reshape(-1, *self.mass.shape) for of in (each.mean, each.variance))
        return mean, variance

    @property
    def location(self) -> Array:
        """The z of the population's mean: (rows, points)."""
        return self.source.location(self._points).reshape(self.mass.shape)

    @cached_property
    def coarseness(self) -> Array:
        """Largest step of each row relative to what the conditionals of the typical cells allow: (rows,)."""
        mean, variance = self._moments
        seen = self.probability[:, None] * self.mass > _UNSEEN
        step = np.where(seen[:, 1:] & seen[:, :-1], np.abs(np.diff(mean, axis=2)), 0.0)
        sd = np.sqrt(np.minimum(variance[:, :, 1:], variance[:, :, :-1]))
        return np.max(step / np.maximum(sd, _TINY), axis=(0, 2), initial=0.0) / _RESOLVED

    def sharpness(self, *, apart: bool) -> Array:
        """Sd of each row's conditional means over the conditional sd, for the cell where this is largest: (rows,).

        apart: subtract the movement of the cell that moves least, which does not matter to comparisons.
        """
        mean, variance = self._moments
        moved = mean - np.einsum("crp,rp->cr", mean, self.mass)[:, :, None]
        sd = np.sqrt(np.einsum("crp,rp->cr", moved**2, self.mass))
        if apart:
            least = np.argmin(sd, axis=0)
            moved = moved - moved[least, np.arange(len(least))]
            sd = np.sqrt(np.einsum("crp,rp->cr", moved**2, self.mass))
        with np.errstate(all="ignore"):
            widths = np.nan_to_num(sd / np.sqrt(np.einsum("crp,rp->cr", variance, self.mass)))
        return np.clip(np.max(widths, axis=0), _FLAT, _SHARPEST)

    def nodes(self, i: int) -> Nodes:
        """All points of row i, as nodes."""
        count = self.mass.shape[1]
        return Nodes(self._points.subset(slice(i * count, (i + 1) * count)), self.probability[i] * self.mass[i])

    def row(self, i: int) -> Row:
        """Row i as a record of its own."""
        at = self.sampled
        marginal = Marginal(float(at.centre[i]), float(at.width[i]), at.u, at.density[i])
        x, log_first, probability, log_mass = (
            float(part[i]) for part in (at.x, self.log_first, self.probability, at.log_mass)
        )
        return Row(x, log_first, probability, marginal, log_mass)


def _thinned(lines: _Lines, some: Index, thin: _Thin) -> list[Nodes]:
    """Thin some rows to Gauss nodes of the mean, as many as the conditionals of the typical cells need."""
    ratio = lines.sharpness(apart=thin.apart)[some]
    size = np.clip(np.ceil(thin.digits / np.log1p(1.0 / ratio**2)), thin.least, 60).astype(np.intp)
    few = size < _WORTH * lines.mass.shape[1]
    parts = [lines.nodes(i) for i in some[~few]]
    some, size = some[few], size[few]
    if not len(some):
        return parts
    mass, location = lines.mass[some], lines.location[some]
    median = np.take_along_axis(location, np.argmax(np.cumsum(mass, axis=1) >= 0.5, axis=1)[:, None], 1)[:, 0]
    middle = lines.source.middle(lines.log_first[some], median, lines.widths)[:, None]
    away = location - middle
    mode = np.argmax(mass, axis=1)[:, None]
    side = np.where(np.take_along_axis(away, mode, 1) <= 0.0, 1.0, -1.0)
    rules = thinned_rows(np.exp(log_sigmoid(side * away)), mass, size)
    for i, (share, weight) in enumerate(rules):
        inside = np.clip(share, 1e-300, 1.0 - 1e-16)
        z = middle[i] + side[i] * (np.log(inside) - np.log1p(-inside))
        point = lines.source.located(float(lines.log_first[some[i]]), z)
        every = Nodes(point, lines.probability[some[i]] * weight / weight.sum())
        parts.append(every.subset(every.probability > _NEGLIGIBLE))
    return parts


def _lattice(source: Source, row: Row, refine: int) -> Nodes:
    """Nodes at all points of a row, or at `refine` times as many."""
    u, mass = row.marginal.t, row.marginal.density
    if refine > 1:
        u = np.linspace(u[0], u[-1], refine * (len(u) - 1) + 1)
        mass = row.marginal.pdf_t(u)
    mass = row.probability * mass / mass.sum()
    keep = mass > _LOST
    u = u[keep]
    return Nodes(source.at(np.full(u.shape, row.x), row.marginal.place(u)), mass[keep])


def _join(parts: list[Nodes]) -> Nodes:
    return Nodes(joined([part.point for part in parts]), np.concatenate([part.probability for part in parts]))
