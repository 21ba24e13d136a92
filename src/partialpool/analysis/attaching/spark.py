"""Attach columns to a frame of Spark, which stays lazy.

    SELECT t.*, g.answer FROM frame AS t LEFT JOIN groups AS g ON t.label = g.label

The groups are sent to all machines, so that the rows stay where they are. Columns are taken by their position, since
Spark finds them by name without upper and lower case, and takes a dot in a name for a field of a structure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.errors import DataError
from partialpool.groups.groups import Array
from partialpool.groups.labels import kind_of
from partialpool.io.backends.columns import positions
from partialpool.io.backends.lazy import by_position

_MIDNIGHT = time()
_WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}


def attach_to_spark(frame: Any, added: Addition) -> Any:
    """Add columns to a frame of Spark.

    Raises:
        ColumnError: the frame lacks a group column, or already has one of the added columns.
        DataError: its labels are of another kind than those of the fit, or each row is a group of the fit.
    """
    names = list(frame.columns)
    added.check_clashes(names, folded=True)
    if not added.names:
        raise DataError(
            "each row is its own group in this fit: rows are matched by position, and those of a Spark frame have no "
            "order. Fit with group=, or attach to the table that was fitted."
        )
    places = positions(names, added.names)
    kinds = [frame.schema[place].dataType.simpleString() for place in places]
    groups = _groups(frame, added, kinds, [names[place] for place in places])
    keys = [f"k{i}" for i in range(len(places))]
    own = [f"c{place}" for place in range(len(names))]
    made = [f"{_key(own[place], kind)} AS {key}" for place, kind, key in zip(places, kinds, keys, strict=True)]
    joined = by_position(frame).selectExpr("*", *made).join(groups.hint("broadcast"), keys, "left")
    unknown = _refusal(keys, kinds, added)
    found = [f"CASE {unknown} ELSE v{i} END AS v{i}" for i in range(len(added.results))]
    return joined.selectExpr(*own, *found).toDF(*names, *added.results)


def _key(column: str, kind: str) -> str:
    """The SQL expression of a label; text is compared by its signs, whatever its collation."""
    return f"CAST({column} AS STRING)" if _is_text(kind) else column


def _is_text(kind: str) -> bool:
    return kind.startswith(("string", "char", "varchar"))


def _refusal(keys: Sequence[str], kinds: Sequence[str], added: Addition) -> str:
    """The SQL branch that raises an error when the frame is run, if rows of unknown groups are refused."""
    if added.lookup.unknown == "null":
        return "WHEN false THEN NULL"
    there = [f"{key} IS NOT NULL" for key in keys]
    there += [f"NOT isnan({key})" for key, kind in zip(keys, kinds, strict=True) if kind in ("float", "double")]
    shown = ", ', ', ".join(f"CAST({key} AS STRING)" for key in keys)
    said = f"raise_error(concat('the fit does not know the group ', {shown}))"
    return f"WHEN known IS NULL AND {' AND '.join(there)} THEN {said}"


def _groups(frame: Any, added: Addition, kinds: Sequence[str], names: Sequence[str]) -> Any:
    """The groups whose labels a row of the frame can have, as a frame of the same session."""
    from pyspark.sql.types import BooleanType, DoubleType, StringType, StructField, StructType

    labels = list(added.lookup.groups.labels.values())
    columns = [
        _checked(name, kind, label, list(_in_type(label, kind)))
        for name, kind, label in zip(names, kinds, labels, strict=True)
    ]
    answers = [[None if x != x else x for x in values.tolist()] for values in added.results.values()]
    rows = [(*row, True) for row in zip(*columns, *answers, strict=True) if None not in row[: len(columns)]]
    types = [frame.schema[place].dataType for place in positions(list(frame.columns), names)]
    fields = [StructField(f"k{i}", StringType() if _is_text(kinds[i]) else kind) for i, kind in enumerate(types)]
    fields += [StructField(f"v{i}", DoubleType()) for i in range(len(answers))]
    schema = StructType([*fields, StructField("known", BooleanType())])
    return frame.sparkSession.createDataFrame(rows, schema)


def _checked(name: str, kind: str, label: Array, found: list[Any]) -> list[Any]:
    """The labels in the type of a column.

    Raises:
        DataError: none of them can be in the column.
    """
    if any(cell is not None for cell in found):
        return found
    raise DataError(
        f"column {name!r} holds cells of the type {kind}, and the groups of the fit are {kind_of(label)}: no row has a "
        "group that the fit knows. Name the columns that hold the groups, group=..., or cast this one."
    )


def _in_type(label: Array, kind: str) -> Iterator[Any]:
    """Yield each label as a value of a type of Spark, or None if no cell of that type is equal to it."""
    cells = label.astype("M8[us]").tolist() if label.dtype.kind == "M" else label.tolist()
    for cell in cells:
        yield _cell_in_type(cell, kind)


def _cell_in_type(cell: Any, kind: str) -> Any:
    if _is_text(kind):
        return cell if isinstance(cell, str) else None
    if kind in ("date", "timestamp", "timestamp_ntz"):
        return _moment(cell, kind)
    if kind == "boolean" or isinstance(cell, bool):
        return cell if kind == "boolean" and isinstance(cell, bool) else None
    return _number(cell, kind) if isinstance(cell, (int, float, Decimal)) else None


def _moment(cell: Any, kind: str) -> Any:
    """A date or a time; a time zone belongs to `timestamp` alone."""
    if not isinstance(cell, date):
        return None
    whole = cell if isinstance(cell, datetime) else datetime.combine(cell, _MIDNIGHT)
    if (whole.tzinfo is not None) != (kind == "timestamp"):
        return None
    if kind == "date":
        return whole.date() if whole.time() == _MIDNIGHT else None
    return whole


def _number(cell: Any, kind: str) -> Any:
    """A number of a type of Spark that is equal to the cell."""
    if not math.isfinite(cell):
        return float(cell) if kind in ("float", "double") else None
    if kind in _WHOLE:
        most = 2 ** (_WHOLE[kind] - 1)
        return int(cell) if int(cell) == cell and -most <= cell < most else None
    if kind in ("float", "double"):
        with np.errstate(over="ignore"):
            near = float(np.float32(float(cell))) if kind == "float" else float(cell)
        return near if near == cell else None
    return _decimal(Decimal(cell), kind) if kind.startswith("decimal") else None


def _decimal(cell: Decimal, kind: str) -> Decimal | None:
    """A decimal number of a type such as decimal(10,2) that is equal to the cell."""
    digits, scale = map(int, kind[len("decimal(") : -1].split(","))
    try:
        exact = cell.quantize(Decimal(1).scaleb(-scale), context=Context(prec=digits))
    except InvalidOperation:
        return None
    return exact if exact == cell else None
