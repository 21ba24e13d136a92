"""The command that adds the rows of a table to a saved fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from cyclopts import Parameter

from partialpool.cli.app import app
from partialpool.cli.console import Titled, answer_document, answer_text, intervals
from partialpool.cli.databases import table_beside
from partialpool.cli.options import Flag, Options
from partialpool.cli.piped import STDIN
from partialpool.cli.printing import printed, write_report
from partialpool.cli.shared import warned_fit
from partialpool.cli.streams import show
from partialpool.errors import ColumnError, RequestError
from partialpool.groups.groups import Groups
from partialpool.io.output.view import View
from partialpool.io.output.writing import check_output
from partialpool.messages.wording import counted
from partialpool.posterior import Posterior


@app.command
def update(
    fit: Path,
    file: Annotated[Path, Parameter(help="The new rows: a .csv, .parquet or .duckdb file; or -.")],
    /,
    *,
    out: Path | None = None,
    table: str | None = None,
    query: str | None = None,
    column: list[str] | None = None,
    group: list[str] | None = None,
    missing: Literal["refuse", "drop"] | None = None,
    decimal: Literal[".", ","] | None = None,
    report: Path | None = None,
    json: Flag = False,
    quiet: Flag = False,
) -> None:
    r"""Add the rows of a table to a saved fit, without the rows that it was made of.

    The saved fit has the groups and what their rows add up to, so that the
    answer is that of a fit of all rows: the same columns, prior, method and
    level. Groups that it does not know yet are added.

        partialpool update yesterday.fit today.csv --out today.fit

    If a column is called otherwise today:

        partialpool update yesterday.fit today.csv --out today.fit \
            --column trials=operations_2

    The new rows may be a table or a query of a DuckDB database:

        partialpool update yesterday.fit clinic.duckdb --table today \
            --out today.fit

    Parameters
    ----------
    fit
        A fit that --save, or this command, has saved.
    out
        Save the new fit to this file, which may be the old one; it is replaced whole or not at all.
    table
        The table or view of a DuckDB database that has the new rows; it may be left out if there is only one.
    query
        A SELECT of such a database, in place of a table.
    column
        ROLE=NAME, the name that a column has in this table if it is another, such as trials=n; repeat the option for
        others, and for the second column of a role that has two.
    group
        The column that names the group, if it is called otherwise; repeat the option if several columns do.
    missing
        What to do with a row that has an empty cell. Left out, what the fit did.
    decimal
        The sign that begins the decimals of numbers in a text file. Left out, that of the fit.
    report
        Also write a report of the new fit to this .html file: findings, interactive charts, tables and methods.
    json
        Print one JSON document instead of tables.
    quiet
        Print no results; of use with --out.
    """
    from partialpool.fit.loading import load  # few commands need these
    from partialpool.saving import check_path

    if out is not None:
        check_path(out, sources=[file, STDIN])
    if report is not None:
        check_output(report, sources=[file, fit, STDIN], formats=(".html", ".htm"))
    old = load(fit)
    rows, _ = table_beside(file, Options(table=table, query=query))
    try:
        new = old.update(rows, group=group, missing=missing, decimal=decimal, **_columns(column or ()))
    except ColumnError as error:
        raise ColumnError(
            f"{error} If it has another name there, give that by --column ROLE=NAME or --group."
        ) from error
    if out is not None:
        new.save(out)
    new = warned_fit(new)
    added = _added(old.data, new.data)
    text = printed(
        Options(json=json, quiet=quiet), partial(_document, new, added), partial(_text, new, added, fit, out)
    )
    if report is not None:
        write_report(new, [file, fit], report)
    if text is not None:
        show(text)


def _columns(texts: Sequence[str]) -> dict[str, Any]:
    """Parse ROLE=NAME to a mapping from roles to columns; a role that is given several times has several columns."""
    found: dict[str, list[str]] = {}
    for text in texts:
        role, equals, name = (part.strip() for part in text.partition("="))
        if not equals or not role or not name:
            raise RequestError(f"--column takes ROLE=NAME, such as trials=n, not {text!r}.")
        found.setdefault(role, []).append(name)
    return {role: names[0] if len(names) == 1 else names for role, names in found.items()}


def _added(old: Groups, new: Groups) -> dict[str, int]:
    """The numbers of rows, of new groups, and of old groups whose data have changed."""
    parts = [(values, new.statistics[role][: old.size]) for role, values in old.statistics.items()]
    changed = np.logical_or.reduce([before != after for before, after in parts])
    assert old.source is not None
    assert new.source is not None
    return {
        "rows": new.source.rows - old.source.rows,
        "new_groups": new.size - old.size,
        "groups_with_more_data": int(np.count_nonzero(changed)),
    }


def _population(fit: Posterior) -> Titled:
    columns = fit.population_columns()
    return Titled(f"Population ({intervals(fit)})", columns, alike=False, noted="parameter")


def _document(fit: Posterior, added: Mapping[str, int]) -> dict[str, Any]:
    tables = {"population": _population(fit).columns}
    return {"added": dict(added), **answer_document(fit, tables, str(fit.accuracy))}


def _text(fit: Posterior, added: Mapping[str, int], old: Path, out: Path | None, width: int, view: View) -> str:
    """Say what was added, and show the population."""
    rows, new, more = added.values()
    said = f"Added to {old.name}: {counted(rows, 'row')}, with {counted(new, 'new group')} and more data of "
    said += f"{counted(more, 'group')} that it had."
    where = "Nothing is saved: --out names the file for the new fit." if out is None else f"Saved as {out.name}."
    return said + "\n\n" + answer_text(fit, [_population(fit)], f"Accuracy: {fit.accuracy}.\n{where}", width, view)
