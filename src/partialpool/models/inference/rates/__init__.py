"""Inference for rates (gamma-Poisson): from groups and a prior to answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.gamma_poisson import PoissonCells
from partialpool.distributions.populations.gamma import PARAMETERS
from partialpool.engine.results import Results, Solved
from partialpool.errors import DataError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted
from partialpool.models.inference.rates.fixed import Fixed
from partialpool.models.inference.rates.hyper import hyperposterior
from partialpool.models.inference.rates.integrated import Integrated
from partialpool.models.inference.rates.points import marginal_maximum, moment_estimate
from partialpool.priors.on_gamma import GammaPrior
from partialpool.priors.propriety.rates import check, design, orders
from partialpool.special import Array

_POINTS = {"empirical-bayes": marginal_maximum, "moments": moment_estimate}
_MOST_EVENTS = 1e10  # events per group beyond which doubles do not keep the promised accuracy


def solve(groups: Groups, prior: GammaPrior, method: str) -> Solved:
    """Find the posterior of every group and of the population, or the conditional posterior at point estimates."""
    pairs, where = distinct(groups.statistics["events"], groups.statistics["exposure"])
    _check_size(pairs)
    prior = prior.for_design(_typical_exposure(pairs))
    if method != "full":
        mean, shape, note = _POINTS[method](pairs)
        said = f'method "{method}" ignores the uncertainty of the population\'s parameters'
        return Solved(Fixed(mean, shape, pairs, where, f"{method}: {note}"), prior, (said,))
    facts = design(pairs)
    check(prior, facts)
    hyper = hyperposterior(pairs, prior, {name: orders(prior, facts, name) for name in PARAMETERS})
    results: Results = Integrated(hyper, where)
    return Solved(results, prior, _warnings(facts.groups, prior))


def distinct(events: NDArray[np.int64], exposure: Array) -> tuple[PoissonCells, NDArray[np.intp]]:
    """Distinct (events, exposure) in order, the number of groups with each, and the index of every group's pair."""
    e, y = exposure.astype(float), events.astype(float)
    order = np.lexsort((y, e))
    e, y = e[order], y[order]
    first = np.concatenate([[True], (e[1:] != e[:-1]) | (y[1:] != y[:-1])])
    where = np.empty(len(order), dtype=np.intp)
    where[order] = np.cumsum(first) - 1
    return PoissonCells(y[first], e[first], np.bincount(where).astype(float)), where


def _typical_exposure(pairs: PoissonCells) -> float:
    """The harmonic mean of the exposures of groups with exposure."""
    some = pairs.informative
    return float(some.count.sum() / np.sum(some.count / some.exposure))


def _check_size(pairs: PoissonCells) -> None:
    """Refuse data without any exposure, and counts too large for the accuracy of double precision."""
    if not (pairs.exposure > 0.0).any():
        raise DataError("No group has any exposure: there is nothing to learn from. Give groups with exposure above 0.")
    largest = float(np.max(pairs.events))
    if largest > _MOST_EVENTS:
        raise DataError(
            f"A group has {largest:.4g} events; above {_MOST_EVENTS:.0e} the digits of a double do not suffice for the "
            "accuracy that is promised. The rate of such a group is its own data's: leave it out, and fit the others."
        )


def _warnings(groups: int, prior: GammaPrior) -> tuple[str, ...]:
    """Warnings about the results."""
    said = list(prior.cautions)
    if groups <= 2:
        said.append(f"only {counted(groups, 'group')} with data: the prior dominates what is said of the population")
    return tuple(said)
