"""What is shown of many fits: how many slices have no fit, and a short table of their populations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from partialpool.messages.wording import counted
from partialpool.slices.tables import Array, stacked
from partialpool.slices.work import Columns, Piece, Refused

_FIRST = 2  # parameters of the population that are shown, the first of them with its interval


def failures(failed: Mapping[Any, str]) -> str:
    """Count the slices without a fit, and say why the first of them has none."""
    key, error = next(iter(failed.items()))
    have = "has" if len(failed) == 1 else "have"
    first = "" if len(failed) == 1 else " the first of them"
    return f"{counted(len(failed), 'slice')} {have} no fit,{first} {key!r}: {error}"


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
