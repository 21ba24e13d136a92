"""What a fit of measurements predicts of the rows of one group from those of all others.

    p(rows of j | the others) = p(all rows) / p(rows of the others),

each a normalising constant of a posterior of (mean, sd, sigma), with every factor that depends on the data in it; those
of an improper prior cancel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.errors import ImproperPosteriorError
from partialpool.groups import Groups, subset
from partialpool.inference.measurements.hyper import Hyperposterior, hyperposterior
from partialpool.inference.measurements.reduction import Reduced, reduced
from partialpool.inference.measurements.target import Target
from partialpool.marginals.normal_unknown import Centre, Likelihood, likelihood
from partialpool.priors import Normal, NormalPrior
from partialpool.propriety.measurements import check
from partialpool.propriety.proper import improper, log_mass
from partialpool.safety import TWINS
from partialpool.special import HALF_LOG_2PI, Array, Index

IMPROPER = "without one of the groups the posterior is improper"

_ROUNDING = 1e-14
_EPSILON = 2.3e-16


@dataclass(frozen=True)
class Predicted:
    """log p(rows of j | the others) of each distinct group, with an estimate of its error, and how many there are."""

    value: Array
    error: Array
    count: Array


def predicted(groups: Groups, prior: NormalPrior, whole: tuple[float, float]) -> Predicted | None:
    """What the others say of each group; None if the posterior without one of them is improper.

    whole: `evidence` of all groups.
    """
    first, count = _distinct(groups)
    if groups.size == 1:
        if improper(prior):
            return None
        mass = log_mass(prior)
        return Predicted(np.array([whole[0] - mass.log]), np.array([whole[1] + mass.error]), count)
    values, errors = np.empty(len(first)), np.empty(len(first))
    for i, k in enumerate(first.tolist()):
        data = reduced(_without(groups, k))
        try:
            values[i], errors[i] = evidence(fitted(data, prior), data)
        except ImproperPosteriorError:
            return None
    return Predicted(whole[0] - values, whole[1] + errors, count)


def fitted(data: Reduced, prior: NormalPrior) -> Hyperposterior:
    """The posterior of groups under a prior that has its design filled in.

    Raises:
        ImproperPosteriorError: it is improper.
    """
    exists = check(prior, data.design)
    centre = Centre()
    if isinstance(prior.mean, Normal):
        centre = Centre(data.there(prior.mean.mean), prior.mean.sd / data.unit)
    target = Target(likelihood(data.sample, centre), prior, data.log_unit)
    return hyperposterior(target, data.groups, exists)


def evidence(hyper: Hyperposterior, data: Reduced) -> tuple[float, float]:
    """log p(rows), up to the constants of an improper prior, and an estimate of its error."""
    model = hyper.target.model
    scales = _rows(model) - (1.0 if model.centre.flat else 0.0)
    value = hyper.rule.log_total + _constant(model) - scales * data.log_unit
    noise = _ROUNDING * (1.0 + model.sample.groups**0.5) + 4.0 * _EPSILON * (abs(value) + _rows(model))
    return value, TWINS * float(hyper.rule.spread[0]) + noise


def _rows(model: Likelihood) -> float:
    return model.sample.degrees + model.sample.groups


def _constant(model: Likelihood) -> float:
    """What the likelihood lacks of the log density of the rows, in its own units.

    -(N - J)(z0 + 1/2) - (J - f) z0 - sum log(1 + n_j r0^2)/2 - (N - f) log(2 pi)/2, with z0 and r0 where it is centred
    and f = 1 if the mean is flat; 1/2 only if there is any scatter within groups.
    """
    of, z0 = model.sample, model.log_sigma
    flat = 1.0 if model.centre.flat else 0.0
    within = of.degrees * (z0 + (0.5 if of.within > 0.0 else 0.0))
    spread = float(np.logaddexp(0.0, np.log(of.n) + model.log_square) @ of.count)
    return -within - (of.groups - flat) * z0 - 0.5 * spread - (_rows(model) - flat) * HALF_LOG_2PI


def _distinct(groups: Groups) -> tuple[Index, Array]:
    """The first of each kind of group, and how many there are of it, in an order that does not depend on theirs."""
    table = np.stack([np.asarray(groups.statistics[role], dtype=float) for role in ("n", "mean", "rest", "sd")])
    _, first, count = np.unique(table, axis=1, return_index=True, return_counts=True)
    return first, count.astype(float)


def _without(groups: Groups, k: int) -> Groups:
    return subset(groups, np.arange(groups.size) != k)
