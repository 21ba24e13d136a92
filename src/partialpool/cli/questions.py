"""Commands that put questions to a fit: ranks, comparisons and predictions."""

from __future__ import annotations

from typing import Any, Literal

from partialpool.cli.shared import DEFAULT, NO_COLUMNS, Columns, Flag, Options, app, fitted_any
from partialpool.cli.streams import show, width
from partialpool.console import answer_document, answer_text
from partialpool.errors import RequestError
from partialpool.posterior import Posterior
from partialpool.writing import json_text, write_table

_AMOUNTS = {"proportions": "trials", "rates": "exposure", "estimates": "se", "measurements": "n"}


@app.command
def ranks(
    file: str | None = None,
    /,
    *,
    dataset: str | None = None,
    best: Literal["high", "low"] = "high",
    top: int = 3,
    columns: Columns = NO_COLUMNS,
    options: Options = DEFAULT,
) -> None:
    r"""Rank the groups, and say how sure each rank is.

    Expected and median rank of each group, an interval of ranks, and the
    probabilities that it is the best and among the top few. Rank 1 is the
    best. Name the columns of whichever kind of data you have, as for the
    commands proportions, rates, estimates and measurements:

        partialpool ranks hospitals.csv \
            --successes deaths --trials operations --group hospital --best low

    Or try it on a data set that comes with the package:

        partialpool ranks --dataset eight_schools

    Parameters
    ----------
    file
        A CSV or Parquet file.
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    best
        Whether the highest value has rank 1, or the lowest.
    top
        How many ranks count as the top.
    """
    data, fit = fitted_any(file, dataset, columns, options)
    found = fit.ranking(best, top, options.level)
    title = f"Ranks, 1 = the {best}est; p_top: rank {found.top} or better ({100 * options.level:g}% intervals)"
    _said(fit, data, found.columns(), title, found.accuracy, options)


@app.command
def compare(
    file: str | None = None,
    /,
    *,
    dataset: str | None = None,
    one: list[str] | None = None,
    other: list[str] | None = None,
    columns: Columns = NO_COLUMNS,
    options: Options = DEFAULT,
) -> None:
    r"""Compare two groups, or every two.

    How probable it is that one group's value is above the other's, and how
    far apart they are. Name the columns of whichever kind of data you have:

        partialpool compare hospitals.csv --one Mercy --other "St John" \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool compare --dataset eight_schools --one A --other C

    Parameters
    ----------
    file
        A CSV or Parquet file.
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    one
        A group, by its label; repeat the option if several columns name the group. Left out with --other, all pairs.
    other
        Another group.
    """
    if (one is None) != (other is None):
        raise RequestError("name both groups, --one and --other, or neither, for all pairs.")
    data, fit = fitted_any(file, dataset, columns, options)
    if one is None or other is None:
        table = fit.pair_columns()
        error = float(table.pop("error").max(initial=0.0))
        _said(fit, data, table, "Every two groups: P(the first > the other), and their difference", error, options)
        return
    found = fit.compare(tuple(one), tuple(other), options.level)
    title = f"{', '.join(one)} beside {', '.join(other)} ({100 * options.level:g}% intervals)"
    _said(fit, data, found.columns(), title, found.accuracy, options)


@app.command
def predict(
    file: str | None = None,
    /,
    *,
    amount: float,
    dataset: str | None = None,
    groups: Literal["all", "new", "both"] | None = None,
    total: Flag = False,
    columns: Columns = NO_COLUMNS,
    options: Options = DEFAULT,
) -> None:
    r"""Predict data to come, of the groups and of the next one.

    What to expect of each group, and of a group not seen yet, in so many
    further trials, over so much further exposure, of an estimate with such a
    standard error, or of the mean of so many measurements:

        partialpool predict hospitals.csv --amount 100 \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool predict --dataset surgical --amount 100

    Parameters
    ----------
    file
        A CSV or Parquet file.
    amount
        How much data: trials, exposure, standard error or number of measurements.
    dataset
        A data set of the package, in place of FILE; "partialpool datasets" lists them.
    groups
        The groups that there are, a new one, or both. Left out, both, or all for a total.
    total
        Predict the sum over the groups.
    """
    data, fit = fitted_any(file, dataset, columns, options)
    role = _AMOUNTS[fit.family.name]
    wanted: dict[str, Any] = {role: int(amount) if amount == int(amount) else amount}
    asked = groups or ("all" if total else "both")
    found = fit.predict(**wanted, groups=asked, total=total, level=options.level)
    title = f"Predictions for {role} {amount:g} ({100 * options.level:g}% intervals)"
    _said(fit, data, found.columns(), title, found.accuracy, options)


def _said(fit: Posterior, data: object, table: dict[str, Any], title: str, accuracy: float, options: Options) -> None:
    """Show or write a table of answers."""
    if options.plot is not None:
        raise RequestError("this command draws no picture; --plot belongs to the commands that fit.")
    if options.out is not None:
        write_table(table, options.out, sources=[data])
    if options.json and not options.quiet:
        show(json_text(answer_document(fit, table, accuracy, options.level)))
    elif not options.quiet:
        show(answer_text(fit, table, title, accuracy, width(), all_rows=options.all_rows))
