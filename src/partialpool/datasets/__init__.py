"""Small published data sets with their sources: `names()` lists them, and `load(name)` loads one."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from partialpool.errors import MissingDependencyError, RequestError
from partialpool.groups.groups import Array
from partialpool.messages.calling import checked
from partialpool.messages.wording import nearest

__all__ = ["DatasetInfo", "info", "load", "names", "path"]

LICENCE = "Facts: a table of published figures, free to use; please cite the source."

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class DatasetInfo:
    """A description of a data set: its contents, its source, and the columns to fit.

    Attributes:
        name: the name by which it is loaded.
        title: its subject.
        family: the function that fits it: "proportions", "rates", "estimates" or "measurements".
        roles: argument of that function -> column, without the group.
        group: the columns that name the group.
        rows: the number of rows.
        columns: names of all columns.
        source: the publication.
        licence: the terms of use.
        notes: totals, units and other facts.
    """

    name: str
    title: str
    family: str
    roles: Mapping[str, str]
    group: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]
    source: str
    licence: str
    notes: str

    @property
    def arguments(self) -> dict[str, Any]:
        """The columns as arguments of the function that fits the data set.

        >>> info("bcg_vaccine").arguments
        {'estimate': 'log_risk_ratio', 'variance': 'log_risk_ratio_var', 'group': ['author', 'year']}
        """
        return {**self.roles, "group": list(self.group)}


@checked
def names() -> tuple[str, ...]:
    """The names of the data sets.

    >>> names()[:2]
    ('rat_tumors', 'surgical')
    """
    return tuple(_registry())


@checked
def path(name: str) -> Path:
    """The path of the CSV file of a data set.

    Raises:
        RequestError: there is no data set of that name.
    """
    return _HERE / "data" / f"{_checked(name)}.csv"


@checked
def info(name: str) -> DatasetInfo:
    """Describe a data set: its contents, its source, and the columns to fit.

    Raises:
        RequestError: there is no data set of that name.

    >>> info("rat_tumors").roles["trials"]
    'rats'
    """
    record = _registry()[_checked(name)]
    header, rows = _records(path(name))
    return DatasetInfo(
        name=name,
        title=record["title"],
        family=record["family"],
        roles=MappingProxyType(record["roles"]),
        group=tuple(record["group"]),
        rows=len(rows),
        columns=tuple(header),
        source=record["source"],
        licence=LICENCE,
        notes=record["notes"],
    )


@checked
def load(name: str, library: str | None = None) -> Any:
    """Load a data set.

    Args:
        name: one of `names()`.
        library: None for a dict of NumPy arrays, or "pandas", "polars" or "pyarrow" for a table.

    Returns:
        A new dict or table with one element per row in every column.

    Raises:
        RequestError: the name or the library is unknown.
        MissingDependencyError: the library is not installed.

    >>> int(load("surgical")["deaths"].sum())
    208
    """
    header, rows = _records(path(name))
    columns = {title: _typed(cells) for title, cells in zip(header, zip(*rows, strict=True), strict=True)}
    if library is None:
        return columns
    if library not in _FRAMES:
        raise RequestError(f"library={library!r} is unknown. Use None, 'pandas', 'polars' or 'pyarrow'.")
    try:
        return _FRAMES[library]({title: array.tolist() for title, array in columns.items()})
    except ImportError as error:
        raise MissingDependencyError(f"{library} is not installed. Install it: pip install {library}.") from error


@cache
def _registry() -> dict[str, dict[str, Any]]:
    return tomllib.loads((_HERE / "registry.toml").read_text(encoding="utf-8"))


def _checked(name: str) -> str:
    """Return the name if there is such a data set; else raise an error with a suggestion."""
    known = names()
    if name in known:
        return name
    near = nearest(name, known, 0.4)
    meant = "" if near is None else f" Did you mean {near!r}?"
    raise RequestError(f"there is no data set {name!r}.{meant} The data sets are {', '.join(map(repr, known))}.")


def _records(file: Path) -> tuple[list[str], list[list[str]]]:
    with file.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines, strict=True)
    return header, rows


def _typed(cells: tuple[str, ...]) -> Array:
    """Convert cells to integers, or else to floats, or else leave them as text."""
    for dtype in (int, float):
        try:
            return np.array([dtype(cell) for cell in cells])
        except ValueError:
            continue
    return np.array(cells, dtype=object)


def _pandas(columns: dict[str, list[Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame(columns)


def _polars(columns: dict[str, list[Any]]) -> Any:
    import polars as pl

    return pl.DataFrame(columns)


def _pyarrow(columns: dict[str, list[Any]]) -> Any:
    import pyarrow as pa

    return pa.table(columns)


_FRAMES: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _pyarrow,
}


def __getattr__(name: str) -> Any:
    """Raise AttributeError, with a hint that names() lists the data sets if another such name was tried."""
    if name in ("list", "all", "available", "list_datasets", "datasets"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: names() lists the data sets.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
