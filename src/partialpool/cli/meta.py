"""The commands that a meta-analyst expects; all but `meta-analysis` are for every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from partialpool.cli.ahead import Ahead
from partialpool.cli.app import app
from partialpool.cli.console import Titled, intervals, on_scale
from partialpool.cli.options import DEFAULT, DRAWN, DrawnOptions, File, Options, Transform
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.cli.wording import at_the_shell
from partialpool.groups.groups import Groups
from partialpool.models.family import Family
from partialpool.posterior import Columns


@app.command(name="meta-analysis")
def meta_analysis(
    file: File = None,
    /,
    *,
    transform: Transform = None,
    source: Source = FILE_ALONE,
    options: DrawnOptions = DRAWN,
) -> None:
    r"""Sum up a meta-analysis: mu, tau, I^2, H^2, Q and weights.

    Give estimates with standard errors, or an effect to work out from 2x2
    tables, means or correlations:

        partialpool meta-analysis trials.csv --effect "log odds ratio" \
            --events ai --events ci --sizes n1 --sizes n2 --group trial \
            --transform exp --plot meta-analysis forest.png

    Or try it on a data set that comes with the package:

        partialpool meta-analysis --dataset bcg_vaccine --method reml

    Parameters
    ----------
    transform
        exp, tanh or expit of mu, the prediction interval and the groups' estimates, such as odds ratios.
    """
    from partialpool.analysis.meta.analysis import check_family, check_method  # only this command needs them

    def learned(method: str) -> None:
        check_method(method, transform)

    data, fit = asked(file, source, options, Ahead("meta-analysis", lambda family, _: check_family(family), learned))
    found = fit.meta_analysis(transform=transform)
    called = "estimates" if transform is None else found.called
    q = f"; {found.q_stated}" if found.q_stated else ""
    tables = {
        "quantities": Titled(f"Meta-analysis ({intervals(fit)}){q}", found.columns(), found.printed, alike=False),
        "groups": _as_given(
            f"{called[0].upper()}{called[1:]}, and their weights in mu in per cent",
            found.group_columns(),
            len(fit.data.labels),
        ),
    }
    hint = f"{at_the_shell(found.scaled)}." if found.scaled else ""
    answer(fit, data, tables, found.accuracy, options, hint=hint, transform=transform, warnings=found.warnings)


@app.command(name="leave-one-out")
def leave_one_out(
    file: File = None,
    /,
    *,
    transform: Transform = None,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Leave out each group in turn, to see how much each matters.

    The population's parameters without each group, and the change of the
    median in sds, the influence of the group:

        partialpool leave-one-out hospitals.csv \
            --successes deaths --trials operations --group hospital

    Or try it on a data set that comes with the package:

        partialpool leave-one-out --dataset bcg_vaccine

    Parameters
    ----------
    transform
        Estimates and measurements: exp, tanh or expit of the mean's median and interval, such as an odds ratio.
    """
    from partialpool.diagnostics.influence.refits import check_method, edge_note  # few commands need them

    ahead = Ahead("leave-one-out", lambda family, _: family.check_transform(transform), check_method)
    data, fit = asked(file, source, options, ahead)
    found = fit.leave_one_out(transform=transform)
    table = found.columns()
    shown = {name: table[name] for name in table if name not in ("mean", "sd", "change", "note")}
    value = "median" if fit.model.method == "full" else "estimate"
    title = f"Without each group in turn ({on_scale(fit, transform)}); influence: change of the {value}, in sds"
    rows = _as_given(title, table, len(fit.data.labels) + 1, shown)
    of_parameters = replace(rows, alike=False)  # a mean near 0.08 and a concentration near 90 share a column
    said = "".join(f"{note[0].upper()}{note[1:]}." for note in edge_note(found.fit, found.model, found.refits))
    answer(fit, data, {"rows": of_parameters}, _accuracy(fit.accuracy), options, hint=said, warnings=found.warnings)


@app.command
def cumulative(
    file: File = None,
    /,
    *,
    order: str | None = None,
    transform: Transform = None,
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Add one group after the other, to see how the answer came about.

    The population's parameters from the first group, the first two, and so
    on, in the order of a column:

        partialpool cumulative trials.csv --estimate effect --se se \
            --group trial --order year

    Or try it on a data set that comes with the package:

        partialpool cumulative --dataset bcg_vaccine --order year

    Parameters
    ----------
    order
        A column of FILE to put the groups in order by, with one value for each. Left out, they stay as they are.
    transform
        Estimates and measurements: exp, tanh or expit of the mean's median and interval, such as an odds ratio.
    """
    from partialpool.diagnostics.influence.cumulating import check_order  # few commands need them
    from partialpool.diagnostics.influence.refits import check_method

    def check(family: Family, groups: Groups) -> None:
        family.check_transform(transform)
        check_order(family, groups, order)

    data, fit = asked(file, source, options, Ahead(check=check, method=check_method))
    found = fit.cumulative(order, transform=transform)
    table = found.columns()
    shown = {name: table[name] for name in table if name not in ("mean", "sd")}
    shown["note"] = np.where(np.isnan(table["median"]), table["note"], "")
    title = f"One group after the other added ({on_scale(fit, transform)})"
    rows = _as_given(title, table, found.keys, shown)
    noted = replace(rows, alike=False, noted=next(iter(table)))
    answer(fit, data, {"rows": noted}, _accuracy(fit.accuracy), options, warnings=found.warnings)


def _as_given(title: str, table: Columns, keys: int, shown: Columns | None = None) -> Titled:
    """A table of groups in the order of the data, unless the user requests another."""
    place = np.arange(len(next(iter(table.values()))), dtype=float)
    return Titled(title, table, shown, keys, by=place)


def _accuracy(accuracy: object) -> str:
    return f"with all groups {accuracy}"
