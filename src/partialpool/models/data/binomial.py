"""Binomial data: y successes in n trials.

    y_j | theta_j ~ Binomial(n_j, theta_j)

The totals y and n of a group are sufficient for theta, so the rows of a group are added up, after each row is checked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partialpool.groups.groups import Groups, Statistic, collapse
from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.models.data.checks import Counts, free, left_out, refuse, shown, whole

STATISTICS = (
    Statistic("successes", "y", "trials that succeeded", "0, 1, ..., n"),
    Statistic("trials", "n", "trials made", "0, 1, 2, ..."),
)


def counts(rows: Rows, successes: str, trials: str | None, group: str | Sequence[str] | None) -> Groups:
    """Add up the successes and trials of each group.

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
    names = [group] if isinstance(group, str) else list(group or ())
    labels = {name: rows.columns[name] for name in names} or None
    columns = {"successes": successes, "trials": trials or free("trials", [successes, *names])}
    statistics = _statistics(rows, successes, trials) if rows.sums is None else rows.sums
    return collapse(labels, statistics, columns, rows.library, left_out(rows))


def sums(successes: str, trials: str | None, group: Sequence[str]) -> Sums:
    """The totals of successes and trials, for an engine to add up."""

    def check(rows: Rows) -> Groups:
        return counts(rows, successes, trials, group)

    if trials is None:
        return Sums(
            lambda of: (of["successes"] != 0) & (of["successes"] != 1), check, {"successes": successes}, {}, "trials"
        )
    whole_numbers = {"successes": successes, "trials": trials}
    return Sums(lambda of: (of["successes"] < 0) | (of["successes"] > of["trials"]), check, whole_numbers, {})


def _statistics(rows: Rows, successes: str, trials: str | None) -> dict[str, Counts]:
    """Check the rows, and return their successes and trials."""
    if trials is None:
        y = _outcomes(rows, successes)
        return {"successes": y, "trials": np.ones_like(y)}
    n = whole(rows, trials)
    y = whole(rows, successes, f"successes = round(rate * trials), with trials from {trials!r}")
    _check_order(rows, successes, trials, y, n)
    return {"successes": y, "trials": n}


def _outcomes(rows: Rows, name: str) -> Counts:
    """Check that the column has outcomes 0 and 1, one trial per row, and return it as integers."""
    values = rows.columns[name]
    bad = (values != 0) & (values != 1)
    if values.dtype.kind == "f" and bad.any() and (values >= 0).all() and (values <= 1).all():
        cure = "Give counts, and the column of the trials: successes = round(rate * trials), trials=..."
        refuse(rows, bad, lambda i: f"{name}={shown(values[i])}", "a rate, not a count", cure)
    cure = "Without trials= each row is one trial. If these are counts, name the column of the trials: trials=..."
    refuse(rows, bad, lambda i: f"{name}={shown(values[i])}", "neither 0 nor 1", cure)
    return values.astype(np.int64)


def _check_order(rows: Rows, successes: str, trials: str, y: Counts, n: Counts) -> None:
    """Refuse more successes than trials."""
    more = y > n
    if (y >= n).all():
        cure = f"No row has fewer {successes!r} than {trials!r}: did you swap successes= and trials=?"
    else:
        cure = f"Correct these rows; if {trials!r} counts failures, give the sum of both as trials."
    refuse(rows, more, lambda i: f"{successes}={y[i]}, {trials}={n[i]}", "more successes than trials", cure)
