"""Very many groups, represented by some hundreds.

The answer to a question about a group is a smooth function of the group's data, two numbers, so that it can be
interpolated between the Chebyshev points of a rectangle that holds most groups' data; a sum over all groups is a
weighted sum over these points. Groups far ahead of the others, or far behind, represent themselves: few groups
determine the answers there, and no point of the rectangle may be as far ahead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from partialpool.analysis.fitted_model import FittedModel
from partialpool.distributions import Distribution
from partialpool.engine.conditionals import Conditionals
from partialpool.models.evidence import Evidence
from partialpool.quadrature.square import Square
from partialpool.safety import INTERPOLATED_KINDS
from partialpool.special import Array, Index

_FEWEST = 1500
"""Number of distinct groups from which this pays."""

_WORTH = 0.5  # largest number of kinds per group for which it pays
_SHARES = (0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)  # shares of the groups that may be in the rectangle
_DIGITS = 14.0  # natural digits of accuracy of the interpolation
_KNOWING = 8  # least number of points along the amount of information
_SINGULAR = np.pi  # distance from the real line of singularities in log n, where 1 + n/concentration is 0
_ACROSS, _EACH = 22, 0.85  # points across: at least, and per standard error and root of the digits
_NARROWEST = 1e-3  # least half of a side of the rectangle
_TAPERS = (0.01, 0.03, 0.1, 0.3, 1.0, 100.0)  # values of c; the last makes no difference between small and large
_CORNER = 0.1  # largest probability that a point of the rectangle is that far ahead
_SHRUNK, _SHRINK = 16, 0.06  # how often an end of the rectangle is moved, and by what share of its side
_AHEAD, _SEEN = 60.0, 0.03  # groups beyond the theta where groups represent themselves; probability of being there
_NODES, _LIKELY = 8, 1e-3  # nodes that decide which groups are far ahead; their least relative probability
_HALVINGS, _REACH = 30, 8.0  # search for that theta: halvings, and reach beyond the last group in spreads
_DOUBTFUL = 100.0  # variance of the number of better groups below which groups in the middle are compared exactly
_CHECKED = 32  # groups from all, and as many of those with most information, that check the interpolation
_LEAST = 5e-8  # least error that is claimed


@dataclass(frozen=True)
class Kinds:
    """Groups that represent others, with weights: points of a rectangle, single groups, and groups to check.

    Attributes:
        count: weight of each kind in a sum over all groups; 0 for those that only check.
        single: mask of the kinds that are single groups.
    """

    count: Array
    single: NDArray[np.bool_]
    _says: Evidence
    _square: Square
    _place: Array  # of the distinct groups; a corner for those that represent themselves
    _alone: Index
    _checked: Index

    def at(self, nodes: Conditionals) -> Conditionals:
        """The kinds' conditionals at nodes, in place of those of the groups."""
        some = self._says.place[:, np.concatenate([self._alone, self._checked])]
        groups = self._says.conditionals(np.concatenate([self._square.points, some], axis=1), nodes)
        return replace(nodes, groups=groups, where=np.arange(len(self.count)))

    def of_groups(self, values: Array, some: slice) -> Array:
        """Interpolate values of some distinct groups from those of the kinds: (kinds, values) to (groups, values)."""
        points, alone = self._parts(values)[:2]
        out = self._square.between(points, self._place[:, some])
        first, last, _ = some.indices(self._place.shape[1])
        here = slice(*np.searchsorted(self._alone, [first, last]).tolist())
        out[self._alone[here] - first] = alone[here]
        return out

    def place_of(self, group: int) -> int:
        """Index, among the kinds, of a distinct group that represents itself."""
        return math.prod(self._square.sizes) + int(np.searchsorted(self._alone, group))

    def off(self, values: Array) -> float:
        """Estimate the interpolation error: a multiple of the largest error among the groups that are checked."""
        points, _, checked = self._parts(values)
        off = np.abs(self._square.between(points, self._place[:, self._checked]) - checked)
        return _LEAST + INTERPOLATED_KINDS * float(off.max())

    def _parts(self, values: Array) -> list[Array]:
        """Split values by kind: points, groups by themselves, and groups that are checked."""
        alone = len(values) - len(self._checked) - len(self._alone)
        return np.split(values, [alone, len(values) - len(self._checked)])


def kinds(fit: FittedModel, nodes: Conditionals, by_itself: int | None = None) -> Kinds | None:
    """The kinds of the groups of a fit; None if groups are few, or their data too different for it to pay.

    by_itself: a distinct group that must represent itself.
    """
    distinct = nodes.groups.shape[0]
    if distinct < _FEWEST:
        return None
    count = np.bincount(nodes.where, minlength=distinct).astype(float)
    says = _evidence(fit, nodes)
    nodes = _some(nodes)
    if _doubtful(nodes.groups.part((slice(None), 0)), count) < _DOUBTFUL:
        return None
    ends = _Ends.of(nodes.groups, count)
    near = np.all(np.isfinite(says.place), axis=0) & (ends.reached(nodes.groups).max(axis=1) <= _SEEN)
    if by_itself is not None:
        near[by_itself] = False
    limits = _limits(says)
    rectangles = [_rectangle(says.tapered(c), near, limit, ends, nodes) for c in _TAPERS for limit in limits]
    found = min(rectangles, key=lambda each: each.kinds)
    if found.kinds > _WORTH * distinct:
        return None
    says, rest, square = found.says, found.inside, found.square
    place = np.where(rest, says.place, square.low[:, None])
    alone, weights = np.flatnonzero(~rest), square.weights(place[:, rest], count[rest])
    checked = np.flatnonzero(rest)[np.argsort(says.weight(place[0, rest]))]  # the most informative are the hardest
    checked = np.unique([*checked[np.linspace(0, len(checked) - 1, _CHECKED).astype(int)], *checked[-_CHECKED:]])
    single = np.arange(len(weights) + len(alone) + len(checked)) >= len(weights)
    every = np.concatenate([weights, count[alone], np.zeros(len(checked))])
    return Kinds(every, single, says, square, place, alone, checked)


def _evidence(fit: FittedModel, nodes: Conditionals) -> Evidence:
    """The evidence in the data of the distinct groups."""
    first = np.unique(nodes.where, return_index=True)[1]
    data = {role: np.asarray(values, dtype=float)[first] for role, values in fit.data.statistics.items()}
    main = {name: float(values[np.argmax(nodes.probability)]) for name, values in nodes.phi.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        return fit.family.evidence(data, main)


def _some(nodes: Conditionals) -> Conditionals:
    """A few of the nodes, beginning with the most probable."""
    order = np.argsort(-nodes.probability, kind="stable")
    likely = order[: np.count_nonzero(nodes.probability > _LIKELY * nodes.probability.max())]
    some = likely[np.linspace(0, len(likely) - 1, min(len(likely), _NODES)).round().astype(np.intp)]
    groups, population = nodes.groups.part((slice(None), some)), nodes.population.part(some)
    phi = {name: values[some] for name, values in nodes.phi.items()}
    return Conditionals(nodes.probability[some], groups, nodes.where, population, phi)


@dataclass(frozen=True)
class _Rectangle:
    """A rectangle for the places of groups' evidence, with a mask of the groups inside; the others are kept singly."""

    says: Evidence
    square: Square
    inside: NDArray[np.bool_]

    @property
    def kinds(self) -> float:
        """The number of kinds that this rectangle gives."""
        return math.prod(self.square.sizes) + float(np.count_nonzero(~self.inside))


def _limits(says: Evidence) -> Array:
    """Limits to try for the weight of a group's own data, up to which groups may be in the rectangle."""
    return np.unique(np.quantile(says.weight(says.knowing), _SHARES, method="lower"))


def _rectangle(says: Evidence, near: NDArray[np.bool_], limit: float, ends: _Ends, nodes: Conditionals) -> _Rectangle:
    """The rectangle of the groups that are near, and whose own data have at most a given weight.

    It is made smaller if it would have points that are far ahead of all groups, or far behind.
    """
    place = says.place
    inside = near & (says.weight(says.knowing) <= limit)
    if not inside.any():
        return _Rectangle(says, Square(np.zeros(2), np.ones(2), (1, 1)), inside)
    low, high = place[:, inside].min(axis=1), place[:, inside].max(axis=1)
    half = np.maximum(0.5 * (high - low), _NARROWEST)
    low, high = 0.5 * (low + high) - half, 0.5 * (low + high) + half
    knowing = _KNOWING + math.ceil(_DIGITS / math.log(_SINGULAR / half[0] + math.hypot(1.0, _SINGULAR / half[0])))
    for _ in range(_SHRUNK):
        edge = Square(low, high, (knowing, 1)).points[0]
        reached = [
            float(np.max(ends.reached(says.conditionals(np.stack([edge, np.full(knowing, end)]), nodes))))
            for end in (low[1], high[1])
        ]
        if max(reached) <= _CORNER:
            break
        shrunk = np.where(np.array(reached) > _CORNER, _SHRINK, 0.0) * (high[1] - low[1])
        low[1], high[1] = low[1] + shrunk[0], high[1] - shrunk[1]
    inside &= (place[1] >= low[1]) & (place[1] <= high[1])
    spreads = 0.5 * (high[1] - low[1]) * float(np.max(says.spreads(np.array([low[0], high[0]]))))
    across = _ACROSS + math.ceil(min(_EACH * math.sqrt(_DIGITS) * spreads, 1e9))
    return _Rectangle(says, Square(low, high, (knowing, across)), inside)


def _doubtful(every: Distribution, count: Array) -> float:
    """Variance of the number of groups above the middle of all, at one node."""
    above = ndtr((every.middle - np.median(every.middle)) / every.spread)
    return float(count @ (above * (1.0 - above)))


@dataclass(frozen=True)
class _Ends:
    """The z beyond which a few groups lie on average, below and above: (nodes,) each."""

    lowest: Array
    highest: Array

    @classmethod
    def of(cls, every: Distribution, count: Array) -> _Ends:
        """Find these ends from the conditionals at each node: (groups, nodes)."""
        return cls(-_edge(-every.middle, every.spread, count), _edge(every.middle, every.spread, count))

    def reached(self, every: Distribution) -> Array:
        """Probability that groups lie beyond either end: (groups, nodes)."""
        return np.asarray(np.maximum(every.sf(self.highest), every.cdf(self.lowest)))


def _edge(middle: Array, spread: Array, count: Array) -> Array:
    """The z above which a few groups lie on average, at each node."""
    low, high = (middle - _REACH * spread).min(axis=0), (middle + _REACH * spread).max(axis=0)
    for _ in range(_HALVINGS):
        z = 0.5 * (low + high)
        many = count @ ndtr((middle - z) / spread) > _AHEAD
        low, high = np.where(many, z, low), np.where(many, high, z)
    return np.asarray(high)
