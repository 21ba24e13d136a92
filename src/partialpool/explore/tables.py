"""A table as the page sees it: where it is read from, its columns, its first rows and the guessed columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from partialpool import datasets
from partialpool.errors import DataError
from partialpool.explore.advice import advice
from partialpool.explore.guessing import Guess, guesses
from partialpool.explore.layouts import LAYOUTS
from partialpool.explore.profiles import profiles, with_commas
from partialpool.groups.groups import Array
from partialpool.io.backends.files import checked_path
from partialpool.io.backends.whole import whole_file
from partialpool.io.output.characters import visible
from partialpool.report.words import cut

FIRST = 5
"""Number of rows that the page shows of a table before it is fitted."""

_UNSAFE = re.compile(r"[^\w .,()+=@-]")
_LONGEST = 60  # characters of a file's name, which has room for 255 bytes, 4 for each of some characters


@dataclass(frozen=True, eq=False)
class Table:
    """A table that can be fitted.

    Attributes:
        number: the number of the table in this session; answers about another one are out of date.
        name: its name for people.
        data: what a fitting function takes: the path of a file, or a dict of arrays.
        dataset: the name of the data set that it is; empty if it is none.
        rows: the number of its rows.
        columns: its columns, each with a word for what it holds.
        first: the texts of the first rows.
        guesses: the columns that suit each layout, the likeliest layout first.
        advice: what the user should know before trusting the guess; empty if nothing.
        commas: whether it has numbers with commas.
        copied: the folder that is deleted with the table, if the page brought the file.
    """

    number: int
    name: str
    data: object
    dataset: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    first: tuple[tuple[str, ...], ...]
    guesses: tuple[Guess, ...]
    advice: str
    commas: bool
    copied: Path | None = None

    def document(self) -> dict[str, Any]:
        """The table as JSON for the page."""
        return {
            "number": self.number,
            "name": self.name,
            "rows": self.rows,
            "columns": [{"name": name, "kind": kind} for name, kind in self.columns],
            "first": self.first,
            "advice": self.advice,
            "commas": self.commas,
            "guesses": [
                {"layout": each.layout, "columns": dict(each.columns), "group": each.group} for each in self.guesses
            ],
        }


def of_file(number: int, path: Path, name: str, copied: Path | None = None) -> Table:
    """The table in a file.

    Raises:
        DataError: the file cannot be read.
    """
    return _table(number, name, str(path), "", whole_file(checked_path(path), []), copied)


def of_dataset(number: int, name: str) -> Table:
    """A data set of the package, whose recorded columns come before any guess.

    Raises:
        RequestError: there is no data set of that name.
    """
    known = datasets.info(name)
    columns = datasets.load(name)
    made = _table(number, name, columns, name, columns, None)
    layouts = [key for key, layout in LAYOUTS.items() if layout.family == known.family]
    layout = next(key for key in layouts if set(known.roles) <= set(LAYOUTS[key].roles))
    recorded = Guess(layout, dict(known.roles), known.group)
    others = [each for each in made.guesses if each.layout != layout]
    return replace(made, name=known.title, guesses=(recorded, *others), advice="")


def safe_name(name: str) -> str:
    """A name for a copy of a file, which keeps its ending and has no sign that means something in a path or a pattern.

    >>> safe_name("../../rats*.csv"), safe_name("")
    ('rats_.csv', 'table.csv')
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = _UNSAFE.sub("_", last)[-_LONGEST:].lstrip(". ")
    return kept or "table.csv"


def _table(
    number: int, name: str, data: object, dataset: str, columns: Mapping[str, Array], copied: Path | None
) -> Table:
    found = profiles(columns)
    rows = len(found[0].cells) if found else 0
    if not rows:
        raise DataError(f"{name!r} has a header and no rows. Give at least one row below the header.")
    kinds = tuple((each.name, each.kind) for each in found)
    made = tuple(guesses(found))
    first, caution = _first(columns), advice(found, made[0])
    commas = any(map(with_commas, columns.values()))
    return Table(number, visible(cut(name)), data, dataset, rows, kinds, first, made, caution, commas, copied)


def _first(columns: Mapping[str, Array]) -> tuple[tuple[str, ...], ...]:
    """The texts of the cells of the first rows."""
    cells: Sequence[Sequence[str]] = [
        ["" if cell is None else visible(cut(str(cell))) for cell in column[:FIRST].tolist()]
        for column in columns.values()
    ]
    return tuple(zip(*cells, strict=True))
