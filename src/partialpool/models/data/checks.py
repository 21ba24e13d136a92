"""Functions by which the families refuse rows and name columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError
from partialpool.groups.groups import Array
from partialpool.groups.lines import place
from partialpool.groups.rows import Rows
from partialpool.messages.wording import counted

SHOWN = 5
"""Number of refused rows that a message shows."""

_EXACT = 2**53
Counts = NDArray[np.int64]


def refuse(rows: Rows, bad: Array, show: Callable[[int], str], what: str, cure: str) -> None:
    """Refuse the bad rows, if any, with the first five, their number and a cure in the message."""
    places = np.flatnonzero(bad)
    if not len(places):
        return
    first = "; ".join(f"{rows.place(i)}: {show(i)}" for i in places[:SHOWN].tolist())
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    verb = "is" if len(places) == 1 else "are"
    raise CellError(f"{counted(len(places), 'row')} {verb} refused, {what}: {first}{more}. {cure}")


def shown(value: float) -> str:
    """A cell as text in messages."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def sentence(text: str) -> str:
    """The text as a sentence, with a capital letter and a full stop."""
    return text[0].upper() + text[1:] + "."


def whole(rows: Rows, name: str, from_rates: str = "") -> Counts:
    """Check that the column has exact counts 0, 1, 2, ...; `from_rates` says in messages how rates become counts."""
    values = rows.columns[name]
    refuse(rows, values < 0, lambda i: f"{name}={shown(values[i])}", "negative", "Counts start at 0.")
    if values.dtype.kind != "f":
        return values.astype(np.int64, copy=False)
    fractional = values != np.floor(values)
    if fractional.any() and (values <= 1).all():
        cure = f"give counts: {from_rates}" if from_rates else "give the number of trials behind each row"
        refuse(rows, fractional, lambda i: f"{name}={shown(values[i])}", "a rate, not a count", sentence(cure))
    cure = "Give counts; if the point separates thousands, leave it out." if _pointed(values) else "Give counts."
    refuse(rows, fractional, lambda i: f"{name}={shown(values[i])}", "not a whole number", cure)
    cure = "Above 2^53 a float no longer holds every whole number: give integers."
    refuse(rows, values > _EXACT, lambda i: f"{name}={shown(values[i])}", "a float above 2^53", cure)
    return values.astype(np.int64)


def _pointed(values: Array) -> bool:
    """Whether some numbers have three decimals and none has more, so that points may separate thousands."""
    off = [np.abs(values * scale - np.round(values * scale)) > 1e-6 for scale in (100.0, 1000.0)]
    return bool(off[0].any() and not off[1].any())


def left_out(rows: Rows) -> tuple[str, ...]:
    """A warning about rows that were dropped, if any were."""
    if not rows.dropped:
        return ()
    several = rows.dropped > 1
    what, were = ("missing cells", "were") if several else ("a missing cell", "was")
    cure = "fill the cells in to keep them" if several else "fill the cell in to keep it"
    places = "" if rows.called else f" ({_dropped(rows)})"
    rows_with = f"{counted(rows.dropped, 'row')} with {what}{places}"
    return (f"{rows_with} {were} left out of the fit by missing='drop': {cure}",)


def left_out_of_all(dropped: int) -> tuple[str, ...]:
    """A warning about rows that were dropped from several tables, if any were."""
    if not dropped:
        return ()
    was = "were" if dropped > 1 else "was"
    return (f"{counted(dropped, 'row')} with missing cells {was} left out of the fit by missing='drop', in all tables",)


def _dropped(rows: Rows) -> str:
    """The dropped rows in words: "row 3", or "lines 4, 7 and 2 more" for a text file."""
    gone = np.ones(rows.size + rows.dropped + len(rows.excluded), dtype=bool)
    gone[np.array(rows.excluded, dtype=np.intp) - 1] = False
    gone[np.arange(rows.size) if rows.kept is None else rows.kept - 1] = False
    places = np.flatnonzero(gone)[:SHOWN].tolist()
    word = place(places[0], rows.lines).split()[0]
    more = f" and {rows.dropped - SHOWN:,} more" if rows.dropped > SHOWN else ""
    called = ", ".join(place(at, rows.lines).split(" ", 1)[1] for at in places)
    return f"{word}{'s' if rows.dropped > 1 else ''} {called}{more}"


def observed(name: str) -> str:
    """The name under which a column of data is shown if a result has its own name."""
    return f"{name}_observed"


def free(name: str, taken: Sequence[str]) -> str:
    """The name, with underscores added until no column has it."""
    while name in taken:
        name += "_"
    return name
