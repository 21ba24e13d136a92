"""rates(): the fit of y_j events over an exposure e_j per group."""

from __future__ import annotations

from partialpool.fit.by import sliceable
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.io.engines import check_memory
from partialpool.messages.progress import shown
from partialpool.models.data.poisson import events_over, sums
from partialpool.models.gamma_poisson import RATES
from partialpool.posterior import Posterior
from partialpool.priors import Prior


@sliceable
@shown("reading and fitting")
def rates(
    data: object = None,
    *,
    events: Column,
    exposure: Column | None = None,
    group: GroupColumns | None = None,
    prior: str | Prior = "uniform-shrinkage",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
    decimal: str | None = None,
    tol: float | None = None,
    memory: str | int | None = None,
) -> Posterior:
    """Fit event rates that differ between groups: y_j ~ Poisson(e_j theta_j), theta_j ~ Gamma(shape, rate).

    The population's mean is shape/rate, its sd sqrt(shape)/rate; given both, theta_j ~ Gamma(y_j + shape, e_j + rate),
    whose mean is w_j y_j/e_j + (1 - w_j) shape/rate with w_j = e_j/(e_j + rate). The posterior of shape and rate, and
    that of every theta_j averaged over it, are computed by deterministic quadrature, without sampling. Exponential
    durations with censoring have the same likelihood: give the observed events and the total time at risk.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, a frame of Spark, or the path of a CSV or Parquet file. Each column argument below is the name of
            a column of `data`, or the column itself (array, list or Series); if none is a name, leave `data` out.
        events: column of the numbers of events y, whole numbers of at least 0.
        exposure: column of the exposures e >= 0 (time, area, population, ...), in any unit; if it is left out, each row
            has exposure 1.
        group: column or columns that name the group; the rows of one group are added up. If it is left out, each row is
            a group of its own.
        by: column or columns that cut the table into slices, such as countries, of which each has a fit of its own;
            then the fits are returned together, as a `Fits`.
        prior: a name ("uniform-shrinkage", ...; see `partialpool.priors.named("rates")`), a `Prior` on mean and rate,
            shape and rate, or mean and shape, or a text such as "shape ~ Exponential(1)".
        level: probability of the intervals, in (0, 1).
        method: "full" integrates over the posterior of the population's parameters; "empirical-bayes" (marginal maximum
            likelihood) and "moments" (mean and spread of the raw rates, weighted by exposure) plug in point estimates
            and ignore their uncertainty.
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
        DataError: the data cannot be read, or are not counts and exposures.
        RequestError: an argument is out of range.
        PriorError: the prior is not a density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> pumps = pp.datasets.load("pump_failures")
        >>> fit = pp.rates(pumps, events="failures", exposure="time_thousand_hours", group="pump")
        >>> print(f"{fit.group_columns()['mean'][0]:.4f}")
        0.0614

    Source: Gaver and O'Muircheartaigh 1987, Technometrics 29:1.
    """
    asked = request(RATES, prior, method, level, tol)
    columns = wanted(data, {"events": events, "exposure": exposure}, group)
    roles = columns.roles
    rows = columns.rows(
        missing,
        decimal,
        sums=lambda: sums(roles["events"], roles.get("exposure"), columns.group),
        memory=check_memory(memory),
    )
    return asked.fitted(events_over(rows, roles["events"], roles.get("exposure"), columns.group), columns, rows)
