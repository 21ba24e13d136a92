"""The table of groups as data for the page: every cell as it is printed and in full precision, and what charts need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.groups.groups import called
from partialpool.io.output.cells import Cell, plain
from partialpool.io.output.characters import visible
from partialpool.plots.some import some
from partialpool.report.answers import Answers
from partialpool.report.elements import cells
from partialpool.report.words import cut, short
from partialpool.special import Index

MOST = 10_000
"""Largest number of groups in a page."""

_EXACT = 2**53  # whole numbers beyond it are no longer exact in a browser
_SUMMARIES = ("median", "lower", "upper")


@dataclass(frozen=True)
class Rows:
    """The groups that are in the page.

    Attributes:
        places: their positions among the groups of the fit.
        columns: the columns of their table.
        texts: column by column, the cells as they are printed.
        sides: column by column, the class of its cells.
        keys: the number of first columns that are labels.
    """

    places: Index
    columns: Mapping[str, NDArray[Any]]
    texts: list[list[str]]
    sides: list[str]
    keys: int


def rows(of: Answers) -> Rows:
    """The rows of the table of groups; of more than 10,000 groups the notable ones and others, evenly spaced."""
    table = dict(of.groups)
    if of.transform is not None:
        names = (of.called, f"{of.called} lower", f"{of.called} upper")
        table |= {name: of.on_scale[key] for name, key in zip(names, _SUMMARIES, strict=True) if name not in table}
    places = np.arange(of.size)
    if of.size > MOST:
        places = np.sort(some(np.asarray(table["median"], dtype=float), MOST))
        table = {name: np.asarray(column)[places] for name, column in table.items()}
    if "note" in table:
        table["note"] = table.pop("note")  # the last column
    keys = len(of.fit.data.labels)
    texts, sides = cells(table, alike=True)
    for place, label in enumerate(list(table)[:keys]):
        texts[place] = ["" if value is None else visible(cut(str(value))) for value in plain(table[label])]
    return Rows(places, table, texts, sides, keys)


def page_data(of: Answers, made: Rows) -> dict[str, Any]:
    """What the scripts of the page read."""
    labels = of.fit.data.labels
    row, new = of.parameter("mean"), of.new_group
    finite = bool(np.isfinite(np.asarray(of.groups["mean"], dtype=float)).all()) and of.transform is None
    band = None if new is None else [_number(new["lower"][0]), _number(new["upper"][0])]
    columns = [
        _column(name, column, texts, place < made.keys, side)
        for place, ((name, column), texts, side) in enumerate(
            zip(made.columns.items(), made.texts, made.sides, strict=True)
        )
    ]
    return {
        "columns": columns,
        "names": [short(called(labels, place)) for place in made.places.tolist()],
        "total": of.size,
        "centre": _number(row["median"]),
        "band": band,
        "measured": short(of.measured if of.transform is None else of.called),
        "theta": of.fit.family.wording.theta,
        "pooled": "mean" if finite else "median",
        "transform": of.transform,
        "level": f"{100 * of.fit.level:g}%",
    }


def _column(name: str, column: NDArray[Any], texts: list[str], label: bool, side: str) -> dict[str, Any]:
    """A column of the table: its values for sorting and files, and its texts where they are not the values."""
    values = [_cell(value) for value in plain(np.asarray(column))]
    found: dict[str, Any] = {"name": str(name), "label": label, "number": side == "number", "values": values}
    plainly = [str(value) if type(value) in (int, str) else None for value in values]
    if texts != plainly:
        found["texts"] = texts
    return found


def _cell(value: Cell) -> Cell:
    """A cell that JSON and a browser hold exactly."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return str(value)
    return value


def _number(value: Any) -> float | None:
    found = float(value)
    return found if np.isfinite(found) else None
