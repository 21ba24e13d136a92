"""The commands that fit, one per family, and the command `pooling`."""

from __future__ import annotations

from functools import partial

from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.choices import DatasetName
from partialpool.cli.console import pooling_document, pooling_text
from partialpool.cli.options import DRAWN, DrawnOptions, File, Transform
from partialpool.cli.printing import draw, printed, run
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.cli.streams import show
from partialpool.cli.trials import NO_TRIALS, Trials
from partialpool.cli.wording import warned
from partialpool.io.output.writing import write_table


@app.command
def proportions(
    file: File = None,
    /,
    *,
    dataset: DatasetName | None = None,
    successes: str | None = None,
    trials: str | None = None,
    group: list[str] | None = None,
    by: list[str] | None = None,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Estimate a proportion for every group and for their population.

    Each group has its own proportion (the beta-binomial model). Groups with
    few trials lean on the others, groups with many stand on their own; how
    much is learned from the data.

    Example: rats.csv has a row for each laboratory.

        group,tumors,rats
        1,0,20
        2,4,14

        partialpool proportions rats.csv \
            --successes tumors --trials rats --group group

    Or try it on a data set that comes with the package:

        partialpool proportions --dataset rat_tumors

    Parameters
    ----------
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    successes
        The column that counts successes; it holds 0 and 1 if --trials is left out.
    trials
        The column that counts trials. Left out, each row is one trial.
    group
        The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    by
        Make a fit for each label of this column, such as a country; repeat the option for several columns.
    """
    run("proportions", file, dataset, {"successes": successes, "trials": trials}, group, options, by=by)


@app.command
def rates(
    file: File = None,
    /,
    *,
    dataset: DatasetName | None = None,
    events: str | None = None,
    exposure: str | None = None,
    group: list[str] | None = None,
    by: list[str] | None = None,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Estimate a rate for every group and for their population.

    Each group has its own rate of events (the gamma-Poisson model). Groups
    with little exposure lean on the others, groups with much stand on their
    own; how much is learned from the data. Events over the total time at
    risk, censored or not, are rates too.

    Example: pumps.csv has a row for each pump.

        pump,failures,hours
        1,5,94.3
        2,1,15.7

        partialpool rates pumps.csv \
            --events failures --exposure hours --group pump

    Or try it on a data set that comes with the package:

        partialpool rates --dataset pump_failures

    Parameters
    ----------
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    events
        The column that counts events.
    exposure
        The column with the exposure (time, area, people at risk, ...). Left out, 1 each.
    group
        The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    by
        Make a fit for each label of this column, such as a country; repeat the option for several columns.
    """
    run("rates", file, dataset, {"events": events, "exposure": exposure}, group, options, by=by)


@app.command
def estimates(
    file: File = None,
    /,
    *,
    dataset: DatasetName | None = None,
    estimate: str | None = None,
    se: str | None = None,
    variance: str | None = None,
    events: list[str] | None = None,
    of_trials: Trials = NO_TRIALS,
    group: list[str] | None = None,
    by: list[str] | None = None,
    transform: Transform = None,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Estimate an effect for every group from estimates with known errors.

    Each group has its own effect, of which there is an estimate with a
    standard error (the normal-normal model, random-effects meta-analysis).
    Imprecise estimates lean on the others, precise ones stand on their own.

    Example: schools.csv has a row for each school.

        school,effect,se
        A,28,15
        B,8,10

        partialpool estimates schools.csv \
            --estimate effect --se se --group school

    Or have the effect worked out, from 2x2 tables, means or correlations:

        partialpool estimates trials.csv --effect "log odds ratio" \
            --events ai --events ci --sizes n1 --sizes n2 --group trial

    Or try it on a data set that comes with the package:

        partialpool estimates --dataset eight_schools

    Parameters
    ----------
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    estimate
        The column with the estimates.
    se
        The column with their standard errors; or
    variance
        the column with the squares of these.
    events
        The columns that count events in the treated and the control arm; give the option twice.
    group
        The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    by
        Make a fit for each label of this column, such as a country; repeat the option for several columns.
    transform
        exp, tanh or expit of raw, median and interval in the tables, such as odds ratios; means and sds are empty.
    """
    roles = {"estimate": estimate, "se": se, "variance": variance, **of_trials.roles(events)}
    run("estimates", file, dataset, roles, group, options, transform, by=by)


@app.command
def measurements(
    file: File = None,
    /,
    *,
    dataset: DatasetName | None = None,
    value: str | None = None,
    mean: str | None = None,
    sd: str | None = None,
    n: str | None = None,
    group: list[str] | None = None,
    by: list[str] | None = None,
    transform: Transform = None,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Estimate a mean for every group from measurements with unknown error.

    Each group has its own mean; the measurements scatter about it with an
    sd that all groups share and that is learned too (one-way random
    effects). Small groups lean on the others, large ones stand on their own.

    Example: blood.csv has a row for each measurement.

        diet,seconds
        A,62
        A,60

        partialpool measurements blood.csv --value seconds --group diet

    Or try it on a data set that comes with the package:

        partialpool measurements --dataset coagulation

    Parameters
    ----------
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    value
        The column with the measurements; or summaries, a row for each group:
    mean
        the column with the mean of a group's measurements,
    sd
        the column with their standard deviation, and
    n
        the column with their number.
    group
        The column that names the group; repeat the option if several columns do. Left out, each row is a group.
    by
        Make a fit for each label of this column, such as a country; repeat the option for several columns.
    transform
        exp, tanh or expit of raw, median and interval in the tables; means and sds are empty.
    """
    run(
        "measurements",
        file,
        dataset,
        {"value": value, "mean": mean, "sd": sd, "n": n},
        group,
        options,
        transform,
        by=by,
    )


@app.command
def pooling(
    file: File = None,
    /,
    *,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Put complete, no and partial pooling of the same groups side by side.

    Three rows a group, one a model, and how well each model predicts a group
    that it has not seen. Name the columns of whichever kind of data you have,
    as for the commands proportions, rates, estimates and measurements:

        partialpool pooling rats.csv \
            --successes tumors --trials rats --group group

    Or try it on a data set that comes with the package:

        partialpool pooling --dataset baseball_1970

    Parameters
    ----------
    """
    data, found = asked(file, source, options, Ahead("pooling"))
    pooled = found.pooling()
    warned(pooled.warnings)
    text = printed(options, partial(pooling_document, found, pooled), partial(pooling_text, found, pooled))
    if options.out is not None:
        write_table(pooled.group_columns(), options.out, sources=[data], table=options.out_table)
    draw(found, data, options)
    if text is not None:
        show(text)
