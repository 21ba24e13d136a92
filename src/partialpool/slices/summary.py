"""What is shown of many fits: how many slices have no fit, and a short table of their populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.io.output.content import Content, Item, Tabled
from partialpool.messages.wording import counted
from partialpool.slices.tables import Array, stacked
from partialpool.slices.work import Piece, Refused
from partialpool.special import Columns

_ROWS = 10  # rows of the table that print shows
_FIRST = 2  # parameters of the population that are shown, the first of them with its interval


def failures(failed: Mapping[Any, str]) -> str:
    """Count the slices without a fit, and say why the first of them has none."""
    key, error = next(iter(failed.items()))
    have = "has" if len(failed) == 1 else "have"
    first = "" if len(failed) == 1 else " the first of them"
    return f"{counted(len(failed), 'slice')} {have} no fit,{first} {key!r}: {error}"


def counted_warnings(every: Sequence[tuple[Any, Sequence[str]]]) -> tuple[str, ...]:
    """Count the slices that have warnings, and cite the first; empty if none has any.

    Args:
        every: the key and the warnings of each slice that has any.
    """
    if not every:
        return ()
    key, first = every[0]
    have = "slice has" if len(every) == 1 else "slices have"
    return (f"{len(every):,} {have} warnings, the first of {key!r}: {first[0]}",)


def content(title: str, failed: Mapping[Any, str], overview: tuple[Columns, str] | None, keys: int) -> Content:
    """What print shows: the slices without a fit, and the short table of the others if there are any.

    Args:
        title: the line above both.
        failed: key -> error, of the slices without a fit.
        overview: the table of `summary` and its sentence; None if no slice has a fit.
        keys: number of columns that name a slice.
    """
    items: list[Item] = [failures(failed)] if failed else []
    if overview is not None:
        table, said = overview
        items += [said, Tabled(table, keys=keys, alike=False, rows=_ROWS)]
    return Content(title, tuple(items))


def summary(
    keys: Mapping[str, Array], pieces: Sequence[Piece | Refused], level: float, transform: str | None = None
) -> tuple[Columns, str]:
    """Return a table of the medians of two parameters, with the interval of the first, and a sentence that says so."""
    populations = [piece.columns if isinstance(piece, Piece) else None for piece in pieces]
    names = next(list(one["parameter"][:_FIRST]) for one in populations if one is not None)
    first, second = names
    shown = {first: (0, "median"), "lower": (0, "lower"), "upper": (0, "upper"), second: (1, "median")}
    table = {
        name: stacked([None if one is None else np.asarray(one[column][row : row + 1]) for one in populations])
        for name, (row, column) in shown.items()
    }
    scale = "" if transform is None else f" ({transform})"
    said = f"median and {100 * level:g}% interval of the population's {first}{scale}, and median of its {second}"
    return {**{name: labels for name, labels in keys.items() if name not in table}, **table}, said
