"""A lazy frame of Polars with further columns; it stays lazy."""

from __future__ import annotations

from typing import Any

from partialpool.attaching.addition import Addition
from partialpool.backends.columns import positions
from partialpool.errors import DataError
from partialpool.families.checks import free


def attach_to_lazy(data: Any, added: Addition) -> Any:
    """A Polars LazyFrame with further columns; row by row if groups have labels, so that filters pass through.

    Raises:
        DataError: the frame has no schema.
        ColumnError: it lacks a group column, or has one of the further columns already.
    """
    import polars as pl
    from polars.exceptions import PolarsError

    try:
        columns = data.collect_schema().names()
    except (PolarsError, OSError) as error:
        raise DataError(f"the lazy frame cannot be collected: {error}. Check the steps that made it.") from error
    added.check_clashes(columns)
    keys = [columns[place] for place in positions(columns, added.names)]
    called = free("partialpool", [*columns, *added.answers])

    def answered(rows: Any) -> Any:
        found = added.columns(rows.struct.unnest() if keys else None, len(rows), whole=False)
        series = [pl.Series(name, values, nan_to_null=True) for name, values in found.items()]
        return pl.DataFrame(series).to_struct(called)

    rows = pl.struct(keys) if keys else pl.int_range(pl.len())
    kind = pl.Struct(dict.fromkeys(added.answers, pl.Float64))
    made = rows.map_batches(answered, return_dtype=kind, is_elementwise=bool(keys)).alias(called)
    return data.with_columns(made).unnest(called)
