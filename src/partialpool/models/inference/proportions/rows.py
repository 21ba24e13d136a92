"""The conditionals of theta along rows of constant concentration, for `averaging`.

Where a row's conditionals are narrow: theta ~ Beta(y + alpha, f + beta) for a group with y successes and f failures,
where alpha + beta = kappa is fixed. Its conditional mean is m = (y + alpha)/s with s = y + f + kappa. On the scale of
the angle arcsin(sqrt(m)) the conditional's sd is 1/(2 sqrt(s)) everywhere: theta <= x is certain where the angle is
many sds below that of x, and impossible where it is as many above. Between the two, Gauss-Legendre integrates. Near the
least angle (alpha = 0) or the greatest (beta = 0) the density may be a power of alpha or of beta, and the integral is
over the log of the distance from that end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Betas, conjugate_betas
from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.distributions.marginals.beta_moments import moments
from partialpool.distributions.populations.beta import Chart, Point
from partialpool.distributions.populations.beta_distribution import logit_quantile
from partialpool.engine.mixtures.source import Doubt, Map, Maps, Nodes, Source
from partialpool.quadrature.near_ends import between, from_an_end, joined
from partialpool.special import Array, Index, log_sigmoids

_SHARPEST = 1e8  # trials beyond which gamma functions do not give a density enough digits
_INSIDE, _NEAR_END = (22, 7.5), (34, 12.0)  # points on each side of x, and how many sds of the conditional they cover
_LEAST = 1e-16  # distance from an end, in sds, within which nothing changes
_LARGEST = 700.0
_TINY, _ROUNDING = 1e-300, 1e-12


@dataclass(frozen=True)
class Proportions(Source):
    """The posterior of mean and concentration, and the conditionals of theta given them.

    log_posterior: log density with respect to d mean d concentration.
    """

    chart: Chart
    log_posterior: Callable[[Point], Array]

    def log_first(self, x: Array) -> Array:
        return self.chart.log_kappas.value(x)

    def coordinate(self, log_first: Array) -> Array:
        return self.chart.log_kappas.coordinate(log_first)

    def at(self, x: Array, y: Array) -> Point:
        return self.chart.at(x, y)

    def conditionals(self, cells: BinomialCells, at: Point) -> Betas:
        alpha, beta = (np.exp(np.minimum(log, _LARGEST)) for log in (at.log_alpha, at.log_beta))
        return conjugate_betas(cells.successes, cells.failures, alpha, beta)

    def start(self, nodes: Nodes, cells: BinomialCells, levels: Array) -> Array:
        """Approximate each quantile by that of a beta distribution with the same mean and sd."""
        found = moments(nodes.point, nodes.probability, cells)
        mean, other = np.clip(found.mean, _TINY, 1.0), np.clip(found.other, _TINY, 1.0)
        size = np.maximum(mean * other / np.maximum(found.sd, _TINY) ** 2 - 1.0, 1e-6)
        return np.stack([logit_quantile(np.full(len(mean), level), size * mean, size * other) for level in levels])

    def location(self, at: Point) -> Array:
        return at.log_mean - at.log_other

    def located(self, log_first: float, z: Array) -> Point:
        return Point(*log_sigmoids(z), np.full(z.shape, log_first))

    def middle(self, log_first: Array, median: Array, cells: BinomialCells) -> Array:
        """The z at which the mean is 1/2."""
        return np.zeros(median.shape)

    def sampled(self, cells: BinomialCells) -> bool:
        return bool(np.max(cells.trials) <= _SHARPEST)

    def order(self, cells: BinomialCells) -> Array:
        return cells.trials

    def maps(self, cells: BinomialCells) -> Maps | None:
        if cells.trials.min() < 1.0:
            return None
        phi = float(np.arcsin(np.sqrt(cells.successes @ cells.count / (cells.trials @ cells.count))))
        of_failures = len(np.unique(cells.failures)) < len(np.unique(cells.successes))
        return Maps(_Lines(of_failures), _Plane(phi))

    def in_doubt(self, log_first: Array, z: Array, cells: BinomialCells) -> Iterator[tuple[Index, Doubt]]:
        """Points by the angle of the conditional mean, with more of them near an end."""
        z, y, f = z[:, None], cells.successes[:, None], cells.failures[:, None]
        kappa = np.exp(np.minimum(log_first, _LARGEST))[:, None]
        angles = _angles(kappa, y, f)
        near_end = (np.minimum(*angles.of(z)) < (_NEAR_END[1] + 1.0) * angles.sd)[:, 0]
        for some, across in ((np.flatnonzero(near_end), _NEAR_END), (np.flatnonzero(~near_end), _INSIDE)):
            if len(some):
                points = _points(_angles(kappa[some], y[some], f[some]), z[some], *across)
                log_odds = np.log(np.maximum(points.alpha, _TINY)) - np.log(np.maximum(points.beta, _TINY))
                place = self.chart.logits.coordinate(log_odds)
                with np.errstate(all="ignore"):
                    weight = points.weight * self.chart.slope(place) * (1.0 / points.alpha + 1.0 / points.beta)
                yield some, Doubt(Betas(y[some] + points.alpha, f[some] + points.beta), place, weight)


@dataclass(frozen=True)
class _Lines(Map):
    """Pairs by the successes and log(failures + 1), or the other way round."""

    of_failures: bool

    def place(self, cells: BinomialCells) -> Array:
        few, many = cells.successes, cells.failures
        return np.stack([many, np.log1p(few)] if self.of_failures else [few, np.log1p(many)])

    def cells(self, place: Array) -> BinomialCells:
        few, many = place[0], np.expm1(place[1])
        return BinomialCells(*((many, few) if self.of_failures else (few, many)), np.ones(len(few)))


@dataclass(frozen=True)
class _Plane(Map):
    """Pairs by log(n) and v = 2 sqrt(n) (arcsin(sqrt(y/n)) - phi)."""

    phi: float

    def place(self, cells: BinomialCells) -> Array:
        angle = np.arctan2(np.sqrt(cells.successes), np.sqrt(cells.failures))
        return np.stack([np.log(cells.trials), 2.0 * np.sqrt(cells.trials) * (angle - self.phi)])

    def cells(self, place: Array) -> BinomialCells:
        log_n, v = place
        n = np.exp(log_n)
        share = np.sin(self.phi + 0.5 * v / np.sqrt(n)) ** 2
        return BinomialCells(n * share, n * (1.0 - share), np.ones(len(n)))


# --- narrow rows


@dataclass(frozen=True)
class _Angles:
    """The range of a row's conditional means as angles, for groups in a column: (groups, 1).

    floor: the least angle; ceiling: a right angle minus the greatest angle.
    """

    s: Array
    floor: Array
    ceiling: Array

    @property
    def span(self) -> Array:
        """Distance from the least angle to the greatest."""
        return np.maximum(0.5 * np.pi - self.ceiling - self.floor, 0.0)

    @property
    def sd(self) -> Array:
        """Sd of the conditional, as an angle."""
        return 0.5 / np.sqrt(self.s)

    def of(self, logit: Array) -> tuple[Array, Array]:
        """Distances of the angles of these theta from the least angle and from the greatest."""
        logit = np.clip(logit, -_LARGEST, _LARGEST)
        return np.arctan(np.exp(0.5 * logit)) - self.floor, np.arctan(np.exp(-0.5 * logit)) - self.ceiling

    def points(self, up: Array, down: Array, width: Array) -> _Points:
        """Points at distances from the least angle and from the greatest; width: weights in an integral over angles."""
        alpha = self.s * np.sin(up) * np.sin(2.0 * self.floor + up)
        beta = self.s * np.sin(down) * np.sin(2.0 * self.ceiling + down)
        return _Points(alpha, beta, self.s * np.sin(2.0 * (self.floor + up)) * width)


@dataclass(frozen=True)
class _Points:
    """Points along the row, with the weights of an integral over alpha: (groups, points)."""

    alpha: Array
    beta: Array
    weight: Array


def _angles(kappa: Array, y: Array, f: Array) -> _Angles:
    floor, ceiling = np.arctan2(np.sqrt(y), np.sqrt(f + kappa)), np.arctan2(np.sqrt(f), np.sqrt(y + kappa))
    return _Angles(y + f + kappa, floor, ceiling)


def _points(angles: _Angles, logit: Array, count: int, sds: float) -> _Points:
    """Points where theta <= x is in doubt, by their angles; the first and the last are ends, with weight 0."""
    sd, span = angles.sd, angles.span
    up, down = angles.of(logit)
    least = np.minimum(_LEAST * sd, span)
    reach = np.maximum(sds * sd, _ROUNDING * np.minimum(up + angles.floor, down + angles.ceiling))
    low = np.clip(up - reach, least, span)  # above the least angle
    high = np.clip(down - reach, least, span)  # below the greatest angle
    first = np.clip(sd, low, np.maximum(span - high, low))
    last = np.clip(span - sd, first, np.maximum(span - high, first))
    middle = np.clip(up, first, last)
    end = np.zeros(low.shape)
    upwards = [
        (low, end),
        from_an_end(low, first),
        between(first, middle, count),
        between(middle, last, count),
    ]
    downwards = [from_an_end(high, np.maximum(span - last, high)), (high, end)]
    ups, widths = joined(upwards)
    downs, others = (part[:, ::-1] for part in joined(downwards[::-1]))
    return angles.points(
        np.concatenate([ups, np.maximum(span - downs, 0.0)], axis=1),
        np.concatenate([np.maximum(span - ups, 0.0), downs], axis=1),
        np.concatenate([widths, others], axis=1),
    )
