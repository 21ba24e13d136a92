"""rates(): y_j events over an exposure e_j in each group."""

from __future__ import annotations

from partialpool.calling import checked
from partialpool.families.poisson import events_over
from partialpool.fit.columns import Column, GroupColumns, wanted
from partialpool.fit.fitting import request
from partialpool.models.gamma_poisson import RATES
from partialpool.posterior import Posterior
from partialpool.priors import Prior
from partialpool.progress import shown


@checked
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
) -> Posterior:
    """Rates that differ between groups: y_j ~ Poisson(e_j theta_j), theta_j ~ Gamma(shape, rate).

    The population's mean is shape/rate, its sd sqrt(shape)/rate; given both, theta_j ~ Gamma(y_j + shape, e_j + rate),
    whose mean is w_j y_j/e_j + (1 - w_j) shape/rate with w_j = e_j/(e_j + rate). Their posterior, and every theta_j
    averaged over it, are found by deterministic quadrature, without sampling. Durations with censoring are the same
    model: events that happened, over the total time at risk.

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, or the path of a CSV or Parquet file. Every column below is named as it is named there, or given
            itself, as an array, a list or a Series; if all are given, data is left out.
        events: column with the number of events y, whole numbers from 0.
        exposure: column with the exposure e (time, area, population, ...), 0 or more, in any unit; left out, 1 each.
        group: column, or several, that name the group; rows of one group are added up. Left out, each row is a group.
        prior: a name ("uniform-shrinkage", ...; see `partialpool.priors.named("rates")`), a `Prior` on mean and rate,
            shape and rate, or mean and shape, or a text such as "shape ~ Exponential(1)".
        level: probability of the intervals, in (0, 1).
        method: "full"; "empirical-bayes" (marginal maximum likelihood) and "moments" (mean and spread of the raw
            rates, weighted by exposure) plug in point estimates and ignore their uncertainty.
        missing: "refuse" rows with missing cells, or "drop" them and say how many.
        decimal: "." or ",", the sign that begins the decimals of numbers that are written as text; left out, a point,
            or a comma in a text file that shows it, such as one with 1,5 between semicolons.
        tol: the accuracy that is asked for, above 0 and at most 0.1, relative of means and sds and in probability of
            the rest: what is less accurate comes with a warning. Left out, answers aim at 1e-8 and warn above 1e-6.

    Returns:
        A frozen `Posterior`.

    Raises:
        DataError: the data cannot be read, or are no counts and exposures.
        RequestError: an argument is out of range.
        PriorError: the prior is no density, or the posterior would be improper.

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
    rows, roles = columns.rows(missing, decimal), columns.roles
    return asked.fitted(events_over(rows, roles["events"], roles.get("exposure"), columns.group), columns, rows)
