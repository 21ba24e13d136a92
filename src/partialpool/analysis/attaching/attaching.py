"""Attach columns to a table of any kind, by the function for its kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.analysis.attaching.rows import attach_to_rows
from partialpool.groups.groups import Array
from partialpool.io.backends import not_read
from partialpool.io.backends.frames import is_relation, library_of
from partialpool.io.backends.lazy import is_spark
from partialpool.io.output.tables import to_native
from partialpool.messages.progress import shown


@shown("rows")
def attach(data: Any, added: Addition) -> Any:
    """Add columns to a table, with the answers for the group of each row.

    Args:
        data: the caller's table; it is never changed.
        added: the columns.

    Returns:
        A table of the same kind, lazy if it was lazy, with the same rows in the same order; for a file, a table of the
        first data-frame library that is installed.

    Raises:
        DataError: the table cannot be read, has such columns already, or its groups are not those of the fit.
    """
    if isinstance(data, (Mapping, list, tuple, np.ndarray)):
        return attach_to_rows(data, added)
    if isinstance(data, (str, os.PathLike)):
        from partialpool.analysis.attaching.files import attach_to_file

        return to_native(attach_to_file(data, added).columns, "path")
    return _attached_to_frame(data, added)


def _attached_to_frame(data: Any, added: Addition) -> Any:
    """Add columns to a data frame or relation, which may be wrapped in a frame of narwhals."""
    import narwhals
    import narwhals.stable.v2 as nw

    native = nw.to_native(data, pass_through=True)
    if is_relation(native):
        from partialpool.analysis.attaching.relation import attach_to_relation

        result = attach_to_relation(native, added)
    elif nw.dependencies.is_polars_lazyframe(native):
        from partialpool.analysis.attaching.lazy import attach_to_lazy

        result = attach_to_lazy(native, added)
    elif is_spark(native):
        from partialpool.analysis.attaching.spark import attach_to_spark

        result = attach_to_spark(native, added)
    elif nw.dependencies.is_dask_dataframe(native):
        from partialpool.analysis.attaching.engines import attach_to_dask

        result = attach_to_dask(native, added)
    elif nw.dependencies.is_ibis_table(native):
        from partialpool.analysis.attaching.engines import attach_to_ibis

        result = attach_to_ibis(native, added)
    else:
        result = _attached_to_eager(native, added)
    if native is data:
        return result
    stable = isinstance(data, (nw.DataFrame, nw.LazyFrame))
    return nw.from_native(result) if stable else narwhals.from_native(result)


def _attached_to_eager(data: Any, added: Addition) -> Any:
    library = library_of(data)
    if library is None:
        raise not_read(data)
    added.check_clashes(data.column_names if library == "pyarrow" else list(data.columns))
    return _WITH_COLUMNS[library](data, added.columns(data, len(data)))


def _to_pandas(data: Any, columns: Mapping[str, Array]) -> Any:
    """Add columns by position, whatever the index is."""
    return data.assign(**columns)


def _to_polars(data: Any, columns: Mapping[str, Array]) -> Any:
    import polars as pl

    return data.with_columns(pl.Series(name, values, nan_to_null=True) for name, values in columns.items())


def _to_pyarrow(data: Any, columns: Mapping[str, Array]) -> Any:
    import pyarrow as pa

    for name, values in columns.items():
        data = data.append_column(name, pa.array(values, from_pandas=True))
    return data


_WITH_COLUMNS = {"pandas": _to_pandas, "polars": _to_polars, "pyarrow": _to_pyarrow}
