"""One pass over all rows before they are added up: their number and size, and what is missing or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from partialpool.errors import CellError, DataError
from partialpool.groups.groups import Array, frozen
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.io.backends.labels import names
from partialpool.io.backends.rows import Column
from partialpool.io.engines.opening import Opened

_EXACT = 2.0**53
_SHOWN = 1_000  # refused rows, and others, of which the family makes its message


@dataclass(frozen=True)
class Prepared:
    """The rows to be added up, without those with missing cells.

    Attributes:
        frame: the rows, with columns of numbers in double precision or as 64-bit integers.
        by_role: role -> expression for the column.
        size: number of rows.
        dropped: number of rows that were left out because a cell was missing.
        ends: role -> smallest and largest value of the column.
    """

    frame: nw.LazyFrame[Any]
    by_role: Mapping[str, nw.Expr]
    size: int
    dropped: int
    ends: Mapping[str, tuple[float, float]]

    def largest(self, role: str) -> float:
        """The largest absolute value of a column."""
        return max(abs(end) for end in self.ends[role])


@dataclass(frozen=True)
class Conditions:
    """Expressions for the numbers of a row, and for what may be wrong with it.

    Attributes:
        by_role: role -> the number.
        gone: name of a column -> whether its cell is missing.
        whole: whether no cell is missing.
        broken: whether the row is refused; null if a cell is missing.
    """

    by_role: Mapping[str, nw.Expr]
    gone: Mapping[str, nw.Expr]
    whole: nw.Expr
    broken: nw.Expr


def conditions(table: Opened, sums: Sums) -> Conditions:
    """The expressions for the rows of a table."""
    schema = table.frame.collect_schema()
    by_role = {role: _number(f"v{k}", schema[f"v{k}"]) for k, role in enumerate(sums.columns)}
    gone = {f"v{k}": _missing(f"v{k}", schema[f"v{k}"]) for k in range(len(table.values))}
    gone |= {f"l{k}": _missing(f"l{k}", schema[f"l{k}"]) for k in range(len(table.labels))}
    return Conditions(by_role, gone, _all_there(gone), _broken(by_role, sums, schema))


def prepared(table: Opened, sums: Sums, missing: str) -> Prepared:
    """Check all rows, and leave out those with missing cells if `missing` is "drop".

    Raises:
        DataError: there are no rows, a cell is missing or a row is refused by the family.
    """
    of = conditions(table, sums)
    facts = [nw.len().alias("rows"), _count(of.broken).alias("broken")]
    facts += [part.cast(nw.Float64).min().alias(f"least_{role}") for role, part in of.by_role.items()]
    facts += [part.cast(nw.Float64).max().alias(f"most_{role}") for role, part in of.by_role.items()]
    facts += [_count(mask).alias(f"gone_{name}") for name, mask in of.gone.items()]
    found = _one(table, table.frame.select(*facts))
    rows = int(found["rows"])
    if not rows:
        raise DataError("the data have no rows. Give at least one row below the header.")
    frame = table.frame
    if _empty(table, found, missing):
        frame = table.frame.filter(of.whole)
        found = _one(table, frame.select(*facts))
        if not int(found["rows"]):
            raise DataError(f"each of the {rows:,} rows has a missing cell, so none is left. Fill the cells in.")
    if int(found["broken"]):
        _refuse(table, frame, of, sums, int(found["broken"]))
    size = int(found["rows"])
    ends = {role: (float(found[f"least_{role}"]), float(found[f"most_{role}"])) for role in of.by_role}
    return Prepared(frame, of.by_role, size, rows - size, ends)


def _number(name: str, kind: Any) -> nw.Expr:
    """A column as 64-bit integers or doubles."""
    return nw.col(name).cast(nw.Int64 if kind.is_integer() or repr(kind) == "Boolean" else nw.Float64)


def _missing(name: str, kind: Any) -> nw.Expr:
    """Whether a cell is missing: null or, in a column of floats, NaN.

    NaN is found by arithmetic: DuckDB takes isnan to be false in a whole Parquet file if its statistics, which leave
    NaN out, are finite.
    """
    null = nw.col(name).is_null()
    if not kind.is_float():
        return null
    x = nw.col(name).cast(nw.Float64)
    return null | ((x * 0.0 != 0.0) & (x != np.inf) & (x != -np.inf))


def _all_there(gone: Mapping[str, nw.Expr]) -> nw.Expr:
    masks = list(gone.values())
    some = masks[0]
    for mask in masks[1:]:
        some = some | mask
    return ~some


def _broken(by_role: Mapping[str, nw.Expr], sums: Sums, schema: Mapping[str, Any]) -> nw.Expr:
    """Whether a row is refused: by the family, or because a number is fractional or too large for a double."""
    broken: nw.Expr = sums.refused(by_role)
    for k, role in enumerate(sums.columns):
        if role in sums.whole and not (schema[f"v{k}"].is_integer() or repr(schema[f"v{k}"]) == "Boolean"):
            broken = broken | (by_role[role] % 1.0 != 0.0) | (by_role[role] > _EXACT)
        if role == "value" and sums.spread is not None and schema[f"v{k}"].is_integer():
            broken = broken | (by_role[role] > int(_EXACT)) | (by_role[role] < -int(_EXACT))
    return broken


def _count(mask: nw.Expr) -> nw.Expr:
    """The number of rows for which a condition holds."""
    return mask.cast(nw.Int64).sum()


def _one(table: Opened, frame: nw.LazyFrame[Any]) -> dict[str, Any]:
    """The only row of a frame."""
    return {name: column.data[0] for name, column in table.collected(frame).items()}


def _empty(table: Opened, found: Mapping[str, Any], missing: str) -> bool:
    """Whether cells are missing, in rows that are to be dropped.

    Raises:
        CellError: cells are missing, and `missing` is "refuse".
    """
    called = {f"v{k}": name for k, name in enumerate(table.values)}
    called |= {f"l{k}": name for k, name in enumerate(table.labels)}
    empty = {name: int(found[f"gone_{short}"]) for short, name in called.items() if int(found[f"gone_{short}"])}
    if empty and missing != "drop":
        name, size = next(iter(empty.items()))
        raise CellError(
            f"column {name!r} has no value in {size:,} of {int(found['rows']):,} rows. Fill the cells in, or leave "
            "those rows out with missing='drop'."
        )
    return bool(empty)


def _refuse(table: Opened, frame: nw.LazyFrame[Any], of: Conditions, sums: Sums, size: int) -> None:
    """Let the family refuse the rows, which it is shown among others.

    Raises:
        CellError: always.
    """
    columns = [*(part.alias(f"v{k}") for k, part in enumerate(of.by_role.values()))]
    chosen = [*columns, *(nw.col(f"l{k}") for k in range(len(table.labels)))]
    parts = [table.collected(frame.filter(mask).select(*chosen).head(_SHOWN)) for mask in (of.broken, ~of.broken)]
    try:
        sums.check(_as_rows(table, [_joined(parts, name) for name in parts[0]]))
    except CellError as error:
        if size <= _SHOWN:
            raise
        raise CellError(f"{size:,} rows are refused. Of the first {_SHOWN:,}: {error}") from None
    raise CellError(f"{size:,} rows are refused. Look for numbers that are negative, not whole or out of range.")


def _joined(parts: list[dict[str, Column]], name: str) -> Column:
    return Column(name, np.concatenate([part[name].data for part in parts]))


def _as_rows(table: Opened, columns: list[Column]) -> Rows:
    """A few rows under the caller's names, which are called by their groups, since they have no number."""
    by_short = {column.name: column for column in columns}
    data: dict[str, Array] = {name: by_short[f"v{k}"].data for k, name in enumerate(table.values)}
    labels = {name: names(replace(by_short[f"l{k}"], name=name)).data for k, name in enumerate(table.labels)}
    data |= labels

    def called(index: int) -> str:
        return f"a row of {', '.join(repr(label.tolist()[index]) for label in labels.values())}"

    return Rows(frozen(data), len(columns[0].data), table.library, called=called)
