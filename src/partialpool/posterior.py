"""Posterior: what is known of each group, of the population and of the next group, with its accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.answers import Accuracy, Answers, Summary
from partialpool.errors import RequestError
from partialpool.families.family import Family
from partialpool.groups import Groups
from partialpool.model import Model
from partialpool.tables import to_native

SUMMARIES = ("raw", "mean", "sd", "median", "lower", "upper", "weight", "note")

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Posterior:
    """The posterior of a hierarchical model: weighted nodes of the population's parameters, conditionals, accuracy.

    Attributes:
        family: what was measured.
        data: the groups and their totals.
        model: data, population, prior and method.
        level: probability that intervals hold unless another is asked for.
        warnings: what a reader of the results should know.
    """

    family: Family
    data: Groups
    model: Model
    answers: Answers
    level: float
    warnings: tuple[str, ...] = ()

    @property
    def accuracy(self) -> Accuracy:
        """How far the reported numbers can be off, and how that was established."""
        return self.answers.accuracy

    def groups(self, level: float | None = None) -> Any:
        """A row a group: its data, raw rate, posterior mean, sd, median, interval, and the weight of its own data.

        Args:
            level: probability of the central interval, in (0, 1).

        Returns:
            A table in the data-frame library that the data came in. `weight` is the posterior mean of
            n/(n + concentration), the share of the group's own rate in its mean. Groups without data are labelled
            so in a further column, `note`.

        Raises:
            RequestError: the level is not in (0, 1).
        """
        return to_native(self.group_columns(level), self.data.library)

    def population(self, level: float | None = None) -> Any:
        """A row a parameter of the population: mean, concentration, alpha, beta, sd.

        A mean or sd that does not exist is null, and `note` says why.

        Args:
            level: probability of the central interval, in (0, 1).

        Raises:
            RequestError: the level is not in (0, 1).
        """
        return to_native(self.population_columns(level), self.data.library)

    def group_columns(self, level: float | None = None) -> Columns:
        """The table of groups as plain columns."""
        tail = _tail(self.level if level is None else level)
        found = self.answers.groups(tail)
        raw = self.family.raw(self.data)
        columns = {**self.data.labels, **self.family.shown(self.data), "raw": raw}
        columns |= {"mean": found.mean, "sd": found.sd, "median": found.median}
        columns |= {"lower": found.lower, "upper": found.upper, "weight": found.weight}
        if np.isnan(raw).any():
            columns["note"] = np.where(np.isnan(raw), "no data", "").astype(object)
        return columns

    def population_columns(self, level: float | None = None) -> Columns:
        """The table of the population's parameters as plain columns."""
        tail = _tail(self.level if level is None else level)
        rows = [self.answers.population(name, tail) for name in self.answers.parameters]
        columns: dict[str, NDArray[Any]] = {"parameter": np.array(self.answers.parameters, dtype=object)}
        for name in ("mean", "sd", "median", "lower", "upper"):
            columns[name] = np.array([getattr(row, name) for row in rows], dtype=float)
        columns["note"] = np.array([row.note for row in rows], dtype=object)
        return columns

    def given(self, **values: float) -> Posterior:
        """The conditional posterior of every group at fixed population parameters.

        Args:
            values: proportions: mean in (0, 1) and concentration > 0 (infinite means complete pooling), or alpha and
                beta, both > 0. Then theta_j ~ Beta(y_j + alpha, n_j - y_j + beta), whose mean is
                w_j y_j/n_j + (1 - w_j) alpha/(alpha + beta) with w_j = n_j/(n_j + alpha + beta).

        Raises:
            RequestError: not the parameters that the family takes, or a value out of range.
        """
        answers = self.answers.given(values)
        return replace(self, answers=answers, model=replace(self.model, method="given"), warnings=())

    def __repr__(self) -> str:
        tail = _tail(self.level)
        count, names = self.data.size, list(self.answers.parameters[:2])
        lines = [f"Posterior of {count:,} group{'s' * (count != 1)}: {self.model.title}"]
        lines += [f"  {name:<14} {_described(self.answers.population(name, tail), self.level)}" for name in names]
        lines.append(f"  accuracy: {self.accuracy}")
        lines += [f"  warning: {warning}" for warning in self.warnings]
        lines.append("  .groups() and .population() are the tables")
        return "\n".join(lines)


def _described(row: Summary, level: float) -> str:
    if row.lower == row.upper:
        return f"{row.median:.4g} ({row.note})"
    return f"median {row.median:.4g}, {100 * level:g}% interval {row.lower:.4g} to {row.upper:.4g}"


def check_level(level: object) -> float:
    """Refuse a level that is not a probability strictly between 0 and 1."""
    number = isinstance(level, (int, float, np.integer, np.floating)) and not isinstance(level, bool)
    if number and 0.0 < level < 1.0:  # type: ignore[operator]
        return float(level)  # type: ignore[arg-type]
    percent = number and 1.0 < level < 100.0  # type: ignore[operator]
    hint = f"; did you mean {float(level) / 100:g}?" if percent else ", such as 0.95"  # type: ignore[arg-type]
    raise RequestError(f"level must be a probability above 0 and below 1, not {level!r}{hint}.")


def _tail(level: object) -> float:
    return 0.5 * (1.0 - check_level(level))
