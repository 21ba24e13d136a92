"""Effects of a treatment from counts: what `estimates()` pools when each group is a trial of its own.

    group j:   a of n1 treated have the event,   c of n2 controls have it

Each function gives an estimate and its standard error for every group, from the counts alone. Where one of the four
cells a, n1 - a, c, n2 - c is 0 the logarithms do not exist; 1/2 is then added to all four cells of that group, and of
no other, and `corrected` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partialpool.errors import CellError, DataError

Array = NDArray[np.float64]

_SHOWN = 5
_EXACT = 2.0**53


@dataclass(frozen=True)
class Effects:
    """Effects of a treatment, one a group.

    Attributes:
        estimate: of the effect.
        se: its standard error.
        corrected: whether 1/2 was added to the group's cells.
    """

    estimate: Array
    se: Array
    corrected: NDArray[np.bool_]

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The same as columns, new arrays: data for `estimates(..., estimate="estimate", se="se")`.

        >>> list(log_odds_ratio([3, 7], [38, 114], [3, 14], [39, 116]).columns())
        ['estimate', 'se', 'corrected']
        """
        return {"estimate": self.estimate.copy(), "se": self.se.copy(), "corrected": self.corrected.copy()}


def log_odds_ratio(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Log odds ratios of treated against controls.

        estimate = log( a (n2 - c) / ((n1 - a) c) ),   se^2 = 1/a + 1/(n1 - a) + 1/c + 1/(n2 - c)

    Args:
        treated_events: a, how many of the treated have the event, a count for each group.
        treated_n: n1, how many were treated, 1 or more.
        control_events: c, how many of the controls have the event.
        control_n: n2, how many controls there are, 1 or more.

    Returns:
        `Effects`; 1/2 is added to the four cells of groups where one is 0, as `corrected` says.

    Raises:
        CellError: a number is missing, no count, or exceeds how many there are.
        DataError: the arrays do not have one length.

    Example:
        >>> first = log_odds_ratio([3, 7], [38, 114], [3, 14], [39, 116])
        >>> print(first.estimate.round(3), first.se.round(3))
        [ 0.028 -0.741] [0.85  0.483]

    Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.6, equations 5.23 and 5.24.
    """
    cells = _cells(treated_events, treated_n, control_events, control_n)
    a, b, c, d = cells.corrected
    return Effects(np.log(a) + np.log(d) - np.log(b) - np.log(c), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d), cells.zero)


def log_risk_ratio(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Log risk ratios of treated against controls.

        estimate = log( (a/n1) / (c/n2) ),   se^2 = 1/a - 1/n1 + 1/c - 1/n2

    Args:
        treated_events: a, how many of the treated have the event, a count for each group.
        treated_n: n1, how many were treated, 1 or more.
        control_events: c, how many of the controls have the event.
        control_n: n2, how many controls there are, 1 or more.

    Returns:
        `Effects`; 1/2 is added to the four cells (so 1 to n1 and n2) of groups where one is 0, as `corrected` says.

    Raises:
        CellError: a number is missing, no count, or exceeds how many there are.
        DataError: the arrays do not have one length.

    Example:
        >>> first = log_risk_ratio([4, 6], [123, 306], [11, 29], [139, 303])
        >>> print(first.estimate.round(4), (first.se**2).round(4))
        [-0.8893 -1.5854] [0.3256 0.1946]

    Source: Colditz et al. 1994, Journal of the American Medical Association 271:698; Viechtbauer 2010, Journal of
    Statistical Software 36(3).
    """
    cells = _cells(treated_events, treated_n, control_events, control_n)
    a, b, c, d = cells.corrected
    estimate = np.log(a) - np.log(a + b) - np.log(c) + np.log(c + d)
    return Effects(estimate, np.sqrt(b / (a * (a + b)) + d / (c * (c + d))), cells.zero)


def risk_difference(
    treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike
) -> Effects:
    """Differences of the risk between treated and controls.

        estimate = a/n1 - c/n2,   se^2 = a (n1 - a) / n1^3 + c (n2 - c) / n2^3

    Args:
        treated_events: a, how many of the treated have the event, a count for each group.
        treated_n: n1, how many were treated, 1 or more.
        control_events: c, how many of the controls have the event.
        control_n: n2, how many controls there are, 1 or more.

    Returns:
        `Effects`; 1/2 is added to the four cells (so 1 to n1 and n2) of groups where one is 0, as `corrected` says:
        without it, a group without any event would have the standard error 0.

    Raises:
        CellError: a number is missing, no count, or exceeds how many there are.
        DataError: the arrays do not have one length.

    Example:
        >>> first = risk_difference([5, 0], [10, 10], [2, 3], [10, 10])
        >>> print(first.estimate.round(3), first.se.round(3), first.corrected)
        [ 0.3   -0.273] [0.202 0.154] [False  True]

    Source: Viechtbauer 2010, Journal of Statistical Software 36(3).
    """
    cells = _cells(treated_events, treated_n, control_events, control_n)
    a, b, c, d = cells.corrected
    n1, n2 = a + b, c + d
    return Effects(a / n1 - c / n2, np.sqrt(a * b / n1**3 + c * d / n2**3), cells.zero)


# --- counts ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cells:
    """The four cells of each group: treated with and without the event, controls with and without."""

    counts: tuple[Array, Array, Array, Array]
    zero: NDArray[np.bool_]

    @property
    def corrected(self) -> tuple[Array, ...]:
        """The cells, with 1/2 added to all of a group where one is 0."""
        return tuple(cell + 0.5 * self.zero for cell in self.counts)


def _cells(treated_events: ArrayLike, treated_n: ArrayLike, control_events: ArrayLike, control_n: ArrayLike) -> _Cells:
    """The four cells, checked."""
    given = {
        "treated_events": treated_events,
        "treated_n": treated_n,
        "control_events": control_events,
        "control_n": control_n,
    }
    counts = {name: _counts(name, values) for name, values in given.items()}
    _check_lengths(counts)
    for arm in ("treated", "control"):
        events, n = counts[f"{arm}_events"], counts[f"{arm}_n"]
        cure = "A group without anyone in an arm tells nothing of the effect: leave it out."
        _refuse(n == 0, _one(f"{arm}_n", n), "nobody in an arm", cure)
        swapped = bool((events >= n).all())
        cure = f"Did you swap {arm}_events and {arm}_n?" if swapped else "Correct these rows."
        shown = _pair(f"{arm}_events", events, f"{arm}_n", n)
        _refuse(events > n, shown, "more events than people", cure)
    a, n1, c, n2 = counts.values()
    cells = (a, n1 - a, c, n2 - c)
    return _Cells(cells, np.any(np.stack(cells) == 0.0, axis=0))


def _counts(name: str, given: ArrayLike) -> Array:
    """The values as counts 0, 1, 2, ..., exact; a masked value is missing."""
    raw: Any = np.ma.asarray(given)
    try:
        if raw.dtype.kind in "USMmc":
            raise TypeError(f"they are of the type {raw.dtype}")
        values = np.ma.filled(raw.astype(float), np.nan)
    except (TypeError, ValueError) as error:
        raise CellError(f"{name} must be counts: {error}.") from error
    if values.ndim != 1:
        raise DataError(f"{name} has {values.ndim} dimensions; give a sequence with a count for each group.")
    shown = _one(name, values)
    _refuse(~np.isfinite(values), shown, "missing or not finite", "Give counts, or leave these rows out.")
    _refuse(values < 0, shown, "negative", "Counts start at 0.")
    _refuse(values != np.floor(values), shown, "not a whole number", "Give counts, not rates.")
    _refuse(values > _EXACT, shown, "above 2^53", "A float no longer holds every whole number there.")
    return values


def _check_lengths(counts: dict[str, Array]) -> None:
    lengths = {name: len(values) for name, values in counts.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"The arrays differ in length: {', '.join(f'{n} {size}' for n, size in lengths.items())}.")
    if not lengths["treated_n"]:
        raise DataError("There are no groups: give a count for each group.")


def _one(name: str, values: Array) -> Callable[[int], str]:
    return lambda i: f"{name}={values[i]:.17g}"


def _pair(name: str, values: Array, other: str, others: Array) -> Callable[[int], str]:
    return lambda i: f"{name}={values[i]:.17g}, {other}={others[i]:.17g}"


def _refuse(bad: NDArray[np.bool_], show: Callable[[int], str], what: str, cure: str) -> None:
    """Refuse the bad rows, if any: the first five, their count, and the cure."""
    places: Sequence[int] = np.flatnonzero(bad).tolist()
    if not places:
        return
    shown = "; ".join(f"row {i + 1}: {show(i)}" for i in places[:_SHOWN])
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    total = "1 row is" if len(places) == 1 else f"{len(places)} rows are"
    raise CellError(f"{total} refused, {what}: {shown}{more}. {cure}")
