"""proportions(): y_j successes of n_j trials in each group."""

from __future__ import annotations

from partialpool.calling import checked
from partialpool.families.binomial import counts
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.models.beta_binomial import PROPORTIONS
from partialpool.posterior import Posterior
from partialpool.priors import Prior
from partialpool.progress import shown


@checked
@shown("reading and fitting")
def proportions(
    data: object = None,
    *,
    successes: Column,
    trials: Column | None = None,
    group: GroupColumns | None = None,
    prior: str | Prior = "uniform-shrinkage",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
    decimal: str | None = None,
    tol: float | None = None,
) -> Posterior:
    """Proportions that differ between groups: y_j ~ Binomial(n_j, theta_j), theta_j ~ Beta(alpha, beta).

    The population's mean alpha/(alpha+beta) and concentration alpha+beta have the given prior; their posterior, and
    every theta_j averaged over it, are found by deterministic quadrature, without sampling.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, or the path of a CSV or Parquet file. Every column below is named as it is named there, or given
            itself, as an array, a list or a Series; if all are given, data is left out.
        successes: column with the number of successes y, whole numbers from 0 to trials.
        trials: column with the number of trials n; left out, each row is one trial with outcome 0 or 1.
        group: column, or several, that name the group; rows of one group are added up. Left out, each row is a group.
        prior: a name ("uniform-shrinkage", "bda", ...; see `partialpool.priors.named`), a `Prior`, or a text such as
            "concentration ~ Gamma(2, 0.1)".
        level: probability of the intervals, in (0, 1).
        method: "full"; "empirical-bayes" (marginal maximum likelihood) and "moments" (mean and spread of the raw
            rates, weighted by trials: Kleinman 1973) plug in point estimates and ignore their uncertainty. Moments
            without weights, as some textbooks take, differ where sizes do.
        missing: "refuse" rows with missing cells, or "drop" them and say how many.
        decimal: "." or ",", the sign that begins the decimals of numbers that are written as text; left out, a point,
            or a comma in a text file that shows it, such as one with 1,5 between semicolons.
        tol: the accuracy that is asked for, above 0 and at most 0.1, relative of means and sds and in probability of
            the rest: what is less accurate comes with a warning. Left out, answers aim at 1e-8 and warn above 1e-6.

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
    asked = request(PROPORTIONS, prior, method, level, tol)
    columns = wanted(data, {"successes": successes, "trials": trials}, group)
    rows, roles = columns.rows(missing, decimal), columns.roles
    return asked.fitted(counts(rows, roles["successes"], roles.get("trials"), columns.group), columns, rows)
