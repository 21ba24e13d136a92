"""The summary of a meta-analysis, from a full posterior or from point estimates of mean and sd."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.answers import tail_of
from partialpool.errors import RequestError
from partialpool.families.family import Family
from partialpool.inference.estimates.fixed import Fixed
from partialpool.inference.estimates.heterogeneity import Spread, shares, standard_error
from partialpool.known import Known
from partialpool.model import Model
from partialpool.output.content import Content, Shown, Tabled
from partialpool.output.numbers import number
from partialpool.output.tables import to_native
from partialpool.scales import Scale, named_on, natural, scale
from partialpool.thetas.new_group import new_group
from partialpool.wording import counted

Columns = dict[str, NDArray[Any]]

PREDICTION = "prediction interval"
_EXACT = "not defined: there is one group alone, or a standard error is 0"
_NULL = "no interval: the estimates differ too little for any tau (Q-profile)"
_FULL = ("estimate: posterior median; se: posterior sd; {level} intervals: central",)
_PLUGGED = (
    "{level} intervals: of mu normal; of tau, I^2 and H^2 by the Q-profile;",
    "the prediction interval is mu -+ z sqrt(se^2 + tau^2)",
)


@dataclass(frozen=True)
class Quantity:
    """An estimate with its interval; NaN where there is none, and `note` says why."""

    name: str
    estimate: float
    se: float
    lower: float
    upper: float
    note: str = ""


Summarised: TypeAlias = tuple[tuple[Quantity, ...], float]
"""Quantities, and how far their quantiles can be off in probability."""


@dataclass(frozen=True, repr=False)
class MetaAnalysis(Shown):
    """A random-effects meta-analysis in its usual words.

    Attributes:
        known: the fit.
        model: data, population, prior and method.
        level: probability of the intervals.
        transform: the scale of mu, the prediction interval and the groups, None for that of the estimates.
        quantities: mu, tau, tau^2, I^2 and H^2, and the prediction interval.
        q: Cochran's Q.
        q_df: its degrees of freedom.
        q_p: probability of so large a Q if all thetas were equal.
        weights: the share of each group in mu, in per cent.
        accuracy: how far quantiles can be off in probability; how far weights can be off, as a share of themselves, is
            `fit.accuracy.mean`.
        warnings: what a reader of the results should know, such as trials that were corrected or left out.
    """

    _tables = ("table", "groups")

    known: Known
    model: Model
    level: float
    transform: str | None
    quantities: tuple[Quantity, ...]
    q: float
    q_df: int
    q_p: float
    weights: NDArray[Any]
    accuracy: float
    warnings: tuple[str, ...] = ()

    def table(self) -> Any:
        """A row for each of mu, tau, tau^2, I^2 (%), H^2 and the prediction interval.

        Returns:
            A table in the data-frame library that the data came in, with estimate, se (of mu and tau), lower, upper
            and note.
        """
        return to_native(self.columns(), self.known.data.library)

    def columns(self) -> Columns:
        """The same as plain columns."""
        columns: Columns = {"quantity": np.array([row.name for row in self.quantities], dtype=object)}
        for name in ("estimate", "se", "lower", "upper"):
            columns[name] = np.array([getattr(row, name) for row in self.quantities], dtype=float)
        return columns | {"note": np.array([row.note for row in self.quantities], dtype=object)}

    def groups(self) -> Any:
        """One row per group: its estimate with its own interval, and its weight in mu in per cent.

        Under a flat prior of mu the weights add up to 100; a normal prior has the rest.

        Returns:
            A table in the data-frame library that the data came in. The intervals are normal, from the standard errors
            alone; those of `fit.groups()` lean on the other groups.
        """
        return to_native(self.group_columns(), self.known.data.library)

    def group_columns(self) -> Columns:
        """The same as plain columns."""
        data, to = self.known.data, scale(self.transform)
        y, s = (data.statistics[role].astype(float) for role in ("estimate", "se"))
        z = float(sc.ndtri(1.0 - tail_of(self.level)))
        ends = {"estimate": y, "lower": y - z * s, "upper": y + z * s}
        return {**data.labels, **{name: to.forward(x) for name, x in ends.items()}, "weight": self.weights}

    def __getitem__(self, name: str) -> Quantity:
        """The quantity of that name, such as "tau".

        Raises:
            RequestError: there is none.
        """
        rows = {row.name: row for row in self.quantities}
        if name not in rows:
            raise RequestError(f"There is no quantity {name!r}; there are {', '.join(rows)}.")
        return rows[name]

    def _content(self) -> Content:
        columns = self.columns()
        notes = columns.pop("note")
        lines = []
        if math.isfinite(self.q):
            p = f"p = {self.q_p:.4f}" if self.q_p >= 1e-4 else "p < 0.0001"
            lines.append(f"Q = {number(self.q)} on {self.q_df} degrees of freedom, {p}")
        about: dict[str, list[str]] = {}
        for name, note in zip(columns["quantity"], notes, strict=True):
            if note:
                about.setdefault(note, []).append(name)
        lines += [f"{', '.join(names)}: {note}" for note, names in about.items()]
        said = _FULL if self.model.method == "full" else _PLUGGED
        lines += [line.format(level=f"{100 * self.level:g}%") for line in said]
        lines.append(f"quantiles within {self.accuracy:.0e} in probability")
        lines += [self.scaled] if self.scaled else []
        lines += [f"warning: {warning}" for warning in self.warnings]
        title = f"Random-effects meta-analysis of {counted(self.known.data.size, 'group')}"
        return Content(title, (self.model.title, Tabled(columns, alike=False), *lines))

    @property
    def called(self) -> str:
        """What the estimates are on the scale of this summary, such as odds ratios."""
        quantity = self.known.data.columns["estimate"]
        usual, called = natural(quantity)
        return f"{called}s" if usual and self.transform == usual else named_on(self.transform, quantity)

    @property
    def scaled(self) -> str:
        """A sentence on the scale of mu; empty where there is nothing to say."""
        quantity = self.known.data.columns["estimate"]
        usual, called = natural(quantity)
        if self.transform is None:
            return f'transform="{usual}" gives {called}s in place of {quantity}' if usual else ""
        return f"mu, the prediction interval and the estimates are {self.called}; tau is not"


def meta_analysis(
    known: Known,
    model: Model,
    level: float | None = None,
    transform: str | None = None,
    warnings: tuple[str, ...] = (),
) -> MetaAnalysis:
    """The summary of a random-effects meta-analysis.

    Args:
        known: the fit, of estimates.
        model: data, population, prior and method of the fit.
        level: probability of the intervals, in (0, 1).
        transform: "exp", "tanh" or "expit" of mu, the prediction interval and the groups' estimates.
        warnings: those of the fit.

    Raises:
        RequestError: the fit is not of estimates, its parameters are given, or an argument is out of range.
    """
    check_family(known.family)
    if model.method == "given":
        raise RequestError("The population's parameters are given here: summarise the fit that they were given to.")
    known.check_labels("estimate")
    level = known.level if level is None else level
    tail, to = tail_of(level), scale(transform)
    spread = Spread.of(known.data)
    plugged = isinstance(known.answers, Fixed)
    rows, accuracy = _plugged(known, tail, to, spread) if plugged else _full(known, level, to, spread)
    q, p = (spread.q(), spread.q_probability) if spread else (math.nan, math.nan)
    weights = 100.0 * shares(known.answers)  # type: ignore[arg-type]
    return MetaAnalysis(known, model, level, transform, rows, q, known.data.size - 1, p, weights, accuracy, warnings)


def check_family(family: Family) -> None:
    """Refuse a family that has no meta-analysis.

    Raises:
        RequestError: it is not that of estimates.
    """
    if family.name != "estimates":
        raise RequestError(f"A meta-analysis is of estimates with standard errors, not of {family.name}.")


def prediction_interval(
    known: Known, model: Model, level: float | None = None, transform: str | None = None
) -> tuple[float, float]:
    """The interval that holds theta of the next group.

    Args:
        known: the fit, of any family.
        model: data, population, prior and method of the fit.
        level: probability of the interval, in (0, 1).
        transform: "exp", "tanh" or "expit" of theta, where the population is normal.

    Raises:
        RequestError: an argument is out of range.
    """
    known.family.check_transform(transform)
    to = scale(transform)
    if isinstance(known.answers, Fixed) and model.method != "given":
        found = meta_analysis(known, model, level, transform)[PREDICTION]
        return found.lower, found.upper
    following = new_group(known, level)
    lower, upper = to.forward(np.array([following.lower, following.upper])).tolist()
    return lower, upper


def _full(known: Known, level: float, to: Scale, spread: Spread | None) -> Summarised:
    """From the posterior: all but mu are rising functions of tau, whose quantiles go over into theirs."""
    tail = tail_of(level)
    mean, sd = (known.answers.population(name, tail) for name in ("mean", "sd"))
    following = new_group(known, level)
    mu = _on(to, "mu", mean.median, mean.sd, mean.lower, mean.upper, "se: " + mean.note if mean.note else "")
    tau = Quantity(
        "tau", float(sd.median), float(sd.sd), float(sd.lower), float(sd.upper), "se: " + sd.note if sd.note else ""
    )
    ahead = _on(to, PREDICTION, following.median, math.nan, following.lower, following.upper)
    accuracy = max(known.answers.accuracy.probability, following.accuracy.probability)
    return (mu, *_heterogeneity(tau, spread), ahead), accuracy


def _plugged(known: Known, tail: float, to: Scale, spread: Spread | None) -> Summarised:
    """From point estimates of mean and sd, as frequentist software does it."""
    answers = known.answers
    assert isinstance(answers, Fixed)
    se, z = standard_error(answers), float(sc.ndtri(1.0 - tail))
    wide = math.hypot(se, answers.sd)
    mu = _on(to, "mu", answers.mean, se, answers.mean - z * se, answers.mean + z * se)
    lower, upper = spread.profile(tail) if spread else (math.nan, math.nan)
    tau = Quantity("tau", answers.sd, math.nan, lower, upper, "" if lower <= upper else _NULL if spread else _EXACT)
    ahead = _on(to, PREDICTION, answers.mean, math.nan, answers.mean - z * wide, answers.mean + z * wide)
    return (mu, *_heterogeneity(tau, spread), ahead), answers.accuracy.probability


def _heterogeneity(tau: Quantity, spread: Spread | None) -> tuple[Quantity, ...]:
    """tau, tau^2, I^2 in per cent and H^2."""
    values = [float(value) for value in (tau.estimate, tau.lower, tau.upper)]
    note = tau.note if math.isnan(tau.lower) else "" if spread else _EXACT
    typical = spread.typical_error if spread else math.nan
    squares = [(value / typical) * (value / typical) for value in values]
    return (
        tau,
        _row("tau^2", [value * value for value in values], tau.note if math.isnan(tau.lower) else ""),
        _row("I^2 (%)", [100.0 * _share(square) for square in squares], note),
        _row("H^2", [1.0 + square for square in squares], note),
    )


def _share(ratio: float) -> float:
    """ratio/(1 + ratio), also where the ratio is infinite."""
    return ratio / (1.0 + ratio) if ratio < 1.0 else 1.0 / (1.0 + 1.0 / ratio)


def _row(name: str, values: list[float], note: str = "") -> Quantity:
    estimate, lower, upper = values
    return Quantity(name, estimate, math.nan, lower, upper, note)


def _on(to: Scale, name: str, estimate: float, se: float, lower: float, upper: float, note: str = "") -> Quantity:
    """A quantity that is on the scale of theta, on another scale; its standard error does not go with it."""
    at, low, high = (float(to.forward(np.array(value))) for value in (estimate, lower, upper))
    same = to.name == "identity"
    return Quantity(name, at, float(se) if same else math.nan, low, high, note if same else "")
