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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.errors import ImproperPosteriorError
from partialpool.inference.rates.hyper import Hyperposterior, hyperposterior
from partialpool.integrate.frame import locate
from partialpool.integrate.plane import integrate
from partialpool.integrate.ridge import LogDensity
from partialpool.marginals.gamma_poisson import EPS, Pairs
from partialpool.marginals.gamma_poisson_each import log_each, noise
from partialpool.populations.gamma import PARAMETERS, Point
from partialpool.priors.on_gamma import GammaPrior
from partialpool.propriety.proper import improper, log_mass
from partialpool.propriety.rates import Design, check, design
from partialpool.special import Array, Index, without_nan

_FEW = 10  # kinds of groups that are left out one by one
_GOAL = 1e-9  # of the absolute error of a log probability, beyond which the posterior without the group is integrated
_PROBES = 32
_SAFETY = 10.0  # on the difference of two lattices, which may be alike by accident
_FARTHEST = 600.0  # of logs, where probabilities of groups are still to be had
_SUMMED = 64  # kinds of groups whose probabilities are summed one by one
_CHUNK = 1 << 21


@dataclass(frozen=True)
class Predicted:
    """log p(y_j | the others) of each pair with exposure, less its Poisson part, with a bound on its error."""

    value: Array
    error: Array


def predicted(hyper: Hyperposterior) -> Predicted:
    """What the others say of each group with exposure; the posterior without it must be proper."""
    size = len(hyper.likelihood.pairs.count)
    if size <= _FEW:
        return _one_by_one(hyper, np.arange(size))
    found = _together(hyper)
    bad = np.flatnonzero(~(found.error < max(_GOAL, 10.0 * hyper.likelihood.noise)))
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
    """log p(data), each group's Poisson probability at theta = y/e left out, and a bound on its error."""
    value = hyper.rule.log_total + _constant(hyper)
    error = _SAFETY * float(hyper.rule.spread[0]) + 2.0 * hyper.likelihood.noise + 4.0 * EPS * abs(value)
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
    centre, outermost = _centred(pairs, hyper.point, hyper.rule.log_probability)
    outer, least = pairs.subset(outermost), centre[outermost, None]

    def reach(x: Array, y: Array) -> Array:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
        flat = (np.ravel(np.broadcast_to(part, shape)) for part in (x, y))
        here = chart.point(*flat)[0]
        with np.errstate(all="ignore"):
            out = np.max(-log_each(outer, here) - least, axis=0)
        return np.nan_to_num(out, nan=-np.inf, posinf=-np.inf).reshape(shape)

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        here = chart.point(x, y)[0]
        out = np.full(2 * len(centre), np.nan)
        with np.errstate(over="ignore"):
            out[::2] = _chunked(pairs, here, lambda t, some: np.exp(t - centre[some, None] + log_p).sum(axis=1))
        return out

    frame, log_density = hyper.rule.frame, _summed(hyper) if len(centre) <= _SUMMED else hyper.log_density
    y0, width = (float(v[0]) for v in frame.near(np.array([frame.centre])))
    found = locate(log_density, (frame.centre, y0, frame.scale, width), reach)
    with np.errstate(invalid="ignore"):
        rule = integrate(log_density, found, statistics, reach)
    off = _SAFETY * np.maximum(rule.spread[1::2], rule.spread[0]) + hyper.likelihood.noise + noise(pairs)
    value = -centre - np.log(rule.statistics[::2])
    return Predicted(value, np.where(np.isfinite(value), off, np.inf))


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


def _centred(pairs: Pairs, at: Point, log_p: Array) -> tuple[Array, Index]:
    """Rough log E[1/p] of each pair; and those that are the largest beside that at some node: all others lie within."""
    centre = _chunked(pairs, at, lambda t, _: np.logaddexp.reduce(t + log_p, axis=1))
    highest, which = np.full(len(log_p), -np.inf), np.zeros(len(log_p), dtype=np.intp)
    for some in _chunks(len(centre), len(log_p)):
        t = -log_each(pairs.subset(some), at) - centre[some, None]
        best = np.argmax(t, axis=0)
        top = t[best, np.arange(len(log_p))]
        which = np.where(top > highest, some[best], which)
        highest = np.maximum(top, highest)
    return centre, np.unique(which)


def _chunked(pairs: Pairs, at: Point, each: Callable[[Array, Index], Array]) -> Array:
    """A number for each pair, from its row of log(1/p) at the points."""
    chunks = _chunks(len(pairs.count), len(at.log_mean))
    return np.concatenate([each(-log_each(pairs.subset(some), at), some) for some in chunks])


def _chunks(size: int, width: int) -> list[Index]:
    step = max(1, _CHUNK // max(1, width))
    return [np.arange(start, min(start + step, size)) for start in range(0, size, step)]
