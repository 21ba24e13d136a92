"""The posterior density of a gamma population's parameters on a grid."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.populations.gamma import of_two
from partialpool.engine.results import check_coordinates
from partialpool.models.inference.rates.hyper import Hyperposterior
from partialpool.quadrature.shown import Seen, Separately, Together, exponential, unchanged
from partialpool.quadrature.surface import Surface, surface
from partialpool.special import Array

COORDINATES: dict[str, Separately | Together] = {
    "log": Separately(unchanged("log(mean)"), unchanged("log(shape)")),
    "mean-shape": Separately(exponential("mean"), exponential("shape")),
    "shape-rate": Together(("shape", "rate"), (np.zeros_like, np.negative)),
}


def density(hyper: Hyperposterior, coordinates: str) -> Surface:
    """p(log mean, log shape | data), p(mean, shape | data) or p(shape, rate | data), where rate = shape/mean."""
    check_coordinates(coordinates, COORDINATES)
    chart = hyper.chart

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
