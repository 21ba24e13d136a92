"""Coordinates of a beta population whose mean is cut off, low < logit(mean) < high, and whose concentration is not.

A piece is a part of the parameter space, adjacent to others along a parameter's z, on which a smooth posterior has
smooth coordinates: see `populations.beta_levels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from partialpool.distributions.populations.beta import Piece, Point
from partialpool.quadrature.line import Interval
from partialpool.special import Array, log_cosh, log_sigmoids, log_sinh_exp

_WIDEST = 300.0  # largest log w


def share_piece(logits: Interval, share: Callable[[Point], Array]) -> Piece:
    """Coordinates log alpha (or log beta) and mean; share: log of its share in the concentration, at a point."""

    def point(x: Array, y: Array) -> tuple[Point, Array]:
        psi = logits.value(y)
        mean = Point(*log_sigmoids(psi), np.zeros_like(psi))
        at = Point(mean.log_mean, mean.log_other, x - share(mean))
        return at, at.log_mean + at.log_other + at.log_kappa + logits.log_slope(y)

    def inverse(at: Point) -> tuple[Array, Array]:
        return share(at) + at.log_kappa, logits.coordinate(at.log_mean - at.log_other)

    return Piece(Interval(), point, inverse)


def sd_pieces(logits: Interval, coordinate: Callable[[Point], Array]) -> Iterator[Piece]:
    """Coordinates z = -log w, with sd = 1/(2 cosh(w/2)), and psi = logit(mean), which lies between -w and w.

    Where w is so large that -w or w lies outside the support of psi, that end of the support bounds psi instead; so
    there are up to three pieces, which meet where w is |low| or |high|. coordinate: function that gives the z of a
    point.
    """
    low, high = logits.ends
    with np.errstate(divide="ignore"):
        z_low, z_high = (float(-np.log(np.abs(end))) for end in (low, high))
    first, second = min(z_low, z_high), max(z_low, z_high)
    farther = "low" if z_low < z_high else "high"  # the end that w comes to first, as it falls
    if first > -np.inf:
        yield _between(Interval(hi=first), low, high, coordinate)
    if first < second:
        ends = (None, high) if farther == "low" else (low, None)
        yield _between(Interval(first, second), ends[0], ends[1], coordinate)
    if second < np.inf and low < 0.0 < high:
        yield _between(Interval(lo=second), None, None, coordinate)


def _between(zs: Interval, low: float | None, high: float | None, coordinate: Callable[[Point], Array]) -> Piece:
    """One piece; low, high: the bounds of psi, None for -w and w.

    concentration = sinh((w + psi)/2) sinh((w - psi)/2) / cosh(psi/2)^2, from concentration + 1 = 1/(4 sd^2 cosh^2).
    """

    def ends(z: Array) -> tuple[Array, Array, Array]:
        w = np.exp(np.minimum(-z, _WIDEST))
        return w, -w if low is None else np.full_like(w, low), w if high is None else np.full_like(w, high)

    def point(x: Array, y: Array) -> tuple[Point, Array]:
        z = zs.value(x)
        w, a, b = ends(z)
        log_size = np.log(b - a)
        log_left, log_right = (log_size + log_share for log_share in log_sigmoids(y))  # of psi - a, b - psi
        psi = np.where(y < 0.0, a + np.exp(log_left), b - np.exp(log_right))
        log_sum = log_left if low is None else np.log(w + psi)
        log_gap = log_right if high is None else np.log(w - psi)
        half, around = np.log(2.0), 2.0 * log_cosh(0.5 * psi)
        log_kappa = log_sinh_exp(log_sum - half) + log_sinh_exp(log_gap - half) - around
        at = Point(*log_sigmoids(psi), log_kappa)
        by_z = log_sinh_exp(np.log(w)) - half - around + np.log(w)  # log of -d concentration / d z at fixed psi
        by_y = log_left + log_right - log_size
        return at, at.log_mean + at.log_other + by_z + by_y + zs.log_slope(x)

    def inverse(at: Point) -> tuple[Array, Array]:
        z, psi = coordinate(at), at.log_mean - at.log_other
        _, a, b = ends(z)
        return zs.coordinate(z), np.log(psi - a) - np.log(b - psi)

    return Piece(zs, point, inverse)
