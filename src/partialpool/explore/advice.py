"""What a user should know before trusting the columns that are guessed."""

from __future__ import annotations

from collections.abc import Sequence

from partialpool.explore.guessing import Guess, arms, halves
from partialpool.explore.profiles import Profile
from partialpool.io.output.characters import visible

_SURE = 1.0
"""Score of a guess for which the name of a column, or the pattern of the values, says something."""

_ARMS = (
    "This looks like a table of trials with two arms, and the page takes one arm alone. Effects are computed from both "
    'in Python, pp.estimates(..., effect="log odds ratio"), and at the shell, partialpool estimates --effect.'
)
_HALVES = (
    "{!r} and {!r} look like successes and failures. The trials are both together: add a column with their sum to the "
    "file, and drop it again."
)
_UNSURE = (
    "The names of the columns do not say what they hold, so this is no more than a guess: choose what a row holds, and "
    "its columns."
)


def advice(table: Sequence[Profile], best: Guess) -> str:
    """A sentence about a table that is easily misread; empty for all others.

    Args:
        table: the columns of the table.
        best: the likeliest guess.
    """
    apart = halves(table)
    if apart:
        return visible(_HALVES.format(*apart))
    if arms(table) and best.layout in ("proportions", "rates"):
        return _ARMS
    return _UNSURE if best.score < _SURE else ""
