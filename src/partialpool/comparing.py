"""Two groups beside one another: the posterior of theta_one - theta_other, of their ratio and of their odds ratio.

Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import symmetric, tail_of
from partialpool.conditionals import FINENESS, SAFETY
from partialpool.errors import RequestError
from partialpool.known import Known
from partialpool.special import Array
from partialpool.tables import to_native
from partialpool.terminal import draw
from partialpool.two_groups import Pair, quantities

_GOAL, _ROUNDING = 1e-8, 1e-11
_FIRST = 2  # fineness

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two groups beside one another.

    Attributes:
        known: the fit.
        places: where the two groups are.
        level: probability of the intervals.
        p_greater: P(theta_one > theta_other).
        accuracy: bound on the error of p_greater, on |F(x) - p| for every quantile x, and on the relative error of
            means and sds beside the sd.
    """

    known: Known
    places: tuple[int, int]
    level: float
    p_greater: float
    accuracy: float
    _rows: tuple[Mapping[str, Any], ...]

    def table(self) -> Any:
        """A row a quantity (difference, ratio, odds ratio): mean, sd, median, lower, upper, p_greater, note.

        `p_greater` is the probability that the difference is above 0, or the ratio above 1. A mean that does not exist
        is null, and `note` says why.
        """
        return to_native(self.columns(), self.known.data.library)

    def columns(self) -> Columns:
        """The same as plain columns."""
        names = ("mean", "sd", "median", "lower", "upper", "p_greater")
        columns: Columns = {"quantity": np.array([row["quantity"] for row in self._rows], dtype=object)}
        columns |= {name: np.array([row[name] for row in self._rows], dtype=float) for name in names}
        return columns | {"note": np.array([row["note"] for row in self._rows], dtype=object)}

    def __repr__(self) -> str:
        one, other = (_named(self.known, place) for place in self.places)
        columns = {name: column for name, column in self.columns().items() if name != "note"}
        lines = [f"{one} beside {other}: P({one} > {other}) = {self.p_greater:.6g}"]
        lines += [f"  {line}" for line in draw(columns).splitlines()]
        lines += [f"  {row['quantity']}: {row['note']}" for row in self._rows if row["note"]]
        lines.append(f"  probabilities within {self.accuracy:.0e}")
        return "\n".join(lines)


def compare(known: Known, one: object, other: object, level: float | None = None) -> Comparison:
    """The posterior of what two groups are to one another.

    Args:
        known: the fit.
        one: a group, by its label (a tuple of labels where there are several columns).
        other: another group.
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: there is no such group, the two are the same, or the level is not in (0, 1).
    """
    places = known.place(one), known.place(other)
    if places[0] == places[1]:
        raise RequestError(f"A group is compared with another, not with itself ({one!r}).")
    level = known.level if level is None else level
    tail = tail_of(level)

    found, error = _settled(known, places, symmetric(tail))
    asked = quantities(known.conditionals(_FIRST).groups)
    rows = tuple(
        {
            "quantity": quantity.name,
            "mean": row[0],
            "sd": row[1],
            "lower": row[2],
            "median": row[3],
            "upper": row[4],
            "p_greater": float(found[0, 0]),
            "note": "" if np.isfinite(row[:2]).all() else _why(quantity.name),
        }
        for quantity, row in zip(asked, found[1:, :5], strict=True)
    )
    return Comparison(known, places, level, float(found[0, 0]), error, rows)


def _settled(known: Known, places: tuple[int, int], levels: Array) -> tuple[Array, float]:
    """What is asked of a pair, over nodes that the next finer ones confirm, and three times how far those are off."""
    best, error = np.zeros((0, 0)), np.inf
    pair = Pair.of(known.conditionals(_FIRST), places)
    for fineness in FINENESS[_FIRST + 1 :]:
        found, judge = pair.asked(levels), Pair.of(known.conditionals(fineness), places)
        moved = judge.moved(found, levels)
        if moved <= error:
            best, error = found, moved
        if error < _GOAL:
            break
        pair = judge
    return best, SAFETY * error + _ROUNDING


def _why(name: str) -> str:
    return (
        f"the {name} of two groups has a mean where the group below has at least 2 counts of its own, and an sd where "
        "it has 3"
    )


def _named(known: Known, place: int) -> str:
    labels = [str(label[place]) for label in known.data.labels.values()]
    return ", ".join(labels) if labels else f"row {place + 1}"
