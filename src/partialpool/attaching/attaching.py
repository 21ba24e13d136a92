"""Which kind of table a caller has, and how it gets its further columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.attaching.addition import Addition
from partialpool.attaching.rows import attach_to_rows
from partialpool.backends import not_read
from partialpool.output.tables import to_native


def attach(data: Any, added: Addition) -> Any:
    """A table with further columns: in each row the answers for its group.

    Args:
        data: the caller's table; it is never changed.
        added: the columns.

    Returns:
        The same kind of table, lazy if it is lazy, with the same rows in the same order; of a file, a table in the
        first data-frame library that is installed.

    Raises:
        DataError: the table cannot be read, has such columns already, or its groups are not those of the fit.
    """
    if isinstance(data, (Mapping, list, tuple, np.ndarray)):
        return attach_to_rows(data, added)
    if isinstance(data, (str, os.PathLike)):
        from partialpool.attaching.files import attach_to_file

        return to_native(attach_to_file(data, added).columns, "path")
    return _attached_to_frame(data, added)


def _attached_to_frame(data: Any, added: Addition) -> Any:
    """A data frame or relation, itself or inside a frame of narwhals, with further columns."""
    import narwhals
    import narwhals.stable.v2 as nw

    native = nw.to_native(data, pass_through=True)
    if nw.dependencies.is_duckdb_relation(native):
        from partialpool.attaching.relation import attach_to_relation

        result = attach_to_relation(native, added)
    elif nw.dependencies.is_polars_lazyframe(native):
        from partialpool.attaching.lazy import attach_to_lazy

        result = attach_to_lazy(native, added)
    else:
        result = _attached_to_eager(native, added)
    if native is data:
        return result
    stable = isinstance(data, (nw.DataFrame, nw.LazyFrame))
    return nw.from_native(result) if stable else narwhals.from_native(result)


def _attached_to_eager(data: Any, added: Addition) -> Any:
    import narwhals.stable.v2 as nw

    from partialpool.backends.frames import library_of

    library = library_of(data)
    if library is None:
        raise not_read(data)
    added.check_clashes(data.column_names if library == "pyarrow" else list(data.columns))
    found = added.columns(data, len(data))
    if library == "pandas":  # by position, whatever the index, and whatever other columns are called
        return data.assign(**found)
    frame = nw.from_native(data, eager_only=True)
    series = [nw.new_series(name, x, nw.Float64(), backend=frame.implementation) for name, x in found.items()]
    return frame.with_columns(*(one.fill_nan(None) for one in series)).to_native()
