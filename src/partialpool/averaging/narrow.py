"""Distribution functions along a row whose conditional is narrow beside the row's posterior of the mean.

Given the row, theta ~ Beta(y + alpha, f + beta) for a group with y successes and f failures, and alpha + beta = kappa
is fixed. Its conditional mean is m = (y + alpha)/s with s = y + f + kappa. On the scale of the angle arcsin(sqrt(m))
the conditional's sd is 1/(2 sqrt(s)) everywhere: theta <= x is certain where the angle is smaller than that of x by
many sds, and impossible where it is larger by as many. Between the two Gauss-Legendre integrates. Where that comes near
the least angle (alpha = 0) or the greatest (beta = 0) the density may be a power of alpha or of beta, and the integral
goes over the log of the distance from that end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.averaging.rule import Row, Source
from partialpool.distributions import Betas
from partialpool.integrate.near_ends import between, from_an_end, joined
from partialpool.populations.beta import Point
from partialpool.populations.beta_distribution import cdf
from partialpool.special import Array

_INSIDE, _NEAR_END = (22, 7.5), (34, 12.0)  # points, and sds of the conditional that they go, to each side of x
_LEAST = 1e-16  # sds from an end within which nothing changes any more
_LARGEST = 700.0
_TINY, _ROUNDING = 1e-300, 1e-12


@dataclass(frozen=True)
class _Angles:
    """Where a row's conditional means lie, for groups in a column: (groups, 1).

    floor: the least angle; ceiling: how far the greatest is from a right angle.
    """

    s: Array
    floor: Array
    ceiling: Array

    @property
    def span(self) -> Array:
        """From the least angle to the greatest."""
        return np.maximum(0.5 * np.pi - self.ceiling - self.floor, 0.0)

    @property
    def sd(self) -> Array:
        """The sd of the conditional."""
        return 0.5 / np.sqrt(self.s)

    def of(self, logit: Array) -> tuple[Array, Array]:
        """How far the angles of these theta are above the least angle, and below the greatest."""
        logit = np.clip(logit, -_LARGEST, _LARGEST)
        return np.arctan(np.exp(0.5 * logit)) - self.floor, np.arctan(np.exp(-0.5 * logit)) - self.ceiling

    def points(self, up: Array, down: Array, width: Array) -> _Points:
        """Points so far above the least angle, and below the greatest; width: the weights in the angle."""
        alpha = self.s * np.sin(up) * np.sin(2.0 * self.floor + up)
        beta = self.s * np.sin(down) * np.sin(2.0 * self.ceiling + down)
        return _Points(alpha, beta, self.s * np.sin(2.0 * (self.floor + up)) * width)


@dataclass(frozen=True)
class _Points:
    """Points along the row, with the weights d alpha of the integral: (groups, points)."""

    alpha: Array
    beta: Array
    weight: Array


def smoothed(source: Source, row: Row, logit: Array, y: Array, f: Array) -> tuple[Array, Array]:
    """P(theta <= x) and its slope in the logit of x, for groups with y successes and f failures, 1-D arrays."""
    out = np.empty((2, len(logit)))
    angles = _angles(row, y[:, None], f[:, None])
    up, down = angles.of(logit[:, None])
    near_end = (np.minimum(up, down) < (_NEAR_END[1] + 1.0) * angles.sd)[:, 0]
    for some, across in ((near_end, _NEAR_END), (~near_end, _INSIDE)):
        if some.any():
            out[:, some] = _integrated(source, row, logit[some, None], y[some, None], f[some, None], across)
    return out[0], out[1]


def _angles(row: Row, y: Array, f: Array) -> _Angles:
    kappa = float(np.exp(min(row.log_kappa, _LARGEST)))
    floor, ceiling = np.arctan2(np.sqrt(y), np.sqrt(f + kappa)), np.arctan2(np.sqrt(f), np.sqrt(y + kappa))
    return _Angles(y + f + kappa, floor, ceiling)


def _integrated(
    source: Source, row: Row, logit: Array, y: Array, f: Array, across: tuple[int, float]
) -> tuple[Array, Array]:
    """The same for groups in a column; across: points, and sds, to each side of x."""
    points = _points(_angles(row, y, f), logit, *across)
    at, a, b = _point(row, points), y + points.alpha, f + points.beta
    below, mass = cdf(logit, a, b), points.weight * _density(source, row, at, points)
    density = np.exp(Betas(a, b).log_density(np.broadcast_to(logit, a.shape)))
    place = source.chart.inverse(at)[1]
    before, after = row.marginal.cdf(place[:, 0]), 1.0 - row.marginal.cdf(place[:, -1])
    value, slope = (before * x[:, 0] + np.sum(mass * x, axis=1) + after * x[:, -1] for x in (below, density))
    return value, slope


def _points(angles: _Angles, logit: Array, count: int, sds: float) -> _Points:
    """Points where theta <= x is in doubt, by their angles; the first and the last are its ends."""
    sd, span = angles.sd, angles.span
    up, down = angles.of(logit)
    least = np.minimum(_LEAST * sd, span)
    reach = np.maximum(sds * sd, _ROUNDING * np.minimum(up + angles.floor, down + angles.ceiling))
    low = np.clip(up - reach, least, span)  # above the floor
    high = np.clip(down - reach, least, span)  # below the ceiling
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


def _point(row: Row, points: _Points) -> Point:
    alpha, beta = np.maximum(points.alpha, _TINY), np.maximum(points.beta, _TINY)
    log_sum = np.log(alpha + beta)
    return Point(np.log(alpha) - log_sum, np.log(beta) - log_sum, np.full(alpha.shape, row.log_kappa))


def _density(source: Source, row: Row, at: Point, points: _Points) -> Array:
    """Density of alpha along the row."""
    place = source.chart.inverse(at)[1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_p = source.log_density(np.full(place.shape, row.x), place) - row.log_total
        density = np.exp(log_p) * source.chart.slope(place) * (1.0 / points.alpha + 1.0 / points.beta)
    return np.nan_to_num(density, nan=0.0, posinf=0.0)
