"""Binomial: y successes in n trials.

    y_j | theta_j ~ Binomial(n_j, theta_j)

The totals y and n of a group say all that its rows say about theta, so rows add up. They are
checked before that, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import CellError
from partialpool.families.family import Family
from partialpool.groups import Array, Groups, Rows, Statistic, collapse

STATISTICS = (
    Statistic("successes", "y", "trials that succeeded", "0, 1, ..., n"),
    Statistic("trials", "n", "trials made", "0, 1, 2, ..."),
)


def raw(groups: Groups) -> Array:
    """The rates y/n, NaN without trials."""
    y, n = groups.statistics["successes"], groups.statistics["trials"]
    return np.where(n > 0, y / np.maximum(n, 1), np.nan)


PROPORTIONS = Family("proportions", "binomial", "beta", STATISTICS, raw, "partialpool.inference.proportions")

SHOWN = 5
"""How many offending rows a message shows."""

_EXACT = 2**53
Counts = NDArray[np.int64]


def counts(rows: Rows, successes: str, trials: str | None, group: str | Sequence[str] | None) -> Groups:
    """Successes and trials of each group.

    Args:
        rows: the columns read.
        successes: column of the successes; True and False are 1 and 0.
        trials: column of the trials; None: each row is one trial with outcome 0 or 1.
        group: column(s) that name the group of a row; None: each row is its own group.

    Returns:
        Groups with int64 totals "successes" and "trials".

    Raises:
        CellError: a count is negative, fractional or too large, or exceeds its trials.
    """
    if trials is None:
        y = _outcomes(rows, successes)
        n = np.ones_like(y)
    else:
        n = _whole(rows, trials, "")
        y = _whole(rows, successes, f"successes = round(rate * trials), with trials from {trials!r}")
        _check_order(rows, successes, trials, y, n)
    names = [group] if isinstance(group, str) else list(group or ())
    labels = {name: rows.columns[name] for name in names} or None
    columns = {"successes": successes, "trials": trials or _free("trials", [successes, *names])}
    return collapse(labels, {"successes": y, "trials": n}, columns, rows.library, _notes(rows))


def _notes(rows: Rows) -> tuple[str, ...]:
    if not rows.dropped:
        return ()
    what = "1 row" if rows.dropped == 1 else f"{rows.dropped} rows"
    return (f"{what} with missing cells left out",)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, lengthened until no column has it."""
    while name in taken:
        name += "_"
    return name


def _whole(rows: Rows, name: str, from_rates: str) -> Counts:
    """The column as counts 0, 1, 2, ..., exact."""
    values = rows.columns[name]
    _refuse(rows, values < 0, lambda i: f"{name}={_show(values[i])}", "negative", "Counts start at 0.")
    if values.dtype.kind != "f":
        return values.astype(np.int64, copy=False)
    fractional = values != np.floor(values)
    if fractional.any() and (values <= 1).all():
        cure = f"give counts: {from_rates}" if from_rates else "give the number of trials behind each row"
        _refuse(rows, fractional, lambda i: f"{name}={_show(values[i])}", "a rate, not a count", _sentence(cure))
    _refuse(rows, fractional, lambda i: f"{name}={_show(values[i])}", "not a whole number", "Give counts.")
    cure = "Above 2^53 a float no longer holds every whole number: give integers."
    _refuse(rows, values > _EXACT, lambda i: f"{name}={_show(values[i])}", "a float above 2^53", cure)
    return values.astype(np.int64)


def _outcomes(rows: Rows, name: str) -> Counts:
    """The column as outcomes 0 and 1 of one trial a row."""
    values = rows.columns[name]
    bad = (values != 0) & (values != 1)
    if values.dtype.kind == "f" and bad.any() and (values >= 0).all() and (values <= 1).all():
        cure = "Give counts, and the column of the trials: successes = round(rate * trials), trials=..."
        _refuse(rows, bad, lambda i: f"{name}={_show(values[i])}", "a rate, not a count", cure)
    cure = "Without trials= each row is one trial. If these are counts, name the column of the trials: trials=..."
    _refuse(rows, bad, lambda i: f"{name}={_show(values[i])}", "neither 0 nor 1", cure)
    return values.astype(np.int64)


def _check_order(rows: Rows, successes: str, trials: str, y: Counts, n: Counts) -> None:
    """Refuse more successes than trials."""
    more = y > n
    if (y >= n).all():
        cure = f"No row has fewer {successes!r} than {trials!r}: did you swap successes= and trials=?"
    else:
        cure = f"Correct these rows; if {trials!r} counts failures, give the sum of both as trials."
    _refuse(rows, more, lambda i: f"{successes}={y[i]}, {trials}={n[i]}", "more successes than trials", cure)


def _refuse(rows: Rows, bad: Array, show: Callable[[int], str], what: str, cure: str) -> None:
    """Refuse the bad rows, if any: the first five, their count, and the cure."""
    places = np.flatnonzero(bad)
    if not len(places):
        return
    shown = "; ".join(f"row {rows.number(i)}: {show(i)}" for i in places[:SHOWN].tolist())
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    total = "1 row is" if len(places) == 1 else f"{len(places)} rows are"
    raise CellError(f"{total} refused, {what}: {shown}{more}. {cure}")


def _show(value: float) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
