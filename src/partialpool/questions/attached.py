"""The method that adds columns of the posterior to a caller's own table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from partialpool.io.engines import check_memory
from partialpool.io.output.databases import table_name
from partialpool.questions.base import QuestionBase

if TYPE_CHECKING:
    from partialpool.analysis.attaching import Addition

ATTACHED = ("mean", "sd", "median", "lower", "upper", "weight")
"""The columns of the table of groups that are attached."""


class Attached(QuestionBase):
    """The method that adds columns of the posterior to a caller's own table."""

    def attach(
        self,
        data: Any,
        *,
        prefix: str = "posterior_",
        level: float | None = None,
        group: str | Sequence[str] | None = None,
        unknown: str = "null",
        into: str | os.PathLike[str] | None = None,
        table: str | None = None,
        memory: str | int | None = None,
    ) -> Any:
        """Add the posterior of each row's group to your own table: mean, sd, median, lower, upper and weight.

        Rows, their order, all other columns and the index stay as they are. A row whose group is missing, or unknown to
        the fit, has null cells. A fit without group columns attaches by position, row by row.

        Args:
            data: a pandas, Polars or PyArrow table, a DuckDB relation, a frame of Spark, a dict of columns, a list of
                dicts, a structured array or the path of a CSV or Parquet file, with the group columns of the fit: the
                table that was fitted, or another. It is never changed. A lazy table stays lazy; its errors are raised
                when it runs.
            prefix: the first part of the names of the new columns.
            level: probability of the interval, in (0, 1).
            group: the group columns of `data`, if their names are not those in the fit.
            unknown: "null" for null cells where the fit does not know the group, or "refuse" to raise an error there. A
                table (not a lazy one) none of whose groups is known is always refused.
            into: a .csv or .parquet file to write the table to, whole or not at all; an existing file is replaced, but
                never one that the rows come from. `data` may then also be a list of Parquet files or a pattern such as
                "visits/*.parquet". Parquet files and relations are never in memory as a whole; up to 5 million of
                their rows keep their order. In a DuckDB database (.duckdb), one table is made or replaced, but never
                that of the rows; a relation of that database is written by its own connection.
            table: the name of the table in a database; by default "rows".
            memory: the memory that DuckDB may use while it writes the rows of files, such as "2GB"; by default half of
                the machine's.

        Returns:
            The same kind of table with six more columns; of a file, a table in the library of `fit.groups()`. With
            `into`, the path of the file.

        Raises:
            DataError: a group column is missing, a new column is there already, no group is known, or a fit without
                group columns has another number of rows.
            OutputError: the file cannot be written.
            RequestError: an argument is out of range, or a table is named without a database.

        Example:
            >>> import partialpool as pp
            >>> ads = {"ad": ["A", "B", "A"], "clicks": [3, 4, 2], "views": [30, 41, 10], "day": [1, 1, 2]}
            >>> fit = pp.proportions(ads, successes="clicks", trials="views", group="ad")
            >>> fit.attach(ads)["posterior_mean"].round(3)
            array([0.127, 0.116, 0.127])
        """
        added = self.addition(level, prefix=prefix, group=group, unknown=unknown)
        name = table_name(into, table, "rows")
        if into is not None:
            from partialpool.analysis.attaching.into import attach_into

            return attach_into(data, added, into, check_memory(memory), name)
        from partialpool.analysis.attaching import attach

        return attach(data, added)

    def addition(self, level: float | None = None, **options: Any) -> Addition:
        """Return the columns that `attach` would add, for tables of other kinds; the options are those of `attach`."""
        from partialpool.analysis.attaching import addition

        columns = self.group_columns(level)
        return addition(self.data, {name: columns[name] for name in ATTACHED}, **options)
