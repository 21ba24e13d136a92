"""The posterior density of a beta population's parameters on a grid."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.populations.beta import Point
from partialpool.engine.results import check_coordinates
from partialpool.models.inference.proportions.hyper import Hyperposterior
from partialpool.quadrature.shown import Seen, Separately, Shown, Together, exponential, unchanged
from partialpool.quadrature.surface import Surface, surface
from partialpool.special import Array, log_sigmoid, log_sigmoids

COORDINATES: dict[str, Separately | Together] = {
    "log": Separately(unchanged("log(alpha/beta)"), unchanged("log(alpha+beta)")),
    "mean-concentration": Separately(
        Shown("mean", lambda u: np.exp(log_sigmoid(u)), lambda u: log_sigmoid(u) + log_sigmoid(-u)),
        exponential("concentration"),
    ),
    "alpha-beta": Together(("alpha", "beta"), (log_sigmoid, lambda u: log_sigmoid(-u))),
}


def density(hyper: Hyperposterior, coordinates: str) -> Surface:
    """p(log(alpha/beta), log(alpha+beta) | data), p(mean, concentration | data) or p(alpha, beta | data).

        p(logit mean, log kappa | y) = p(mean, kappa | y) mean (1 - mean) kappa = p(alpha, beta | y) alpha beta

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.3 and figure 5.3.
    """
    check_coordinates(coordinates, COORDINATES)
    sign = -1.0 if hyper.flipped else 1.0

    def log_density(u: Array, v: Array) -> Array:
        at = Point(*log_sigmoids(sign * u), v)
        return hyper.log_posterior(at) + at.log_mean + at.log_other + at.log_kappa - hyper.rule.log_total

    at, logits, kappas = hyper.nodes.point, hyper.chart.logits, hyper.chart.log_kappas
    low, high = logits.ends
    bounds = (-high, -low) if hyper.flipped else (low, high)
    seen = Seen(sign * (at.log_mean - at.log_other), at.log_kappa, hyper.rule.log_probability)
    return surface(log_density, seen, (bounds, kappas.ends), COORDINATES[coordinates])
