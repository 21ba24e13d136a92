"""Which kind of table a caller has, and how it gets its further columns."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.attaching.lookup import Lookup, check_clashes, check_unknown, places_of, taken
from partialpool.attaching.rows import attach_to_rows
from partialpool.backends import not_read
from partialpool.backends.columns import check_request
from partialpool.errors import RequestError
from partialpool.groups import Array, Groups


def attach(
    data: Any,
    groups: Groups,
    answers: Mapping[str, Array],
    *,
    prefix: str = "",
    group: str | Sequence[str] | None = None,
    unknown: str = "null",
) -> Any:
    """A table with further columns: in each row the answers for its group.

    Args:
        data: the caller's table; it is never changed.
        groups: the groups of the fit.
        answers: name -> a number for each group.
        prefix: what the names of the further columns begin with.
        group: the group columns of the table; None if they are called as in the fit.
        unknown: "null" or "refuse", what to do with groups that the fit does not know.

    Returns:
        The same kind of table, lazy if it is lazy, with the same rows in the same order.

    Raises:
        DataError: the table cannot be read, or its groups are not those of the fit.
        RequestError: an argument is out of range.
    """
    if not isinstance(prefix, str):
        raise RequestError(f"prefix={prefix!r} is not text. Give the beginning of a name, such as 'posterior_'.")
    names = _names(groups, group)
    lookup = Lookup(groups, check_unknown(unknown))
    added = {f"{prefix}{name}": np.asarray(values, dtype=float) for name, values in answers.items()}
    if isinstance(data, (Mapping, list, tuple, np.ndarray)):
        return attach_to_rows(data, lookup, names, added)
    if data is None or isinstance(data, (str, os.PathLike)):
        raise RequestError(
            "attach takes a table, not the name of a file. Read the file with your data-frame library first, or use "
            "the command: partialpool attach FILE --fit FIT --out FILE."
        )
    return _attached_to_frame(data, lookup, names, added)


def _names(groups: Groups, group: str | Sequence[str] | None) -> list[str]:
    """The names of the group columns in the caller's table; none where rows are matched by position."""
    if groups.numbered:
        if group is not None:
            raise RequestError("each row is its own group in this fit: rows are matched by position. Leave out group=.")
        return []
    given: Any = list(groups.labels) if group is None else group
    names = list(given) if isinstance(given, (list, tuple)) else [given]
    check_request((), names, "drop")
    if len(names) != len(groups.labels):
        raise RequestError(
            f"group names {len(names)} column{'s' * (len(names) != 1)}, and the groups of the fit have "
            f"{len(groups.labels)}: {', '.join(map(repr, groups.labels))}. Name one for each, in this order."
        )
    return names


def _attached_to_frame(data: Any, lookup: Lookup, names: list[str], added: Mapping[str, Array]) -> Any:
    """A data frame or relation, itself or inside a frame of narwhals, with further columns."""
    import narwhals
    import narwhals.stable.v2 as nw

    from partialpool.attaching.lazy import attach_to_lazy
    from partialpool.attaching.relation import attach_to_relation

    native = nw.to_native(data, pass_through=True)
    if nw.dependencies.is_duckdb_relation(native):
        result = attach_to_relation(native, lookup, names, added)
    elif nw.dependencies.is_polars_lazyframe(native):
        result = attach_to_lazy(native, lookup, names, added)
    else:
        result = _attached_to_eager(native, lookup, names, added)
    if native is data:
        return result
    stable = isinstance(data, (nw.DataFrame, nw.LazyFrame))
    return nw.from_native(result) if stable else narwhals.from_native(result)


def _attached_to_eager(data: Any, lookup: Lookup, names: list[str], added: Mapping[str, Array]) -> Any:
    import narwhals.stable.v2 as nw

    from partialpool.backends.frames import library_of

    library = library_of(data)
    if library is None:
        raise not_read(data)
    check_clashes(data.column_names if library == "pyarrow" else list(data.columns), added)
    places = places_of(data, len(data), lookup, names)
    found = {name: taken(values, places) for name, values in added.items()}
    if library == "pandas":  # by position, whatever the index, and whatever other columns are called
        return data.assign(**found)
    frame = nw.from_native(data, eager_only=True)
    series = [nw.new_series(name, x, nw.Float64(), backend=frame.implementation) for name, x in found.items()]
    return frame.with_columns(*(one.fill_nan(None) for one in series)).to_native()
