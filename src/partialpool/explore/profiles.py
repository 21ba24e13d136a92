"""What is known of each column of a table, from its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.groups.groups import Array
from partialpool.io.backends.whole import typed

_ANSWERS = (
    frozenset({"yes", "no"}),
    frozenset({"y", "n"}),
    frozenset({"true", "false"}),
    frozenset({"pass", "fail"}),
    frozenset({"passed", "failed"}),
)
"""Pairs of words for whether something happened."""

_MARK = re.compile(r"[-–—.?*/]+|n\.?[ad]\.?|none|nil|unknown|missing|[<>]\s*[0-9]+", re.IGNORECASE)
"""What people write into a cell whose number they do not have, or do not show."""

_COMMA = re.compile(r"\s*[+-]?[0-9]*,?[0-9]+([eE][+-]?[0-9]+)?\s*")


@dataclass(frozen=True, eq=False)
class Profile:
    """A column of a table.

    Attributes:
        name: its name.
        cells: its cells, as numbers where all of them are.
        distinct: the number of distinct cells.
        missing: the number of empty cells.
        mark: what stands in place of a number, such as "-"; empty if nothing does.
    """

    name: str
    cells: Array
    distinct: int
    missing: int
    mark: str = ""

    @property
    def number(self) -> bool:
        """Whether all its cells are numbers."""
        return self.cells.dtype.kind in "iuf"

    @property
    def known(self) -> Array:
        """Its numbers that are not missing."""
        return self.cells[np.isfinite(self.cells)] if self.number else np.empty(0)

    @property
    def count(self) -> bool:
        """Whether its cells are whole numbers of 0 or more."""
        return bool(self.number and len(self.known) and (self.known >= 0).all() and self.whole)

    @property
    def whole(self) -> bool:
        """Whether its numbers are whole."""
        return bool(self.number and np.all(self.known == np.floor(self.known)))

    @property
    def positive(self) -> bool:
        """Whether its cells are numbers above 0."""
        return bool(self.number and len(self.known) and (self.known > 0).all())

    @property
    def binary(self) -> bool:
        """Whether it holds only 0 and 1."""
        return self.count and bool((self.known <= 1).all())

    @property
    def answers(self) -> bool:
        """Whether it holds two words such as yes and no."""
        if self.number or self.distinct != 2:
            return False
        return frozenset(str(cell).strip().lower() for cell in self.cells.tolist() if cell is not None) in _ANSWERS

    @property
    def serial(self) -> bool:
        """Whether it numbers the rows: 1, 2, 3, ... or 0, 1, 2, ..."""
        steps = np.diff(self.cells.astype(float)) if self.number else np.empty(0)
        return bool(self.count and len(steps) and (steps == 1).all() and self.cells[0] in (0, 1))

    @property
    def years(self) -> bool:
        """Whether its numbers can be years."""
        return bool(self.count and len(self.known) and self.known.min() >= 1700 and self.known.max() <= 2200)

    @property
    def kind(self) -> str:
        """What its cells are, in a few words, with the number of those that are empty and what is no number."""
        said = "text" if not self.number else "whole numbers" if self.whole else "numbers"
        said += f", but for {self.mark!r}" if self.mark else ""
        return f"{said}, {self.missing:,} empty" if self.missing else said


def profiles(columns: Mapping[str, Array]) -> list[Profile]:
    """The profiles of the columns of a table, whose numbers may be written as text, with either decimal sign."""
    without, marks = _without_marks(columns)
    return [_profile(name, cells, marks.get(name, "")) for name, cells in typed(_with_points(without)).items()]


def _without_marks(columns: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, str]]:
    """The columns, with nothing where numbers are replaced by a mark; and the first mark of each such column.

    A fit refuses such a cell and says where it is, which helps more than to take the column for one of text.
    """
    made, marks = dict(columns), {}
    for name, column in columns.items():
        found = [cell for cell in column.tolist() if isinstance(cell, str) and _MARK.fullmatch(cell.strip())]
        if not found or len(found) > 0.5 * len(column):
            continue
        kept = np.array([None if cell in found else cell for cell in column.tolist()], dtype=object)
        if typed(_with_points({name: kept}))[name].dtype.kind != "O":
            made[name], marks[name] = kept, found[0].strip()
    return made, marks


def _with_points(columns: Mapping[str, Array]) -> dict[str, Array]:
    """The columns, those with decimal commas as numbers; a column in which every cell is so written has them."""
    commas = {name: cells for name, cells in columns.items() if with_commas(cells)}
    return {**columns, **typed(commas, ",")}


def with_commas(cells: Array) -> bool:
    """Whether the cells of a column are text that can be read as numbers with decimal commas.

    >>> with_commas(np.array(["1,5", "2"], dtype=object)), with_commas(np.array(["a, b", "2"], dtype=object))
    (True, False)
    """
    if cells.dtype.kind != "O":
        return False
    return any("," in str(cell) for cell in cells) and all(map(_comma, cells.tolist()))


def _comma(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and _COMMA.fullmatch(cell) is not None)


def _profile(name: str, cells: Array, mark: str) -> Profile:
    values = cells.tolist()
    known = [value for value in values if value is not None and value == value]
    return Profile(name, cells, len(set(known)), 0 if mark else len(values) - len(known), mark)
