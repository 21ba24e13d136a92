"""Inference for estimates with known standard errors (normal-normal): from groups and a prior to answers."""

from __future__ import annotations

import numpy as np

from partialpool.distributions.marginals.normal_normal import Distinct, distinct, scaled
from partialpool.engine.results import Solved
from partialpool.errors import DataError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted
from partialpool.models.inference.estimates.fixed import Fixed
from partialpool.models.inference.estimates.integration import hyperposterior
from partialpool.models.inference.estimates.points import marginal_maximum, moment_estimate, restricted_maximum
from partialpool.models.inference.normal.integrated import Integrated
from partialpool.priors.on_normal import NormalPrior
from partialpool.priors.propriety.estimates import check, design, mean_below, sd_below
from partialpool.special import Array

_POINTS = {
    "empirical-bayes": marginal_maximum,
    "reml": restricted_maximum,
    "moments": moment_estimate,
    "dersimonian-laird": moment_estimate,
}
_FARTHEST = 1e-290  # least ratio of a standard error to the spread of the estimates that a double can hold


def solve(groups: Groups, prior: NormalPrior, method: str) -> Solved:
    """Find the posterior of every group and of the population, or the conditional posterior at point estimates."""
    if not groups.size:
        raise DataError("There are no groups: there is nothing to learn from. Give at least one row.")
    estimate, se = (groups.statistics[role].astype(float) for role in ("estimate", "se"))
    of = distinct(estimate, se)
    if method != "full":
        mean, sd, note = _POINTS[method](of)
        said = f'method "{method}" ignores the uncertainty of the population\'s parameters'
        return Solved(Fixed(mean, sd, of, f"{method}: {note}"), _designed(prior, se), (said,))
    _check_range(of)
    facts = design(of)
    check(prior, facts)
    below = sd_below(prior, facts), mean_below(prior, facts)
    results = Integrated(hyperposterior(of, prior, below))
    return Solved(results, _designed(prior, se), _warnings(of, prior))


def _check_range(of: Distinct) -> None:
    """Refuse scales so far apart that a double cannot hold their ratio."""
    some = scaled(of, None).se[of.se > 0.0]
    if (some < _FARTHEST).any():
        smallest = float(of.se[of.se > 0.0][0])
        raise DataError(
            f"A standard error of {smallest:.3g} is less than {_FARTHEST:.0e} of how far the estimates are apart: "
            "their ratio is no double. Give it as 0, which is exact."
        )


def _designed(prior: NormalPrior, se: Array) -> NormalPrior:
    """Fill in what the prior takes from the design, if squares of the standard errors fit into doubles."""
    with np.errstate(over="ignore", under="ignore"):
        squares = se**2
        usual = np.isfinite(squares * squares).all() and (squares * squares)[se > 0.0].all()
    return prior.for_design(squares) if usual else prior


def _warnings(of: Distinct, prior: NormalPrior) -> tuple[str, ...]:
    """Warnings about the results."""
    size = int(np.sum(of.count))
    said = list(prior.cautions)
    if size <= 2:
        said.append(f"only {counted(size, 'group')}: the prior dominates what is said of the population")
    return tuple(said)
