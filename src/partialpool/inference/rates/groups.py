"""Posterior quantiles of groups: mixtures of gamma distributions over the lines of the hyperposterior.

On each line the points are those of its lattice, or of one fine beside the conditionals of groups. Where these are
narrow beside the line's own posterior of the mean (a shape far above the total number of events) the line is kept
whole, and its distribution function smoothed by the conditional.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool import special
from partialpool.averaging.curves import SHARP, Layer, completed, sampled
from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.inference.rates.lines import Lines
from partialpool.inference.rates.narrow import Line, smoothed
from partialpool.inference.rates.thinning import Wide, few_for, thinned, wide
from partialpool.integrate.invert import HALLEY, invert
from partialpool.integrate.line import STRETCH
from partialpool.integrate.marginal import Marginal
from partialpool.marginals.gamma_moments import group_moments
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import Point
from partialpool.special import HALF_LOG_2PI, Array, Index, row_sums

_RESOLVED, _FINEST = 0.8, 16.0
_UNSEEN, _NEGLIGIBLE = 1e-13, 1e-17
_BAND = 9.0
_SDS, _LEAST_BEND = 6.0, 1e-3  # a grid resolves the sharpest component within so many sds of the mixture
_LARGEST = 690.0
_FARTHEST, _PATIENT = 1e4, 1e-10
_PAIRS_AT_ONCE = 256
_BLOCK, _NOTHING = 64, 80.0  # points of a grid taken together; below e^-80 a density is nothing
_BESIDE = 0.5  # of one, that the rate over the shape is off
_NEAR_MEAN = 1.0  # of the mean of logs


@dataclass(frozen=True)
class GroupRule:
    """Nodes for the distribution functions of groups, and the lines that stay whole."""

    point: Point
    probability: Array
    narrow: tuple[Line, ...]

    def every_node(self, hyper: Hyperposterior) -> tuple[Point, Array]:
        """The nodes with their probabilities, those of the whole lines among them."""
        points, masses = [self.point], [self.probability]
        for line in self.narrow:
            at, mass = _lattice(hyper, line.x, line.marginal, 1)
            points.append(at)
            masses.append(line.probability * mass)
        return _joined(points), np.concatenate(masses)


def group_rule(
    hyper: Hyperposterior, lines: Lines, widths: Pairs, digits: float | None = None, least: int = 4
) -> GroupRule:
    """The rule on these lines, fit for the conditionals of `widths` (a few typical pairs).

    digits: with Gauss nodes along a line, where the conditionals are wide, for that accuracy; at least so many.
    """
    sampled_rows = lines.rows
    parts: list[tuple[Point, Array]] = []
    few: list[Wide] = []
    narrow = []
    for i, x in enumerate(sampled_rows.x):
        share = float(lines.probability[i])
        if share < _NEGLIGIBLE:
            continue
        marginal = Marginal(
            float(sampled_rows.centre[i]), float(sampled_rows.width[i]), sampled_rows.u, sampled_rows.density[i]
        )
        at, mass = _lattice(hyper, float(x), marginal, 1)
        coarse = _coarseness(at, share * mass, widths)
        size = None if digits is None else few_for(at, mass, widths, digits, least)
        if coarse > _FINEST:
            narrow.append(Line(float(x), share, marginal, float(sampled_rows.log_mass[i])))
        elif coarse <= 1.0 and size is not None and size < len(mass):
            few.append(wide(hyper, float(x), at, mass, share, size))
        else:
            at, mass = _lattice(hyper, float(x), marginal, int(np.ceil(coarse))) if coarse > 1.0 else (at, mass)
            parts.append((at, share * mass))
    parts += thinned(hyper, few)
    kept = [(at.subset(p > _NEGLIGIBLE), p[p > _NEGLIGIBLE]) for at, p in parts]
    return GroupRule(
        _joined([at for at, _ in kept]), np.concatenate([p for _, p in kept] or [np.zeros(0)]), tuple(narrow)
    )


def _joined(points: list[Point]) -> Point:
    parts = ([getattr(at, name) for at in points] or [np.zeros(0)] for name in Point.__dataclass_fields__)
    return Point(*(np.concatenate(part) for part in parts))


def _lattice(hyper: Hyperposterior, x: float, marginal: Marginal, refine: int) -> tuple[Point, Array]:
    live = np.flatnonzero(marginal.density > _NEGLIGIBLE * np.max(marginal.density))
    kept = slice(max(live[0] - 1, 0), live[-1] + 2)
    u, mass = marginal.t[kept], marginal.density[kept]
    if refine > 1:
        u = np.linspace(u[0], u[-1], refine * (len(u) - 1) + 1)
        mass = marginal.pdf_t(u)
    at = hyper.chart.at(np.full(u.shape, x), marginal.place(u)).limited
    return at, mass / mass.sum()


def _coarseness(at: Point, mass: Array, pairs: Pairs) -> float:
    """The largest step of log of the conditional mean beside the conditional sd of log(theta)."""
    some = mass > _UNSEEN
    if np.count_nonzero(some) < 2:
        return 0.0
    shape, rate = (np.exp(np.clip(log, -_LARGEST, _LARGEST))[some] for log in (at.log_shape, at.log_rate))
    a, s = pairs.events[:, None] + shape, pairs.exposure[:, None] + rate
    step = np.abs(np.diff(np.log(a) - np.log(s), axis=1))
    return float(np.max(step * np.sqrt(np.minimum(a[:, 1:], a[:, :-1]))) / _RESOLVED)


# --- distribution functions


@dataclass(frozen=True)
class Mixtures:
    """P(log theta <= z) for some pairs, by densities sampled on grids and the narrow lines."""

    hyper: Hyperposterior
    rule: GroupRule
    pairs: Pairs

    @cached_property
    def _layers(self) -> tuple[Layer, ...]:
        size = np.exp(np.minimum(self.rule.point.log_shape, _LARGEST)) + float(self.pairs.events.min())
        if not len(size):
            return ()
        order = np.argsort(size)
        running = np.cumsum(self.rule.probability[order])
        middle = size[order][np.searchsorted(running, 0.5 * running[-1])]
        band = np.maximum(np.ceil(np.log(size / middle) / np.log(_BAND)), 1.0)
        return tuple(
            _layer(self.rule.point.subset(band == b), self.rule.probability[band == b], self.pairs)
            for b in np.unique(band)
        )

    def start(self, level: float) -> Array:
        """Near the quantiles at a level: those of gamma distributions with the same mean and sd."""
        p = self.rule.probability / self.rule.probability.sum()
        of = group_moments(self.pairs, self.rule.point, p)
        with np.errstate(all="ignore"):
            shape = np.clip((of.mean / of.sd) ** 2, 1e-3, 1e12)
            z = np.log(sc.gammaincinv(shape, level) / shape * of.mean)
            own = np.log(self.pairs.events + 0.5) - np.log(self.pairs.exposure)
        return np.where(np.isfinite(z), z, np.where(np.isfinite(own), own, 0.0))

    def at(self, z: Array, which: Index) -> Array:
        """Distribution function, density and its slope at one z for each of `which` pairs: (3, points)."""
        out = np.zeros((3, len(z)))
        with np.errstate(all="ignore"):  # far from where a mixture lives; the search then halves its bracket
            for layer in self._layers:
                out += layer.at(z, which)
            for line in self.rule.narrow:
                y, e = self.pairs.events[which], self.pairs.exposure[which]
                out[:2] += line.probability * np.stack(smoothed(self.hyper, line, z, y, e))
        return out

    def quantiles(self, levels: Array) -> Array:
        """Logs of the quantiles at the levels: (levels, pairs)."""
        count = len(self.pairs.count)
        which = np.tile(np.arange(count), len(levels))
        start = np.concatenate([self.start(level) for level in levels])
        near = _PATIENT if self.rule.narrow else HALLEY
        p = np.repeat(levels, count)
        return invert(lambda x, i: self.at(x, which[i]), p, start, -_FARTHEST, _FARTHEST, near).reshape(-1, count)

    def disagreement(self, z: Array, levels: Array) -> float:
        """The largest |F(z) - level| at quantiles z found elsewhere: (levels, pairs)."""
        which = np.tile(np.arange(len(self.pairs.count)), len(levels))
        gap = np.abs(self.at(z.ravel(), which)[0].reshape(z.shape) - levels[:, None])
        return float(np.max(np.nan_to_num(gap, nan=np.inf)))  # what is no number confirms nothing


@dataclass(frozen=True)
class _Grid:
    """What it takes to evaluate mixture densities of t, where log theta = centre + scale sinh(bend t)/bend."""

    probability: Array
    shape: Array  # of the conditionals: (pairs, nodes)
    rate: Array  # times exp(centre), of those that have their peak near the centre
    far: Array  # the same, of the others: what is rate (1 - e^z) and a constant with +rate would cancel
    constant: Array
    centre: Array
    scale: Array
    bend: float

    def density(self, t: Array) -> Array:
        away = self.scale[:, None] * (np.sinh(self.bend * t) / self.bend)
        out = np.empty(away.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            for k, points in enumerate(away):
                if len(points) <= 2 * _BLOCK:
                    out[k] = self._sums(k, points, slice(None))
                    continue
                for i in range(0, len(points), _BLOCK):
                    block = points[i : i + _BLOCK]
                    out[k, i : i + _BLOCK] = self._sums(k, block, self._seen(k, block))
        return out * self.scale[:, None] * np.cosh(self.bend * t)

    def _sums(self, k: int, away: Array, some: slice | Index) -> Array:
        """The mixture density of one pair, over some of the nodes."""
        up = np.minimum(away, _LARGEST)
        power = np.stack([away, -np.expm1(up), -np.exp(up), np.ones(away.shape)], axis=1)
        of = self.shape, self.rate, self.far, self.constant
        exponent = power @ np.stack([part[k, some] for part in of])
        out = row_sums(np.exp(exponent, out=exponent), self.probability[some])
        return row_sums(np.nan_to_num(exponent), self.probability[some]) if np.isnan(out).any() else out

    def _seen(self, k: int, away: Array) -> Index:
        """The nodes whose densities, which have one peak each, are anything at some of the points, in order."""
        shape, rate, far = self.shape[k], self.rate[k], self.far[k]
        nearest = np.minimum(np.clip(np.log(shape / (rate + far)), away[0], away[-1]), _LARGEST)
        highest = shape * nearest - rate * np.expm1(nearest) - far * np.exp(nearest) + self.constant[k]
        return np.flatnonzero(~(highest < -_NOTHING))


def _layer(point: Point, probability: Array, pairs: Pairs) -> Layer:
    total = float(probability.sum())
    shape, rate = (np.exp(np.clip(log, -_LARGEST, _LARGEST)) for log in (point.log_shape, point.log_rate))
    a, s = pairs.events[:, None] + shape, pairs.exposure[:, None] + rate
    of = group_moments(pairs, point, probability / total)
    with np.errstate(all="ignore"):
        rough = row_sums(np.log(a) - np.log(s), probability) / total
        near = np.log(of.mean) - rough < _NEAR_MEAN  # and not a mean that a far tail has carried away
        centre = np.where(near, np.log(of.mean), rough)
        scale = np.where(near, np.clip(of.sd / of.mean, 1e-9, 1.0), 1.0)
    ratio = s * np.exp(centre)[:, None]
    largest = np.sqrt(np.min(1.0 / a, axis=1)) / SHARP  # scale of a grid that the sharpest component still allows
    spread = np.nan_to_num(scale, nan=1.0)
    scale = np.minimum(spread, largest)
    room = np.sqrt((1.25 * largest / scale) ** 2 - 1.0)
    bend = float(np.clip(np.min(room * scale / (_SDS * spread)), _LEAST_BEND, STRETCH))
    near = np.abs(ratio / a - 1.0) < _BESIDE
    rates = np.where(near, ratio, 0.0), np.where(near, 0.0, ratio)
    grid = _Grid(probability, a, *rates, _constant(a, ratio, near), centre, scale, bend)
    return completed(sampled(grid, bend), total)  # to the right densities of log(theta) fall like e^(-e^z)


def _constant(a: Array, ratio: Array, near: NDArray[np.bool_]) -> Array:
    """a log(ratio) - lgamma(a), minus the ratio where its peak is near: the log density there, nothing large in it."""
    with np.errstate(all="ignore"):
        close, far = special.log1p_minus(np.where(near, ratio / a - 1.0, 0.0)), np.log(ratio / a) + 1.0
        spread = a * np.where(near, close, far)
    return np.asarray(spread + special.half_log_minus_remainder(a, np.log(a)) - HALF_LOG_2PI)


# --- quantiles


def quantiles(hyper: Hyperposterior, rule: GroupRule, pairs: Pairs, levels: Array) -> Array:
    """Logs of the quantiles of each pair's theta at the levels: (levels, pairs)."""
    out = np.empty((len(levels), len(pairs.count)))
    order = np.argsort(pairs.events, kind="stable")
    for i in range(0, len(order), _PAIRS_AT_ONCE):
        part = order[i : i + _PAIRS_AT_ONCE]
        few = Pairs(pairs.events[part], pairs.exposure[part], pairs.count[part])
        out[:, part] = Mixtures(hyper, rule, few).quantiles(levels)
    return out
