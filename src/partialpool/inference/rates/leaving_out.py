"""What a gamma-Poisson fit predicts of a group from all others.

    p(y_j | the others) = 1 / E[1 / p(y_j | mean, shape, rate)]

The expectation is over the posterior given all data, and holds exactly; but its integrand reaches as far as the
posterior given the others, which is wider. So that one is integrated itself where groups are few, as a ratio of two
normalising constants,

    p(y_j | the others) = p(all) / p(the others),

and otherwise the posterior is integrated again on nodes that cover all those integrands, on two lattices whose
difference tells the error; where that is not small, the first way is taken for these groups.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153; Gelfand, Dey and Chang 1992,
Bayesian Statistics 4:147.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.errors import ImproperPosteriorError
from partialpool.inference.rates.hyper import Hyperposterior, hyperposterior
from partialpool.integrate.covering import log_means, worth_again
from partialpool.integrate.ridge import LogDensity
from partialpool.marginals.gamma_poisson import EPS, Pairs
from partialpool.marginals.gamma_poisson_each import log_each, noise
from partialpool.populations.gamma import PARAMETERS
from partialpool.priors.on_gamma import GammaPrior
from partialpool.propriety.proper import improper, log_mass
from partialpool.propriety.rates import Design, check, design
from partialpool.safety import TWINS
from partialpool.special import Array, Index, without_nan

_FEW = 10  # kinds of groups that are left out one by one
_GOAL = 1e-9  # of the absolute error of a log probability, beyond which the posterior without the group is integrated
_PROBES = 32
_FARTHEST = 600.0  # of logs, where probabilities of groups are still to be had
_SUMMED = 64  # kinds of groups whose probabilities are summed one by one


@dataclass(frozen=True)
class Predicted:
    """log p(y_j | the others) of each pair with exposure, less its Poisson part, with an estimate of its error."""

    value: Array
    error: Array


def predicted(hyper: Hyperposterior) -> Predicted:
    """What the others say of each group with exposure; the posterior without it must be proper."""
    size = len(hyper.likelihood.pairs.count)
    if size <= _FEW:
        return _one_by_one(hyper, np.arange(size))
    found = _together(hyper)
    bad = worth_again(found.error, max(_GOAL, 10.0 * hyper.likelihood.noise))
    if not len(bad):
        return found
    again = _one_by_one(hyper, bad)
    value, error = found.value.copy(), found.error.copy()
    better = ~(error[bad] <= again.error)
    value[bad[better]], error[bad[better]] = again.value[better], again.error[better]
    return Predicted(value, error)


def improper_without(pairs: Pairs, prior: GammaPrior) -> bool:
    """Whether there is a group without which the posterior is improper."""
    every = design(pairs)
    rest = {
        Design(every.groups - 1, every.with_events - (y > 0.0), every.events - int(y))
        for y in pairs.informative.events.tolist()
    }
    return any(_improper(prior, one) for one in rest)


def _improper(prior: GammaPrior, data: Design) -> bool:
    if not data.groups:
        return bool(improper(prior))
    try:
        check(prior, data)
    except ImproperPosteriorError:
        return True
    return False


def evidence(hyper: Hyperposterior) -> tuple[float, float]:
    """log p(data), each group's Poisson probability at theta = y/e left out, and an estimate of its error."""
    value = hyper.rule.log_total + _constant(hyper)
    error = TWINS * float(hyper.rule.spread[0]) + 2.0 * hyper.likelihood.noise + 4.0 * EPS * abs(value)
    return value, error


def _constant(hyper: Hyperposterior) -> float:
    """What the likelihood lacks of the sum of `log_each`: its mean over a few nodes, lest rounding at one counts."""
    model = hyper.likelihood
    if model.one_by_one:
        return 0.0
    at = hyper.point.subset(np.argsort(-hyper.rule.log_probability, kind="stable")[:_PROBES])
    return float(np.mean(model.pairs.count @ log_each(model.pairs, at) - model.at(at)))


# --- one by one


def _one_by_one(hyper: Hyperposterior, which: Index) -> Predicted:
    """By integrating the posterior without each group."""
    whole, off = evidence(hyper)
    rest = [_evidence_without(hyper, k) for k in which.tolist()]
    values, errors = (np.array(part) for part in zip(*rest, strict=True))
    return Predicted(whole - values, off + errors)


def _evidence_without(hyper: Hyperposterior, k: int) -> tuple[float, float]:
    """The evidence of all but one group of the k-th pair; of no group it is what the prior integrates to."""
    pairs = hyper.likelihood.pairs
    count = pairs.count.copy()
    count[k] -= 1.0
    rest = Pairs(pairs.events, pairs.exposure, count).subset(count > 0.0)
    if not len(rest.count):
        mass = log_mass(hyper.prior)
        return mass.log, mass.error
    return evidence(hyperposterior(rest, hyper.prior, dict.fromkeys(PARAMETERS, 0)))


# --- all together


def _together(hyper: Hyperposterior) -> Predicted:
    """By averages over nodes that cover all that is averaged."""
    pairs, chart = hyper.likelihood.pairs, hyper.chart

    def inverse(some: Index, x: Array, y: Array) -> Array:
        return -log_each(pairs.subset(some), chart.at(x, y))

    log_density = _summed(hyper) if len(pairs.count) <= _SUMMED else hyper.log_density
    value, spread = log_means(log_density, hyper.rule, inverse, len(pairs.count))
    off = TWINS * spread + hyper.likelihood.noise + noise(pairs)
    return Predicted(-value, np.where(np.isfinite(value), off, np.inf))


def _summed(hyper: Hyperposterior) -> LogDensity:
    """The posterior's density from probabilities of groups: histograms leave noise where a group is outvoted."""
    pairs, lacking = hyper.likelihood.pairs, _constant(hyper)

    def log_density(x: Array, y: Array) -> Array:
        x, y = np.broadcast_arrays(x, y)
        at, slope = hyper.chart.point(x.ravel(), y.ravel())
        far = np.max(np.abs([at.log_mean, at.log_shape, at.log_rate]), axis=0) > _FARTHEST
        with np.errstate(all="ignore"):
            each = pairs.count @ log_each(pairs, at) - lacking
            value = np.where(far, hyper.likelihood.at(at), each) + (
                hyper.prior.log_density(at.log_mean, at.log_rate) + slope
            )
        return without_nan(value).reshape(x.shape)

    return log_density
