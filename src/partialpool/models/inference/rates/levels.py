"""Quantiles of the population's parameters of a gamma-Poisson model, by the first of three ways that is accurate.

- The first coordinate has its own marginal.
- For another parameter, lattices in coordinates of which it is one (see `integrate.coordinate`).
- On a line of constant x every parameter is monotone in y, so that its distribution function is the average, over
  lines, of the conditional ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.distributions.populations.gamma import of_two
from partialpool.distributions.populations.gamma_cut import Piece, pieces
from partialpool.models.inference.rates.hyper import GOAL, Hyperposterior
from partialpool.models.inference.rates.lines import FINEST, Lines
from partialpool.quadrature.coordinate import (
    NOWHERE,
    CoordinateDistribution,
    Found,
    distribution,
    nothing,
    part,
    rough_quantiles,
)
from partialpool.quadrature.invert import invert
from partialpool.quadrature.line import Interval
from partialpool.special import Array, without_nan

_ENOUGH = 4e-10  # error in probability below which the third way is not tried
_OF_NOISE = 20.0  # multiple of the likelihood's rounding error that no way can better
_FARTHEST, _PATIENT = 1e4, 1e-10  # range of log parameters; stop of the search, without second derivatives


def level_distribution(hyper: Hyperposterior, parameter: str) -> CoordinateDistribution:
    """Distribution of the log of a parameter: the first coordinate's own marginal, or one from lattices."""
    if hyper.chart.multiples(parameter)[1] == 0.0:
        return hyper.first
    return _by_lattices(hyper, parameter)


def level_quantiles(
    hyper: Hyperposterior, lines: Callable[[int], Lines], parameter: str, known: CoordinateDistribution, p: Array
) -> tuple[Array, float]:
    """Quantiles of a parameter, and an estimate of the error of its cdf there."""
    found, multiples = known.found(p), hyper.chart.multiples(parameter)
    if not found.error < _ENOUGH + _OF_NOISE * hyper.likelihood.noise and multiples[1] != 0.0:
        slow = _by_lines(hyper, lines, multiples, p)
        found = slow if slow.error < found.error else found
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(found.z), found.error


def _by_lattices(hyper: Hyperposterior, parameter: str) -> CoordinateDistribution:
    """Distribution of a parameter from lattices of which it is a coordinate.

    If the prior of one other parameter is cut off, that is the second coordinate; if two are, see `_over_pieces`.
    """
    cut = {name: part.support for name, part in hyper.prior.parts.items() if part.support != (0.0, np.inf)}
    if len(cut) > 1 and parameter not in cut:
        return _over_pieces(hyper, hyper.chart.multiples(parameter))
    beside = next(name for name in (*cut, "mean", "rate") if name != parameter)
    with np.errstate(divide="ignore"):
        xs, ys = (Interval(*map(float, np.log(cut.get(name, (0.0, np.inf))))) for name in (parameter, beside))

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            point, slope = of_two((parameter, beside), xs.value(x), ys.value(y))
            value = hyper.log_posterior(point) + slope + xs.log_slope(x) + ys.log_slope(y)
        return without_nan(np.asarray(value))

    x = xs.coordinate(hyper.point.log(parameter))
    y = ys.coordinate(hyper.point.log(beside))
    found = part(log_density, xs, (x, y, hyper.rule.log_probability), search=False)
    return distribution([found], hyper.rule.log_total, GOAL + hyper.likelihood.noise) if found else NOWHERE


def _over_pieces(hyper: Hyperposterior, multiples: tuple[float, float]) -> CoordinateDistribution:
    """Distribution of a sum of multiples of two logs that are both cut off."""
    first, second = hyper.chart.xs.value(hyper.rule.x), hyper.chart.ys.value(hyper.rule.y)
    parts = []
    for piece in pieces(multiples, hyper.chart.xs, hyper.chart.ys):

        def log_density(x: Array, y: Array, piece: Piece = piece) -> Array:
            with np.errstate(all="ignore"):
                *logs, slope = piece.point(x, y)
                point, more = of_two(hyper.chart.on, *logs)
                value = hyper.log_posterior(point) + more + slope
            return without_nan(np.asarray(value))

        with np.errstate(all="ignore"):
            seen = (*piece.inverse(first, second), hyper.rule.log_probability)
        found = part(log_density, piece.z, seen, search=True)
        if found is not None:
            parts.append(found)
    return distribution(parts, hyper.rule.log_total, GOAL + hyper.likelihood.noise)


def _by_lines(hyper: Hyperposterior, lines: Callable[[int], Lines], multiples: tuple[float, float], p: Array) -> Found:
    """Quantiles of a sum of multiples of both logs, from its distribution function on each line."""
    first, second = hyper.chart.xs.value(hyper.rule.x), hyper.chart.ys.value(hyper.rule.y)
    start = rough_quantiles(multiples[0] * first + multiples[1] * second, hyper.probability, p)
    best = nothing(p)
    for index in range(1, FINEST + 1):
        coarse, fine = lines(index - 1), lines(index)
        z = invert(lambda v, _: _cdf(hyper, fine, multiples, v), p, start, -_FARTHEST, _FARTHEST, _PATIENT)  # noqa: B023
        error = float(np.max(np.abs(_cdf(hyper, coarse, multiples, z)[0] - p)))
        best = Found(z, error) if error < best.error else best
        if best.error < GOAL:
            break
        start = z
    return best


def _cdf(hyper: Hyperposterior, lines: Lines, multiples: tuple[float, float], value: Array) -> Array:
    """P(sum of multiples <= value), its derivative, and zeros in place of the second: (3, values)."""
    p, q = multiples
    y = hyper.chart.ys.coordinate((value[None, :] - p * hyper.chart.xs.value(lines.rows.x)[:, None]) / q)
    inside, density = lines.rows.at(y)
    if q < 0.0:
        inside = 1.0 - inside
    with np.errstate(all="ignore"):
        slope = np.where(density > 0.0, density * hyper.chart.slope(y) / abs(q), 0.0)
    total = lines.probability @ inside
    return np.stack([total, lines.probability @ slope, np.zeros_like(total)])
