"""The commands that check a model: whether it fits, whether the prior matters, and whether it is calibrated."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool import fit as families
from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.choices import PriorNames
from partialpool.cli.console import Titled, intervals
from partialpool.cli.options import DEFAULT, File, Flag, Options
from partialpool.cli.parameters import parameters
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.errors import PriorError, RequestError
from partialpool.groups.groups import Groups
from partialpool.messages.claims import Claim
from partialpool.models.family import Family
from partialpool.posterior import Columns, Posterior
from partialpool.priors import names

_FIX = "Or fix the population: --at-fit, or --at NAME=VALUE."
_ENOUGH = "that tells a prior that matters from one that does not"


@app.command
def check(
    file: File = None,
    /,
    *,
    draws: int = 4000,
    seed: int = 0,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Ask whether the model fits, and which groups do not.

    Statistics of the data beside what the model expects of them, and where
    each group stands in what all the others predict for it:

        partialpool check hospitals.csv \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool check --dataset rat_tumors

    A group may fit the model and still be worth naming: "partialpool select"
    lists the groups above or below a limit.

    Parameters
    ----------
    draws
        How many, for the statistics that have no closed form.
    seed
        Of these draws.
    """
    from partialpool.diagnostics.checking import check_asked  # as those below, not every command needs it

    check_asked(draws, seed)
    data, fit = asked(file, source, options, Ahead("check"))
    found = fit.check(draws, seed)
    statistics, groups = found.statistic_columns(), found.group_columns()
    keys = len(fit.data.labels)
    title = f"Statistics, observed and replicated ({intervals(fit)}); p_value: P(replicated > observed), ties by half"
    seen = _only(statistics, "theta", "statistic", "observed", "lower", "upper", "p_value", "error", "note")
    seen["error"] = _short(seen["error"])
    seen["note"] = np.where(np.isnan(seen["p_value"]), seen["note"], "")
    said = f"Groups, given the others: {int(np.sum(groups['outlying'])) or 'none'} outlying (Holm, 0.05)"
    accuracy = "the error of a p-value stands beside it, a standard error where replicates are drawn"
    tables = {
        "statistics": Titled(title, statistics, seen, keys=2, alike=False, noted="statistic"),
        "groups": Titled(
            said,
            groups,
            {**groups, "error": _short(groups["error"])},
            keys,
            noted=next(iter(groups)),
            by=groups["p_value"],
            order="the least expected first",
            ends=False,
        ),
    }
    hint = "partialpool select lists the groups above or below a limit, with few false ones."
    answer(fit, data, tables, accuracy, options, out="groups", hint=hint, warnings=found.warnings)


@app.command
def sensitivity(
    file: File = None,
    /,
    *,
    priors: PriorNames | None = None,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Fit the same data under several priors, to see whether they matter.

    The population under each prior, how far any group moves, and how much
    the prior and the data each tell:

        partialpool sensitivity hospitals.csv \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool sensitivity --dataset rat_tumors --priors bda --priors morris

    Parameters
    ----------
    priors
        Named priors to set beside that of the fit; repeat the option. Left out, all that there are.
    """
    from partialpool.diagnostics.prior_families import joints  # only this command needs them
    from partialpool.diagnostics.sensitivity import check_method

    ahead = Ahead(check=lambda family, groups: joints(family, groups, priors), method=check_method)
    data, fit = asked(file, source, options, ahead)
    found = fit.sensitivity(priors)
    table, power = found.columns(), found.power_columns()
    seen = _only(table, "prior", "parameter", "median", "lower", "upper", "moved", "group", "note")
    seen["note"] = np.where(np.isnan(table["median"]), table["note"], "")
    title = f"Priors, the fit's own first ({intervals(fit)}); moved: largest change of a group's mean, in its sds"
    said = "Power-scaling: change of a mean, in sds, for each doubling of the power of prior or likelihood"
    of_power = _only(power, "part", "parameter", "scale", "sensitivity", "note")
    tables = {
        "priors": Titled(title, table, seen, keys=2, alike=False, noted="prior"),
        "power": Titled(said, power, of_power, keys=2, noted="parameter"),
    }
    limit = float(np.nanmax(power["error"], initial=0.0))
    within = f"means, sds and probabilities within {found.accuracy:.0e}, moved within 1e-05"
    within += f", power-scaling within {limit:.0e} (estimated)"
    warnings = found.warnings + fit.known.cautions(Claim("changes by power-scaling", limit), cure=_ENOUGH)
    answer(fit, data, tables, found.accuracy, options, said=within, warnings=warnings)


@app.command
def calibrate(
    file: File = None,
    /,
    *,
    replications: int = 200,
    seed: int = 0,
    at: list[str] | None = None,
    at_fit: Flag = False,
    jobs: int | None = None,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Simulate data of the same design, and see how often intervals hold.

    Parameters are drawn from the prior, groups from the population, data
    from the groups; each data set is fitted, and the truth looked up in the
    posterior. Of the data only the design counts, not the outcomes:

        partialpool calibrate hospitals.csv \
            --successes deaths --trials operations --group hospital

    A prior that is no probability cannot be drawn from; then fix the
    population, and see how often the interval of each group holds:

        partialpool calibrate --dataset eight_schools --at mean=8 --at sd=5

    Parameters
    ----------
    replications
        How many data sets.
    seed
        Of all that is random.
    at
        A parameter of the population to fix, as NAME=VALUE; repeat the option for the other, or write "mean=8, sd=5".
    at_fit
        Fix the population where the fit has its medians.
    jobs
        Processes to work with. Left out, one for each processor.
    """
    from partialpool.checks.calibration import calibration, check_request  # slow to load

    if at is not None and at_fit:
        raise RequestError("--at and --at-fit both fix the population: give one of them.")
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    check_request(replications, seed, jobs)
    stated = None if at is None else parameters("--at", at)
    fixing = at is not None or at_fit
    drawn = None if fixing or source.fit is not None else options.prior or names.DEFAULT.name
    check = partial(_check_design, stated, drawn)
    data, fit = asked(file, source, options, Ahead("calibrate" * fixing, check, _check_method))
    name, design = fit.family.name, fit.family.amount.role
    size = np.asarray(fit.data.statistics[design], dtype=float)
    fixed = _middle(fit) if at_fit else stated
    try:
        found = calibration(
            partial(getattr(families, name), method=fit.model.method),
            design={design: size[size > 0.0]},
            prior=fit.model.prior,
            at=fixed,
            replications=replications,
            seed=seed,
            level=fit.level,
            family=name,
            jobs=jobs,
            progress=False if options.quiet else None,
        )
    except PriorError as error:
        raise RequestError(f"{error} {_FIX}") from error
    table = found.columns()
    if found.at:
        table = {label: values[size > 0.0] for label, values in fit.data.labels.items()} | table
        del table["quantity"]
    where = ", ".join(f"{key} {value:.4g}" for key, value in found.at.items())
    title = f"Calibration: {replications:,} simulated data sets, " + (where or "parameters drawn from the prior")
    accuracy = f"that of a simulation, coverage_se for coverage ({intervals(fit)})"
    if found.failures:
        accuracy += f"; {len(found.failures):,} data sets without a fit, the first because of {found.failures[0]}"
    accuracy += f"; {found.judged}" if found.judged else ""
    rows = Titled(title, table, by=table["coverage"] if found.at else None, order="the least covered first")
    answer(fit, data, {"rows": rows}, accuracy.rstrip("."), options)


def _check_design(at: dict[str, float] | None, prior: str | None, family: Family, groups: Groups) -> None:
    """Refuse groups, fixed parameters or a prior, if parameters are to be drawn from it, that simulate no data."""
    from partialpool.checks.asked import fixed_parameters  # slow to load
    from partialpool.diagnostics.prior_draws import check_proper

    size = np.asarray(groups.statistics[family.amount.role], dtype=float)
    if np.sum(size > 0.0) < 2:
        raise RequestError("two groups or more with data are needed, to simulate others like them.")
    if at is not None:
        fixed_parameters(family, at)
    if prior is not None:
        try:
            check_proper(family.designed(family.resolve(prior), size))
        except PriorError as error:
            raise RequestError(f"{error} {_FIX}") from error


def _check_method(method: str) -> None:
    """Refuse given parameters, of which there is nothing to calibrate."""
    if method == "given":
        raise RequestError("the parameters of this fit are given: leave out --given, or save the fit without it.")


def _only(columns: Columns, *names: str) -> dict[str, Any]:
    return {name: columns[name] for name in names}


def _short(errors: NDArray[Any]) -> NDArray[Any]:
    """Format errors with two digits."""
    return np.array([None if np.isnan(error) else f"{error:.1e}" for error in errors.tolist()], dtype=object)


def _middle(fit: Posterior) -> dict[str, float]:
    """The posterior medians of the parameters that determine the population."""
    rows = dict(zip(fit.population_columns()["parameter"], fit.population_columns()["median"], strict=True))
    return {name: float(rows[name]) for name in fit.family.natural}
