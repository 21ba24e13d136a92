"""Measurements with an unknown spread within groups: rows y_ij of each group j.

    y_ij | theta_j ~ Normal(theta_j, sigma^2),  sigma unknown and shared

The number n, the mean and the sd of a group's rows are sufficient for theta and sigma. The mean is stored as the sum of
two doubles, so that no digits are lost if a large constant is added to every row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.groups.groups import Array, Codes, Groups, Statistic, collapse
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.models.data.checks import free, left_out, refuse, shown, whole

STATISTICS = (
    Statistic("n", "n", "rows of the group", "1, 2, 3, ..."),
    Statistic("mean", "y", "mean of the rows", "any real number", shown=False),
    Statistic("rest", "y", "what the mean loses in rounding", "below half a unit in its last place", shown=False),
    Statistic("sd", "s", "sd of the rows about their mean, with n - 1 below; 0 for one row", "0 or more", least=2),
)

LARGEST = 1e300
"""Larger absolute values are refused, since their differences could overflow."""

_EXACT = 2**53


def measurements(rows: Rows, value: str, group: str | Sequence[str]) -> Groups:
    """Compute the number, mean and sd of the rows of each group.

    Args:
        rows: the columns read, one row per measurement.
        value: column of the measurements.
        group: column(s) that name the group of a row.

    Returns:
        Groups with the statistics "n", "mean", "rest" and "sd".

    Raises:
        CellError: a value is too large.
    """
    names = [group] if isinstance(group, str) else list(group)
    taken = [value, *names]
    columns = {"n": free("n", taken), "mean": value, "rest": value, "sd": free(f"{value}_sd", taken)}
    labels = {name: rows.columns[name] for name in names}
    if rows.sums is not None:
        return collapse(labels, rows.sums, columns, rows.library, left_out(rows), pooled)
    y = _sized(rows, value)
    none = np.zeros(len(y))
    statistics = {"n": np.ones(len(y), dtype=np.int64), "mean": y, "rest": none, "sd": none}
    return collapse(labels, statistics, columns, rows.library, left_out(rows), pooled, kept=y)


def sums(value: str, group: Sequence[str]) -> Sums:
    """The number, mean and sd of the rows of each group, for an engine to compute."""

    def refused(of: Mapping[str, Any]) -> Any:
        return (of["value"] > LARGEST) | (of["value"] < -LARGEST)

    return Sums(refused, lambda rows: measurements(rows, value, group), {}, {}, spread=value)


def summaries(rows: Rows, mean: str, sd: str, n: str, group: str | Sequence[str] | None) -> Groups:
    """Combine summaries, one row per group or part of a group, to the number, mean and sd of each group.

    Args:
        rows: the columns read.
        mean: column of the means.
        sd: column of the sample sds (divisor n - 1); 0 where n is 1.
        n: column of the numbers of measurements.
        group: column(s) that name the group of a row; None: each row is its own group.

    Raises:
        CellError: a number is not whole or below 1, an sd is negative or, for n = 1, not 0.
    """
    y, s, size = _sized(rows, mean), _sized(rows, sd), whole(rows, n)
    cure = "A group has at least one: drop the row."
    refuse(rows, size < 1, lambda i: f"{n}={shown(size[i])}", "no measurement", cure)
    cure = "A standard deviation is 0 or more."
    refuse(rows, s < 0.0, lambda i: f"{sd}={shown(s[i])}", "negative", cure)
    cure = f"One measurement has no sd: leave the cell of {sd!r} empty, or write 0."
    refuse(rows, (size == 1) & (s != 0.0), lambda i: f"{n}=1, {sd}={shown(s[i])}", "an sd of one measurement", cure)
    names = [group] if isinstance(group, str) else list(group or ())
    columns = {"n": n, "mean": mean, "rest": mean, "sd": sd}
    statistics = {"n": size, "mean": y, "rest": np.zeros(len(y)), "sd": s}
    labels = {name: rows.columns[name] for name in names} or None
    return collapse(labels, statistics, columns, rows.library, left_out(rows), pooled)


def _sized(rows: Rows, name: str) -> Array:
    given = rows.columns[name]
    if given.dtype.kind != "f":
        cure = "A double holds no more digits: subtract a constant."
        refuse(rows, np.abs(given) > _EXACT, lambda i: f"{name}={shown(given[i])}", "an integer above 2^53", cure)
    values = given.astype(float)
    cure = "Give them in larger units."
    refuse(rows, np.abs(values) > LARGEST, lambda i: f"{name}={shown(values[i])}", f"beyond {LARGEST:g} in size", cure)
    return values


def pooled(statistics: Mapping[str, Array], _: Mapping[str, str], codes: Codes, __: int) -> dict[str, Array]:
    """Number, mean and sd of each group from those of its parts, the same for any order of the parts.

        n = sum n_i,   mean = sum n_i m_i / n,   (n - 1) sd^2 = sum (n_i - 1) s_i^2 + n_i (m_i - mean)^2

    Differences are taken from the median part, in units of the largest of them, so that nothing overflows.
    Source: Chan, Golub and LeVeque 1983, The American Statistician 37:242.
    """
    order = _sorted(statistics, codes)
    n, hi, lo, s = (statistics[role][order] for role in ("n", "mean", "rest", "sd"))
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    parts = ends - starts
    middle = hi[starts + parts // 2]
    centre = np.repeat(middle, parts)
    difference, lost = two_sum(hi, -centre)
    d, rest = difference, lost + lo
    unit = _power_of_two(np.maximum(np.maximum.reduceat(np.abs(d + rest), starts), np.maximum.reduceat(s, starts)))
    each = np.repeat(unit, parts)
    d, rest, s = d / each, rest / each, s / each
    total = np.add.reduceat(n, starts)
    mean = (np.add.reduceat(n * d, starts) + np.add.reduceat(n * rest, starts)) / total
    off = (d - np.repeat(mean, parts)) + rest
    between = np.add.reduceat(n * off**2, starts) - np.add.reduceat(n * off, starts) ** 2 / total
    squares = np.maximum(between, 0.0) + np.add.reduceat((n - 1) * s**2, starts)
    sd = np.where(total > 1, unit * np.sqrt(squares / np.maximum(total - 1, 1)), 0.0)
    whole_mean, left = two_sum(middle, mean * unit)
    alone = parts == 1
    return {
        "n": total,
        "mean": np.where(alone, hi[starts], whole_mean),
        "rest": np.where(alone, lo[starts], left),
        "sd": np.where(alone, statistics["sd"][order][starts], sd),
    }


def _sorted(statistics: Mapping[str, Array], codes: Codes) -> Codes:
    """Sort the parts by group and within it by value, so that sums are the same for any order of rows."""
    if (statistics["n"] == 1).all():
        return np.lexsort((statistics["rest"], statistics["mean"], codes))
    return np.lexsort((statistics["sd"], statistics["n"], statistics["rest"], statistics["mean"], codes))


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """The rounded sum a + b, and its exact rounding error (Knuth)."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def _power_of_two(x: Array) -> Array:
    """The smallest power of two above x; 1 where x is 0."""
    return np.where(x > 0.0, np.ldexp(1.0, np.clip(np.frexp(x)[1], -1020, 1020)), 1.0)
