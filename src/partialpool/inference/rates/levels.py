"""Quantiles of the population's parameters of a gamma-Poisson model, the quickest way first.

- The first coordinate has its own marginal.
- Lattices in coordinates of which the parameter is one (see `integrate.coordinate`).
- On a line of constant x every parameter is monotone in y, so that its distribution function is the average over the
  lines of the lines' own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partialpool.inference.rates.hyper import Hyperposterior
from partialpool.inference.rates.lines import FINEST, Lines
from partialpool.integrate.coordinate import Found, nothing, part, quantiles, rough_quantiles
from partialpool.integrate.invert import invert
from partialpool.integrate.line import Interval
from partialpool.integrate.plane import projected
from partialpool.populations.gamma import of_two
from partialpool.special import Array, without_nan

_GOAL = 1e-10
_ENOUGH = 3e-10
_COARSER, _MOST = 1.5, 300_000
_FARTHEST, _PATIENT = 1e4, 1e-10


def level_quantiles(
    hyper: Hyperposterior, lines: Callable[[int], Lines], parameter: str, p: Array
) -> tuple[Array, float]:
    """Quantiles of a parameter, and how far its distribution function there can be from p."""
    found = _found(hyper, lines, parameter, p)
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(found.z), found.error


def _found(hyper: Hyperposterior, lines: Callable[[int], Lines], parameter: str, p: Array) -> Found:
    """The same of its log."""
    on_first, on_second = hyper.chart.multiples(parameter)
    if on_second == 0.0:
        return _by_marginal(hyper, p)
    quick = _by_lattices(hyper, parameter, p)
    if quick.error < _ENOUGH:
        return quick
    slow = _by_lines(hyper, lines, (on_first, on_second), p)
    return slow if slow.error < quick.error else quick


def _by_marginal(hyper: Hyperposterior, p: Array) -> Found:
    """Of the first parameter: its own marginal, at a step at which that stands."""
    marginal, frame = hyper.rule.marginal, hyper.rule.frame
    coarser, _, size = projected(hyper.log_density, frame, _COARSER * hyper.rule.step)
    while True:
        at = marginal.quantile(p)
        error = float(np.max(np.abs(coarser.cdf(at) - p)))
        if error < _GOAL or size > _MOST:
            return Found(hyper.chart.xs.value(at), error)
        coarser = marginal
        marginal, _, size = projected(hyper.log_density, frame, _COARSER * marginal.step)


def _by_lattices(hyper: Hyperposterior, parameter: str, p: Array) -> Found:
    """Of a parameter as a coordinate.

    Where the prior of one parameter is cut off, that is the other coordinate; where two are, there are none such.
    """
    cut = {name: part.support for name, part in hyper.prior.parts.items() if part.support != (0.0, np.inf)}
    if len(cut) > 1:
        return nothing(p)
    beside = next(name for name in (*cut, "mean", "rate") if name != parameter)
    with np.errstate(divide="ignore"):
        xs, ys = (Interval(*map(float, np.log(cut.get(name, (0.0, np.inf))))) for name in (parameter, beside))

    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            point, slope = of_two((parameter, beside), xs.value(x), ys.value(y))
            value = hyper.log_posterior(point) + slope + xs.log_slope(x) + ys.log_slope(y)
        return without_nan(np.asarray(value))

    x = xs.coordinate(getattr(hyper.point, f"log_{parameter}"))
    y = ys.coordinate(getattr(hyper.point, f"log_{beside}"))
    found = part(log_density, xs, (x, y, hyper.rule.log_probability), search=False)
    return quantiles([found], hyper.rule.log_total, p, _GOAL) if found else nothing(p)


def _by_lines(hyper: Hyperposterior, lines: Callable[[int], Lines], multiples: tuple[float, float], p: Array) -> Found:
    """Of a sum of multiples of both logs, by its distribution function on each line."""
    first, second = hyper.chart.xs.value(hyper.rule.x), hyper.chart.ys.value(hyper.rule.y)
    start = rough_quantiles(multiples[0] * first + multiples[1] * second, hyper.probability, p)
    best = nothing(p)
    for index in range(1, FINEST + 1):
        coarse, fine = lines(index - 1), lines(index)
        z = invert(lambda v, _: _cdf(hyper, fine, multiples, v), p, start, -_FARTHEST, _FARTHEST, _PATIENT)  # noqa: B023
        error = float(np.max(np.abs(_cdf(hyper, coarse, multiples, z)[0] - p)))
        best = Found(z, error) if error < best.error else best
        if best.error < _GOAL:
            break
        start = z
    return best


def _cdf(hyper: Hyperposterior, lines: Lines, multiples: tuple[float, float], value: Array) -> Array:
    """P(the sum of multiples <= value), its derivative and zeros: (3, values)."""
    p, q = multiples
    y = hyper.chart.ys.coordinate((value[None, :] - p * hyper.chart.xs.value(lines.rows.x)[:, None]) / q)
    inside, density = lines.rows.at(y)
    if q < 0.0:
        inside = 1.0 - inside
    with np.errstate(all="ignore"):
        slope = np.where(density > 0.0, density * hyper.chart.slope(y) / abs(q), 0.0)
    total = lines.probability @ inside
    return np.stack([total, lines.probability @ slope, np.zeros_like(total)])
