"""Inference for proportions (beta-binomial): from groups and a prior to answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.beta_binomial import BinomialCells
from partialpool.engine.results import Results, Solved
from partialpool.errors import DataError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted
from partialpool.models.inference.proportions.estimates import marginal_maximum, moment_estimate
from partialpool.models.inference.proportions.fixed import Fixed
from partialpool.models.inference.proportions.hyper import hyperposterior
from partialpool.models.inference.proportions.integrated import Integrated
from partialpool.priors.on_beta import BetaPrior
from partialpool.priors.propriety.proportions import check, design

_ESTIMATES = {"empirical-bayes": marginal_maximum, "moments": moment_estimate}
_MOST_TRIALS = 1e10  # trials per group beyond which doubles do not keep the promised accuracy


def solve(groups: Groups, prior: BetaPrior, method: str) -> Solved:
    """Find the posterior of every group and of the population, or the conditional posterior at point estimates."""
    pairs, where = distinct(groups.statistics["successes"], groups.statistics["trials"])
    _check_size(pairs)
    prior = prior.for_design(_typical_trials(pairs))
    if method == "full":
        check(prior, design(pairs))
        results: Results = Integrated(hyperposterior(pairs, prior), where)
    else:
        mean, concentration, note = _ESTIMATES[method](pairs)
        results = Fixed(mean, concentration, pairs, where, f"{method}: {note}")
    return Solved(results, prior, _warnings(pairs, method))


def distinct(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> tuple[BinomialCells, NDArray[np.intp]]:
    """Distinct (successes, trials), the number of groups with each, and the index of every group's pair."""
    width = int(successes.max()) + 1
    if int(trials.max()) < 2**62 // width:
        keys, where, count = np.unique(trials * width + successes, return_inverse=True, return_counts=True)
        y, n = keys % width, keys // width
    else:
        both = np.stack([trials, successes])
        (n, y), where, count = np.unique(both, axis=1, return_inverse=True, return_counts=True)
    return BinomialCells(y.astype(float), (n - y).astype(float), count.astype(float)), np.ravel(where)


def _typical_trials(pairs: BinomialCells) -> float:
    """The harmonic mean of the trials of groups with trials."""
    some = pairs.trials > 0
    return float(pairs.count[some].sum() / np.sum(pairs.count[some] / pairs.trials[some]))


def _check_size(pairs: BinomialCells) -> None:
    """Refuse data without any trials, and groups too large for the accuracy of double precision."""
    largest = float(np.max(pairs.trials))
    if largest > _MOST_TRIALS:
        raise DataError(
            f"A group has {largest:.4g} trials; above {_MOST_TRIALS:.0e} the digits of a double do not suffice for the "
            "accuracy that is promised. The rate of such a group is its own data's: leave it out, and fit the others."
        )
    if not (pairs.trials > 0).any():
        raise DataError("No group has any trials: there is nothing to learn from. Give groups with trials above 0.")


def _warnings(pairs: BinomialCells, method: str) -> tuple[str, ...]:
    """Warnings about the results."""
    groups = int(pairs.count[pairs.trials > 0].sum())
    said = []
    if method != "full":
        said.append(f'method "{method}" ignores the uncertainty of the population\'s parameters')
        return tuple(said)
    if np.max(pairs.trials) <= 1:
        said.append("concentration is not identified: its posterior is its prior (no group has more than one trial)")
    if groups <= 2:
        said.append(f"only {counted(groups, 'group')} with data: the prior dominates what is said of the population")
    return tuple(said)
