"""Add up the rows of each group by the engine that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.errors import CellError, DataError
from partialpool.groups.groups import LARGEST_TOTAL, Array, Codes, Rows, frozen
from partialpool.groups.sums import Sums
from partialpool.io.backends.labels import names
from partialpool.io.backends.rows import Column
from partialpool.io.engines.exact import BITS, limb_names, scale_of, total, with_limbs
from partialpool.io.engines.opening import Opened, opened

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from partialpool.io.engines.survey import Prepared


def added_up(data: object, sums: Sums, labels: Sequence[str], missing: str, memory: int) -> Rows | None:
    """Add up the rows of each group, if there are many and an engine can do it; else None.

    Args:
        data: the caller's table.
        sums: the statistics of the groups.
        labels: names of the group columns.
        missing: "refuse" missing cells, or "drop" their rows.
        memory: bytes that DuckDB may use, if it reads files.

    Returns:
        Rows with one row per group, sorted by their labels.

    Raises:
        DataError: the table cannot be read, a cell is missing or a row is refused.
    """
    with opened(data, list(sums.columns.values()), labels, memory) as table:
        return None if table is None else in_engine(table, sums, missing)


def in_engine(table: Opened, sums: Sums, missing: str) -> Rows:
    """Add up the rows of each group of a table, however many there are."""
    from partialpool.io.engines.survey import prepared

    of = prepared(table, sums, missing)
    keys = [f"l{k}" for k in range(len(table.labels))]
    scales = {role: scale_of(of.largest[role]) for role in (*sums.real, *(["value"] if sums.spread else []))}
    summed = _summed(table, of, sums, keys, scales) if sums.spread is None else _moments(table, of, keys, scales)
    found = table.collected(summed)
    _check_size(of, int(found["n"].data.sum()))
    order = _sorted([found[key] for key in keys])
    columns = {name: Column(name, column.data[order]) for name, column in found.items()}
    statistics = _statistics(columns, sums, scales)
    return _as_rows(table, [columns[key] for key in keys], statistics, of)


def _as_rows(table: Opened, keys: Sequence[Column], statistics: Mapping[str, Array], of: Prepared) -> Rows:
    """One row per group, which is called by its labels."""
    labels = {name: names(replace(key, name=name)).data for name, key in zip(table.labels, keys, strict=True)}

    def called(index: int) -> str:
        return f"group {', '.join(repr(label[index : index + 1].tolist()[0]) for label in labels.values())}"

    size = len(keys[0].data)
    read = of.size + of.dropped
    return Rows(
        frozen(labels), size, table.library, of.dropped, sums=frozen(dict(statistics)), read=read, called=called
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


def _sorted(keys: Sequence[Column]) -> Codes:
    """The order of the groups by their labels, the first column first."""
    return np.lexsort([column.data for column in reversed(keys)])


# --- counts, and sums of real numbers


def _summed(
    table: Opened, of: Prepared, sums: Sums, keys: Sequence[str], scales: Mapping[str, float]
) -> nw.LazyFrame[Any]:
    """The groups with their number of rows, their sums of whole numbers, and the limbs of those of real numbers."""
    import narwhals.stable.v2 as nw

    _check_totals(table, of, sums, keys)
    counts = {f"s_{role}": of.by_role[role].cast(nw.Int64) for role in sums.whole}
    numbers = {role: of.by_role[role].cast(nw.Float64) / scale for role, scale in scales.items()}
    frame = of.frame.with_columns(**counts)
    return _grouped(with_limbs(frame, numbers, table.whole) if numbers else frame, keys, [*counts, *_all(numbers)])


def _statistics(columns: Mapping[str, Column], sums: Sums, scales: Mapping[str, float]) -> dict[str, Array]:
    if sums.spread is not None:
        return _of_moments(columns, scales["value"])
    found = {role: columns[f"s_{role}"].data.astype(np.int64) for role in sums.whole}
    found |= {role: total(_sums(columns, role), scale)[0] for role, scale in scales.items()}
    return found if sums.number is None else found | {sums.number: columns["n"].data.astype(np.int64)}


def _all(numbers: Iterable[str]) -> list[str]:
    return [limb for name in numbers for limb in limb_names(name)]


def _sums(columns: Mapping[str, Column], name: str) -> list[Array]:
    return [columns[limb].data for limb in limb_names(name)]


def _grouped(frame: nw.LazyFrame[Any], keys: Sequence[str], parts: Sequence[str]) -> nw.LazyFrame[Any]:
    """The groups with their number of rows n and sums of whole numbers, as 64-bit integers in every engine."""
    import narwhals.stable.v2 as nw

    grouped = frame.group_by(*keys).agg(nw.len().alias("n"), *(nw.col(name).sum().alias(name) for name in parts))
    return grouped.with_columns(*(nw.col(name).cast(nw.Int64) for name in ("n", *parts)))


def _check_totals(table: Opened, of: Prepared, sums: Sums, keys: Sequence[str]) -> None:
    """Refuse totals of whole numbers that 64-bit integers may not hold.

    Raises:
        CellError: a total is too large.
    """
    import narwhals.stable.v2 as nw

    for role, name in sums.whole.items():
        if of.largest[role] * of.size < LARGEST_TOTAL:
            continue
        rough = of.frame.with_columns(s=of.by_role[role].cast(nw.Float64)).group_by(*keys).agg(nw.col("s").sum())
        if float(table.collected(rough.select(nw.col("s").max()))["s"].data[0]) > LARGEST_TOTAL:
            raise CellError(
                f"column {name!r}: the total of a group exceeds 2^62 ({LARGEST_TOTAL}). "
                "Give counts of real trials, or count in larger units."
            )


# --- numbers, means and sds


def _moments(table: Opened, of: Prepared, keys: Sequence[str], scales: Mapping[str, float]) -> nw.LazyFrame[Any]:
    """The groups with number, centre and the limbs of the sums of differences from it, and of their squares.

    The centre is the mean but for its last digits: it is made of sums of whole numbers, so that it is the same in
    every engine. Differences are divided by twice the largest value, so that they and their squares are at most 1.
    """
    import narwhals.stable.v2 as nw

    value, scale = of.by_role["value"].cast(nw.Float64), scales["value"]
    numbers = {"x": value / scale}
    first = _grouped(with_limbs(of.frame, numbers, table.whole), keys, _all(numbers))
    mean = nw.lit(0.0)
    for k in reversed(range(2)):
        mean = mean + nw.col(f"s_x_{k}").cast(nw.Float64) / nw.col("n").cast(nw.Float64) * 2.0 ** (-BITS * (k + 1))
    groups = first.with_columns(centre=mean * scale).select(*keys, "centre")
    away = (value - nw.col("centre")) / (2.0 * scale)
    numbers = {"d": away, "q": away * away}
    second = of.frame.join(table.small(groups), on=list(keys), how="inner")
    return _grouped(with_limbs(second, numbers, table.whole), [*keys, "centre"], _all(numbers))


def _of_moments(columns: Mapping[str, Column], scale: float) -> dict[str, Array]:
    """Number, mean, what the mean loses in rounding, and sd of each group."""
    n, centre, width = columns["n"].data, columns["centre"].data, 2.0 * scale
    away = total(_sums(columns, "d"), 1.0)[0] / n
    squares = np.maximum(total(_sums(columns, "q"), 1.0)[0] - n * away**2, 0.0)
    shift = away * width
    mean = centre + shift
    back = mean - centre
    rest = (centre - (mean - back)) + (shift - back)
    sd = np.where(n > 1, width * np.sqrt(squares / np.maximum(n - 1, 1)), 0.0)
    return {"n": n.astype(np.int64), "mean": mean, "rest": rest, "sd": sd}
