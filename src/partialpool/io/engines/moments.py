"""The number, mean and sd of each group of rows, from exact sums of differences and of their squares.

Differences are taken from the middle of all values. In a group whose values differ little beside that, they are taken
once more, from the group's own mean and in units of its own range, so that no digits are lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.groups.codes import distinct
from partialpool.groups.groups import Array
from partialpool.io.backends.rows import Column
from partialpool.io.engines.exact import BITS, limb_names, scale_of, total, with_limbs
from partialpool.io.engines.grouping import grouped, in_order, sums_of

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw

    from partialpool.io.engines.opening import Opened
    from partialpool.io.engines.survey import Prepared

_LEAST = 2.0**-80  # least mean square, in units of the range of all values, of which enough digits are left
_SHARE = 1e-3  # least share of the spread about the middle that is the group's own, so that 13 digits are left of it


def moments(table: Opened, of: Prepared, keys: Sequence[str]) -> tuple[dict[str, Column], dict[str, Array]]:
    """The groups, sorted by their labels, and their statistics n, mean, rest and sd."""
    import narwhals.stable.v2 as nw

    low, high = of.ends["value"]
    middle, scale = 0.5 * low + 0.5 * high, scale_of(high - low)
    value = of.by_role["value"].cast(nw.Float64)
    first = _around(table, of.frame, value, nw.lit(middle), nw.lit(scale), keys)
    columns = in_order(table.collected(first), keys)
    size = len(columns["n"].data)
    statistics, close = _statistics(columns, np.full(size, middle), np.full(size, scale))
    if close.any():
        ends = (
            of.frame.with_columns(value=value)
            .group_by(*keys)
            .agg(nw.col("value").min().alias("low"), nw.col("value").max().alias("high"))
        )
        centres = _centres(first, middle, scale).select(*keys, "centre").join(ends, on=list(keys), how="inner")
        range_ = nw.col("high") - nw.col("low")
        centres = centres.with_columns(width=nw.when(range_ > 0.0).then(range_).otherwise(nw.lit(1.0)))
        centres = centres.select(*keys, "centre", "width")
        rows = of.frame.join(table.small(centres), on=list(keys), how="inner")
        own = _around(table, rows, value, nw.col("centre"), nw.col("width"), [*keys, "centre", "width"])
        again = in_order(table.collected(own), keys)
        better, _ = _statistics(again, again["centre"].data, again["width"].data)
        places = _places([columns[key].data for key in keys], [again[key].data for key in keys])
        for role, values in better.items():
            statistics[role][places] = values
    return columns, statistics


def _around(
    table: Opened, rows: nw.LazyFrame[Any], value: nw.Expr, centre: nw.Expr, scale: nw.Expr, keys: Sequence[str]
) -> nw.LazyFrame[Any]:
    """The groups with the limbs of the differences from a centre, in units of a scale, and of their squares."""
    away = (value - centre) / scale
    numbers = {"d": away, "q": away * away}
    limbs = [limb for name in numbers for limb in limb_names(name)]
    return grouped(with_limbs(rows, numbers, table.whole), keys, limbs)


def _centres(groups: nw.LazyFrame[Any], middle: float, scale: float) -> nw.LazyFrame[Any]:
    """The groups whose values differ little, with their means but for the last digits.

    The means are made of sums of whole numbers, so that they are the same in every engine.
    """
    import narwhals.stable.v2 as nw

    n = nw.col("n").cast(nw.Float64)
    d, q = (_rough(name) / n for name in ("d", "q"))
    return groups.with_columns(centre=middle + d * scale).filter((q - d * d <= 2.0 * _SHARE * q) | (q <= 2.0 * _LEAST))


def _rough(name: str) -> nw.Expr:
    """A sum from its two largest limbs."""
    import narwhals.stable.v2 as nw

    first, second = (nw.col(f"s_{name}_{k}").cast(nw.Float64) * 2.0 ** (-BITS * (k + 1)) for k in range(2))
    return first + second


def _statistics(columns: dict[str, Column], centre: Array, scale: Array) -> tuple[dict[str, Array], Array]:
    """Number, mean, what the mean loses in rounding, and sd; and whether the values differ little beside the centre."""
    n = columns["n"].data.astype(np.int64)
    away, around = (total(sums_of(columns, name), 1.0)[0] / n for name in ("d", "q"))
    squares = np.maximum(around - away**2, 0.0)
    shift = away * scale
    mean = centre + shift
    back = mean - centre
    rest = (centre - (mean - back)) + (shift - back)
    sd = np.where(n > 1, scale * np.sqrt(n * squares / np.maximum(n - 1, 1)), 0.0)
    return {"n": n, "mean": mean, "rest": rest, "sd": sd}, (squares <= _SHARE * around) | (around <= _LEAST)


def _places(labels: Sequence[Array], some: Sequence[Array]) -> Array:
    """The position of each of some groups among all."""
    size = len(labels[0])
    return distinct([np.concatenate(both) for both in zip(labels, some, strict=True)])[1][size:]
