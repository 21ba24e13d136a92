"""Means and sds of future data, from the moments of theta, sigma and the population.

E[Y] = E[E[Y | theta]],   Var(Y) = E[Var(Y | theta)] + Var(E[Y | theta])
"""

from __future__ import annotations

import math

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.new_group import population_moments
from partialpool.analysis.predictions.amounts import NEW
from partialpool.analysis.predictions.wanted import Wanted
from partialpool.engine.results import Results
from partialpool.special import Array


def moments(fit: FittedModel, of: Wanted, found: tuple[float, float] | None) -> tuple[Array, Array, str]:
    """Mean and sd of each row, shape (rows,), NaN where they do not exist, and a note that says why.

    Args:
        fit: the fit.
        of: the rows.
        found: for a total, its mean and variance over the nodes; not needed if all groups are new.
    """
    if of.together is not None:
        return _of_new(fit, of) if (of.places == NEW).all() else _of_total(fit, of, found)
    mean, variance, note = _theta(fit.results, of)
    seen, within, between = fit.family.moments_to_come(fit.results, of.size, mean, variance)
    return seen, np.sqrt(within + between), note


def _theta(results: Results, of: Wanted) -> tuple[Array, Array, str]:
    """Mean and variance of each row's theta, and a note on moments that do not exist."""
    (each, sd), next_one = results.group_moments(), population_moments(results)
    is_new = of.places == NEW
    mean = np.where(is_new, next_one.mean, each[of.places])
    variance = np.where(is_new, next_one.variance, sd[of.places] ** 2)
    note = next_one.note if is_new.any() else ""
    if not np.isfinite(variance[~is_new]).all():
        note = "the mean or sd of a group's theta does not exist"
    return mean, variance, note


def _of_new(fit: FittedModel, of: Wanted) -> tuple[Array, Array, str]:
    """Mean and sd of the total of new groups, any two of whose thetas have the covariance Var(population's mean)."""
    of_mean = population_moments(fit.results)
    count, one = len(of.places), np.array([of_mean.mean])
    seen, within, between = fit.family.moments_to_come(fit.results, of.size, one, np.array([of_mean.variance]))
    scale = of.size if of.amount.adds else np.ones(count)
    shared = of_mean.mean_variance * (scale.sum() ** 2 - np.sum(scale**2))
    mean = np.broadcast_to(seen, count).sum()
    variance = float(np.broadcast_to(within, count).sum() + np.broadcast_to(between, count).sum() + shared)
    return np.array([mean]), np.array([math.sqrt(variance)]), of_mean.note


def _of_total(fit: FittedModel, of: Wanted, found: tuple[float, float] | None) -> tuple[Array, Array, str]:
    mean, variance, note = _theta(fit.results, of)
    seen, within, between = fit.family.moments_to_come(fit.results, of.size, mean, variance)
    exists = bool(np.isfinite(within + between).all())
    assert found is not None
    return np.array([np.sum(seen)]), np.array([math.sqrt(found[1]) if exists else np.nan]), note
