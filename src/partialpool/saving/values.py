"""Convert labels, numbers and arrays to JSON and back, with the same bits and types.

An array is stored as its dtype, size and bytes in base64, an array of objects as a list of its cells. A cell of a type
that JSON does not have is an object with one key that names the type: {"date": "2024-01-31"}.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import OutputError

_PLAIN = re.compile(r"[<>|]([biu][1248]|f[248]|[mM]8(\[[0-9A-Za-z]{1,8}\])?|U[0-9]{1,9})")


def array_to_json(array: NDArray[Any]) -> dict[str, Any]:
    """Convert a one-dimensional array to JSON.

    Raises:
        OutputError: it has a label of a type that cannot be saved.
    """
    if array.dtype.kind == "O":
        return {"cells": [cell_to_json(cell) for cell in array.tolist()]}
    if not _PLAIN.fullmatch(array.dtype.str):
        raise OutputError(f"labels of the type {array.dtype} cannot be saved: turn them into text, and fit again.")
    content = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "size": len(array), "base64": content}


def array_from_json(value: Mapping[str, Any]) -> NDArray[Any]:
    """Convert JSON to a read-only array.

    Raises:
        ValueError: the layout is wrong.
    """
    if "cells" in value:
        cells = [cell_from_json(cell) for cell in _is(list, value["cells"])]
        array = np.fromiter(cells, dtype=object, count=len(cells))
    else:
        if not _PLAIN.fullmatch(_is(str, value["dtype"])):
            raise ValueError(value["dtype"])
        content = base64.b64decode(_is(str, value["base64"]), validate=True)
        array = np.frombuffer(content, dtype=np.dtype(value["dtype"]))
        if len(array) != value["size"]:
            raise ValueError(value["size"])
    array.flags.writeable = False
    return array


def cell_to_json(cell: object) -> Any:
    """Convert one label or number to JSON.

    Raises:
        OutputError: its type cannot be saved.
    """
    kind = type(cell)
    if cell is None or kind in (str, bool, int):
        return cell
    if isinstance(cell, float) and kind in (float, np.float64):
        return float(cell) if np.isfinite(cell) else {"float": repr(float(cell))}
    if isinstance(cell, np.generic) and _PLAIN.fullmatch(cell.dtype.str):
        return {"scalar": array_to_json(np.asarray(cell).reshape(1))}
    for name, (of, write, _) in _KINDS.items():
        if kind is of:
            return {name: write(cell)}
    raise OutputError(
        f"a label of the type {kind.__name__} cannot be saved ({cell!r}): turn the labels into text, and fit again."
    )


def cell_from_json(value: Any) -> Any:
    """Convert JSON to a label or number.

    Raises:
        ValueError: the layout is wrong.
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    ((name, content),) = _is(dict, value).items()
    if name == "float":
        return {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}[content]
    if name == "scalar":
        return array_from_json(content)[0]
    return _KINDS[name][2](content)


# --- times


def _zone(of: Any) -> Any:
    """Convert a time zone to JSON: None, a fixed offset, or its name."""
    if of is None:
        return None
    if type(of) is timezone:
        offset = of.utcoffset(None)
        return [offset.days, offset.seconds, offset.microseconds]
    if isinstance(of, ZoneInfo) and of.key is not None:
        return of.key
    raise OutputError(f"a label in the time zone {of!r} cannot be saved: turn the labels into text, and fit again.")


def _from_zone(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        return ZoneInfo(value)
    days, seconds, microseconds = value
    offset = timedelta(days=days, seconds=seconds, microseconds=microseconds)
    return timezone(offset) if offset else UTC


def _moment(cell: datetime | time) -> list[Any]:
    return [cell.replace(tzinfo=None, fold=0).isoformat(), _zone(cell.tzinfo), cell.fold]


def _back(kind: type[datetime | time]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        text, zone, fold = value
        return kind.fromisoformat(text).replace(tzinfo=_from_zone(zone), fold=fold)

    return read


_KINDS: Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "date": (date, date.isoformat, date.fromisoformat),
    "datetime": (datetime, _moment, _back(datetime)),
    "time": (time, _moment, _back(time)),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
}


def _is(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(value)
    return value
