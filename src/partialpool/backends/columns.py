"""Finding the wanted columns by name, and saying which name was meant."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence

from partialpool.errors import ColumnError, RequestError
from partialpool.wording import nearest

SHOWN = 20
"""How many column names a message shows."""


def check_request(values: Sequence[str], labels: Sequence[str], missing: str) -> None:
    """Refuse a request that no table could meet.

    Raises:
        RequestError: no name, a name that is not text or given twice, or an unknown `missing`.
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
    """Where each wanted column stands; spaces around a name are forgiven where one column fits.

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
    """Where one wanted column stands."""
    same = [place for place, other in enumerate(available) if other == name]
    if len(same) > 1:
        raise ColumnError(
            f"column {name!r} is there {len(same)} times. Rename the columns so that each name is used once."
        )
    near = same or [place for place, other in enumerate(available) if _bare(other) == _bare(name)]
    if len(near) > 1:
        shown = " and ".join(repr(available[place]) for place in near)
        raise ColumnError(f"there is no column {name!r}, but {shown}. Name the one that is meant, with its spaces.")
    if not near:
        raise ColumnError(f"there is no column {name!r}.{_meant(name, available)} {listing(available)}")
    return near[0]


def _bare(name: object) -> object:
    """A name without the spaces around it."""
    return name.strip() if isinstance(name, str) else name


def shows(available: Sequence[object], wanted: Sequence[str]) -> bool:
    """Whether all wanted columns are there, spaces around names aside."""
    return {_bare(name) for name in wanted} <= {_bare(name) for name in available}


def _meant(name: str, available: Sequence[object]) -> str:
    """' Did you mean ...?', if some name is near."""
    known = {str(other): other for other in available}
    near = nearest(name, known)
    return "" if near is None else f" Did you mean {known[near]!r}?"


def listing(available: Sequence[object]) -> str:
    """A sentence that names the columns that there are."""
    if not available:
        return "The data have no columns."
    shown = ", ".join(map(repr, available[:SHOWN]))
    more = f" and {len(available) - SHOWN} more" if len(available) > SHOWN else ""
    return f"The columns are {shown}{more}."
