"""Read the amounts of future data: one number for all rows, one per row in order, or a mapping from group labels."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.fitted_model import place_of
from partialpool.distributions.predictive.to_come import Amount
from partialpool.errors import RequestError
from partialpool.groups.groups import Groups
from partialpool.messages.wording import counted, some
from partialpool.special import Array, Index

NEW = -1
"""The position that stands for a new group."""

_MOST = 1e9  # largest whole amount
_NAMED = 4  # unknown labels that are looked up more slowly, and named in the message; later ones are only counted


def amounts(of: Amount, given: Any, data: Groups, places: Index) -> Array:
    """Read the amount of future data of each row of a prediction, shape (rows,).

    Args:
        of: the quantity and its range.
        given: one number; one number per row, in order; or a mapping or pandas Series from group labels to numbers.
        data: the groups.
        places: position of each row's group, or NEW, shape (rows,).

    Raises:
        RequestError: the amounts are not numbers, out of range, too few, too many, or not of these groups.
    """
    role = of.role
    if isinstance(given, Mapping):
        return _checked(of, _by_label(role, list(given), list(given.values()), data, places))
    if _is_series(given):
        if not _counts_rows(given.index):
            cure = f" {_cures(role, data, places)}"
            return _checked(of, _by_label(role, given.index.tolist(), given.to_numpy(), data, places, cure))
        _check_order(role, given, data, places)
    raw = np.asarray(given)
    if raw.ndim > 1 or (raw.ndim == 1 and len(raw) != len(places)):
        what = f"an array of shape {raw.shape}" if raw.ndim > 1 else counted(len(raw), "number")
        raise RequestError(
            f"{role} must be one number, or one for each of {_order(data, places)}, not {what}. "
            f"{_by_dict(role, data, places)}"
        )
    return _checked(of, np.broadcast_to(raw, (len(places),)), given)


def _checked(of: Amount, raw: Any, given: object = None) -> Array:
    """Return the amounts as floats, and refuse those out of range."""
    raw = np.asarray(raw)
    if raw.dtype.kind not in "iuf":
        raise RequestError(f"{of.role} must be numbers, not {given if given is not None else raw.tolist()!r}.")
    size = np.array(raw, dtype=float)
    low = size <= of.least if of.above else size < of.least
    bad = ~np.isfinite(size) | low | (of.whole & (size != np.floor(size)))
    if bad.any():
        kind = "whole numbers" if of.whole else "finite numbers"
        raise RequestError(f"{of.role} must be {kind}, {of.range}, not {size[bad][0]:.15g}.")
    if of.whole and (size > _MOST).any():
        raise RequestError(f"{of.role} must be at most {_MOST:,.0f}, not {size.max():.15g}.")
    return size


# --- labels ------------------------------------------------------------------------------------------------------


def _by_label(role: str, keys: list[Any], values: Any, data: Groups, places: Index, cure: str = "") -> Array:
    """Find the amount of each row by the label of its group; `cure` ends the messages about wrong labels."""
    number = dict(_places(role, keys, data, places, cure))
    if len(number) < len(keys):
        raise RequestError(f"{role} names a group twice: give each label once.{cure}")
    missing = list(dict.fromkeys(p for p in places.tolist() if p not in number))
    if missing:
        named = some([_label(data, place) for place in missing])
        known = [_label(data, place) for place in number][:2]
        only = f", or name the groups that are meant, such as groups={known!r}" if known else ""
        raise RequestError(f"{role} has no amount for {named}. Give one for each group{only}.{cure}")
    raw = np.asarray(values)
    if raw.dtype.kind not in "iuf":
        raise RequestError(f"{role} must be numbers, not {list(values)!r}.")
    return raw[[number[place] for place in places.tolist()]]


def _places(role: str, keys: Iterable[Any], data: Groups, places: Index, cure: str) -> Iterable[tuple[int, int]]:
    """Yield the position of the group of each label, and the position of the label among `keys`.

    Raises:
        RequestError: some labels are not those of a group.
    """
    known = _known(data)
    has_new = bool((places == NEW).any())
    unknown: list[Any] = []
    for number, key in enumerate(keys):
        if isinstance(key, str) and key == "new" and has_new:
            yield NEW, number
            continue
        place = known.get(_row(key))
        if place is None and len(unknown) <= _NAMED:  # a number given as text, a date of another kind
            place = _looked_up(data, key)
        if place is not None:
            yield place, number
        else:
            unknown.append(key)
    if unknown:
        kind = "is no group" if len(unknown) == 1 else "are no groups"
        raise RequestError(
            f"{role} has amounts for {some(unknown)}, which {kind}: the groups are "
            f"{some([_label(data, place) for place in range(data.size)])}.{cure}"
        )


def _known(data: Groups) -> dict[Any, int]:
    rows = zip(*(label.tolist() for label in data.labels.values()), strict=True)
    return {row: place for place, row in enumerate(rows)}


def _row(key: Any) -> Any:
    """A key as a tuple of labels, one per group column; None if it cannot be hashed."""
    row = key if isinstance(key, tuple) else (key,)
    try:
        hash(row)
    except TypeError:
        return None
    return row


def _looked_up(data: Groups, key: object) -> int | None:
    try:
        return place_of(data, key)
    except RequestError:
        return None


def _label(data: Groups, place: int) -> Any:
    """The label of a group in the form that a caller writes."""
    if place == NEW:
        return "new"
    row = tuple(label[place : place + 1].tolist()[0] for label in data.labels.values())
    return row[0] if len(row) == 1 else row


# --- pandas Series -----------------------------------------------------------------------------------------------


def _is_series(given: object) -> bool:
    """Whether this is a pandas Series."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(given, pandas.Series)


def _counts_rows(index: Any) -> bool:
    """Whether an index is 0, 1, 2, ..., so that it only numbers the rows."""
    at: NDArray[Any] = np.asarray(index)
    return at.dtype.kind in "iu" and bool((at == np.arange(len(at))).all())


def _check_order(role: str, given: Any, data: Groups, places: Index) -> None:
    """Refuse an index 0, 1, 2, ... if the groups have the same numbers as labels in another order."""
    index, labels = list(range(len(given))), [_label(data, place) for place in places.tolist()]
    same = len(labels) == len(index) and all(type(label) is int for label in labels) and sorted(labels) == index
    if same and labels != index:
        raise RequestError(
            f"The index of {role}, {some(index)}, may be the labels of the groups or no more than the order of rows. "
            f"{_cures(role, data, places)}"
        )


# --- words -------------------------------------------------------------------------------------------------------


def _order(data: Groups, places: Index) -> str:
    """Say how many groups are predicted, and in which order."""
    new = int((places == NEW).sum())
    old = len(places) - new
    if not old:
        return "the new group" if new == 1 else f"the {new:,} new groups"
    if old == data.size and (places[:old] == np.arange(old)).all():
        told = f"the {old:,} groups, in the order of groups()"
    else:
        told = f"the {old:,} groups of groups=, in their order there" if old > 1 else "the one group of groups="
    return f"{told}, and then the new one" if new else told


def _by_dict(role: str, data: Groups, places: Index) -> str:
    """Suggest a dict from group labels to amounts."""
    distinct = list(dict.fromkeys(places.tolist()))
    first = ", ".join(f"{_label(data, place)!r}: ..." for place in distinct[:2])
    rest = ", ..." if len(distinct) > 2 else ""
    return f"By label they need no order: {role}={{{first}{rest}}}."


def _cures(role: str, data: Groups, places: Index) -> str:
    return f"{_by_dict(role, data, places)} Or give .to_numpy(), with one number for each of {_order(data, places)}."
