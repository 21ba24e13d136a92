"""Posterior quantiles of groups: mixtures of gamma distributions over the lines of the hyperposterior.

On each line the points are those of its lattice, or of one fine beside the conditionals of groups. Where these are
narrow beside the line's own posterior of the mean (a shape far above the total number of events) the line is kept
whole, and its distribution function smoothed by the conditional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.distributions import Gammas, conjugate_gammas
from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.inference.rates.lines import Lines
from partialpool.inference.rates.narrow import Line, smoothed
from partialpool.inference.rates.thinning import Wide, few_for, thinned, wide
from partialpool.integrate.chunks import chunks
from partialpool.integrate.invert import HALLEY, invert
from partialpool.integrate.marginal import Marginal
from partialpool.marginals.gamma_moments import group_moments
from partialpool.marginals.gamma_poisson import Pairs
from partialpool.populations.gamma import Point
from partialpool.special import Array, Index, row_sums

_RESOLVED, _FINEST = 0.8, 16.0
_UNSEEN, _NEGLIGIBLE = 1e-13, 1e-17
_LARGEST = 690.0
_FARTHEST, _PATIENT = 1e4, 1e-10
_PAIRS_AT_ONCE = 256


@dataclass(frozen=True)
class GroupRule:
    """Nodes for the distribution functions of groups, and the lines that stay whole."""

    point: Point
    probability: Array
    narrow: tuple[Line, ...]

    def every_node(self, hyper: Hyperposterior, refine: int = 1) -> tuple[Point, Array]:
        """The nodes with their probabilities, those of the whole lines among them; refine: how much finer these are."""
        points, masses = [self.point], [self.probability]
        for line in self.narrow:
            at, mass = _lattice(hyper, line.x, line.marginal, refine)
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


def conditionals_of(pairs: Pairs, at: Point) -> Gammas:
    """theta of each pair given each node: (pairs, nodes)."""
    at = at.limited
    with np.errstate(divide="ignore"):
        log_exposure = np.log(pairs.exposure)
    return conjugate_gammas(pairs.events, log_exposure, np.exp(at.log_shape), at.log_rate)


@dataclass(frozen=True)
class Mixtures:
    """P(log theta <= z) for some pairs: averages over the nodes of gamma distributions, and the narrow lines."""

    hyper: Hyperposterior
    rule: GroupRule
    pairs: Pairs

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
        for some in chunks(len(z), len(self.rule.probability)):
            of, at = self._parts.part(which[some]), z[some, None]
            with np.errstate(all="ignore"):  # far from where a mixture lives; the search then halves its bracket
                density = np.exp(of.log_density(at))
                slope = np.nan_to_num(density * of.log_slope(at))
                out[:, some] = row_sums(np.stack([of.cdf(at), density, slope]), self.rule.probability)
        for line in self.rule.narrow:
            y, e = self.pairs.events[which], self.pairs.exposure[which]
            with np.errstate(all="ignore"):
                out[:2] += line.probability * np.stack(smoothed(self.hyper, line, z, y, e))
        return out

    def quantiles(self, levels: Array, start: Array | None = None) -> Array:
        """Logs of the quantiles at the levels: (levels, pairs); start: roughly these."""
        count = len(self.pairs.count)
        which = np.tile(np.arange(count), len(levels))
        start = np.stack([self.start(level) for level in levels]) if start is None else start
        near = _PATIENT if self.rule.narrow else HALLEY
        p = np.repeat(levels, count)
        z = invert(lambda x, i: self.at(x, which[i]), p, start.ravel(), -_FARTHEST, _FARTHEST, near)
        return z.reshape(-1, count)

    def disagreement(self, z: Array, levels: Array) -> float:
        """The largest |F(z) - level| at quantiles z found elsewhere, (levels, pairs); a theta of 0 may leave more."""
        which = np.tile(np.arange(len(self.pairs.count)), len(levels))
        gap = self.at(z.ravel(), which)[0].reshape(z.shape) - levels[:, None]
        gap = np.abs(np.where((z <= -_FARTHEST) & (gap > 0.0), 0.0, gap))
        return float(np.max(np.nan_to_num(gap, nan=np.inf)))  # what is no number confirms nothing

    @cached_property
    def _parts(self) -> Gammas:
        """The conditionals: (pairs, nodes)."""
        return conditionals_of(self.pairs, self.rule.point)


# --- quantiles


def quantiles(hyper: Hyperposterior, rule: GroupRule, pairs: Pairs, levels: Array) -> Array:
    """Logs of the quantiles of each pair's theta at the levels: (levels, pairs)."""
    out = np.empty((len(levels), len(pairs.count)))
    for part, few in _in_chunks(pairs):
        out[:, part] = Mixtures(hyper, rule, few).quantiles(levels)
    return out


def below(hyper: Hyperposterior, rule: GroupRule, pairs: Pairs, z: float) -> Array:
    """P(log theta <= z) of each pair."""
    out = np.empty(len(pairs.count))
    for part, few in _in_chunks(pairs):
        out[part] = Mixtures(hyper, rule, few).at(np.full(len(part), z), np.arange(len(part)))[0]
    return out


def _in_chunks(pairs: Pairs) -> Iterator[tuple[Index, Pairs]]:
    """Pairs of about the same number of events, a few at a time, and which they are."""
    order = np.argsort(pairs.events, kind="stable")
    for i in range(0, len(order), _PAIRS_AT_ONCE):
        part = order[i : i + _PAIRS_AT_ONCE]
        yield part, pairs.subset(part)
