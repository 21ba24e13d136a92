"""What is left of the posterior of a gamma-Poisson model without a group, for `engine.leaving_out`."""

from __future__ import annotations

import numpy as np

from partialpool.engine.leaving_out import GOAL, Parts, averaged, improper_without
from partialpool.inference.rates.hyper import Hyperposterior, hyperposterior
from partialpool.marginals.gamma_poisson import EPS, Pairs
from partialpool.marginals.gamma_poisson_each import log_each, noise
from partialpool.populations.gamma import PARAMETERS
from partialpool.propriety.proper import Mass, log_mass
from partialpool.propriety.rates import Design, check, design
from partialpool.safety import TWINS
from partialpool.special import Array, Index

_PROBES = 32


def groups(hyper: Hyperposterior) -> Parts:
    """The groups with exposure; log p of each less its Poisson part."""
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
    """log p(data), each group's Poisson probability at theta = y/e left out."""
    value = hyper.rule.log_total + _constant(hyper)
    return Mass(value, TWINS * float(hyper.rule.spread[0]) + 2.0 * hyper.likelihood.noise + 4.0 * EPS * abs(value))


def _constant(hyper: Hyperposterior) -> float:
    """What the likelihood lacks of the sum of `log_each`: its mean over a few nodes, lest rounding at one counts."""
    model = hyper.likelihood
    if model.one_by_one:
        return 0.0
    at = hyper.point.subset(np.argsort(-hyper.rule.log_probability, kind="stable")[:_PROBES])
    return float(np.mean(model.pairs.count @ log_each(model.pairs, at) - model.at(at)))


def _without(hyper: Hyperposterior, k: int) -> Mass:
    """The evidence of all but one group of the k-th pair; of no group it is what the prior integrates to."""
    pairs = hyper.likelihood.pairs
    count = pairs.count.copy()
    count[k] -= 1.0
    rest = Pairs(pairs.events, pairs.exposure, count).subset(count > 0.0)
    if not len(rest.count):
        return log_mass(hyper.prior)
    return evidence(hyperposterior(rest, hyper.prior, dict.fromkeys(PARAMETERS, 0)))
