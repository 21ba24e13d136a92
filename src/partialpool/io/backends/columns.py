"""Find the wanted columns by name, and suggest a similar name if there is none."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence

from partialpool.errors import ColumnError, RequestError
from partialpool.messages.wording import nearest

SHOWN = 20
"""Number of column names that a message shows."""


def check_request(values: Sequence[str], labels: Sequence[str], missing: str) -> None:
    """Refuse a request for columns that no table could meet.

    Raises:
        RequestError: there is no name, a name is not text or given twice, or `missing` is unknown.
    """
    if missing not in ("refuse", "drop"):
        raise RequestError(f"missing={missing!r} is unknown. Use missing='refuse' or missing='drop'.")
    wanted = [*values, *labels]
    if not wanted:
        raise RequestError("no column is asked for. Name at least one.")
    for name in wanted:
        if not isinstance(name, str):
            raise RequestError(
                f"column name {reprlib.repr(name)} is not text. Name columns by text, such as 'group', or give the "
                "column itself, as an array or a Series."
            )
    for name in wanted:
        if wanted.count(name) > 1:
            raise RequestError(f"column {name!r} is asked for in two roles. Name a different column for each.")


def positions(available: Sequence[object], wanted: Sequence[str]) -> list[int]:
    """The position of each wanted column; spaces around a name are ignored if only one column matches.

    Raises:
        ColumnError: a wanted column is missing or doubled, or one column is wanted under two names.
    """
    places = [_position(available, name) for name in wanted]
    for name, place in zip(wanted, places, strict=True):
        if places.count(place) > 1:
            raise ColumnError(
                f"column {available[place]!r} is asked for in two roles, once as {name!r}. "
                "Name a different column for each."
            )
    return places


def _position(available: Sequence[object], name: str) -> int:
    """The position of one wanted column."""
    same = [place for place, other in enumerate(available) if other == name]
    if len(same) > 1:
        raise ColumnError(_doubled(name, same))
    near = same or [place for place, other in enumerate(available) if _bare(other) == _bare(name)]
    if len(near) > 1:
        shown = " and ".join(repr(available[place]) for place in near)
        raise ColumnError(f"there is no column {name!r}, but {shown}. Name the one that is meant, with its spaces.")
    if not near:
        raise ColumnError(f"there is no column {name!r}.{_meant(name, available)} {listing(available)}")
    return near[0]


def _doubled(name: str, places: Sequence[int]) -> str:
    """What is wrong if several columns have one name, or none, as the empty columns beside a table have."""
    if name:
        return f"column {name!r} is there {len(places)} times. Rename the columns so that each name is used once."
    numbers = ", ".join(str(place + 1) for place in places[:SHOWN])
    return (
        f"columns {numbers} have no name. Delete these columns if they are empty, or give each a name in the header; "
        "if titles stand above the header, delete their lines."
    )


def _bare(name: object) -> object:
    """A name without the spaces around it."""
    return name.strip() if isinstance(name, str) else name


def shows(available: Sequence[object], wanted: Sequence[str]) -> bool:
    """Whether all wanted columns are available, where spaces around names are ignored."""
    return {_bare(name) for name in wanted} <= {_bare(name) for name in available}


def _meant(name: str, available: Sequence[object]) -> str:
    """The hint ' Did you mean ...?', if there is a similar name."""
    known = {str(other): other for other in available}
    near = nearest(name, known)
    return "" if near is None else f" Did you mean {known[near]!r}?"


def listing(available: Sequence[object]) -> str:
    """A sentence that lists the available columns."""
    if not available:
        return "The data have no columns."
    shown = ", ".join(map(repr, available[:SHOWN]))
    more = f" and {len(available) - SHOWN} more" if len(available) > SHOWN else ""
    return f"The columns are {shown}{more}."
