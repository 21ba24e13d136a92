"""Attach columns to a lazy frame of Polars, which stays lazy."""

from __future__ import annotations

from typing import Any

from partialpool.analysis.attaching.addition import Addition
from partialpool.errors import DataError
from partialpool.io.backends.columns import positions
from partialpool.models.data.checks import free


def attach_to_lazy(data: Any, added: Addition) -> Any:
    """Add columns to a Polars LazyFrame, row by row if groups have labels, so that filters can be pushed down.

    Raises:
        DataError: the schema of the frame cannot be computed.
        ColumnError: the frame lacks a group column, or already has one of the added columns.
    """
    import polars as pl
    from polars.exceptions import PolarsError

    try:
        columns = data.collect_schema().names()
    except (PolarsError, OSError) as error:
        raise DataError(f"the lazy frame cannot be collected: {error}. Check the steps that made it.") from error
    added.check_clashes(columns)
    keys = [columns[place] for place in positions(columns, added.names)]
    called = free("partialpool", [*columns, *added.results])

    def answered(rows: Any) -> Any:
        found = added.columns(rows.struct.unnest() if keys else None, len(rows), whole=False)
        series = [pl.Series(name, values, nan_to_null=True) for name, values in found.items()]
        return pl.DataFrame(series).to_struct(called)

    rows = pl.struct(keys) if keys else pl.int_range(pl.len())
    kind = pl.Struct(dict.fromkeys(added.results, pl.Float64))
    made = rows.map_batches(answered, return_dtype=kind, is_elementwise=bool(keys)).alias(called)
    return data.with_columns(made).unnest(called)
