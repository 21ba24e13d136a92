"""The posterior of estimates with known standard errors when one of them is left out.

Given the population's sd, y_j is normal about the mean of the others. With h_j^2 = s_j^2 + sd^2, m and v the mean and
sd of the population's mean given all, and u_j = (v/h_j)^2, the group's own share in m,

    y_j | rest, sd   ~  N(y_j - (y_j - m)/(1 - u_j), h_j^2/(1 - u_j))

and the nodes of the sd lie on a line.
"""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.normal_given import Given
from partialpool.distributions.marginals.normal_normal import Distinct, Scaled
from partialpool.engine.leaving_out import Parts, Predicted, improper_without, reweighted
from partialpool.models.inference.estimates.hyper import Hyperposterior
from partialpool.models.inference.estimates.integration import hyperposterior
from partialpool.priors import NormalPrior
from partialpool.priors.propriety.estimates import Design, check, design, mean_below, sd_below
from partialpool.priors.propriety.proper import Mass, log_mass
from partialpool.quadrature.axis import Rule, extrapolated, refined
from partialpool.quadrature.chunks import chunks
from partialpool.special import HALF_LOG_2PI, Array, Index

_EPSILON = 2.3e-16


def groups(of: Distinct, hyper: Hyperposterior, prior: NormalPrior) -> Parts:
    """The groups as parts to leave out."""
    every, exact = design(of), of.se == 0.0
    designs = {
        Design(every.groups - 1, every.exact - one, every.values - (one and single))
        for one, single in zip(exact.tolist(), (of.count == 1.0).tolist(), strict=True)
    }
    return Parts(
        of.count,
        improper_without("the groups", prior, designs, check),
        lambda: together(hyper),
        lambda: evidence(of, prior),
        lambda k: evidence(_without(of, k), prior),
    )


def evidence(of: Distinct, prior: NormalPrior) -> Mass:
    """Log p(estimates); without any estimate, the integral of the prior."""
    if not len(of.se):
        return log_mass(prior)
    facts = design(of)
    hyper = hyperposterior(of, prior, (sd_below(prior, facts), mean_below(prior, facts)))
    value = hyper.log_evidence
    return Mass(value, _mass_error(hyper.rule) + hyper.common + 4.0 * _EPSILON * abs(value))


def _mass_error(rule: Rule) -> float:
    """Estimated relative error of the integral, by comparing rules of one, two and four times the step."""
    f = np.exp(rule.log_f - np.max(rule.log_f))
    one, two, four = (k * float(f[::k].sum()) for k in (1, 2, 4))
    return extrapolated(np.array([abs(two - four) / one]), np.array([abs(one - two) / one]))


def _without(of: Distinct, k: int) -> Distinct:
    """The distinct groups without one group of the k-th kind."""
    count = of.count.copy()
    count[k] -= 1.0
    keep = count > 0.0
    left = np.repeat(np.arange(int(keep.sum())), count[keep].astype(np.intp))
    return Distinct(of.estimate[keep], of.se[keep], count[keep], left)


def together(hyper: Hyperposterior) -> Predicted:
    """Predict each group from the others by averages over nodes on the line, which form two interleaved lattices."""
    data, rule = hyper.data, refined(hyper.log_density, hyper.rule)
    nodes = hyper.at(rule)
    at, second = nodes.given, np.arange(len(rule.x)) % 2 == 1
    own = np.concatenate([_shares(data.se[some], at) @ nodes.probability for some in chunks(len(data.se), len(rule.x))])
    noise = 2.0 * hyper.noise + 40.0 * _EPSILON / np.maximum(1.0 - own, _EPSILON)

    def inverse(some: Index) -> Array:
        return _inverse(data.subset(some), at)

    found = reweighted(nodes.log_probability, second, float(rule.frame.outside[0]), inverse, noise)
    return Predicted(found.value - data.log_unit, found.error)


def _shares(se: Array, at: Given) -> Array:
    """Share u_j of each group in the population's mean: (groups, nodes)."""
    return np.asarray((at.mean_sd / np.hypot(se[:, None], at.sd)) ** 2)


def _inverse(some: Scaled, at: Given) -> Array:
    """Log 1/p(y_j | the others, sd), in the units of the data: (groups, nodes)."""
    h = np.hypot(some.se[:, None], at.sd)
    rest = 1.0 - _shares(some.se, at)
    with np.errstate(all="ignore"):
        away = (some.estimate[:, None] - at.mean) / h
        return np.asarray(HALF_LOG_2PI + np.log(h) - 0.5 * np.log(rest) + 0.5 * away**2 / rest)
