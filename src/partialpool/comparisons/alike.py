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
from scipy.special import expit

from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.distributions.conjugate import conjugate_betas, conjugate_gammas, conjugate_normals
from partialpool.integrate.square import Square
from partialpool.known import Known
from partialpool.special import Array, Index

_FEWEST = 1500
"""Groups that differ from where it pays."""

_WORTH = 0.5  # points a group, up to which it does
_DIGITS = 14.0  # natural digits of what is interpolated
_KNOWING = 8  # points at least along how much a group knows
_SINGULAR = np.pi  # how far from the real line functions of log n are singular: 1 + n/concentration is 0 there
_ACROSS, _EACH = 10, 0.75  # points across at least, and for each standard error and root of the digits
_NONE = 1e-300
_NARROWEST = 1e-3  # side of the rectangle
_AHEAD, _SEEN = 60.0, 0.03  # groups beyond a theta where groups stand for themselves that are there so probably
_HALVINGS = 40
_CHECKED = 64
_SAFE = 4.0


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
    _place: Array  # of the distinct groups
    _alone: Index
    _checked: Index

    def at(self, nodes: Conditionals) -> Conditionals:
        """Their conditionals in the place of those of the groups."""
        some = self._place[:, np.concatenate([self._alone, self._checked])]
        groups = self._evidence.conditionals(np.concatenate([self._square.points, some], axis=1), nodes)
        return replace(nodes, groups=groups, where=np.arange(len(self.count)))

    def spread(self, values: Array) -> tuple[Array, float]:
        """Values of every group from those of the kinds, (kinds, values), and how far off the ones to check are."""
        ends = len(values) - len(self._checked) - len(self._alone), len(values) - len(self._checked)
        points, alone, checked = np.split(values, ends)
        out = self._square.between(points, self._place)
        off = np.abs(out[self._checked] - checked)
        out[self._alone] = alone
        return out, _SAFE * float(off.max(initial=0.0))


def kinds(known: Known, nodes: Conditionals) -> Kinds | None:
    """The kinds of the groups of a fit; None where groups are few, or their data too far apart for it to pay."""
    distinct = nodes.groups.shape[0]
    if distinct < _FEWEST:
        return None
    count = np.bincount(nodes.where, minlength=distinct).astype(float)
    evidence = _evidence(known, nodes)
    place = evidence.place
    some: NDArray[np.bool_] = np.all(np.isfinite(place), axis=0)
    low, high = place[:, some].min(axis=1), place[:, some].max(axis=1)
    if (high - low).min() < _NARROWEST:
        return None
    square = Square(low, high, _sizes(0.5 * (high - low), float(evidence.weight(place[0, some]).max())))
    if math.prod(square.sizes) > _WORTH * distinct:
        return None
    rest = some & ~_far_out(evidence, square, nodes, count, some)
    alone = np.flatnonzero(~rest)
    weights = square.weights(place[:, rest], count[rest])
    checked = np.flatnonzero(rest)[np.linspace(0, rest.sum() - 1, _CHECKED).round().astype(np.intp)]
    single = np.arange(len(weights) + len(alone) + len(checked)) >= len(weights)
    every = np.concatenate([weights, count[alone], np.zeros(len(checked))])
    return Kinds(every, single, evidence, square, place, alone, checked)


def _sizes(half: Array, weight: float) -> tuple[int, int]:
    """How many points along the sides of a rectangle, from half of these and the largest weight of own data."""
    rho = _SINGULAR / half[0] + math.hypot(1.0, _SINGULAR / half[0])
    knowing = _KNOWING + math.ceil(_DIGITS / math.log(rho))
    across = _ACROSS + math.ceil(_EACH * math.sqrt(_DIGITS) * half[1] / math.sqrt(1.0 - weight))
    return knowing, across


def _far_out(
    evidence: _Evidence, square: Square, nodes: Conditionals, count: Array, some: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which groups may well be among the first few, or the last. some: those in the rectangle."""
    node = np.array([int(np.argmax(nodes.probability))])
    main = replace(nodes, population=nodes.population.part(node), phi={k: x[node] for k, x in nodes.phi.items()})
    points, every = (evidence.conditionals(place, main) for place in (square.points, evidence.place))
    weights = square.weights(evidence.place[:, some], count[some])
    low, high = float((every.middle - every.spread).min()), float((every.middle + every.spread).max())
    found = np.zeros(len(count), dtype=bool)
    for beyond, own, inner, outer in ((points.sf, every.sf, low, high), (points.cdf, every.cdf, high, low)):
        many, few = inner, outer
        for _ in range(_HALVINGS):
            middle = 0.5 * (many + few)
            enough = float(weights @ beyond(np.array(middle))[:, 0]) > _AHEAD
            many, few = (middle, few) if enough else (many, middle)
        found |= own(np.array(few))[:, 0] > _SEEN
    return found


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
        weight = 1.0 / se**2
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
