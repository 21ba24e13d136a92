"""What a beta-binomial fit predicts of a group, or of one trial of a group, from everything else.

    p(y_j | rest)        = 1 / E[1 / p(y_j | mean, concentration)]
    p(success | rest)    = 1 / E[(n_j - 1 + concentration) / (y_j - 1 + alpha)],  and so for a failure with beta

The expectations are over the posterior given all data, and hold exactly; but their integrands reach as far as the
posterior given the rest, which is wider. So that one is integrated itself where that is quick, as a ratio of two
normalising constants,

    p(y_j | rest) = p(all data) / p(rest),

and otherwise the posterior is integrated again on nodes that cover all those integrands, on two lattices whose
difference tells the error; where that is not small, the first way is taken for these groups.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153; Gelfand, Dey and Chang 1992,
Bayesian Statistics 4:147.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.errors import ImproperPosteriorError
from partialpool.inference.proportions.hyper import Hyperposterior, hyperposterior
from partialpool.inference.proportions.orientation import swapped
from partialpool.integrate.covering import log_means, worth_again
from partialpool.marginals.beta_binomial import EPS, Pairs
from partialpool.marginals.beta_binomial_each import log_at_mode, log_each, noise
from partialpool.populations.beta import Point
from partialpool.propriety.proper import improper, log_mass
from partialpool.propriety.proportions import Design, check, design
from partialpool.safety import TWINS
from partialpool.special import Array, Index

GROUP, SUCCESS, FAILURE = 0, 1, 2

_FEW = 10  # things to leave out that are left out one by one
_GOAL = 1e-9  # of the absolute error of a log probability, beyond which the posterior without the group is integrated


@dataclass(frozen=True)
class Parts:
    """Things to leave out: a group (0), a success (1) or a failure (2) of a group, and which distinct pair it is of."""

    kind: Index
    pair: Index

    def __len__(self) -> int:
        return len(self.kind)

    def subset(self, which: Index) -> Parts:
        return Parts(self.kind[which], self.pair[which])


@dataclass(frozen=True)
class Predicted:
    """log p(part | rest) of each part with an estimate of its error; less the binomial part of it, for groups."""

    value: Array
    error: Array


def parts(pairs: Pairs) -> tuple[Parts, Parts]:
    """The groups with data; and of each a success and a failure, where it has one."""
    some = [np.flatnonzero(values > 0) for values in (pairs.trials, pairs.successes, pairs.failures)]
    groups = Parts(np.zeros(len(some[0]), dtype=np.intp), some[0])
    kinds = np.repeat([SUCCESS, FAILURE], [len(some[1]), len(some[2])])
    return groups, Parts(kinds, np.concatenate(some[1:]))


def predicted(hyper: Hyperposterior, of: Parts) -> Predicted:
    """What is left, one part left out, says of that part; the posterior without it must be proper."""
    if len(of) <= _FEW:
        return _one_by_one(hyper, of)
    found = _together(hyper, of)
    bad = worth_again(found.error, max(_GOAL, 2.0 * evidence(hyper)[1]))
    if not len(bad):
        return found
    again = _one_by_one(hyper, of.subset(bad))
    value, error = found.value.copy(), found.error.copy()
    better = again.error < error[bad]
    value[bad[better]], error[bad[better]] = again.value[better], again.error[better]
    return Predicted(value, error)


def improper_without(hyper: Hyperposterior, of: Parts) -> bool:
    """Whether there is a part without which the posterior is improper."""
    pairs = _outer(hyper)
    every = design(pairs)
    for one in {_design_without(every, pairs, kind, k) for kind, k in _listed(hyper, of)}:
        if _nothing(one):
            if improper(hyper.prior):
                return True
            continue
        try:
            check(hyper.prior, one)
        except ImproperPosteriorError:
            return True
    return False


# --- one by one


def _one_by_one(hyper: Hyperposterior, of: Parts) -> Predicted:
    """By integrating the posterior without each part."""
    pairs = _outer(hyper)
    whole, off = evidence(hyper)
    values, errors = np.empty(len(of)), np.empty(len(of))
    for i, (kind, k) in enumerate(_listed(hyper, of)):
        rest = _without(pairs, kind, k)
        if (rest.trials > 0).any():
            log_rest, rest_off = evidence(hyperposterior(rest, hyper.prior))
        else:
            mass = log_mass(hyper.prior)
            log_rest, rest_off = mass.log, mass.error
        values[i] = whole - log_rest + (_step(pairs, kind, k) if kind != GROUP else 0.0)
        errors[i] = off + rest_off
    return Predicted(values, errors)


def evidence(hyper: Hyperposterior) -> tuple[float, float]:
    """log p(data), each group's binomial probability at theta = y/n left out, and an estimate of its error."""
    large, pairs = hyper.likelihood.large, hyper.pairs
    alone = np.isin(pairs.successes + 1j * pairs.failures, large.successes + 1j * large.failures)
    moderate = float((pairs.count * log_at_mode(pairs))[~alone].sum())
    total = hyper.rule.log_total
    error = TWINS * float(hyper.rule.spread[0]) + hyper.likelihood.noise + 4.0 * EPS * (abs(total) + abs(moderate))
    return total - moderate, error


def _outer(hyper: Hyperposterior) -> Pairs:
    """The pairs as the caller counts."""
    return swapped(hyper.pairs) if hyper.flipped else hyper.pairs


def _listed(hyper: Hyperposterior, of: Parts) -> list[tuple[int, int]]:
    """The parts, as the caller counts."""
    kinds = np.where(of.kind == GROUP, GROUP, 3 - of.kind) if hyper.flipped else of.kind
    return list(zip(kinds.tolist(), of.pair.tolist(), strict=True))


def _without(pairs: Pairs, kind: int, k: int) -> Pairs:
    """The pairs with one group less, or with one trial of a group less."""
    y, f, count = pairs.successes, pairs.failures, pairs.count.copy()
    count[k] -= 1.0
    if kind != GROUP:
        rest = y[k] - (kind == SUCCESS), f[k] - (kind == FAILURE)
        same = np.flatnonzero((y == rest[0]) & (f == rest[1]))
        if len(same):
            count[same[0]] += 1.0
        else:
            y, f, count = np.append(y, rest[0]), np.append(f, rest[1]), np.append(count, 1.0)
    keep = count > 0
    return Pairs(y[keep], f[keep], count[keep])


def _step(pairs: Pairs, kind: int, k: int) -> float:
    """How `log_at_mode` of a pair changes with the trial that is left out.

    y log(y/n) + f log(f/n) - (y-1) log((y-1)/(n-1)) - f log(f/(n-1)), in differences.
    """
    y, f = float(pairs.successes[k]), float(pairs.failures[k])
    y, f = (y, f) if kind == SUCCESS else (f, y)
    if y + f <= 1.0:
        return 0.0
    change = float(np.log1p(1.0 / (y + f - 1.0)))
    own = (y - 1.0) * (float(np.log1p(1.0 / (y - 1.0))) - change) if y > 1.0 else 0.0
    return float(np.log(y / (y + f))) + own - f * change


def _design_without(every: Design, pairs: Pairs, kind: int, k: int) -> Design:
    """What propriety depends on, without a part."""
    one = Pairs(pairs.successes[k : k + 1], pairs.failures[k : k + 1], np.ones(1))
    out = [(one, -1)] if kind == GROUP else [(one, -1), (_without(one, kind, 0), 1)]
    fields = tuple(Design.__dataclass_fields__)
    changes = [(design(pair), sign) for pair, sign in out]
    return Design(*(getattr(every, f) + sum(sign * getattr(found, f) for found, sign in changes) for f in fields))


def _nothing(data: Design) -> bool:
    return data.groups == 0


# --- all together


def _together(hyper: Hyperposterior, of: Parts) -> Predicted:
    """By averages over nodes that cover all that is averaged."""

    def inverse(some: Index, x: Array, y: Array) -> Array:
        return _inverse(hyper.pairs, of.subset(some), hyper.chart.at(x, y))

    value, spread = log_means(hyper.log_density, hyper.rule, inverse, len(of))
    return Predicted(-value, TWINS * spread + hyper.likelihood.noise + noise(hyper.pairs)[of.pair])


def _inverse(pairs: Pairs, of: Parts, at: Point) -> Array:
    """log 1/p(part | everything else of its group, point): (parts, points)."""
    out = np.empty((len(of), len(at.log_mean)))
    group = of.kind == GROUP
    if group.any():
        k = of.pair[group]
        out[group] = -log_each(pairs.subset(k), at)
    with np.errstate(divide="ignore"):
        for kind, values, log_a in (
            (SUCCESS, pairs.successes, at.log_alpha),
            (FAILURE, pairs.failures, at.log_beta),
        ):
            some = of.kind == kind
            k = of.pair[some]
            n, v = np.log(pairs.trials[k] - 1.0), np.log(values[k] - 1.0)
            out[some] = np.logaddexp(n[:, None], at.log_kappa) - np.logaddexp(v[:, None], log_a)
    return out
