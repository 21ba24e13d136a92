"""A smaller rule over the population's parameters, equivalent for the distribution functions of groups.

It is made of rows, along which the first parameter is constant:

- the first parameters are the Gauss nodes of its posterior in the shrinkage r/(r + r0), or at equal distances,
- along a row the means are those of a lattice that is fine beside the conditionals of groups, or the Gauss nodes of
  that when the conditionals are wide, and
- when they are narrow (a first parameter far above the size of all data) the row is kept whole, for its own
  distribution function to be smoothed with the conditional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partialpool.averaging.source import Nodes, Row, Source, joined
from partialpool.integrate.gauss import thinned, thinned_rows
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.rows import Rows
from partialpool.integrate.rows import rows as sample
from partialpool.special import Array, Index, log_sigmoid

_ROW_STEP, _FINER_STEP, _THIN_STEP = 0.125, 0.11, 0.2
_RESOLVED = 0.8  # step of a lattice over the sd of the conditional: the trapezoid rule is then good to e^-30
_FINEST = 16.0  # how much finer a lattice is made at most
_LIGHTEST, _UNSEEN = 1e-12, 1e-14  # probability of a row; and of one of its points for it to matter how fine they are
_NEGLIGIBLE, _LOST = 1e-15, 1e-16  # probability of a Gauss node, and of a point of a lattice
_ALIKE, _TAIL = 30.0, 40  # times the size of all data, from where rows differ little; and how many stand for them
_FLAT, _SHARPEST = 1e-3, 1e150
_WORTH = 0.4  # of the points of a lattice: more Gauss nodes than that are not worth their making
_TINY = 1e-300


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
class Rule:
    """Nodes, and the rows that stay whole because their conditionals are narrow."""

    source: Source
    nodes: Nodes
    narrow: tuple[Row, ...] = ()

    @property
    def every_node(self) -> Nodes:
        """The nodes, those of the narrow rows among them."""
        return self.finer(1)

    def finer(self, refine: int) -> Nodes:
        """The nodes, those of the narrow rows among them and so many times as many."""
        return _join([self.nodes, *(_lattice(self.source, row, refine) for row in self.narrow)])


def smaller_rule(source: Source, size: int, widths: Any, *, thin: bool = False, judge: bool = False) -> Rule:
    """A rule with `size` rows, fit for the conditionals of `widths` (a few typical cells).

    thin: with Gauss nodes along the rows, where that can be. judge: with finer rows and more of their nodes, to judge
    others by.
    """
    x, weight = _first_parameters(source, size, 1.0)
    step = _FINER_STEP if judge else _THIN_STEP if thin else _ROW_STEP
    return _rule(source, x, weight, widths, step, (_JUDGE if judge else _ALONE) if thin else None)


def comparing_rule(source: Source, size: int, widths: Any, digits: float) -> Rule:
    """A rule for what groups are to one another, to so many natural digits, with `size` rows.

    What two groups are to one another goes by the root of the first parameter, and a mean that moves all of them alike
    changes none of it.
    """
    x, weight = _first_parameters(source, size, 0.5)
    return _rule(source, x, weight, widths, _THIN_STEP, _Thin(digits, apart=True))


def _first_parameters(source: Source, size: int, power: float) -> tuple[Array, Array]:
    """The Gauss nodes of the first parameter r in the shrinkage of (r/r0)^power, as coordinates, with weights."""
    t = source.marginal.t
    x, mass = source.marginal.place(t), source.marginal.density * source.marginal.step
    log_first = source.log_first(x)
    middle = float(np.interp(0.5, np.cumsum(mass), log_first))
    share, weight = thinned(np.exp(log_sigmoid(power * (log_first - middle))), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    at = source.coordinate((np.log(share) - np.log1p(-share)) / power + middle)
    return np.clip(at, x[0], x[-1]), weight


def every_line(source: Source, apart: float, widths: Any, step: float) -> Rule:
    """A rule of rows `apart` times as far from one another as those of the integration, all kept.

    step: of the points along each. Where the first parameter is far above the size of all data the conditionals change
    only with its inverse, so that a Gauss rule in that serves.
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
    """Rows of the posterior, (rows,) and (rows, points), and a few typical cells."""

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
        """The log of the parameter that each row holds constant: (rows,)."""
        return self.source.log_first(self.sampled.x)

    @cached_property
    def _points(self) -> Any:
        """One row after the other."""
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
        """The largest step of each row's points beside what the conditionals of the typical cells ask for there."""
        mean, variance = self._moments
        seen = self.probability[:, None] * self.mass > _UNSEEN
        step = np.where(seen[:, 1:] & seen[:, :-1], np.abs(np.diff(mean, axis=2)), 0.0)
        sd = np.sqrt(np.minimum(variance[:, :, 1:], variance[:, :, :-1]))
        return np.max(step / np.maximum(sd, _TINY), axis=(0, 2), initial=0.0) / _RESOLVED

    def sharpness(self, *, apart: bool) -> Array:
        """The sd of each row's conditional means over the conditional sd, for the cell where that is largest.

        apart: of what they move beside those of the cell that moves least.
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
        """All points of one of the rows."""
        count = self.mass.shape[1]
        return Nodes(self._points.subset(slice(i * count, (i + 1) * count)), self.probability[i] * self.mass[i])

    def row(self, i: int) -> Row:
        """One of them."""
        at = self.sampled
        marginal = Marginal(float(at.centre[i]), float(at.width[i]), at.u, at.density[i])
        x, log_first, probability, log_mass = (
            float(part[i]) for part in (at.x, self.log_first, self.probability, at.log_mass)
        )
        return Row(x, log_first, probability, marginal, log_mass)


def _thinned(lines: _Lines, some: Index, thin: _Thin) -> list[Nodes]:
    """The Gauss nodes of the means of some rows, as many as the conditionals of the typical cells ask for."""
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
    """All points of the lattice of a row, or of one `refine` times as fine."""
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
