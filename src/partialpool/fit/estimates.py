"""estimates(): y_j with known standard error s_j of each group."""

from __future__ import annotations

from partialpool.errors import RequestError
from partialpool.families.normal import ESTIMATES
from partialpool.families.normal import estimates as combined
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.posterior import Posterior
from partialpool.priors import Joint, Prior


def estimates(
    data: object = None,
    *,
    estimate: Column,
    se: Column | None = None,
    variance: Column | None = None,
    group: GroupColumns | None = None,
    prior: str | Prior | Joint = "uniform-shrinkage",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
) -> Posterior:
    """Estimates of groups that differ: y_j ~ Normal(theta_j, s_j^2) with known s_j, theta_j ~ Normal(mean, sd^2).

    The population's mean and sd have the given prior; the mean is integrated out in closed form, and the posterior of
    the sd, and every theta_j averaged over it, are found by deterministic quadrature, without sampling.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, or the path of a CSV or Parquet file. Every column below is named as it is named there, or given
            itself, as an array, a list or a Series; if all are given, data is left out.
        estimate: column with the estimates y, any finite numbers.
        se: column with their standard errors s, 0 (exact) or more; or
        variance: column with the squares of these.
        group: column, or several, that name the group; estimates of one group are combined by precision. Left out, each
            row is a group.
        prior: a name ("uniform-shrinkage", "flat", ...; see `partialpool.priors.named`) or a `Prior` of mean and sd.
        level: probability of the intervals, in (0, 1).
        method: "full"; "empirical-bayes" (maximum likelihood of mean and sd) and "moments" (DerSimonian and Laird) plug
            in point estimates and ignore their uncertainty.
        missing: "refuse" rows with missing cells, or "drop" them and say how many.

    Returns:
        A frozen `Posterior`; `weight` is the posterior mean of sd^2/(s^2 + sd^2).

    Raises:
        DataError: the data cannot be read, or are no estimates with standard errors.
        RequestError: an argument is out of range.
        PriorError: the prior is no density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> schools = pp.datasets.load("eight_schools")
        >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
        >>> print(f"{fit.population_columns()['mean'][0]:.6f}")
        7.932375

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.4.
    """
    asked = request(ESTIMATES, prior, method, level)
    if (se is None) == (variance is None):
        raise RequestError("Give the standard errors as se= or their squares as variance=, one of the two.")
    columns = wanted(data, {"estimate": estimate, "se": se, "variance": variance}, group)
    rows, roles = columns.rows(missing), columns.roles
    return asked.fitted(
        combined(rows, roles["estimate"], roles.get("se"), roles.get("variance"), columns.group), columns, rows
    )
