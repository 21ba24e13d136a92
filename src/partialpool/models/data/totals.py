"""A warning if a row of the data looks like the total of the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.groups.groups import Array
from partialpool.groups.rows import Rows
from partialpool.models.data.subtotals import subtotals

_TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "all", "overall", "combined", "pooled"),
        *("summary", "gesamt", "insgesamt", "summe", "ensemble", "totale", "totaal", "totalt", "suma", "razem"),
        *("итого", "всего", "合計", "总计", "總計"),
    )
)
_PARTIAL = frozenset(
    (
        *("total", "totals", "subtotal", "subtotals", "sub-total", "sub-totals", "sum", "gesamt", "insgesamt", "summe"),
        *("totale", "totaal", "totalt", "suma", "razem", "итого", "всего", "合計", "总计", "總計"),
    )
)
_AROUND = " :;,.()[]*-–\u00a0"  # signs around a word
_WHOLE = frozenset(("all", "total", "overall", "combined"))
_FILLERS = frozenset(("the", "of", "for", "in"))
_NOUNS = frozenset(
    (
        *("area", "center", "centre", "city", "clinic", "country", "county", "district", "group", "hospital", "plant"),
        *("player", "practice", "provider", "region", "row", "school", "site", "state", "store", "study", "team"),
        *("trial", "trust", "unit", "ward"),
    )
)
_MOST_LABELS = 100_000  # rows; in longer tables only the first and the last label are looked at
_FEWEST_PARTS = 3  # rows besides the total: the sum of two small counts is often a third count by chance
_FEWEST_BEGUN = 2  # labels "North ..." that must exist for "Total North" to be their total
_SHOWN = 5  # number of subtotals that the warning names
_ROUNDING = 1e-6  # relative error of sums, since exposures are often rounded before they are added up


def totals(rows: Rows, group: Sequence[str], sums: Sequence[str]) -> Iterator[str]:
    """Yield at most one warning: a row holds the sums of all others, some rows hold subtotals, or a label says "total".

    Args:
        rows: the rows read.
        group: names of the group columns.
        sums: names of the columns that add up; with fewer than two, only labels are looked at.
    """
    row = _row_of_sums(rows, sums)
    if row is not None:
        yield (
            f"{_which(row, rows.size)} ({rows.place(row)}{_label(rows, group, row)}) holds the sums of all other "
            f"rows in {' and '.join(map(repr, sums))}: if it is their total and not a group of its own, "
            f"leave it out{_how(rows, group, row)}"
        )
        return
    called = {name: _total_of(rows.columns[name]) for name in group}
    places, side = subtotals(rows, sums, {row for rests in called.values() for row in rests})
    if places:
        shown = [f"{rows.place(place)}{_label(rows, group, place)}" for place in places[:_SHOWN]]
        more = f" and {len(places) - _SHOWN:,} more" * (len(places) > _SHOWN)
        yield (
            f"some rows ({'; '.join(shown)}{more}) hold the sums of the rows {side} them in "
            f"{' and '.join(map(repr, sums))}: if they are subtotals and no groups of their own, leave them out"
        )
        return
    for name in group:
        labels = rows.columns[name]
        for row in (*_called_total(labels, name), *_named(called[name], [rows.columns[one] for one in group])):
            yield (
                f'a group is called "{labels[row]}" ({rows.place(row)}): if it is the total of others and not a group '
                f"of its own, leave it out{_how(rows, [name], row)}"
            )
            return


def _label(rows: Rows, group: Sequence[str], row: int) -> str:
    """The labels of a row, each after a comma; empty without group columns."""
    return "".join(f', "{rows.columns[name][row]}"' for name in group)


def _how(rows: Rows, group: Sequence[str], row: int) -> str:
    """Say how to leave out a row in pandas, if no other row has its label."""
    for name in group:
        label = rows.columns[name][row]
        if isinstance(label, str) and np.count_nonzero(rows.columns[name] == label) == 1:
            return f", in pandas by data[data[{name!r}] != {label!r}]"
    return ""


def _row_of_sums(rows: Rows, sums: Sequence[str]) -> int | None:
    """The last row, if any, whose cells are the sums of all other rows, with or without rows that were dropped."""
    if len(sums) < 2 or rows.size <= _FEWEST_PARTS:
        return None
    columns = {name: np.asarray(rows.columns[name], dtype=float) for name in sums}
    found = np.any([x > 0.0 for x in columns.values()], axis=0)
    for name, x in columns.items():
        found &= _is_sum(x, 0.0) | _is_sum(x, rows.lost.get(name, 0.0))
    places = np.flatnonzero(found)
    return int(places[-1]) if len(places) else None


def _is_sum(x: Array, lost: float) -> NDArray[np.bool_]:
    """Whether each value is the sum of all other values and of `lost`, the sum of the values in dropped rows."""
    return np.abs(x.sum() - x + lost - x) <= _ROUNDING * np.abs(x)


def _which(row: int, size: int) -> str:
    """Call a row the first or the last row, if it is that."""
    return {0: "the first row", size - 1: "the last row"}.get(row, "a row")


def _called_total(labels: Array, name: str) -> Iterator[int]:
    """Yield the rows whose label says that they are totals; `name` is that of the column of labels."""
    if labels.dtype.kind not in "OUT":
        return
    size, nouns = len(labels), _NOUNS | set(map(_singular, re.findall(r"[^\W_]+", name.casefold())))
    for row in range(size) if size <= _MOST_LABELS else (0, size - 1):
        label = labels[row]
        if isinstance(label, str) and _says_total(label.casefold(), nouns):
            yield row


def _total_of(labels: Array) -> dict[int, str]:
    """Map each row labelled as the total of something, such as "Total North", to that in lower case ("north")."""
    if labels.dtype.kind not in "OUT" or len(labels) > _MOST_LABELS:
        return {}
    found = {row: _rest(label.casefold()) for row, label in enumerate(labels.tolist()) if isinstance(label, str)}
    return {row: rest for row, rest in found.items() if rest}


def _rest(label: str) -> str:
    """Return what a label in lower case is the total of; empty if it is not such a label.

    >>> [_rest(label) for label in ("total: north", "north (sub total)", "total", "totalled north")]
    ['north', 'north', '', '']
    """
    first, _, rest = label.partition(" ")
    if first.strip(_AROUND) not in _PARTIAL:
        rest, _, last = label.rpartition(" ")
        if last.strip(_AROUND) not in _PARTIAL:
            return ""
    return " ".join(word for word in _words(rest) if word not in _FILLERS and word != "sub")


def _words(label: str) -> list[str]:
    """The words of a label, without punctuation around them."""
    return [word for part in label.split() if (word := part.strip(_AROUND))]


def _named(rests: Mapping[int, str], columns: Sequence[Array]) -> Iterator[int]:
    """Yield the rows labelled as the total of something that is another label, or with which several labels begin."""
    known = {label.casefold() for column in columns if rests for label in column if isinstance(label, str)}
    begun = Counter(first for label in known if not _rest(label) for first in _beginnings(label))
    yield from (row for row, rest in rests.items() if rest in known or begun[rest] >= _FEWEST_BEGUN)


def _beginnings(label: str) -> list[str]:
    """The first k words of a label, for each k from 1 to one less than all."""
    words = _words(label)
    return [" ".join(words[:count]) for count in range(1, len(words))]


def _says_total(label: str, nouns: frozenset[str]) -> bool:
    """Whether a label in lower case is a word for totals, or means all of what the column names: "all hospitals".

    >>> [_says_total(label, _NOUNS) for label in ("total:", "all hospitals", "hospitals, total", "all saints")]
    [True, True, True, False]
    """
    if label.strip(" :.()*\t\u00a0") in _TOTALS:
        return True
    words = [word for word in re.findall(r"[^\W_]+", label) if word not in _FILLERS]
    if len(words) != 2 or _WHOLE.isdisjoint((words[0], words[-1])):
        return False
    return any(word.endswith("s") and _singular(word) in nouns for word in words if word not in _WHOLE)


def _singular(noun: str) -> str:
    """The singular of a regular English plural."""
    return f"{noun[:-3]}y" if noun.endswith("ies") and noun != "series" else noun.removesuffix("s")
