"""From data to a posterior: one function a family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import Answers, Fixed, Integrated
from partialpool.backends import read
from partialpool.errors import DataError, RequestError
from partialpool.estimates import marginal_maximum, moment_estimate
from partialpool.families.binomial import counts
from partialpool.groups import Groups
from partialpool.hyper import hyperposterior
from partialpool.marginals.beta_binomial import Pairs
from partialpool.model import Model, check_method
from partialpool.posterior import SUMMARIES, Posterior, check_level
from partialpool.priors import Prior, resolve
from partialpool.propriety import check, design

_ESTIMATES = {"empirical-bayes": marginal_maximum, "moments": moment_estimate}
_MOST_TRIALS = 1e10
_LEAST = 1e-8  # an accuracy worse than this is worth a warning


def proportions(
    data: object,
    *,
    successes: str,
    trials: str | None = None,
    group: str | Sequence[str] | None = None,
    prior: str | Prior = "uniform-shrinkage",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
) -> Posterior:
    """Proportions that differ between groups: y_j ~ Binomial(n_j, theta_j), theta_j ~ Beta(alpha, beta).

    The population's mean alpha/(alpha+beta) and concentration alpha+beta have the given prior; their posterior, and
    every theta_j averaged over it, are found by deterministic quadrature, without sampling.

    Args:
        data: a dict of arrays, a pandas, Polars or PyArrow table, or the path of a CSV or Parquet file.
        successes: column with the number of successes y, whole numbers from 0 to trials.
        trials: column with the number of trials n; left out, each row is one trial with outcome 0 or 1.
        group: column, or several, that name the group; rows of one group are added up. Left out, each row is a group.
        prior: a name ("uniform-shrinkage", "bda", ...; see `partialpool.priors.named`) or a `Prior`.
        level: probability of the intervals, in (0, 1).
        method: "full"; "empirical-bayes" (marginal maximum likelihood) and "moments" plug in point estimates and
            ignore their uncertainty.
        missing: "refuse" rows with missing cells, or "drop" them and say how many.

    Returns:
        A frozen `Posterior`.

    Raises:
        DataError: the data cannot be read, or are no counts.
        RequestError: an argument is out of range.
        PriorError: the prior is no density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> fit = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
        >>> print(f"{fit.population_columns()['median'][0]:.4f}")
        0.1435

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.3.
    """
    check_level(level)
    method, chosen = check_method(method), resolve(prior)
    labels = [group] if isinstance(group, str) else list(group or ())
    rows = read(data, values=[successes, *([trials] if trials else [])], labels=labels, missing=missing)
    groups = counts(rows, successes, trials, group)
    _check_names(groups)
    pairs, where = distinct(groups.statistics["successes"], groups.statistics["trials"])
    _check_size(pairs)
    chosen = chosen.for_design(_typical_trials(pairs))
    if method == "full":
        check(chosen, design(pairs))
        answers: Answers = Integrated(hyperposterior(pairs, chosen), where)
    else:
        mean, concentration, note = _ESTIMATES[method](pairs)
        answers = Fixed(mean, concentration, pairs, where, f"{method}: {note}")
    model = Model("binomial", "beta", chosen, method)
    warnings = groups.notes + _warnings(pairs, method, answers)
    return Posterior(groups, model, answers, pairs, float(level), warnings)


def distinct(successes: NDArray[np.int64], trials: NDArray[np.int64]) -> tuple[Pairs, NDArray[np.intp]]:
    """Distinct (successes, trials), how many groups share each, and which one each group has."""
    width = int(successes.max()) + 1
    if int(trials.max()) < 2**62 // width:
        keys, where, count = np.unique(trials * width + successes, return_inverse=True, return_counts=True)
        y, n = keys % width, keys // width
    else:
        both = np.stack([trials, successes])
        (n, y), where, count = np.unique(both, axis=1, return_inverse=True, return_counts=True)
    return Pairs(y.astype(float), (n - y).astype(float), count.astype(float)), np.ravel(where)


def _typical_trials(pairs: Pairs) -> float:
    """The harmonic mean of the trials, over groups with any."""
    some = pairs.trials > 0
    return float(pairs.count[some].sum() / np.sum(pairs.count[some] / pairs.trials[some]))


def _check_names(groups: Groups) -> None:
    """Refuse column names that the table of groups needs for its own columns."""
    for name in (*groups.labels, *groups.columns.values()):
        if name in SUMMARIES:
            raise RequestError(
                f'The column "{name}" has the name of a result; rename it, for example "{name}_observed".'
            )


def _check_size(pairs: Pairs) -> None:
    """Refuse data that say nothing, and groups so large that double precision is not enough for what they say."""
    largest = float(np.max(pairs.trials))
    if largest > _MOST_TRIALS:
        raise DataError(
            f"A group has {largest:.4g} trials; above {_MOST_TRIALS:.0e} the digits of a double do not suffice for the "
            "accuracy that is promised. The rate of such a group is its own data's: leave it out, and fit the others."
        )
    if not (pairs.trials > 0).any():
        raise DataError("No group has any trials: there is nothing to learn from. Give groups with trials above 0.")


def _warnings(pairs: Pairs, method: str, answers: Answers) -> tuple[str, ...]:
    """What a reader of the results should know."""
    groups = int(pairs.count[pairs.trials > 0].sum())
    said = []
    if method != "full":
        said.append(f'method "{method}" ignores the uncertainty of the population\'s parameters')
        return tuple(said)
    if np.max(pairs.trials) <= 1:
        said.append("concentration is not identified: its posterior is its prior (no group has more than one trial)")
    if groups <= 2:
        said.append(
            f"only {groups} group{'s' * (groups > 1)} with data: the prior dominates what is said of the population"
        )
    if isinstance(answers, Integrated) and max(answers.hyper.mean_error(), answers.hyper.sd_error()) > _LEAST:
        said.append(f"the usual accuracy was not reached: {answers.accuracy}")
    return tuple(said)
