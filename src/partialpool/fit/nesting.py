"""A hint where group labels repeat within the values of another column, such as a machine M1 in every plant.

Such labels identify a group only together with the other column. A column that cuts across groups (the day, the sex of
a patient) can look the same in a table. So the hint is given only if the labels are numbers or letters in sequence,
each value of the other column has labels 1, 2, ..., k for some k, and one of three signs is there: k differs between
values, the other column stands before the group column, or its name is that of a place that holds groups
(`_HOLDS_GROUPS`). No hint is given for a column whose name is that of one that commonly cuts across groups
(`_CUTS_ACROSS`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from partialpool.fit.columns import Wanted
from partialpool.groups.rows import Rows
from partialpool.io.backends.beside import MOST_ROWS, text_columns

_LABEL = re.compile(r"(?P<prefix>.*?)(?P<number>[0-9]{1,3})|(?P<letter>[A-Za-z])", re.DOTALL)
_MOST_VALUES = 50
_CUTS_ACROSS = frozenset(
    (
        *("day", "days", "date", "week", "weekday", "month", "quarter", "year", "season", "period", "time"),
        *("hour", "shift", "wave", "visit", "phase", "round", "session", "sex", "gender", "age", "race"),
        *("ethnicity", "arm", "treatment", "condition", "dose", "drug", "control", "variant", "version"),
        *("outcome", "result", "status", "kind", "type", "device", "channel", "browser", "platform"),
        *("campaign", "product", "item", "question", "block", "rep", "replicate", "measure", "method"),
        *("note", "comment", "operator", "rater", "judge", "observer", "colour", "color", "size"),
    )
)
"""Words in the names of columns that commonly cut across groups."""
_HOLDS_GROUPS = frozenset(
    (
        *("plant", "factory", "works", "mill", "site", "location", "place", "building", "hall", "line"),
        *("hospital", "clinic", "centre", "center", "ward", "department", "dept", "school", "class"),
        *("university", "district", "city", "town", "village", "county", "state", "province", "region"),
        *("country", "area", "zone", "store", "shop", "branch", "office", "company", "firm", "team", "lab"),
        *("laboratory", "farm", "field", "station"),
    )
)
"""Words in the names of columns that commonly hold groups of their own."""


def nesting(wanted: Wanted, rows: Rows) -> Iterator[str]:
    """Yield at most one hint to name two group columns instead of one."""
    if len(wanted.group) != 1 or wanted.group[0] in wanted.given:
        return
    (name,) = wanted.group
    sources = np.arange(rows.size) if rows.kept is None else rows.kept - 1
    sources = sources[sources < MOST_ROWS]
    labels = [str(label) for label in rows.columns[name][: len(sources)].tolist()]
    numbers = _numbers(set(labels))
    if len(numbers) in (0, len(labels)):
        return
    before = True
    for other, column in text_columns(wanted.data, wanted.group).items():
        if other.strip() == name.strip():
            before = False
            continue
        cells = [column[row] for row in sources.tolist()]
        likely = before or _called(other, _HOLDS_GROUPS)
        if not _called(other, _CUTS_ACROSS) and _nested(labels, cells, numbers, likely=likely):
            values = ", ".join(f'"{value}"' for value in list(dict.fromkeys(cells))[:2])
            yield (
                f'the labels of "{name}" ("{labels[0]}", ...) begin anew in each value of "{other}" ({values}, ...), '
                "and rows with the same label are one group here: if they are different groups, name both columns, "
                f'group=["{other}", "{name}"]'
            )
            return


def _numbers(labels: set[str]) -> Mapping[str, int]:
    """Map each label to its number if the labels are in sequence (M1, M2, ... or A, B, ...); empty if they are not."""
    parts = {label: match for label in labels if (match := _LABEL.fullmatch(label.strip()))}
    prefixes = {"letters" if match["letter"] else match["prefix"].rstrip("0") for match in parts.values()}
    if len(parts) < max(len(labels), 2) or len(prefixes) > 1:
        return {}
    found = {label: int(match["number"] or ord(match["letter"].upper()) - 64) for label, match in parts.items()}
    first, last = min(found.values()), max(found.values())
    return found if first <= 1 and last - first + 1 == len(set(found.values())) == len(found) else {}


def _nested(labels: list[str], cells: list[str | None], numbers: Mapping[str, int], *, likely: bool) -> bool:
    """Whether each value of the other column has labels 1 to k; k must differ between values unless `likely`."""
    held: dict[str | None, set[int]] = defaultdict(set)
    for label, cell in zip(labels, cells, strict=True):
        held[cell].add(numbers[label])
    if None in held or not 1 < len(held) <= _MOST_VALUES:
        return False
    first = min(numbers.values())
    whole = all(max(of) - first + 1 == len(of) for of in held.values())
    sizes = {len(of) for of in held.values()}
    return whole and max(sizes) > 1 and (len(sizes) > 1 or likely)


def _called(name: str, words: frozenset[str]) -> bool:
    """Whether the name of a column contains one of these words."""
    return any(word in words for word in re.findall(r"[a-z]+", name.casefold()))
