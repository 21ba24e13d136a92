"""What the page asks for: the table, its columns, the prior, the level and the part that is in view."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from partialpool.errors import RequestError
from partialpool.explore.layouts import LAYOUTS, Layout, called

POOLINGS = ("partial", "none", "complete")
"""The ways to pool that the page can show."""

NO_REQUEST = "This is no request of the page: reload it."

_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
_LONGEST = 1000  # characters of a text from the page
_MOST = 20  # group columns


@dataclass(frozen=True)
class Columns:
    """The columns that are fitted; two fits of the same columns have the same groups.

    Attributes:
        table: number of the table.
        layout: the kind of table.
        roles: pairs of a role and the name of its column.
        group: names of the group columns.
        drop: whether rows with empty cells are left out, rather than refused.
        commas: whether commas in numbers are decimal commas, even where they could separate thousands.
    """

    table: int
    layout: Layout
    roles: tuple[tuple[str, str], ...]
    group: tuple[str, ...]
    drop: bool
    commas: bool


@dataclass(frozen=True)
class Settings:
    """A fit that the page asks for.

    Attributes:
        columns: the columns that are fitted.
        prior: the prior, a name or a text.
        level: the probability of the intervals.
    """

    columns: Columns
    prior: str
    level: float


@dataclass(frozen=True)
class View:
    """The part of a fit that is in view.

    Attributes:
        pooling: which way to pool is shown.
        find: a text that the names of groups hold; empty for all groups.
        sort: the name of the column by which the table is sorted; empty for the order of the data.
        down: whether the largest come first.
        start: the number of rows before the first that is shown.
    """

    pooling: str = "partial"
    find: str = ""
    sort: str = ""
    down: bool = False
    start: int = 0


def read(body: bytes) -> tuple[Settings, View]:
    """Read the JSON of a request.

    Raises:
        RequestError: it is not what the page sends, or columns are missing.
    """
    try:
        found = json.loads(body)
        return _settings(found), _view(found)
    except RequestError:
        raise
    except _WRONG as error:
        raise RequestError(NO_REQUEST) from error


def read_name(body: bytes) -> str:
    """Read the JSON of a request that is a name.

    Raises:
        RequestError: it is no text.
    """
    try:
        return _text(json.loads(body))
    except _WRONG as error:
        raise RequestError(NO_REQUEST) from error


def _settings(found: Mapping[str, Any]) -> Settings:
    layout = LAYOUTS[_text(found["layout"])]
    chosen = {role: _text(found["columns"].get(role) or "") for role in layout.roles}
    for role, column in chosen.items():
        if not column and role not in layout.optional:
            raise RequestError(f"Choose the column of {called(role).lower()}.")
    group = found["group"]
    if not isinstance(group, list) or len(group) > _MOST:
        raise TypeError
    roles = tuple((role, column) for role, column in chosen.items() if column)
    ticked = {name: bool(found[name]) for name in ("drop", "commas")}
    columns = Columns(int(found["table"]), layout, roles, tuple(map(_text, group)), **ticked)
    return Settings(columns, _text(found["prior"]), float(found["level"]))


def _view(found: Mapping[str, Any]) -> View:
    pooling = _text(found["pooling"])
    if pooling not in POOLINGS:
        raise ValueError
    start = max(0, int(found["start"]))
    return View(pooling, _text(found["find"]), _text(found["sort"]), bool(found["down"]), start)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise TypeError
    return value
