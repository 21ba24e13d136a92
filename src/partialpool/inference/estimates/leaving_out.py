"""What a fit of estimates predicts of one group's estimate from all others.

Given the population's sd, y_j is normal about the mean of the others. With h_j^2 = s_j^2 + sd^2, m and v the mean and
sd of the population's mean given all, and u_j = (v/h_j)^2, the group's own share in m,

    y_j | rest, sd   ~  N(y_j - (y_j - m)/(1 - u_j), h_j^2/(1 - u_j))
    1/p(y_j | rest)  =  E[1/p(y_j | rest, sd)]

The expectation is over the posterior given all estimates, but its integrand reaches as far as the posterior given the
others. So either that one is integrated itself, p(y_j | rest) = p(all) / p(rest), which is quick for few groups; or the
posterior is integrated again on nodes that cover all those integrands, nested rules telling the error.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.errors import ImproperPosteriorError
from partialpool.inference.estimates.hyper import TOLERANCE, Hyperposterior, nodes_at
from partialpool.inference.estimates.integration import hyperposterior
from partialpool.integrate.axis import Rule, extrapolated, integrate, nested
from partialpool.integrate.covering import worth_again
from partialpool.integrate.survey import locate
from partialpool.marginals.normal_normal import Conditional, Distinct, Scaled
from partialpool.priors import NormalPrior
from partialpool.propriety.estimates import check, design, mean_below, sd_below
from partialpool.propriety.proper import improper, log_mass
from partialpool.special import HALF_LOG_2PI, Array, Index

_FEW = 40  # groups that are left out one by one
_GOAL = 1e-9  # of the absolute error of a log density, beyond which the posterior without the group is integrated
_OUTER = 200  # groups that decide how far and how finely to look
_FARTHEST = 690.0  # of the coordinate of log sd
_CHUNK = 1 << 21
_EPSILON = 2.3e-16


@dataclass(frozen=True)
class Predicted:
    """log p(y_j | the others) of each distinct pair, with an estimate of its error."""

    value: Array
    error: Array


def predicted(of: Distinct, hyper: Hyperposterior, prior: NormalPrior) -> Predicted:
    """What the others say of each distinct pair; the posterior without it must be proper."""
    size = len(of.se)
    every = np.arange(size)
    if size <= _FEW:
        return _one_by_one(of, prior, every)
    found = _together(hyper)
    bad = worth_again(found.error, _GOAL)
    if not len(bad):
        return found
    again = _one_by_one(of, prior, bad)
    value, error = found.value.copy(), found.error.copy()
    better = ~(error[bad] <= again.error)
    value[bad[better]], error[bad[better]] = again.value[better], again.error[better]
    return Predicted(value, error)


def improper_without(of: Distinct, prior: NormalPrior) -> bool:
    """Whether there is a group without which the posterior is improper."""
    if of.count.sum() == 1:
        return bool(improper(prior))
    kinds = [np.flatnonzero(some)[:1] for some in (of.se == 0.0, of.se > 0.0)]
    exact = np.flatnonzero(of.se == 0.0)
    kinds.append(exact[of.count[exact] == 1.0][:1])
    try:
        for k in np.unique(np.concatenate(kinds)).tolist():
            check(prior, design(_without(of, k)))
    except ImproperPosteriorError:
        return True
    return False


def evidence(of: Distinct, prior: NormalPrior) -> tuple[float, float]:
    """log p(estimates) and an estimate of its error; of none it is what the prior integrates to."""
    if not len(of.se):
        mass = log_mass(prior)
        return mass.log, mass.error
    facts = design(of)
    hyper = hyperposterior(of, prior, (sd_below(prior, facts), mean_below(prior, facts)))
    value = hyper.log_evidence
    return value, _mass_error(hyper.rule) + hyper.common + 4.0 * _EPSILON * abs(value)


def _mass_error(rule: Rule) -> float:
    """Estimated relative error of the integral, from the rules of two and four times the step."""
    f = np.exp(rule.log_f - np.max(rule.log_f))
    one, two, four = (k * float(f[::k].sum()) for k in (1, 2, 4))
    return extrapolated(np.array([abs(two - four) / one]), np.array([abs(one - two) / one]))


# --- one by one


def _one_by_one(of: Distinct, prior: NormalPrior, which: Index) -> Predicted:
    """By integrating the posterior without each group."""
    whole, off = evidence(of, prior)
    rest = [evidence(_without(of, k), prior) for k in which.tolist()]
    values, errors = (np.array(part) for part in zip(*rest, strict=True))
    return Predicted(whole - values, off + errors)


def _without(of: Distinct, k: int) -> Distinct:
    """The pairs with one group less."""
    count = of.count.copy()
    count[k] -= 1.0
    keep = count > 0.0
    left = np.repeat(np.arange(int(keep.sum())), count[keep].astype(np.intp))
    return Distinct(of.estimate[keep], of.se[keep], count[keep], left)


# --- all together


def _together(hyper: Hyperposterior) -> Predicted:
    """By averages over nodes that cover all that is averaged."""
    data, sample, support = hyper.data, hyper.sample, hyper.support
    every = np.arange(len(data.se))
    at, log_p = hyper.nodes.given, hyper.nodes.log_probability
    chunks = _chunks(every, len(log_p))
    centre = np.concatenate([np.logaddexp.reduce(_inverse(data.subset(some), at) + log_p, axis=1) for some in chunks])
    outer = _outermost(data, at, centre)
    few, few_centre = data.subset(outer), centre[outer, None]

    def tilts(x: Array) -> Array:
        with np.errstate(all="ignore"):
            found = _inverse(few, nodes_at(sample, support, x, x).given) - few_centre
        return np.max(np.nan_to_num(found, nan=-np.inf, posinf=-np.inf), axis=0, keepdims=True)

    def watched(x: Array, log_p: Array) -> Array:
        return np.exp(_inverse(few, nodes_at(sample, support, x, log_p).given) - few_centre + log_p).T

    grid = hyper.rule.x[:: max(1, len(hyper.rule.x) // 200)]
    frame = locate(hyper.log_density, grid, hyper.log_density(grid), (-_FARTHEST, _FARTHEST), tilts)
    rule = integrate(hyper.log_density, frame, watched, TOLERANCE)
    return _averaged(hyper, rule, centre)


def _averaged(hyper: Hyperposterior, rule: Rule, centre: Array) -> Predicted:
    """The averages over the nodes of a rule, from rough ones."""
    nodes = hyper.at(rule)
    p, log_p = nodes.probability, nodes.log_probability
    values, errors = np.empty(len(centre)), np.empty(len(centre))
    for some in _chunks(np.arange(len(centre)), len(p)):
        t = _inverse(hyper.data.subset(some), nodes.given) - centre[some, None] + log_p
        found, off = nested(p, np.exp(t).T)
        own = _shares(hyper.data.se[some], nodes.given) @ p
        values[some] = -centre[some] - np.log(found)
        errors[some] = off + 40.0 * _EPSILON / np.maximum(1.0 - own, _EPSILON)
    return Predicted(values - hyper.data.log_unit, errors + rule.frame.outside[0] + 2.0 * hyper.noise)


def _chunks(places: Index, width: int) -> list[Index]:
    size = max(1, _CHUNK // max(1, width))
    return [places[start : start + size] for start in range(0, len(places), size)]


def _outermost(data: Scaled, at: Conditional, centre: Array) -> Index:
    """The groups whose 1/p is the largest at some node, and a few of all."""
    best = np.full(len(at.sd), -np.inf)
    which = np.zeros(len(at.sd), dtype=np.intp)
    for some in _chunks(np.arange(len(centre)), len(at.sd)):
        t = _inverse(data.subset(some), at) - centre[some, None]
        top = np.argmax(t, axis=0)
        height = t[top, np.arange(len(best))]
        which = np.where(height > best, some[top], which)
        best = np.maximum(best, height)
    spread = np.linspace(0, len(centre) - 1, _OUTER // 2).round().astype(np.intp)
    return np.unique(np.concatenate([which, spread]))


def _shares(se: Array, at: Conditional) -> Array:
    """u_j, the share of each group in the population's mean: (groups, nodes)."""
    return np.asarray((at.mean_sd / np.hypot(se[:, None], at.sd)) ** 2)


def _inverse(some: Scaled, at: Conditional) -> Array:
    """log 1/p(y_j | the others, sd), in the units of the data: (groups, nodes)."""
    h = np.hypot(some.se[:, None], at.sd)
    rest = 1.0 - (at.mean_sd / h) ** 2
    with np.errstate(all="ignore"):
        away = (some.estimate[:, None] - at.mean) / h
        return np.asarray(HALF_LOG_2PI + np.log(h) - 0.5 * np.log(rest) + 0.5 * away**2 / rest)
