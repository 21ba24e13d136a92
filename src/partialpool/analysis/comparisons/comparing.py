"""Comparison of two groups: the posterior of theta_one - theta_other, of their ratio and of their odds ratio.

Source: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.analysis.comparisons.two_groups import Pair
from partialpool.analysis.fitted_model import FittedModel, check_apart
from partialpool.engine.conditionals import FINENESS, left_of_pair
from partialpool.engine.results import symmetric, tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.progress import shown
from partialpool.special import Array

_GOAL, _ROUNDING = 2e-8, 1e-9  # error of probabilities; the latter from panels and series
_MANY, _MANY_GOAL = 4000, 1e-7  # nodes above which finer ones take seconds, and the error accepted there
_FINENESS = (0, *FINENESS[2:])  # the second is left out: it is so coarse that it may agree with the third by accident

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """A comparison of two groups.

    Attributes:
        fit: the fit.
        places: places of the two groups.
        level: probability of the intervals.
        p_greater: P(theta_one > theta_other).
        accuracy: estimated error of p_greater, of F(x) at every quantile x, and of means and sds relative to the sd.
    """

    fit: FittedModel
    places: tuple[int, int]
    level: float
    p_greater: float
    accuracy: float
    _rows: tuple[Mapping[str, Any], ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about numbers that are less accurate than usual."""
        return self.fit.cautions(Claim("probabilities, means and sds", self.accuracy))

    def table(self) -> Any:
        """One row per quantity (difference, ratio, odds ratio): mean, sd, median, lower, upper, p_greater, note.

        `p_greater` is the probability that the difference is above 0, or the ratio above 1. A mean that does not exist
        is null, and `note` says why.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as plain columns."""
        names = ("mean", "sd", "median", "lower", "upper", "p_greater")
        columns: Columns = {"quantity": np.array([row["quantity"] for row in self._rows], dtype=object)}
        columns |= {name: np.array([row[name] for row in self._rows], dtype=float) for name in names}
        return columns | {"note": np.array([row["note"] for row in self._rows], dtype=object)}

    def _content(self) -> Content:
        one, other = (self.fit.name(place) for place in self.places)
        columns = {name: column for name, column in self.columns().items() if name != "note"}
        return Content(
            f"{one} beside {other}: P({one} > {other}) = {self.p_greater:.6g}",
            (
                Tabled(columns),
                *(f"{row['quantity']}: {row['note']}" for row in self._rows if row["note"]),
                f"probabilities within {self.accuracy:.0e} (estimated)",
            ),
        )


@shown("two groups")
def compare(fit: FittedModel, one: object, other: object, level: float | None = None) -> Comparison:
    """Compare two groups: the posterior of their difference, ratio and odds ratio.

    Args:
        fit: the fit.
        one: a group, by its label (a tuple of labels where there are several columns).
        other: another group.
        level: probability of the intervals, in (0, 1).

    Raises:
        RequestError: there is no such group, the two are the same, or the level is not in (0, 1).
    """
    places = fit.place(one), fit.place(other)
    if places[0] == places[1]:
        raise RequestError(f"A group is compared with another, not with itself ({one!r}).")
    level = fit.level if level is None else level
    check_apart(fit)
    tail = tail_of(level)

    found, error = _settled(fit, places, symmetric(tail))
    rows = tuple(_with_own_mean(fit, places, row) for row in found.rows)
    if any(_heavy(row) for row in rows):
        error = max(error, fit.results.accuracy.mean)
    return Comparison(fit, places, level, found.greater, error, rows)


def _heavy(row: Mapping[str, Any]) -> bool:
    """Whether a difference has a mean but no sd."""
    return bool(row["quantity"] == "difference" and np.isnan(row["sd"]) and np.isfinite(row["mean"]))


def _with_own_mean(fit: FittedModel, places: tuple[int, int], row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Replace a mean without an sd, which converges slowly over nodes, by the difference of the fit's own means."""
    if not _heavy(row):
        return row
    mean = fit.results.group_moments()[0]
    return {**row, "mean": float(mean[places[0]] - mean[places[1]])}


@dataclass(frozen=True)
class _Found:
    """P(theta_one > theta_other), with one row per quantity."""

    greater: float
    rows: list[dict[str, Any]]


def _settled(fit: FittedModel, places: tuple[int, int], levels: Array) -> tuple[_Found, float]:
    """Compare a pair at ever finer nodes until the answers agree; return the answer and its estimated error."""
    pair = Pair.of(fit.conditionals(_FINENESS[0]), places)
    asked = pair.one.quantities
    exist = [existing(fit, places, quantity.name) for quantity in asked]
    at = [[pair.quantile(quantity, p) for p in levels] for quantity in asked]
    last = best = _found(pair, at, exist)
    error = np.inf
    for fineness in _FINENESS[1:]:
        pair = Pair.of(fit.conditionals(fineness), places)
        nearer = [
            [pair.nearer(quantity, p, x) for p, x in zip(levels, row, strict=True)]
            for quantity, row in zip(asked, at, strict=True)
        ]
        at = [[x for x, _ in row] for row in nearer]
        found = _found(pair, at, exist)
        left = left_of_pair(max(_moved(last, found), *(abs(missed) for row in nearer for _, missed in row)))
        if left < error:
            best, error = found, left
        if error < (_GOAL if len(pair.probability) < _MANY else _MANY_GOAL):
            break
        last = found
    return best, error + _ROUNDING


def _found(pair: Pair, at: list[list[float]], exist: list[tuple[bool, bool, str]]) -> _Found:
    unit = pair.one.unit
    rows = []
    for quantity, values, (has_mean, has_sd, note) in zip(pair.one.quantities, at, exist, strict=True):
        mean, sd = pair.moments(quantity)
        with np.errstate(over="ignore"):
            lower, median, upper = np.exp(values) if quantity.logged else unit * np.array(values)
        row = {"quantity": quantity.name, "mean": mean if has_mean else np.nan, "sd": sd if has_sd else np.nan}
        row |= {"median": median, "lower": lower, "upper": upper, "p_greater": pair.greater, "note": note}
        rows.append(row)
    return _Found(pair.greater, rows)


def _moved(one: _Found, other: _Found) -> float:
    """Largest difference of two answers: of probabilities, and of means and sds relative to the sd, if there is one."""
    worst = abs(one.greater - other.greater)
    for a, b in zip(one.rows, other.rows, strict=True):
        size = abs(b["mean"]) if np.isnan(b["sd"]) else b["sd"]
        names = [name for name in ("mean", "sd") if np.isfinite(b[name]) and not _heavy(b)]
        worst = max([worst, *(abs(a[name] - b[name]) / size for name in names)])
    return float(worst)


def existing(fit: FittedModel, places: tuple[int, int], name: str) -> tuple[bool, bool, str]:
    """Whether mean and sd of a quantity certainly exist, and the reason if not.

    Both thetas must have them. Whatever stands in a denominator needs at least 2 counts of its own for a mean and 3 for
    an sd, unless the population's parameters are known: these may come as near to where the inverse has no mean as the
    posterior of the parameters allows.
    """
    moments = zip(("mean", "sd"), fit.results.group_moments(), strict=True)
    lost = [word for word, values in moments if not np.isfinite(values[list(places)]).all()]
    why = f"a group's own {' and '.join(lost)} {'do' if len(lost) > 1 else 'does'} not exist" if lost else ""
    if name == "difference":
        return "mean" not in lost, not lost, why
    (has_mean, has_sd), needs = _below(fit, *places, name)
    why = "; ".join([why] * bool(lost) + [needs] * (not has_sd))
    return not lost and has_mean, not lost and has_sd, why


def _below(fit: FittedModel, one: int, other: int, name: str) -> tuple[tuple[bool, bool], str]:
    """Whether the inverse of the denominator has a mean and an sd, and what these require."""
    counts = fit.family.below_the_line(fit.data.statistics, one, other, name)
    least = min(count for count, _, _ in counts)
    exist = least >= 2.0, least >= 3.0
    pair = Pair.of(fit.conditionals(0), (one, other))
    if len(pair.probability) == 1:  # the population is known, and therefore the conditionals
        quantity = next(each for each in pair.one.quantities if each.name == name)
        assert quantity.power is not None
        mean, square = quantity.power(pair.other, False)
        above = quantity.power(pair.one, True)
        exist = bool(np.isfinite(mean * above[0]).all()), bool(np.isfinite(square * above[1]).all())
    needs = " and ".join(f"2 {what} of {fit.name(place)}" for _, what, place in counts)
    return exist, f"a mean of the {name} takes at least {needs}, and an sd takes 3"
