"""A warning where a row of the data looks like the total of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partialpool.groups import Array, Rows

_TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "all", "overall", "combined", "pooled"),
        *("summary", "gesamt", "insgesamt", "summe", "ensemble", "totale", "totaal", "totalt", "suma", "razem"),
        *("итого", "всего", "合計", "总计", "總計"),
    )
)
_MOST_LABELS = 100_000  # in longer tables only the first and the last label are looked at
_FEWEST_PARTS = 3  # the sum of two small counts is often a third by chance
_ROUNDING = 1e-6  # of exposures that were rounded before they were added up, as a share


def totals(rows: Rows, group: Sequence[str], sums: Sequence[str]) -> Iterator[str]:
    """At most one warning: a row holds the sums of all others, or is called a total.

    Args:
        rows: the rows read.
        group: names of the group columns.
        sums: names of the columns that add up, if these are at least two.
    """
    last, added = rows.size - 1, [rows.columns[name] for name in sums]
    if len(added) > 1 and last >= _FEWEST_PARTS and any(x[-1] > 0 for x in added) and all(map(_ends_in_sum, added)):
        label = ", ".join(f'"{rows.columns[name][last]}"' for name in group)
        yield (
            f"the last row ({rows.place(last)}{', ' if label else ''}{label}) holds the sums of all other rows in "
            f"{' and '.join(map(repr, sums))}: if it is their total and not a group of its own, leave it out"
        )
        return
    for name in group:
        labels = rows.columns[name]
        for row in _called_total(labels):
            yield (
                f'a group is called "{labels[row]}" ({rows.place(row)}): if it is the total of others and not a group '
                "of its own, leave it out"
            )
            return


def _ends_in_sum(values: Array) -> bool:
    """Whether the last value is the sum of all others."""
    total = float(values[-1])
    return abs(float(values[:-1].sum(dtype=float)) - total) <= _ROUNDING * total


def _called_total(labels: Array) -> Iterator[int]:
    """The rows whose label says that they are totals."""
    if labels.dtype.kind not in "OUT":
        return
    size = len(labels)
    for row in range(size) if size <= _MOST_LABELS else (0, size - 1):
        label = labels[row]
        if isinstance(label, str) and label.strip(" :.()*\t\u00a0").casefold() in _TOTALS:
            yield row
