"""The commands `groups` and `population`, which show one table of a fit."""

from __future__ import annotations

from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.bars import bars_of
from partialpool.cli.console import Titled, by_mean, on_scale
from partialpool.cli.options import DRAWN, DrawnOptions, File, Transform
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked


@app.command
def groups(
    file: File = None,
    /,
    *,
    transform: Transform = None,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Show the groups alone, the highest mean first.

    One row per group, as the commands that fit show it: its data, its raw
    value, mean, sd, median and interval, and the weight of its own data.

        partialpool groups --fit hospitals.fit --top 20

    And to draw pictures of a saved fit:

        partialpool groups --fit hospitals.fit --quiet \
            --plot forest forest.png --plot shrinkage shrinkage.png

    Or try it on a data set that comes with the package:

        partialpool groups --dataset rat_tumors --sort weight

    Parameters
    ----------
    transform
        Estimates and measurements: exp, tanh or expit of raw, median and interval, such as odds ratios.
    """
    ahead = Ahead("groups", lambda family, _: family.check_transform(transform))
    data, fit = asked(file, source, options, ahead)
    columns = fit.group_columns(transform=transform)
    table = by_mean(fit, f"Groups ({on_scale(fit, transform)})", columns, bars_of(fit, transform))
    answer(fit, data, {"groups": table}, str(fit.accuracy), options, transform=transform)


@app.command
def population(
    file: File = None,
    /,
    *,
    transform: Transform = None,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Show the parameters of the population alone.

    One row per parameter: mean, sd, median and interval.

        partialpool population --fit hospitals.fit --json

    Or try it on a data set that comes with the package:

        partialpool population --dataset rat_tumors

    Parameters
    ----------
    transform
        Estimates and measurements: exp, tanh or expit of the mean's median and interval, such as an odds ratio.
    """
    data, fit = asked(file, source, options, Ahead(check=lambda family, _: family.check_transform(transform)))
    columns = fit.population_columns(transform=transform)
    table = Titled(f"Population ({on_scale(fit, transform)})", columns, alike=False, noted="parameter")
    answer(fit, data, {"population": table}, str(fit.accuracy), options, transform=transform)
