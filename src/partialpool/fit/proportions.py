"""proportions(): the fit of y_j successes in n_j trials per group."""

from __future__ import annotations

from partialpool.fit.by import sliceable
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.io.engines import check_memory
from partialpool.messages.progress import shown
from partialpool.models.beta_binomial import PROPORTIONS
from partialpool.models.data.binomial import counts, sums
from partialpool.posterior import Posterior
from partialpool.priors import Prior


@sliceable
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
    memory: str | int | None = None,
) -> Posterior:
    """Fit proportions that differ between groups: y_j ~ Binomial(n_j, theta_j), theta_j ~ Beta(alpha, beta).

    The population's mean alpha/(alpha + beta) and concentration alpha + beta have the given prior. Their posterior, and
    that of every theta_j averaged over it, are computed by deterministic quadrature, without sampling.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, a frame of Spark, or the path of a CSV or Parquet file. Each column argument below is the name of
            a column of `data`, or the column itself (array, list or Series); if none is a name, leave `data` out.
        successes: column of the numbers of successes y, whole numbers from 0 to n.
        trials: column of the numbers of trials n; if it is left out, each row is one trial, with outcome 0 or 1.
        group: column or columns that name the group; the rows of one group are added up. If it is left out, each row is
            a group of its own.
        by: column or columns that cut the table into slices, such as countries, of which each has a fit of its own;
            then the fits are returned together, as a `Fits`.
        prior: a name ("uniform-shrinkage", "bda", ...; see `partialpool.priors.named`), a `Prior`, or a text such as
            "concentration ~ Gamma(2, 0.1)".
        level: probability of the intervals, in (0, 1).
        method: "full" integrates over the posterior of the population's parameters; "empirical-bayes" (marginal maximum
            likelihood) and "moments" (mean and spread of the raw rates, weighted by trials: Kleinman 1973) plug in
            point estimates and ignore their uncertainty. Unweighted moments, which some textbooks use, give other
            numbers unless all groups have the same size.
        missing: "refuse" rows with missing cells, or "drop" them with a warning that counts them.
        decimal: the decimal sign of numbers that are written as text, "." or ","; by default a point, or a comma
            where a text file shows one, such as 1,5 between semicolons.
        tol: the requested accuracy, in (0, 0.1]: relative error of means and sds, error in probability of quantiles
            and probabilities. Less accurate numbers come with a warning. By default answers aim at 1e-8, and a
            warning names numbers that may be off by more than 1e-6.
        memory: the memory that DuckDB may use while it adds up the rows of files, such as "2GB"; by default half of
            the machine's.

    Returns:
        A frozen `Posterior`.

    Raises:
        DataError: the data cannot be read, or are not counts.
        RequestError: an argument is out of range.
        PriorError: the prior is not a density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> fit = pp.proportions(pp.datasets.load("rat_tumors"), successes="tumors", trials="rats", group="group")
        >>> print(f"{fit.population_columns()['median'][0]:.4f}")
        0.1435

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.3.
    """
    asked = request(PROPORTIONS, prior, method, level, tol)
    columns = wanted(data, {"successes": successes, "trials": trials}, group)
    roles = columns.roles
    rows = columns.rows(
        missing,
        decimal,
        sums=lambda: sums(roles["successes"], roles.get("trials"), columns.group),
        memory=check_memory(memory),
    )
    return asked.fitted(counts(rows, roles["successes"], roles.get("trials"), columns.group), columns, rows)
