"""The posterior density of a normal population's sd, and each group's theta given that sd."""

from __future__ import annotations

import numpy as np

from partialpool.answers import Traces
from partialpool.inference.estimates.hyper import Hyperposterior
from partialpool.integrate.shown import up_to
from partialpool.marginals.normal_normal import Distinct, conditional, shrunk, weights
from partialpool.special import Index

_LEVELS = np.array([0.0001, 0.5, 0.99, 0.9999])
_FIRST = 1e-6  # the first point, as a share of the median


def traces(hyper: Hyperposterior, of: Distinct, groups: Index) -> Traces:
    """p(sd | data), and E(theta_j | sd, data) and sd(theta_j | sd, data) of some of the groups.

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), equations 5.17 to 5.21, figures 5.5 to 5.7.
    """
    marginal = hyper.sd_marginal[0]
    low, middle, most, last = np.exp(hyper.support.value(marginal.quantile(_LEVELS)))
    first = max(_FIRST * middle, np.exp(hyper.support.lo) * (1.0 + _FIRST))
    sd = up_to(first, max(low, first), most, last)
    x = hyper.support.coordinate(np.log(sd))
    with np.errstate(all="ignore"):
        height = np.exp(hyper.log_density(x) - hyper.rule.log_total - hyper.support.log_slope(x)) / sd
    given = conditional(hyper.sample, np.log(sd))
    which = of.where[groups]
    estimate, se = hyper.data.estimate[which], hyper.data.se[which]
    own = weights(se, np.array([middle]))[:, 0] > 0.5
    theta = shrunk(estimate, se, own, given)
    pivot = np.where(own, of.estimate[which], hyper.data.centre)[:, None]
    unit = float(hyper.data.restored(np.array(1.0)))
    return Traces(unit * sd, height / unit, pivot + unit * theta.mean, unit * theta.sd)
