"""Add up the rows of each group by the engine that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.errors import CellError, DataError
from partialpool.groups.adding import LARGEST_TOTAL
from partialpool.groups.groups import Array, frozen
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.io.backends.labels import names
from partialpool.io.backends.rows import Column
from partialpool.io.engines.exact import limb_names, scale_of, total, with_limbs
from partialpool.io.engines.grouping import grouped, in_order, sums_of
from partialpool.io.engines.moments import moments
from partialpool.io.engines.opening import Few, Opened, opened

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from partialpool.io.engines.survey import Prepared


def added_up(data: object, sums: Sums, labels: Sequence[str], missing: str, memory: int) -> Rows | Few | None:
    """Add up the rows of each group, if there are many and an engine can do it.

    Args:
        data: the caller's table.
        sums: the statistics of the groups.
        labels: names of the group columns.
        missing: "refuse" missing cells, or "drop" their rows.
        memory: bytes that DuckDB may use, if it reads files.

    Returns:
        Rows with one row per group, sorted by their labels; the columns of a query with few rows, which need not be
        run again; or None.

    Raises:
        DataError: the table cannot be read, a cell is missing or a row is refused.
    """
    with opened(data, list(sums.columns.values()), labels, memory) as table:
        return in_engine(table, sums, missing) if isinstance(table, Opened) else table


def in_engine(table: Opened, sums: Sums, missing: str) -> Rows:
    """Add up the rows of each group of a table, however many there are."""
    from partialpool.io.engines.survey import prepared

    of = prepared(table, sums, missing)
    keys = [f"l{k}" for k in range(len(table.labels))]
    if sums.spread is not None:
        columns, statistics = moments(table, of, keys)
    else:
        scales = {role: scale_of(of.largest(role)) for role in sums.real}
        columns = in_order(table.collected(_summed(table, of, sums, keys, scales)), keys)
        statistics = _statistics(columns, sums, scales)
    counts = columns["n"].data.astype(np.int64)
    _check_size(of, int(counts.sum()))
    return _as_rows(table, [columns[key] for key in keys], statistics, counts, of)


def _as_rows(
    table: Opened, keys: Sequence[Column], statistics: Mapping[str, Array], counts: Array, of: Prepared
) -> Rows:
    """One row per group, which is called by its labels."""
    labels = {name: names(replace(key, name=name)).data for name, key in zip(table.labels, keys, strict=True)}

    def called(index: int) -> str:
        return f"group {', '.join(repr(label[index : index + 1].tolist()[0]) for label in labels.values())}"

    return Rows(
        frozen(labels),
        len(counts),
        table.library,
        of.dropped,
        sums=frozen(dict(statistics)),
        counts=counts,
        read=of.size + of.dropped,
        called=called,
    )


def _check_size(of: Prepared, size: int) -> None:
    """Refuse a table that had other rows when they were added up than when they were checked.

    Raises:
        DataError: it had.
    """
    if size != of.size:
        raise DataError(
            f"the table had {of.size:,} rows when they were checked and {size:,} when they were added up: it is made "
            "anew each time it is read. Write it to a file first, or keep it, as by persist()."
        )


def _summed(
    table: Opened, of: Prepared, sums: Sums, keys: Sequence[str], scales: Mapping[str, float]
) -> nw.LazyFrame[Any]:
    """The groups with their number of rows, their sums of whole numbers, and the limbs of those of real numbers."""
    import narwhals.stable.v2 as nw

    _check_totals(table, of, sums, keys)
    counts = {f"s_{role}": of.by_role[role].cast(nw.Int64) for role in sums.whole}
    numbers = {role: of.by_role[role].cast(nw.Float64) / scale for role, scale in scales.items()}
    frame = of.frame.with_columns(**counts)
    every = [*counts, *(limb for name in numbers for limb in limb_names(name))]
    return grouped(with_limbs(frame, numbers, table.whole) if numbers else frame, keys, every)


def _statistics(columns: Mapping[str, Column], sums: Sums, scales: Mapping[str, float]) -> dict[str, Array]:
    found = {role: columns[f"s_{role}"].data.astype(np.int64) for role in sums.whole}
    found |= {role: total(sums_of(columns, role), scale)[0] for role, scale in scales.items()}
    return found if sums.number is None else found | {sums.number: columns["n"].data.astype(np.int64)}


def _check_totals(table: Opened, of: Prepared, sums: Sums, keys: Sequence[str]) -> None:
    """Refuse totals of whole numbers that 64-bit integers may not hold.

    Raises:
        CellError: a total is too large.
    """
    import narwhals.stable.v2 as nw

    for role, name in sums.whole.items():
        if of.largest(role) * of.size < LARGEST_TOTAL:
            continue
        rough = of.frame.with_columns(s=of.by_role[role].cast(nw.Float64)).group_by(*keys).agg(nw.col("s").sum())
        if float(table.collected(rough.select(nw.col("s").max()))["s"].data[0]) > LARGEST_TOTAL:
            raise CellError(
                f"column {name!r}: the total of a group exceeds 2^62 ({LARGEST_TOTAL}). "
                "Give counts of real trials, or count in larger units."
            )
