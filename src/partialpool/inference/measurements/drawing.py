"""Mean, sd and sigma of a normal population of groups of rows drawn at random, with the conditional of every group."""

from __future__ import annotations

import numpy as np

from partialpool.conditionals import Conditionals
from partialpool.distributions import Normals
from partialpool.drawn import Drawn, equal
from partialpool.errors import RequestError
from partialpool.inference.measurements.fixed import Fixed
from partialpool.inference.measurements.integrated import Integrated
from partialpool.inference.measurements.reduction import Reduced
from partialpool.integrate.rejection import drawn_over_plane
from partialpool.marginals.normal_moments import shares
from partialpool.marginals.normal_unknown import Likelihood, likelihood, population
from partialpool.special import Array

_SHARPEST = 1e-9


def drawn(answers: Integrated | Fixed, n: int, rng: np.random.Generator) -> Drawn:
    """n draws of sd and sigma, and of the mean given each: mean | sd, sigma, y is normal."""
    model, log_r, log_sigma, cut = _scales(answers, n, rng)
    z, data = rng.standard_normal(n), answers.data

    def given(some: slice) -> Conditionals:
        return _given(model, data, log_r[some], log_sigma[some], z[some])

    return Drawn(given, cut)


def _scales(answers: Integrated | Fixed, n: int, rng: np.random.Generator) -> tuple[Likelihood, Array, Array, float]:
    """The model, and log r and log sigma of each draw, r = sd/sigma."""
    if isinstance(answers, Integrated):
        hyper = answers.hyper
        x, y, cut = drawn_over_plane(hyper.lines.log_density, hyper.rule.frame, n, rng)
        log_r, log_sigma, _ = hyper.lines.point(x, y)
        return hyper.target.model, log_r, log_sigma, cut
    if not answers.sd > 0.0:
        raise RequestError(
            "Given sd = 0 every group is the population's mean: there is nothing to compare, rank or draw."
        )
    log_r, log_sigma = np.full(n, np.log(answers.sd / answers.sigma)), np.full(n, np.log(answers.sigma))
    return likelihood(answers.data.sample, answers.centre), log_r, log_sigma, 0.0


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
