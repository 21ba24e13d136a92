"""Tables of all slices: the columns that name the slice, and below one another the parts of all slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.io.backends.cells import as_python, objects
from partialpool.io.output.tables import to_native
from partialpool.models.data.checks import observed
from partialpool.slices.work import Piece, Refused
from partialpool.special import Columns

Array = NDArray[Any]

_DAYS = np.dtype("M8[D]")

_GAPS = {int, type(None)}  # types of the cells of a column of whole numbers in which some are missing

POPULATION: Columns = {
    "parameter": objects([]),
    **{name: np.empty(0) for name in ("mean", "sd", "median", "lower", "upper")},
    "note": objects([]),
}
"""The columns of a table of the population without rows."""

GROUPS: Columns = {name: np.empty(0) for name in ("raw", "mean", "sd", "median", "lower", "upper", "weight")}
"""The columns that each table of groups has."""


def joined(keys: Mapping[str, Array], pieces: Sequence[Piece | Refused], empty: Columns) -> dict[str, Array]:
    """Join the parts of all slices; a slice that was refused has one row, with the error as its note.

    A column of `by` that is also a group column is shown once.

    Args:
        keys: name of each column of `by` -> label of each slice.
        pieces: the part of each slice, or the error that it has instead.
        empty: the columns that the table has if no slice has a part.
    """
    found = [piece.columns if isinstance(piece, Piece) else None for piece in pieces]
    first = next((columns for columns in found if columns is not None), empty)
    names = [name for name in first if name != "note" and (name in empty or name not in keys)]
    noted = "note" in empty or any(columns is None or "note" in columns for columns in found)
    sizes = [1 if columns is None else _size(columns) for columns in found]
    table = {name: labels.repeat(sizes) for name, labels in named_apart(keys, [*names, "note"]).items()}
    for name in names:
        table[name] = stacked([None if columns is None else columns[name] for columns in found])
    if noted:
        table["note"] = np.concatenate([_notes(piece, size) for piece, size in zip(pieces, sizes, strict=True)])
    return table


def overview(
    keys: Mapping[str, Array], groups: list[int | None], rows: Sequence[int], pieces: Sequence[Piece | Refused]
) -> dict[str, Array]:
    """One row per slice: its labels, numbers of groups and rows, accuracy, warnings, and the error if it has no fit."""
    result = {
        "groups": np.array(groups) if None not in groups else objects(groups),
        "rows": np.array(rows),
        "accuracy": np.array([piece.accuracy if isinstance(piece, Piece) else np.nan for piece in pieces]),
        "warnings": np.array([len(piece.warnings) if isinstance(piece, Piece) else 0 for piece in pieces]),
        "error": objects([None if isinstance(piece, Piece) else str(piece) for piece in pieces]),
    }
    return {**named_apart(keys, list(result)), **result}


def named_apart(keys: Mapping[str, Array], others: Sequence[str]) -> dict[str, Array]:
    """The columns of `by`, of which one with the name of another column of the table is called observed."""
    return {observed(name) if name in others else name: labels for name, labels in keys.items()}


def stacked(parts: Sequence[Array | None]) -> Array:
    """Put the cells of all slices below one another; None is one missing cell."""
    there = [part for part in parts if part is not None]
    if not there:
        return np.full(len(parts), np.nan)
    kinds = {"number" if part.dtype.kind in "iuf" else part.dtype.kind for part in there}
    gaps = len(there) < len(parts)
    if kinds == {"number"} and (not gaps or any(part.dtype.kind == "f" for part in there)):
        return np.concatenate([np.array([np.nan]) if part is None else part for part in parts])
    if len(kinds) == 1 and not gaps:
        return np.concatenate(there)
    return objects([cell for part in parts for cell in ([None] if part is None else cells(part))])


def native(columns: Columns, library: str) -> Any:
    """A table of a data-frame library; whole numbers with missing cells stay whole numbers in pandas too."""
    table = to_native(columns, library)
    if type(table).__module__.partition(".")[0] == "pandas":
        gaps = [name for name, column in columns.items() if column.dtype == object and set(map(type, column)) == _GAPS]
        table = table.astype(dict.fromkeys(gaps, "Int64"))
    return table


def cells(column: Array) -> list[Any]:
    """The cells of a column as Python objects, dates among them."""
    if column.dtype.kind != "M" or column.dtype == _DAYS:
        return list(column.tolist())
    return [as_python(cell) for cell in column]


def _size(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _notes(piece: Piece | Refused, size: int) -> Array:
    """The notes of one slice."""
    if not isinstance(piece, Piece):
        return objects([str(piece)])
    return piece.columns.get("note", objects([""] * size))
