"""Posterior means and sds of theta ~ Gamma(y + shape, e + rate), averaged over the population's parameters.

With u = 1/(e + rate) at a node, theta has the mean (y + shape) u and the variance (y + shape) u^2 there, so that

    E[theta]    =  y E[u] + E[shape u]
    Var[theta]  =  y E[u^2] + E[shape u^2] + y^2 Var[u] + 2 y Cov[u, shape u] + Var[shape u]

where all averages depend on the exposure alone. For very many pairs they are computed at the distinct exposures or, if
there are many of these, at Chebyshev points of log(e), in which they are analytic within pi of the real line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import Point
from partialpool.quadrature.chunks import chunks
from partialpool.quadrature.square import chebyshev_points, chebyshev_shares
from partialpool.special import Array, Index, row_sums

_CHUNK = 1 << 20
_LARGEST = 700.0
_MUCH = 1 << 27  # pairs times nodes from which averages are computed by exposure
_AGREE = 1e-12  # relative error up to which they are taken
_SOME, _EDGE = 64, 8  # pairs that judge: spread over all, and at each end
_DIGITS = 39.0  # log of the ratio of the first to the last coefficient of a polynomial
_NARROW = 1e-3  # half the range of log(e), at least


@dataclass(frozen=True)
class GroupMoments:
    """Posterior of each pair's theta: mean, sd, and the weight of the pair's own data; (pairs,) each."""

    mean: Array
    sd: Array
    weight: Array

    @property
    def pairs(self) -> list[Array]:
        """Means and sds in turn, weights counting as means: mean, sd, weight, NaN of each pair."""
        nothing = np.full(len(self.mean), np.nan)
        return [np.stack([self.mean, self.sd, self.weight, nothing], axis=1).ravel()]


def group_moments(pairs: PoissonCells, at: Point, probability: Array) -> GroupMoments:
    """Average over the nodes; a group without exposure must use `Hyperposterior.next_group` instead."""
    if len(pairs.count) * len(probability) > _MUCH:
        found = _by_exposure(pairs, at, probability)
        judges = _judges(pairs)
        few, known = _pair_by_pair(pairs.subset(judges), at, probability), found[:, judges]
        with np.errstate(invalid="ignore", divide="ignore"):
            if np.max(np.abs(known - few) / np.abs(few)) < _AGREE:
                return GroupMoments(*found)
    return GroupMoments(*_pair_by_pair(pairs, at, probability))


def _judges(pairs: PoissonCells) -> Index:
    """Some pairs with exposure: of little, of much and of any exposure, of few and of many events."""
    there = np.flatnonzero(pairs.exposure > 0.0)
    orders = there, there[np.argsort(pairs.exposure[there])], there[np.argsort(pairs.events[there])]
    some = np.linspace(0, len(there) - 1, _SOME).round().astype(np.intp)
    edges = [np.concatenate([order[:_EDGE], order[-_EDGE:]]) for order in orders]
    return np.unique(np.concatenate([*(order[some] for order in orders), *edges]))


def _by_exposure(pairs: PoissonCells, at: Point, probability: Array) -> Array:
    """Mean, sd and weight of each pair, from averages that depend on the exposure alone: (3, pairs)."""
    exposures, where = np.unique(pairs.exposure, return_inverse=True)
    known = _averages(exposures, at, probability)
    y, e = pairs.events, pairs.exposure
    out = np.empty((3, len(y)))
    for some in chunks(len(y), len(known)):
        u, shaped, squared, shaped_squared, of_u, both, of_shaped = known[:, where[some]]
        counted = y[some]
        within = counted * squared + shaped_squared
        between = counted * (counted * of_u + 2.0 * both) + of_shaped
        out[:, some] = counted * u + shaped, np.sqrt(within + between), e[some] * u
    return out


def _averages(e: Array, at: Point, probability: Array) -> Array:
    """The seven averages at these exposures, exact or interpolated: (7, exposures)."""
    there = e > 0.0
    if not there.any():
        return _exact_averages(e, at, probability)
    x = np.log(e[there])
    middle, half = 0.5 * (x[0] + x[-1]), max(0.5 * float(x[-1] - x[0]), _NARROW)
    reach = np.pi / half
    size = int(np.ceil(_DIGITS / np.log(reach + np.hypot(1.0, reach)))) + 2
    if size >= len(e):
        return _exact_averages(e, at, probability)
    points = np.exp(middle + half * chebyshev_points(size))
    scale = np.exp(np.clip(row_sums(at.limited.log_rate[None], probability)[0], -_LARGEST, _LARGEST))
    powers = np.array([1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0])[:, None]
    smooth = _exact_averages(points, at, probability) * (points + scale) ** powers
    out = np.empty((len(powers), len(e)))
    out[:, ~there] = _exact_averages(e[~there], at, probability)
    places = np.flatnonzero(there)
    for some in chunks(len(x), size):
        between = np.einsum("ij,kj->ki", chebyshev_shares((x[some] - middle) / half, size), smooth)
        out[:, places[some]] = between / (e[places[some]] + scale) ** powers
    return out


def _exact_averages(e: Array, at: Point, probability: Array) -> Array:
    """The averages of u, shape u, u^2 and shape u^2, and the variances and covariance of u and shape u."""
    shape, rate = _parameters(at)
    out = np.empty((7, len(e)))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for some in chunks(len(e), len(probability)):
            u = 1.0 / (e[some, None] + rate)
            shaped = shape * u
            first, second = (row_sums(part, probability) for part in (u, shaped))
            off, other = u - first[:, None], shaped - second[:, None]
            parts = u * u, shaped * u, off * off, off * other, other * other
            out[:, some] = first, second, *(row_sums(part, probability) for part in parts)
    return out


def _pair_by_pair(pairs: PoissonCells, at: Point, probability: Array) -> Array:
    """Mean, sd and weight of each pair, averaged exactly over the nodes: (3, pairs)."""
    size = max(1, _CHUNK // max(1, len(probability)))
    parts = [
        _moments(pairs.events[i : i + size, None], pairs.exposure[i : i + size, None], at, probability)
        for i in range(0, len(pairs.count), size)
    ]
    return np.concatenate(parts, axis=1)


def _parameters(at: Point) -> tuple[Array, Array]:
    """Shape and rate at the nodes, within the range of doubles."""
    at = at.limited
    shape, rate = (np.exp(np.clip(log, -_LARGEST, _LARGEST)) for log in (at.log_shape, at.log_rate))
    return shape, rate


def _moments(y: Array, e: Array, at: Point, p: Array) -> Array:
    shape, rate = _parameters(at)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        total = 1.0 / (e + rate)
        centre = (y + shape) * total
        mean = row_sums(centre, p)
        within = row_sums(centre * total, p)
        centre -= mean[:, None]
        return np.stack([mean, np.sqrt(within + row_sums(centre * centre, p)), e[:, 0] * row_sums(total, p)])
