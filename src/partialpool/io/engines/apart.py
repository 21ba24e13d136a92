"""Add up the rows of each group of many slices, where a slice with refused rows does not stop the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from partialpool.errors import CellError
from partialpool.groups.groups import Array
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.io.backends.labels import names
from partialpool.io.engines.adding import in_engine
from partialpool.io.engines.grouping import in_order
from partialpool.io.engines.opening import Opened, opened
from partialpool.io.engines.survey import conditions, prepared

_TOLD = 50  # refused slices of which the rows are looked at once more


@dataclass(frozen=True, eq=False)
class Apart:
    """The groups of all slices that are not refused, and the errors of the others.

    Attributes:
        totals: one row per group; None if every slice is refused.
        labels: name of each label column of slices -> label of each refused slice.
        errors: the error of each refused slice.
        rows: the number of rows of each refused slice.
        library: the kind of the table.
    """

    totals: Rows | None
    labels: Mapping[str, Array]
    errors: Sequence[CellError]
    rows: Array
    library: str


def added_up_apart(
    data: object, sums: Sums, labels: Sequence[str], apart: Sequence[str], missing: str, memory: int
) -> Apart | None:
    """Add up the rows of each group of all slices, if there are many and an engine can do it; else None.

    `apart` are the label columns that name the slices; the other arguments are those of `adding.added_up`.
    """
    with opened(data, list(sums.columns.values()), labels, memory) as table:
        if not isinstance(table, Opened):
            return None
        try:
            return Apart(in_engine(table, sums, missing), {}, (), np.zeros(0, int), table.library)
        except CellError:
            return _without_refused(table, sums, apart, missing)


def _without_refused(table: Opened, sums: Sums, apart: Sequence[str], missing: str) -> Apart:
    """Leave out the slices with refused rows, and say what is wrong with each.

    Raises:
        CellError: what is wrong is no matter of single slices, such as a missing label of a slice.
    """
    import narwhals.stable.v2 as nw

    of, keys = conditions(table, sums), [f"l{table.labels.index(name)}" for name in apart]
    named = ~nw.any_horizontal(*(of.gone[key] for key in keys), ignore_nulls=False)
    bad = of.broken if missing == "drop" else ~of.whole | of.broken
    bad = nw.when(of.whole | ~nw.lit(missing == "drop")).then(bad).otherwise(nw.lit(False))
    marked = table.frame.filter(named).with_columns(bad=bad.cast(nw.Int64))
    counts = marked.group_by(*keys).agg(nw.len().alias("n"), nw.col("bad").sum()).filter(nw.col("bad") > 0)
    found = in_order(table.collected(counts), keys)
    labels = {name: names(replace(found[key], name=name)).data for name, key in zip(apart, keys, strict=True)}
    rest = replace(table, frame=table.frame.join(table.small(counts.select(*keys)), on=keys, how="anti"))
    values = list(zip(*(label.tolist() for label in labels.values()), strict=True))
    errors = [
        _error(table, sums, missing, dict(zip(keys, value, strict=True)), int(found["bad"].data[k]), told=k < _TOLD)
        for k, value in enumerate(values)
    ]
    left = int(table.collected(rest.frame.select(nw.len().alias("n")))["n"].data[0])
    totals = in_engine(rest, sums, missing) if left else None
    return Apart(totals, labels, errors, found["n"].data.astype(int), table.library)


def _error(table: Opened, sums: Sums, missing: str, labels: Mapping[str, Any], size: int, *, told: bool) -> CellError:
    """The error of one slice: that of its rows alone, or their number if many slices are refused."""
    import narwhals.stable.v2 as nw

    if told:
        frame = table.frame.filter(*(nw.col(key) == nw.lit(value) for key, value in labels.items()))
        try:
            prepared(replace(table, frame=frame), sums, missing)
        except CellError as error:
            return error.with_traceback(None)
    rows = f"{size:,} rows are" if size > 1 else "1 row is"
    return CellError(f"{rows} refused, or without a value. Fit the slice alone, and the message says more.")
