"""Commands that show one table of a fit by itself."""

from __future__ import annotations

from partialpool.cli.app import app
from partialpool.cli.printing import answer
from partialpool.cli.shared import DEFAULT, FILE_ALONE, File, Options, Source, asked
from partialpool.console import Titled, by_mean, intervals


@app.command
def groups(file: File = None, /, *, source: Source = FILE_ALONE, options: Options = DEFAULT) -> None:
    r"""Show the groups alone, the highest mean first.

    One row per group, as the commands that fit show it: its data, its raw
    value, mean, sd, median and interval, and the weight of its own data.

        partialpool groups --fit hospitals.fit --top 20

    Or try it on a data set that comes with the package:

        partialpool groups --dataset rat_tumors --sort weight
    """
    data, fit = asked(file, source, options)
    table = by_mean(fit, f"Groups ({intervals(fit)})", fit.group_columns())
    answer(fit, data, {"groups": table}, str(fit.accuracy), options)


@app.command
def population(file: File = None, /, *, source: Source = FILE_ALONE, options: Options = DEFAULT) -> None:
    r"""Show the parameters of the population alone.

    One row per parameter: mean, sd, median and interval.

        partialpool population --fit hospitals.fit --json

    Or try it on a data set that comes with the package:

        partialpool population --dataset rat_tumors
    """
    data, fit = asked(file, source, options)
    table = Titled(f"Population ({intervals(fit)})", fit.population_columns(), alike=False, noted="parameter")
    answer(fit, data, {"population": table}, str(fit.accuracy), options)
