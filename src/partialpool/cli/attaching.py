"""The command that adds columns of the posterior to a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from partialpool.cli.app import app
from partialpool.cli.console import Titled, intervals
from partialpool.cli.databases import table_beside
from partialpool.cli.options import DEFAULT, File, Options
from partialpool.cli.printing import answer
from partialpool.cli.shared import FILE_ALONE, Source, asked
from partialpool.errors import RequestError
from partialpool.groups.groups import group_columns
from partialpool.io.backends.frames import is_relation
from partialpool.io.backends.whole import whole_relation
from partialpool.io.engines import check_memory
from partialpool.io.output.databases import is_database, table_name
from partialpool.io.output.writing import check_output, write_table


@app.command
def attach(
    file: File = None,
    /,
    *,
    prefix: str = "posterior_",
    unknown: Literal["null", "refuse"] = "null",
    source: Source = FILE_ALONE,
    options: Options = DEFAULT,
) -> None:
    r"""Put the posterior of each row's group beside the rows of a table.

    The same rows in the same order with six more columns: mean, sd, median
    and interval of the row's group, and the weight of its own data. Name the
    columns of whichever kind of data you have:

        partialpool attach hospitals.csv --out with_rates.csv \
            --successes deaths --trials operations --group hospital

    Or take the answers from a fit that --save has saved; FILE may then be
    another table of the same groups, or a table or query of a database:

        partialpool attach patients.csv --fit hospitals.fit --out new.csv

        partialpool attach clinic.duckdb --table patients \
            --fit hospitals.fit --out clinic.duckdb --out-table answers

    Parameters
    ----------
    prefix
        What the names of the new columns begin with.
    unknown
        What a row gets whose group the fit does not know: empty cells, or a refusal of the table.
    """
    if options.out is not None:
        check_output(options.out, sources=[] if is_database(options.out) else [file])
    group, beside, memory = None, None, options.memory
    if source.fit is not None:
        if file is None and options.query is None:
            raise RequestError("give the FILE that the answers are to be attached to.")
        beside, options = table_beside(file, options)
        if is_relation(beside):  # the memory is for the rows of the database
            memory, options = options.memory, replace(options, memory=None)
        file, group, source = None, source.group, replace(source, group=None)
    data, fit = asked(file, source, options)
    added = fit.addition(prefix=prefix, unknown=unknown, group=group)
    table: Any = data if beside is None else beside
    columns = _written(table, added, replace(options, memory=memory))
    keys = [name for name in (group or group_columns(fit.data)) if name in columns]
    shown = {name: columns[name] for name in (*keys, *(name for name in columns if name not in keys))}
    title = f"{len(next(iter(columns.values()))):,} rows, and the posterior of their groups ({intervals(fit)})"
    tables = {"rows": Titled(title, columns, shown, keys=max(len(keys), 1), noted="")}
    answer(fit, table, tables, str(fit.accuracy), replace(options, out=None), noted=False)


def _written(table: Any, added: Any, options: Options) -> dict[str, Any]:
    """The columns of the table with the added ones, after writing them to a file if requested."""
    name = table_name(options.out, options.out_table, "rows")
    if isinstance(table, str):
        from partialpool.analysis.attaching.files import attach_to_file

        attached = attach_to_file(table, added)
        if options.out is not None:
            attached.write(options.out, name)
        return attached.columns
    from partialpool.analysis.attaching import attach

    found = attach(table, added)
    if is_relation(found):
        if options.out is not None:
            from partialpool.analysis.attaching.into import attach_into

            attach_into(table, added, options.out, check_memory(options.memory), name)
        return whole_relation(found)
    columns = {name: np.asarray(column) for name, column in found.items()}
    if options.out is not None:
        write_table(columns, options.out, default=name)
    return columns
