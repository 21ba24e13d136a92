"""Very many groups through some hundreds that stand for them.

What is asked of a group is a smooth function of its data, two numbers, so that it is interpolated between Chebyshev's
points of the rectangle that holds the data of all groups; a sum over all groups is a weighted sum over these points.
The coordinates are how much a group knows, and how far what it says is from the common value, in standard deviations
that count its own error and how much theta varies:

    proportions   log n,    2 sqrt(n) (arcsin(sqrt(y/n)) - arcsin(sqrt(common))) / sqrt(1 + n/concentration)
    rates         log x,    2 (sqrt(y) - sqrt(common x)) / sqrt(1 + x/rate)
    otherwise     log se,   (y - common)/sqrt(se^2 + sd^2)

Groups that are far ahead of the others, or behind, stand for themselves: few of them make up what is seen there.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.distributions.conjugate import conjugate_betas, conjugate_gammas, conjugate_normals
from partialpool.integrate.square import Square
from partialpool.known import Known
from partialpool.special import Array, Index

_FEWEST = 1500
"""Groups that differ from where it pays."""

_WORTH = 0.5  # kinds a group, up to which it does
_SHARES = (0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)  # of the groups that may be in the rectangle
_DIGITS = 14.0  # natural digits of what is interpolated
_KNOWING = 8  # points at least along how much a group knows
_SINGULAR = np.pi  # how far from the real line functions of log n are singular: 1 + n/concentration is 0 there
_ACROSS, _EACH = 22, 0.85  # points across at least, and for each standard error and root of the digits
_NONE = 1e-300
_NARROWEST = 1e-3  # half of a side of the rectangle
_AHEAD, _SEEN = 60.0, 0.03  # groups beyond a theta where groups stand for themselves that are there so probably
_HALVINGS, _REACH = 40, 8.0  # of a search for that theta, from so many spreads beyond the last group
_DOUBTFUL = 100.0  # a variance of the number of better groups below which groups in the middle must be told apart
_CHECKED = 32  # groups from all, and as many of those that know most
_SAFE, _LEAST = 4.0, 5e-8


@dataclass(frozen=True)
class Kinds:
    """Groups that stand for others, with weights: the points of a rectangle, groups by themselves, and some to check.

    Attributes:
        count: the weight of each in a sum over all groups; 0 of those to check.
        single: which of them are groups by themselves.
    """

    count: Array
    single: NDArray[np.bool_]
    _evidence: _Evidence
    _square: Square
    _place: Array  # of the distinct groups, some corner of those that are by themselves
    _alone: Index
    _checked: Index

    def at(self, nodes: Conditionals) -> Conditionals:
        """Their conditionals in the place of those of the groups."""
        some = self._evidence.place[:, np.concatenate([self._alone, self._checked])]
        groups = self._evidence.conditionals(np.concatenate([self._square.points, some], axis=1), nodes)
        return replace(nodes, groups=groups, where=np.arange(len(self.count)))

    def of_groups(self, values: Array, some: slice) -> Array:
        """Values of some of the distinct groups from those of the kinds: (kinds, values) to (groups, values)."""
        points, alone = self._parts(values)[:2]
        out = self._square.between(points, self._place[:, some])
        first, last, _ = some.indices(self._place.shape[1])
        here = slice(*np.searchsorted(self._alone, [first, last]).tolist())
        out[self._alone[here] - first] = alone[here]
        return out

    def off(self, values: Array) -> float:
        """How far off what is interpolated may be: several times what it is of the groups that are checked."""
        points, _, checked = self._parts(values)
        off = np.abs(self._square.between(points, self._place[:, self._checked]) - checked)
        return _LEAST + _SAFE * float(off.max())

    def _parts(self, values: Array) -> list[Array]:
        """Those of the points, of the groups by themselves and of those that are checked."""
        alone = len(values) - len(self._checked) - len(self._alone)
        return np.split(values, [alone, len(values) - len(self._checked)])


def kinds(known: Known, nodes: Conditionals) -> Kinds | None:
    """The kinds of the groups of a fit; None where groups are few, or their data too far apart for it to pay."""
    distinct = nodes.groups.shape[0]
    if distinct < _FEWEST:
        return None
    count = np.bincount(nodes.where, minlength=distinct).astype(float)
    evidence = _evidence(known, nodes)
    main = nodes.groups.part((slice(None), int(np.argmax(nodes.probability))))
    if _doubtful(main, count) < _DOUBTFUL:
        return None
    far = _far_out(main, count)
    near = np.all(np.isfinite(evidence.place), axis=0) & ~far
    found = min((_rectangle(evidence, near, limit) for limit in _limits(evidence)), key=lambda each: each.kinds)
    if found.kinds > _WORTH * distinct:
        return None
    rest, square = found.inside, found.square
    place = np.where(rest, evidence.place, square.low[:, None])
    alone, weights = np.flatnonzero(~rest), square.weights(place[:, rest], count[rest])
    checked = np.flatnonzero(rest)[np.argsort(evidence.weight(place[0, rest]))]  # those that know most are the hardest
    checked = np.unique([*checked[np.linspace(0, len(checked) - 1, _CHECKED).astype(int)], *checked[-_CHECKED:]])
    single = np.arange(len(weights) + len(alone) + len(checked)) >= len(weights)
    every = np.concatenate([weights, count[alone], np.zeros(len(checked))])
    return Kinds(every, single, evidence, square, place, alone, checked)


@dataclass(frozen=True)
class _Rectangle:
    """A rectangle, and which groups are inside; the others are by themselves."""

    square: Square
    inside: NDArray[np.bool_]

    @property
    def kinds(self) -> float:
        """How many kinds there are with it."""
        return math.prod(self.square.sizes) + float(np.count_nonzero(~self.inside))


def _limits(evidence: _Evidence) -> Array:
    """Weights of a group's own data up to which groups may be in the rectangle."""
    weight = evidence.weight(evidence.place[0])
    return np.unique(np.quantile(weight, _SHARES, method="lower"))


def _rectangle(evidence: _Evidence, near: NDArray[np.bool_], limit: float) -> _Rectangle:
    """The rectangle of the groups that are near, and whose own data have no more than so much weight."""
    inside = near & (evidence.weight(evidence.place[0]) <= limit)
    if not inside.any():
        return _Rectangle(Square(np.zeros(2), np.ones(2), (1, 1)), inside)
    low, high = evidence.place[:, inside].min(axis=1), evidence.place[:, inside].max(axis=1)
    half = np.maximum(0.5 * (high - low), _NARROWEST)
    low, high = 0.5 * (low + high) - half, 0.5 * (low + high) + half
    rho = _SINGULAR / half[0] + math.hypot(1.0, _SINGULAR / half[0])
    knowing = _KNOWING + math.ceil(_DIGITS / math.log(rho))
    rest = max(1.0 - float(evidence.weight(evidence.place[0, inside]).max()), _NONE)
    across = _ACROSS + math.ceil(min(_EACH * math.sqrt(_DIGITS) * half[1] / math.sqrt(rest), 1e9))
    return _Rectangle(Square(low, high, (knowing, across)), inside)


def _doubtful(every: Each, count: Array) -> float:
    """The variance of the number of groups above the middle of all, at one node."""
    above = ndtr((every.middle - np.median(every.middle)) / every.spread)
    return float(count @ (above * (1.0 - above)))


def _far_out(every: Each, count: Array) -> NDArray[np.bool_]:
    """Which groups may well be among the first few, or the last, by their conditionals at one node: (groups)."""
    highest = _edge(every.middle, every.spread, count)
    lowest = -_edge(-every.middle, every.spread, count)
    return np.asarray((every.sf(np.array(highest)) > _SEEN) | (every.cdf(np.array(lowest)) > _SEEN))


def _edge(middle: Array, spread: Array, count: Array) -> float:
    """The z above which a few groups are on average."""
    low, high = float((middle - _REACH * spread).min()), float((middle + _REACH * spread).max())
    for _ in range(_HALVINGS):
        z = 0.5 * (low + high)
        if float(count @ ndtr((middle - z) / spread)) > _AHEAD:
            low = z
        else:
            high = z
    return high


class _Evidence(ABC):
    """What the groups of a fit say, as places in the plane, and the conditionals of groups at other places."""

    place: Array

    @abstractmethod
    def weight(self, knowing: Array) -> Array:
        """The weight of a group's own data in its posterior mean, from its first coordinate."""

    @abstractmethod
    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        """The conditionals at nodes of groups with the data of places, (2, groups): (groups, nodes)."""

    def _standardised(self, knowing: Array, away: Array) -> Array:
        """Places of groups, from how far they are away in their own standard errors."""
        return np.stack([knowing, away * np.sqrt(1.0 - self.weight(knowing))])

    def _away(self, place: Array) -> Array:
        return np.asarray(place[1] / np.sqrt(1.0 - self.weight(place[0])))


class _Counts(_Evidence):
    def __init__(self, trials: Array, successes: Array, concentration: float) -> None:
        self._common = math.asin(math.sqrt(successes.sum() / trials.sum()))
        self._log_concentration = math.log(concentration)
        own = np.arctan2(np.sqrt(successes), np.sqrt(trials - successes))
        self.place = self._standardised(np.log(trials), 2.0 * np.sqrt(trials) * (own - self._common))

    def weight(self, knowing: Array) -> Array:
        return np.asarray(expit(knowing - self._log_concentration))

    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        n = np.exp(place[0])
        share = np.sin(self._common + 0.5 * self._away(place) / np.sqrt(np.maximum(n, _NONE))) ** 2
        assert isinstance(nodes.population, Betas)
        return conjugate_betas(n * share, n * (1.0 - share), nodes.population.a, nodes.population.b)


class _Events(_Evidence):
    def __init__(self, exposure: Array, events: Array, rate: float) -> None:
        self._common, self._log_rate = events.sum() / exposure.sum(), math.log(rate)
        away = 2.0 * (np.sqrt(events) - np.sqrt(self._common * exposure))
        self.place = self._standardised(np.log(exposure), away)

    def weight(self, knowing: Array) -> Array:
        return np.asarray(expit(knowing - self._log_rate))

    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        events = (np.sqrt(self._common * np.exp(place[0])) + 0.5 * self._away(place)) ** 2
        assert isinstance(nodes.population, Gammas)
        return conjugate_gammas(events, place[0], nodes.population.a, nodes.population.log_s)


class _Estimates(_Evidence):
    """Also means of measurements, whose standard errors go with their scatter, sigma."""

    def __init__(self, estimate: Array, se: Array, sd: float) -> None:
        weight = np.where(se > 0.0, se, np.inf) ** -2.0
        self._common, self._sd = float(weight @ estimate / weight.sum()), sd
        self.place = self._standardised(np.log(se), (estimate - self._common) / se)

    def weight(self, knowing: Array) -> Array:
        return np.asarray(self._sd**2 / (self._sd**2 + np.exp(2.0 * knowing)))

    def conditionals(self, place: Array, nodes: Conditionals) -> Each:
        population = nodes.population
        assert isinstance(population, Normals)
        se = np.exp(place[0])
        y = (self._common + se * self._away(place) - population.origin) / population.unit
        noise = nodes.phi["sigma"] if "sigma" in nodes.phi else np.ones(1)
        return conjugate_normals(y, se[:, None] * noise / population.unit, population)


def _evidence(known: Known, nodes: Conditionals) -> _Evidence:
    """What the distinct groups say."""
    first = np.unique(nodes.where, return_index=True)[1]
    data = {role: np.asarray(values, dtype=float)[first] for role, values in known.data.statistics.items()}
    main = {name: float(values[np.argmax(nodes.probability)]) for name, values in nodes.phi.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        if "successes" in data:
            return _Counts(data["trials"], data["successes"], main["concentration"])
        if "events" in data:
            return _Events(data["exposure"], data["events"], main["rate"])
        if "se" in data:
            return _Estimates(data["estimate"], data["se"], main["sd"])
        return _Estimates(data["mean"], 1.0 / np.sqrt(data["n"]), main["sd"] / main["sigma"])
