"""The posterior density of a gamma population's parameters on a grid."""

from __future__ import annotations

import numpy as np

from partialpool.answers import Answers, Traces, check_coordinates
from partialpool.errors import RequestError
from partialpool.inference.rates.integrated import Integrated
from partialpool.integrate.shown import Seen, Separately, Together, exponential, unchanged
from partialpool.integrate.surface import Surface, surface
from partialpool.populations.gamma import of_two
from partialpool.special import Array, Index

COORDINATES: dict[str, Separately | Together] = {
    "log": Separately(unchanged("log(mean)"), unchanged("log(shape)")),
    "mean-shape": Separately(exponential("mean"), exponential("shape")),
    "shape-rate": Together(("shape", "rate"), (np.zeros_like, np.negative)),
}


def density(answers: Answers, coordinates: str) -> Surface:
    """p(log mean, log shape | data), p(mean, shape | data) or p(shape, rate | data), where rate = shape/mean."""
    check_coordinates(coordinates, COORDINATES)
    if not isinstance(answers, Integrated):
        raise RequestError("The population's parameters are taken as known here: they have no density.")
    hyper, chart = answers.hyper, answers.hyper.chart

    def log_density(u: Array, v: Array) -> Array:
        at, slope = of_two(("shape", "mean"), v, u)
        inside = np.ones(np.broadcast_shapes(np.shape(u), np.shape(v)), dtype=bool)
        for parameter, support in zip(chart.on, (chart.xs, chart.ys), strict=True):
            log_value = at.log(parameter)
            inside &= (log_value > support.lo) & (log_value < support.hi)
        return np.where(inside, hyper.log_posterior(at) + slope - hyper.rule.log_total, -np.inf)

    ends = {name: part.ends for name, part in zip(chart.on, (chart.xs, chart.ys), strict=True)}
    bounds = ends.get("mean", (-np.inf, np.inf)), ends.get("shape", (-np.inf, np.inf))
    seen = Seen(hyper.point.log_mean, hyper.point.log_shape, hyper.rule.log_probability)
    return surface(log_density, seen, bounds, COORDINATES[coordinates])


def traces(_: Answers, __: Index) -> Traces:
    """Refused: a gamma population has two parameters."""
    raise RequestError("traces() is for estimates and measurements; rates have surface().")
