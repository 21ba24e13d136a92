"""The posterior of a gamma-Poisson model without one of the groups, for `engine.leaving_out`."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.gamma_poisson import EPS, PoissonCells
from partialpool.distributions.marginals.gamma_poisson_each import log_each, noise
from partialpool.distributions.populations.gamma import PARAMETERS
from partialpool.engine.leaving_out import GOAL, Parts, averaged, improper_without
from partialpool.models.inference.rates.hyper import Hyperposterior, hyperposterior
from partialpool.priors.propriety.proper import Mass, log_mass
from partialpool.priors.propriety.rates import Design, check, design
from partialpool.safety import TWINS
from partialpool.special import Array, Index

_PROBES = 32


def groups(hyper: Hyperposterior) -> Parts:
    """The groups with exposure as parts to leave out; log probabilities lack each group's Poisson part."""
    pairs, rounding = hyper.likelihood.pairs, hyper.likelihood.noise
    every = design(pairs)
    designs = (
        Design(every.groups - 1, every.with_events - (y > 0.0), every.events - int(y)) for y in pairs.events.tolist()
    )

    def inverse(some: Index, x: Array, y: Array) -> Array:
        return -log_each(pairs.subset(some), hyper.chart.at(x, y))

    return Parts(
        pairs.count,
        improper_without("the groups", hyper.prior, designs, check),
        lambda: averaged(hyper.log_density, hyper.rule, inverse, rounding + noise(pairs)),
        lambda: evidence(hyper),
        lambda k: _without(hyper, k),
        max(GOAL, 10.0 * rounding),
    )


def evidence(hyper: Hyperposterior) -> Mass:
    """Log p(data), without each group's Poisson probability at theta = y/e."""
    value = hyper.rule.log_total + _constant(hyper)
    return Mass(value, TWINS * float(hyper.rule.spread[0]) + 2.0 * hyper.likelihood.noise + 4.0 * EPS * abs(value))


def _constant(hyper: Hyperposterior) -> float:
    """The constant that the likelihood lacks compared with the sum of `log_each`, averaged over a few nodes."""
    model = hyper.likelihood
    if model.one_by_one:
        return 0.0
    at = hyper.point.subset(np.argsort(-hyper.rule.log_probability, kind="stable")[:_PROBES])
    return float(np.mean(model.pairs.count @ log_each(model.pairs, at) - model.at(at)))


def _without(hyper: Hyperposterior, k: int) -> Mass:
    """Evidence of the data without one group of the k-th pair; without any group it is the prior's integral."""
    pairs = hyper.likelihood.pairs
    count = pairs.count.copy()
    count[k] -= 1.0
    rest = PoissonCells(pairs.events, pairs.exposure, count).subset(count > 0.0)
    if not len(rest.count):
        return log_mass(hyper.prior)
    return evidence(hyperposterior(rest, hyper.prior, dict.fromkeys(PARAMETERS, 0)))
