"""A lazy frame of Polars with further columns; it stays lazy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partialpool.attaching.lookup import Lookup, check_clashes, places_of, taken
from partialpool.backends.columns import positions
from partialpool.errors import DataError
from partialpool.families.checks import free
from partialpool.groups import Array


def attach_to_lazy(data: Any, lookup: Lookup, names: list[str], added: Mapping[str, Array]) -> Any:
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
    check_clashes(columns, added)
    keys = [columns[place] for place in positions(columns, names)]
    called = free("partialpool", [*columns, *added])

    def answered(rows: Any) -> Any:
        labels = rows.struct.unnest() if keys else None
        places = places_of(labels, len(rows), lookup, keys, whole=False)
        found = {name: pl.Series(name, taken(values, places), nan_to_null=True) for name, values in added.items()}
        return pl.DataFrame(found).to_struct(called)

    rows = pl.struct(keys) if keys else pl.int_range(pl.len())
    kind = pl.Struct(dict.fromkeys(added, pl.Float64))
    made = rows.map_batches(answered, return_dtype=kind, is_elementwise=bool(keys)).alias(called)
    return data.with_columns(made).unnest(called)
