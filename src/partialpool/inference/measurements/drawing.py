"""Mean, sd and sigma of a normal population of groups of rows drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Normals
from partialpool.drawn import Drawn, equal
from partialpool.inference.measurements.hyper import Hyperposterior
from partialpool.inference.measurements.reduction import Reduced
from partialpool.integrate.rejection import drawn_over_plane
from partialpool.marginals.normal_moments import shares
from partialpool.marginals.normal_unknown import Likelihood, population
from partialpool.special import Array

_SHARPEST = 1e-9


def drawn(model: Likelihood, data: Reduced, scales: tuple[Array, Array], z: Array, cut: float = 0.0) -> Drawn:
    """Draws of the mean given each draw of sd and sigma: mean | sd, sigma, y is normal.

    scales: log r and log sigma of each draw, r = sd/sigma. z: standard normal draws. cut: the share that was cut off.
    """

    def given(some: slice) -> Conditionals:
        return _given(model, data, scales[0][some], scales[1][some], z[some])

    return Drawn(given, cut)


def drawn_scales(hyper: Hyperposterior, n: int, rng: np.random.Generator) -> tuple[tuple[Array, Array], float]:
    """log r and log sigma of each draw, and the share that was cut off."""
    x, y, cut = drawn_over_plane(hyper.lines.log_density, hyper.rule.frame, n, rng)
    log_r, log_sigma, _ = hyper.lines.point(x, y)
    return (log_r, log_sigma), cut


def _given(model: Likelihood, data: Reduced, log_r: Array, log_sigma: Array, z: Array) -> Conditionals:
    """theta_j ~ N(y_j - s_j (y_j - mean), (1 - s_j) sigma^2/n_j), s_j = 1/(1 + n_j r^2), in the units of the model."""
    mu, of = population(model, log_r, log_sigma), data.groups
    mean = mu.mean + np.sqrt(mu.variance) * z
    sigma, sd = np.exp(log_sigma), np.exp(log_r + log_sigma)
    shrinkage, weight = shares(of.n, log_r)
    away = of.y[:, None] - mean
    location = np.where(shrinkage < 0.5, of.y[:, None] - shrinkage * away, mean + weight * away)
    own = np.maximum(sigma * np.sqrt(weight / of.n[:, None]), _SHARPEST)
    origin, unit = float(data.back(0.0)), data.unit
    groups = Normals(location, own, origin, unit)
    following = Normals(mean, np.maximum(sd, _SHARPEST), origin, unit)
    phi = {"mean": data.back(mean), "sd": unit * sd, "sigma": unit * sigma, "icc": sd**2 / (sd**2 + sigma**2)}
    return Conditionals(equal(len(z)), groups, data.where, following, phi)
