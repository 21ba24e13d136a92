"""What is known of each column of a table, from its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.groups.groups import Array
from partialpool.io.backends.whole import typed

_COMMA = re.compile(r"\s*[+-]?[0-9]*,?[0-9]+([eE][+-]?[0-9]+)?\s*")


@dataclass(frozen=True, eq=False)
class Profile:
    """A column of a table.

    Attributes:
        name: its name.
        cells: its cells, as numbers where all of them are.
        distinct: the number of distinct cells.
        missing: the number of empty cells.
    """

    name: str
    cells: Array
    distinct: int
    missing: int

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
        """A word for what its cells are."""
        return "text" if not self.number else "whole numbers" if self.whole else "numbers"


def profiles(columns: Mapping[str, Array]) -> list[Profile]:
    """The profiles of the columns of a table, whose numbers may be written as text, with either decimal sign."""
    return [_profile(name, cells) for name, cells in typed(_with_points(columns)).items()]


def _with_points(columns: Mapping[str, Array]) -> dict[str, Array]:
    """The columns, those with decimal commas as numbers; a column in which every cell is so written has them."""
    commas = {
        name: cells
        for name, cells in columns.items()
        if cells.dtype.kind == "O" and any("," in str(cell) for cell in cells) and all(map(_comma, cells.tolist()))
    }
    return {**columns, **typed(commas, ",")}


def _comma(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and _COMMA.fullmatch(cell) is not None)


def _profile(name: str, cells: Array) -> Profile:
    values = cells.tolist()
    missing = sum(value is None or value != value for value in values)
    return Profile(name, cells, len({value for value in values if value is not None and value == value}), missing)
