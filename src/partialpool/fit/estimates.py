"""estimates(): the fit of one estimate y_j with a known standard error s_j per group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partialpool.errors import RequestError
from partialpool.fit.by import sliceable
from partialpool.fit.columns import Column, GroupColumns, Wanted, wanted
from partialpool.fit.fitting import Request, request
from partialpool.fit.learned import learned_elsewhere
from partialpool.groups.groups import Groups
from partialpool.groups.rows import Rows
from partialpool.messages.progress import shown
from partialpool.models.data.normal import estimates as combined
from partialpool.models.data.trials import Trials
from partialpool.models.normal_normal import ESTIMATES
from partialpool.posterior import Posterior
from partialpool.priors import Density, Joint, Prior

_ONE_OF_TWO = (
    "Give the standard errors as se= or their squares as variance=, one of the two; or the ends of published intervals "
    "as lower= and upper=."
)
_NEITHER = (
    "Give the column of the estimates as estimate=, with se=, variance=, or lower= and upper=; or effect= and the "
    'columns that it is worked out from, such as effect="log odds ratio", events=(treated, control), '
    "sizes=(treated, control)."
)


@sliceable
@shown("reading and fitting")
def estimates(
    data: object = None,
    *,
    estimate: Column | None = None,
    se: Column | None = None,
    variance: Column | None = None,
    lower: Column | None = None,
    upper: Column | None = None,
    interval_level: float = 0.95,
    group: GroupColumns | None = None,
    effect: str | None = None,
    events: Sequence[Column] | None = None,
    sizes: Column | Sequence[Column] | None = None,
    cells: Sequence[Column] | None = None,
    means: Sequence[Column] | None = None,
    sds: Sequence[Column] | None = None,
    correlation: Column | None = None,
    double_zero: str = "refuse",
    prior: str | Prior | Density | Joint = "uniform-shrinkage",
    level: float = 0.95,
    method: str = "full",
    missing: str = "refuse",
    decimal: str | None = None,
    tol: float | None = None,
) -> Posterior:
    """Fit estimates with known standard errors s_j: y_j ~ Normal(theta_j, s_j^2), theta_j ~ Normal(mean, sd^2).

    The population's mean and sd have the given prior. The mean is integrated out in closed form; the posterior of the
    sd, and that of every theta_j averaged over it, are computed by deterministic quadrature, without sampling.

    Give estimates with their standard errors, or estimates with the ends of their confidence intervals, or the name of
    an `effect` and the summaries of the trials from which it is computed:

        log odds ratio, log risk ratio, risk difference     events and sizes of both arms, or the four cells
        mean difference, standardised mean difference       means, sds and sizes of both arms
        Fisher's z                                          correlation and sizes

    Args:
        data: a pandas, Polars or PyArrow table, a dict of arrays, a list of dicts, a structured array, a DuckDB
            relation, a frame of Spark, or the path of a CSV or Parquet file. Each column argument below is the name of
            a column of `data`, or the column itself (array, list or Series); if none is a name, leave `data` out.
        estimate: column of the estimates y, any finite numbers.
        se: column of their standard errors s >= 0, where 0 means exact; give instead of it either
        variance: column of the squared standard errors, or
        lower: column of the lower ends of published confidence intervals of the estimates, with
        upper: column of their upper ends. With effect="hazard ratio", "odds ratio", "risk ratio", "rate ratio" or
            "ratio" the logarithms of estimates and ends are taken; without `effect` they are used as they are. A
            warning names estimates that are not in the middle of their interval.
        interval_level: confidence level of these published intervals, in (0, 1).
        group: column or columns that name the group; the estimates of one group are combined, weighted by precision. If
            it is left out, each row is a group of its own.
        by: column or columns that cut the table into slices, such as countries, of which each has a fit of its own;
            then the fits are returned together, as a `Fits`.
        effect: the name of an effect above, or metafor's short name of it: OR, RR, RD, MD, SMD, ZCOR.
        events: two columns: the number of people with the event in the treated and in the control arm.
        sizes: two columns: the number of people in either arm; for correlations one column, the number of pairs.
        cells: four columns, in place of events and sizes: treated with and without the event, controls with and without
            it. Where one cell is 0, 1/2 is added to all four cells of that row only, and a warning names it.
        means: two columns: the means of the treated and of the control arm.
        sds: two columns: the standard deviations of the two arms.
        correlation: column of the correlations, in (-1, 1).
        double_zero: what to do, if the effect is a ratio, with rows where nobody, or everybody, has the event in both
            arms: "refuse" them, "drop" them with a warning, since they have no information about the ratio, or
            "correct" them by adding 1/2 to every cell.
        prior: a name ("uniform-shrinkage", "flat", ...; see `partialpool.priors.named`), a `Prior` of mean and sd, a
            density, which is then the prior density of the sd, or a text such as "sd ~ HalfNormal(0.5)".
        level: probability of the intervals, in (0, 1).
        method: "full" integrates over the posterior of the population's parameters; "reml" (restricted maximum
            likelihood), "empirical-bayes" (maximum likelihood of mean and sd) and "dersimonian-laird" (also called
            "moments") plug in point estimates and ignore their uncertainty.
        missing: "refuse" rows with missing cells, or "drop" them with a warning that counts them.
        decimal: the decimal sign of numbers that are written as text, "." or ","; by default a point, or a comma
            where a text file shows one, such as 1,5 between semicolons.
        tol: the requested accuracy, in (0, 0.1]: relative error of means and sds, error in probability of quantiles
            and probabilities. Less accurate numbers come with a warning. By default answers aim at 1e-8, and a
            warning names numbers that may be off by more than 1e-6.

    Returns:
        A frozen `Posterior`; `weight` is the posterior mean of sd^2/(s^2 + sd^2).

    Raises:
        DataError: the data cannot be read, or are not estimates with standard errors.
        RequestError: an argument is out of range.
        PriorError: the prior is not a density, or the posterior would be improper.

    Example:
        >>> import partialpool as pp
        >>> schools = pp.datasets.load("eight_schools")
        >>> fit = pp.estimates(schools, estimate="effect", se="se", group="school", prior="flat")
        >>> print(f"{fit.population_columns()['mean'][0]:.6f}")
        7.932375
        >>> trials = pp.datasets.load("bcg_vaccine")
        >>> bcg = pp.estimates(
        ...     trials,
        ...     effect="log risk ratio",
        ...     events=("vaccinated_tb", "control_tb"),
        ...     sizes=("vaccinated_n", "control_n"),
        ...     group="trial",
        ... )
        >>> print(f"{bcg.population_columns(transform='exp')['median'][0]:.3f}")
        0.495

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.4.
    """
    asked = request(ESTIMATES, prior, method, level, tol)
    trials = Trials(effect, events, sizes, cells, means, sds, correlation, double_zero)
    if lower is not None or upper is not None:
        _check_one_error(se, variance)
        trials = replace(trials, estimate=estimate, lower=lower, upper=upper, interval_level=interval_level)
    elif effect is not None:
        _check_alone(estimate, se, variance)
    if effect is not None or "lower" in trials.given or "upper" in trials.given:
        columns = wanted(data, trials.columns, group)
        rows = columns.rows(missing, decimal, repeated=True, settings=trials.settings)
        return _fitted(asked, trials.groups(rows, columns.roles, columns.group), columns, rows)
    if trials.given:
        raise RequestError(f'{", ".join(trials.given)}: name the effect to work out, such as effect="log odds ratio".')
    if estimate is None:
        raise RequestError(_NEITHER)
    if (se is None) == (variance is None):
        raise RequestError(_ONE_OF_TWO)
    columns = wanted(data, {"estimate": estimate, "se": se, "variance": variance}, group)
    rows, roles = columns.rows(missing, decimal), columns.roles
    groups = combined(rows, roles["estimate"], roles.get("se"), roles.get("variance"), columns.group)
    return _fitted(asked, groups, columns, rows)


def _fitted(asked: Request, groups: Groups, columns: Wanted, rows: Rows) -> Posterior:
    """Fit the groups, with a warning where an empirical prior was learned from effects of another kind."""
    said = learned_elsewhere(asked.prior, groups.columns["estimate"]) if asked.method == "full" else ()
    return asked.fitted(replace(groups, notes=groups.notes + said), columns, rows)


def _check_one_error(se: Column | None, variance: Column | None) -> None:
    """Refuse a standard error or variance given together with intervals, which already imply one."""
    named = [name for name, column in {"se": se, "variance": variance}.items() if column is not None]
    if named:
        raise RequestError(f"Give lower= and upper= or {named[0]}=, not both: the standard error is one of them.")


def _check_alone(estimate: Column | None, se: Column | None, variance: Column | None) -> None:
    """Refuse estimates given together with an effect, which computes them from other columns."""
    given = {"estimate": estimate, "se": se, "variance": variance}
    named = [name for name, column in given.items() if column is not None]
    if named:
        raise RequestError(f"An effect is worked out from its columns: give either effect= or {', '.join(named)}.")
