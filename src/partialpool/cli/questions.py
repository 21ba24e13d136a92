"""The commands `ranks` and `compare`."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from partialpool.analysis.fitted_model import place_of
from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.console import Titled, intervals
from partialpool.cli.options import DEFAULT, DRAWN, DrawnOptions, File, Options
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.messages.claims import Claim
from partialpool.models.family import Family


@app.command
def ranks(
    file: File = None,
    /,
    *,
    best: Literal["high", "low"] = "high",
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Rank the groups, and say how sure each rank is.

    Expected and median rank of each group, an interval of ranks, and the
    probabilities that it is the best and among the top 3, or as many as
    --top says. Rank 1 is the best, and comes first. Name the columns of whichever kind of data you have, as for the
    commands proportions, rates, estimates and measurements:

        partialpool ranks hospitals.csv \
            --successes deaths --trials operations --group hospital --best low

    Or try it on a data set that comes with the package:

        partialpool ranks --dataset eight_schools

    Parameters
    ----------
    best
        Whether the highest value has rank 1, or the lowest.
    """
    data, fit = asked(file, source, options, Ahead("ranks"))
    found = fit.ranking(best, 3 if options.top is None else options.top)
    title = f"Ranks, 1 = the {best}est; p_top: rank {found.top} or better ({intervals(fit)})"
    table = Titled(title, found.columns(), keys=len(fit.data.labels), by=found.expected, order="the best first")
    answer(fit, data, {"rows": table}, found.accuracy, options, warnings=found.warnings)


@app.command
def compare(
    file: File = None,
    /,
    *,
    one: list[str] | None = None,
    other: list[str] | None = None,
    source: Source = FILE_ALONE,
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
    one
        A group, by its label; repeat the option if several columns name the group. Left out with --other, all pairs.
    other
        Another group.
    """
    if (one is None) != (other is None):
        raise RequestError("name both groups, --one and --other, or neither, for all pairs.")
    ahead = Ahead("compare") if one is None or other is None else Ahead(check=partial(_check_two, one, other))
    data, fit = asked(file, source, options, ahead)
    if one is None or other is None:
        table = fit.pair_columns()
        error = float(table.pop("error").max(initial=0.0))
        title = "Every two groups: P(the first > the other), and their difference"
        doubt = np.minimum(table["p_greater"], 1.0 - table["p_greater"])
        keys = 2 * len(fit.data.labels)
        shown = Titled(title, table, keys=keys, by=doubt, order="the surest first", ends=False)
        said = fit.known.cautions(Claim("probabilities", error))
        answer(fit, data, {"rows": shown}, error, options, warnings=said)
        return
    found = fit.compare(tuple(one), tuple(other))
    title = f"{', '.join(one)} beside {', '.join(other)} ({intervals(fit)})"
    answer(fit, data, {"rows": Titled(title, found.columns())}, found.accuracy, options, warnings=found.warnings)


def _check_two(one: list[str], other: list[str], _: Family, groups: Groups) -> None:
    """Refuse to compare groups that do not exist or are the same."""
    if place_of(groups, tuple(one)) == place_of(groups, tuple(other)):
        raise RequestError(f"--one and --other are the same group, {', '.join(one)}: name two.")
