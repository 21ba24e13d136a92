"""Attach columns to a frame of Dask, partition by partition, or to a table of Ibis, by a join; both stay lazy."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.errors import DataError
from partialpool.io.backends.columns import positions
from partialpool.io.backends.lazy import lazy_errors
from partialpool.models.data.checks import free


def attach_to_dask(frame: Any, added: Addition) -> Any:
    """Add columns to a frame of Dask; rows of an unknown group are refused, if they are, when the frame is computed.

    Raises:
        DataError: the frame lacks a group column or has one of the added columns, or each row is a group of the fit.
    """
    added.check_clashes(list(frame.columns))
    _check_named(added, "Dask")
    positions(list(frame.columns), added.names)
    columns = [*frame.columns, *added.results]
    kinds = {**dict(frame.dtypes), **dict.fromkeys(added.results, np.dtype(float))}
    return frame.map_partitions(partial(_with_columns, added=added), meta=[(name, kinds[name]) for name in columns])


def _with_columns(part: Any, added: Addition) -> Any:
    """One partition, a frame of pandas, with the added columns."""
    return part.assign(**added.columns(part, len(part), whole=False))


def attach_to_ibis(table: Any, added: Addition) -> Any:
    """Add columns to a table of Ibis, whose distinct labels are read for it.

    Raises:
        DataError: the table lacks a group column or has one of the added columns, its groups are not those of the fit,
            or each row is a group of the fit.
    """
    import ibis
    import pyarrow as pa

    added.check_clashes(table.columns)
    _check_named(added, "Ibis")
    names = [table.columns[place] for place in positions(table.columns, added.names)]
    with lazy_errors():
        labels = table.select(names).distinct().to_pyarrow()
    found = added.columns(labels, labels.num_rows)
    keys = [free(f"label_{i}", [*table.columns, *found]) for i in range(len(names))]
    answers = {name: pa.array(values, from_pandas=True) for name, values in found.items()}
    groups = ibis.memtable(pa.table({**dict(zip(keys, labels.columns, strict=True)), **answers}))
    same = [table[name] == groups[key] for name, key in zip(names, keys, strict=True)]
    return table.left_join(groups, same).select(*table.columns, *found)


def _check_named(added: Addition, engine: str) -> None:
    if not added.names:
        raise DataError(
            f"each row is its own group in this fit: rows are matched by position, and those of a {engine} frame have "
            "none. Fit with group=, or attach to the table that was fitted."
        )
