"""Leave-one-out predictive distribution of each group's data, given all other groups, at the observed value.

    P(y* < y_j | the others)  =  E[P(y* < y_j | phi) / p(y_j | phi)] / E[1/p(y_j | phi)],

with expectations over the posterior given all groups, that is, its nodes reweighted by 1/p(y_j | phi). This is accurate
if the posterior without the group is similar to that with it, which is checked by comparing two sets of nodes. If they
differ, if the weights leave few nodes, or if there are few groups, the posterior without the group is integrated.

Source: Geisser and Eddy 1979, Journal of the American Statistical Association 74:153; Gelfand, Dey and Chang 1992,
Bayesian Statistics 4:147.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.outcomes import Outcomes, outcomes
from partialpool.engine.conditionals import FINENESS, Conditionals, Singles, left_of_lattices
from partialpool.errors import DataError, PriorError, RequestError
from partialpool.groups.groups import Groups, subset
from partialpool.messages.progress import counted, shown
from partialpool.models.model import Model
from partialpool.safety import BETWEEN_NODES
from partialpool.special import Array, Index

_FEW = 12  # up to so many distinct groups, each posterior without one group is integrated
_GOAL, _AT_ONCE = 1e-8, 1e-9  # error that ends refinement; of the two coarsest lattices, which may agree by chance
_GOOD = 1e-8  # error up to which reweighted nodes are accepted
_LEAST = 0.3  # effective share of the nodes that a reweighting must leave
_FINEST = 4  # largest fineness of the nodes
_CELLS = 1 << 21  # numbers in memory at a time
_MANY = 4_000_000  # distinct data times nodes, beyond which thinned nodes are used
_THIN = 5  # levels of thinned nodes that are tried
_JUDGES = 6  # data in each ordering by which thinned nodes are judged
_FROM_SOME = 10.0  # safety factor for the data that are not judged
_MOST = 100  # posteriors without one group that are integrated at most
_ROUNDING = 1e-12  # rounding error of the probabilities
_UNSURE = 20.0  # safety factor for the difference of two sets of nodes that do not agree
_IMPROPER = "without this group the posterior is improper"
_ALONE = "there is no other group"


@dataclass(frozen=True)
class Standing:
    """P(y* < y_j), P(y* = y_j) and P(y* > y_j) given all other groups, each of shape (groups,).

    `error` is the estimated error of the three, and `note` says why numbers are NaN.
    """

    lower: Array
    equal: Array
    upper: Array
    error: Array
    note: NDArray[Any]

    @property
    def pit(self) -> Array:
        """P(y* < y_j) + P(y* = y_j)/2."""
        return self.lower + 0.5 * self.equal

    @property
    def two_sided(self) -> Array:
        """The two-sided p-value 2 min(pit, 1 - pit), with full relative accuracy where it is small."""
        return np.minimum(2.0 * np.minimum(self.pit, self.upper + 0.5 * self.equal), 1.0)


@shown("groups left out")
def standing(fit: FittedModel, model: Model) -> Standing:
    """The leave-one-out predictive probabilities of each group's data."""
    data = outcomes(fit.family, fit.data)
    size = len(data.value)
    full = model.method == "full"
    if full and size <= _FEW:
        found, error = np.full((3, size), np.nan), np.full(size, np.inf)
        again = np.arange(size)
    else:
        many = size * len(fit.conditionals(1).probability) > _MANY
        found, error, kept = (_thinned if many else _reweighted)(fit, data)
        again = _to_integrate(error, kept) if full else np.zeros(0, dtype=np.intp)
    notes = np.full(size, "", dtype=object)
    error = np.where(error < _GOOD, error, _UNSURE * error)
    for k in counted(again.tolist()):
        rest = _without_one(fit, model, data, k)
        if rest is None:
            found[:, k], error[k], notes[k] = np.nan, np.nan, _IMPROPER if len(data.groups) > 1 else _ALONE
            continue
        if rest[1] <= max(error[k], _GOOD):
            found[:, k], error[k] = rest
    return _expanded(fit.data.size, data, found, error, notes)


def _to_integrate(error: Array, kept: Array) -> Index:
    """Indices of the data for which reweighted nodes are not accurate enough; only the worst, if there are many."""
    bad = np.flatnonzero(~(error < _GOOD) | (kept < _LEAST))
    return np.sort(bad[np.argsort(kept[bad], kind="stable")[:_MOST]])


def _expanded(size: int, data: Outcomes, found: Array, error: Array, notes: NDArray[Any]) -> Standing:
    """Expand results for distinct data to one per group."""
    every = np.full((4, size), np.nan)
    every[:, data.groups] = np.concatenate([found, error[None]])[:, data.where]
    note = np.full(size, "no data", dtype=object)
    note[data.groups] = notes[data.where]
    lower, equal, upper, errors = every
    return Standing(lower, equal, upper, errors, note)


# --- nodes reweighted


def _reweighted(fit: FittedModel, data: Outcomes) -> tuple[Array, Array, Array]:
    """Reweight ever finer nodes: probabilities (3, distinct), their errors and the effective share of the nodes."""
    last, best, error = None, np.empty((3, len(data.value))), np.full(len(data.value), np.inf)
    kept = np.ones(len(data.value))
    for fineness in range(_FINEST + 1):
        found, kept = _at(fit.conditionals(fineness), data)
        if last is not None:
            off = BETWEEN_NODES * np.abs(found - last).max(axis=0) + _ROUNDING
            better = off < error
            best[:, better], error[better] = found[:, better], off[better]
            if (error < _GOAL).all():
                break
        last = found
    return best, error, kept


def _thinned(fit: FittedModel, data: Outcomes) -> tuple[Array, Array, Array]:
    """Reweight thinned nodes, and estimate their error by full lattices for the most extreme and some other data."""
    every = [_at(fit.contrasts(fineness), data) for fineness in FINENESS[:_THIN]]
    some = _standing_out(data, *every[-1])
    expected, off, _ = _reweighted(fit, data.subset(some))
    gaps = [float(np.max(np.abs(found[:, some] - expected) + off)) for found, _ in every]
    best = int(np.argmin(gaps))
    found, kept = every[best]
    return found, np.full(len(data.value), _FROM_SOME * gaps[best]), kept


def _standing_out(data: Outcomes, found: Array, kept: Array) -> Index:
    """Indices of data that represent all: the most extreme in size, value, pit and effective share, and others."""
    orders = (np.argsort(part, kind="stable") for part in (data.size, data.raw, found[0] + 0.5 * found[1], kept))
    places = np.linspace(0, len(data.value) - 1, _JUDGES).round().astype(np.intp)
    return np.unique(np.concatenate([order[places] for order in orders]))


def _at(nodes: Conditionals, data: Outcomes) -> tuple[Array, Array]:
    """Reweighted probabilities over the nodes, (3, distinct), and the effective share of the nodes, (distinct,)."""
    size = max(1, _CELLS // len(nodes.probability))
    found, kept = np.empty((3, len(data.value))), np.empty(len(data.value))
    with np.errstate(divide="ignore"):
        log_p = np.log(nodes.probability)
    for start in range(0, len(data.value), size):
        some = np.arange(start, min(start + size, len(data.value)))
        part = data.subset(some)
        log_w = log_p - part.sampling(nodes.population, nodes.phi).log_probability(part)
        log_w -= log_w.max(axis=1, keepdims=True)
        w = np.exp(log_w)
        w /= w.sum(axis=1, keepdims=True)
        found[:, some] = _averaged(part, nodes, w)
        kept[some] = 1.0 / (w * w / np.maximum(nodes.probability, 1e-300)).sum(axis=1)
    return found, kept


def _averaged(data: Outcomes, nodes: Conditionals | Singles, weight: Array) -> Array:
    at = data.sampling(nodes.population, nodes.phi).tails(data)
    return np.stack([(weight * part).sum(axis=1) for part in (at.lower, at.equal, at.upper)])


# --- the posterior without one


def _without_one(fit: FittedModel, model: Model, data: Outcomes, k: int) -> tuple[Array, float] | None:
    """The three probabilities, and their error, from the posterior without group k; None if it is improper."""
    one = data.subset(np.array([k]))
    try:
        rest = without(fit.data, int(data.first[k]))
        if not rest.size:
            return None
        results = fit.family.solve(rest, model.prior, model.method).results
    except (PriorError, DataError, RequestError):
        return None
    other = FittedModel(fit.family, rest, results, fit.level)
    last, best, error = None, np.empty(3), np.inf
    for fineness in range(_FINEST + 3):
        nodes = other.singles(fineness) if results.without_mean else other.conditionals(fineness)
        found = _averaged(one, nodes, nodes.probability[None])[:, 0]
        if last is not None:
            off = left_of_lattices(float(np.abs(found - last).max())) + _ROUNDING
            if off < error:
                best, error = found, off
            if error < (_GOAL if fineness > 1 else _AT_ONCE):
                break
        last = found
    return best, error


def without(groups: Groups, k: int) -> Groups:
    """The groups without group k."""
    return subset(groups, np.arange(groups.size) != k)
