"""Inference for measurements (raw rows of a normal population): from groups and a prior to answers."""

from __future__ import annotations

from partialpool.distributions.marginals.normal_unknown import Centre, likelihood
from partialpool.engine.results import Results, Solved
from partialpool.errors import DataError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted
from partialpool.models.inference.measurements.estimates import moment_estimate, restricted_maximum
from partialpool.models.inference.measurements.fixed import Fixed
from partialpool.models.inference.measurements.integration import hyperposterior
from partialpool.models.inference.measurements.reduction import Reduced, reduced
from partialpool.models.inference.measurements.target import Target
from partialpool.models.inference.normal.integrated import Integrated
from partialpool.priors import Normal, NormalPrior
from partialpool.priors.propriety.measurements import check, missing_moment

_ESTIMATES = {
    "empirical-bayes": (restricted_maximum, "restricted maximum likelihood"),
    "moments": (moment_estimate, "analysis of variance"),
}


def solve(groups: Groups, prior: NormalPrior, method: str) -> Solved:
    """Find the posterior of every group and of the population, or the conditional posterior at point estimates."""
    data = reduced(groups)
    prior = prior.for_design(data.sizes)
    _check_rows(data, prior, method)
    if method == "full":
        exists = check(prior, data.design)
        target = Target(likelihood(data.sample, _centre(data, prior)), prior, data.log_unit)
        results: Results = Integrated(hyperposterior(target, data, exists))
    else:
        estimate, how = _ESTIMATES[method]
        sd, sigma, note = estimate(data.sample)
        results = Fixed(sd, sigma, Centre(), data, f"{method} ({how}): {note}")
    return Solved(results, prior, (*prior.cautions, *_warnings(data, method, results)))


def _centre(data: Reduced, prior: NormalPrior) -> Centre:
    """The prior of the mean in the units of the likelihood."""
    if isinstance(prior.mean, Normal):
        return Centre(data.there(prior.mean.mean), prior.mean.sd / data.unit)
    return Centre()


def _check_rows(data: Reduced, prior: NormalPrior, method: str) -> None:
    """Refuse rows that cannot separate the spread within groups from that between them."""
    assert prior.sigma is not None
    proper = prior.sigma.at_zero > -1.0 and prior.sigma.at_infinity > 1.0
    if data.design.rows == data.design.groups and not (proper and method == "full"):
        raise DataError(
            "No group has more than one row, so that sigma, the spread within groups, is not identified. Give a group "
            "with two rows or more, or use pp.estimates(), where the standard error of each row is known, or give "
            "sigma a proper prior such as pp.Prior(sigma=pp.HalfNormal(scale))."
        )
    if method != "full" and not data.design.within:
        raise DataError(
            f'The rows of every group are equal, so that sigma would be 0: method "{method}" has no answer. Check '
            "whether the values were rounded or repeated."
        )


def _warnings(data: Reduced, method: str, results: Results) -> tuple[str, ...]:
    """Warnings about the results."""
    if not isinstance(results, Integrated):
        return (f'method "{method}" ignores the uncertainty of sd and sigma',)
    said, groups = [], data.design.groups
    if data.design.rows == groups:
        said.append("sigma is not identified apart from its prior: no group has more than one row")
    if groups <= 2:
        said.append(f"only {counted(groups, 'group')}: the prior dominates what is said of the population")
    missing = missing_moment(results.hyper.exists.theta, "theta")
    if missing:
        said.append(f"of the groups' parameters the {missing}")
    return tuple(said)
