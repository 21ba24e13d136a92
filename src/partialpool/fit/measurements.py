"""measurements(): the fit of normal measurements, several per group, with an unknown spread within groups."""

from __future__ import annotations

from partialpool.errors import RequestError
from partialpool.fit.by import sliceable
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.io.engines import check_memory
from partialpool.messages.progress import shown
from partialpool.models.data.measurements import measurements as from_rows
from partialpool.models.data.measurements import summaries, sums
from partialpool.models.normal_unknown import MEASUREMENTS
from partialpool.posterior import Posterior
from partialpool.priors import Density, Prior


@sliceable
@shown("reading and fitting")
def measurements(
    data: object = None,
    *,
    value: Column | None = None,
    group: GroupColumns | None = None,
    mean: Column | None = None,
    sd: Column | None = None,
    n: Column | None = None,
    prior: str | Prior | Density = "uniform-shrinkage",
    sigma: str = "shared",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
    decimal: str | None = None,
    tol: float | None = None,
    memory: str | int | None = None,
) -> Posterior:
    """Fit repeated measurements of groups: y_ij ~ Normal(theta_j, sigma^2), theta_j ~ Normal(mean, sd^2).

    The population's mean, its sd and the sigma within groups have the given prior. Their posterior, and that of every
    theta_j averaged over it, are computed by deterministic quadrature, without sampling. The intraclass correlation
    icc = sd^2/(sd^2 + sigma^2) is the correlation of two measurements of one group.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, a frame of Spark, or the path of a CSV or Parquet file. Each column argument below is the name of
            a column of `data`, or the column itself (array, list or Series); if none is a name, leave `data` out.
        value: column of the measurements, one row per measurement; or give `mean`, `sd` and `n` instead, one row per
            group or part of a group.
        group: column or columns that name the group; with summaries it may be left out, and then each row is a group.
        by: column or columns that cut the table into slices, such as countries, of which each has a fit of its own;
            then the fits are returned together, as a `Fits`.
        mean: column of the means of the measurements.
        sd: column of their sample standard deviations (divisor n - 1); 0 or a missing cell where n is 1.
        n: column of the numbers of measurements, whole numbers of at least 1.
        prior: a name ("uniform-shrinkage", "reference"; see `partialpool.priors.named`), a `Prior` of mean, sd and
            sigma, a density, which is then the prior density of the sd, or a text such as "sd ~ HalfNormal(3)".
        sigma: "shared", the only choice: all groups have the same sigma.
        level: probability of the intervals, in (0, 1).
        method: "full" integrates over the posterior of the population's parameters; "empirical-bayes" (restricted
            maximum likelihood: the mode under a flat mean and flat variances) and "moments" (analysis of variance) plug
            in point estimates of sd and sigma and ignore their uncertainty.
        missing: "refuse" rows with missing cells, or "drop" them with a warning that counts them.
        decimal: the decimal sign of numbers that are written as text, "." or ","; by default a point, or a comma
            where a text file shows one, such as 1,5 between semicolons.
        tol: the requested accuracy, in (0, 0.1]: relative error of means and sds, error in probability of quantiles
            and probabilities. Less accurate numbers come with a warning. By default answers aim at 1e-8, and a
            warning names numbers that may be off by more than 1e-6.
        memory: the memory that DuckDB may use while it adds up the rows of files, such as "2GB"; by default half of
            the machine's.

    Returns:
        A frozen `Posterior`. The weight of a group is the posterior mean of n sd^2/(n sd^2 + sigma^2).

    Raises:
        DataError: the data cannot be read, or cannot distinguish sigma from sd.
        RequestError: an argument is out of range.
        PriorError: the prior is not a density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> blood = {"diet": list("AAAABBBBBB"), "seconds": [62, 60, 63, 59, 63, 67, 71, 64, 65, 66]}
        >>> fit = pp.measurements(blood, value="seconds", group="diet")
        >>> fit.group_columns()["raw"]
        array([61., 66.])

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 11.6; Box and Tiao, Bayesian Inference in
    Statistical Analysis, chapter 5.
    """
    asked = request(MEASUREMENTS, prior, method, level, tol)
    _check_sigma(sigma)
    _check_columns(value, (mean, sd, n), group)
    columns = wanted(data, {"value": value, "mean": mean, "sd": sd, "n": n}, group)
    roles = columns.roles
    rows = columns.rows(
        missing,
        decimal,
        alone={"sd": "n"},
        sums=None if value is None else lambda: sums(roles["value"], columns.group),
        memory=check_memory(memory),
    )
    if value is not None:
        return asked.fitted(from_rows(rows, roles["value"], columns.group), columns, rows)
    return asked.fitted(summaries(rows, roles["mean"], roles["sd"], roles["n"], columns.group), columns, rows)


def _check_columns(value: Column | None, summary: tuple[Column | None, ...], group: GroupColumns | None) -> None:
    """Refuse columns that are neither measurements with their groups nor summaries."""
    given = [column for column in summary if column is not None]
    if value is None:
        if len(given) != 3:
            raise RequestError("Give value=, for one row per measurement, or all of mean=, sd= and n=, for summaries.")
        return
    if given:
        raise RequestError("Give value=, for one row per measurement, or mean=, sd= and n=, for summaries: not both.")
    if group is None or (isinstance(group, (str, list, tuple)) and not group):
        raise RequestError("Name the column of the groups, group=...: without it each row is alone.")


def _check_sigma(sigma: object) -> None:
    if sigma == "per-group":
        raise RequestError(
            'sigma="per-group" is not available. Either use sigma="shared", or summarise each group and take its '
            "standard error as known: pp.estimates(data, estimate=<mean>, se=<sd / sqrt(n)>, group=...)."
        )
    if sigma != "shared":
        raise RequestError(f'sigma must be "shared", not {sigma!r}.')
