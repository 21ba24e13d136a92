"""The summary of a meta-analysis, from a full posterior or from point estimates of mean and sd."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.new_group import new_group
from partialpool.analysis.meta.quantities import (
    PLAIN,
    PREDICTION,
    Quantity,
    heterogeneity_test,
    point_estimates,
    posterior,
)
from partialpool.effects.scales import named_on, natural, scale
from partialpool.engine.results import tail_of
from partialpool.errors import RequestError
from partialpool.io.output.content import Content, Shown, Tabled
from partialpool.io.output.numbers import number
from partialpool.io.output.tables import to_native
from partialpool.messages.claims import Claim
from partialpool.messages.wording import counted
from partialpool.models.family import Family
from partialpool.models.inference.estimates.heterogeneity import Spread, shares
from partialpool.models.model import Model

Columns = dict[str, NDArray[Any]]

_FULL = ("estimate: posterior median; se: posterior sd; {level} intervals: central",)
_PLUGGED = (
    "{level} intervals: of mu normal; of tau, I^2 and H^2 by the Q-profile;",
    "the prediction interval is mu -+ z sqrt(se^2 + tau^2)",
)


@dataclass(frozen=True, repr=False)
class MetaAnalysis(Shown):
    """The summary of a random-effects meta-analysis, as `fit.meta_analysis()` returns it.

    Attributes:
        fit: the fit.
        model: the distribution of the data, that of the population, the prior and the method.
        level: probability of the intervals.
        transform: the transform of mu, the prediction interval and the groups, None for the scale of the estimates.
        quantities: mu, tau, tau^2, I^2 and H^2, the prediction interval, and Q.
        q: Cochran's Q.
        q_df: its degrees of freedom.
        q_p: its p-value under the hypothesis that all thetas are equal.
        weights: weight of each group in mu, in per cent, shape (groups,).
        accuracy: estimated error of quantiles in probability; the relative error of weights is `fit.accuracy.mean`.
        notes: warnings of the fit, such as trials that were corrected or left out.
    """

    _tables = ("table", "groups")

    fit: FittedModel
    model: Model
    level: float
    transform: str | None
    quantities: tuple[Quantity, ...]
    q: float
    q_df: int
    q_p: float
    weights: NDArray[Any]
    accuracy: float
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notes, and a warning if numbers are less accurate than usual."""
        weights = Claim("weights", self.fit.results.accuracy.mean, "of their size")
        return self.notes + self.fit.cautions(Claim("quantiles", self.accuracy, "in probability"), weights)

    def table(self) -> Any:
        """One row each for mu, tau, tau^2, I^2 (%), H^2, the prediction interval and Q.

        Returns:
            A table in the library of `fit.groups()`, with estimate, se (of mu and tau), lower, upper,
            df and p (of Q) and note.
        """
        return to_native(self.columns(), self.fit.data.library)

    def columns(self) -> Columns:
        """The table as a dict of arrays, one element per quantity."""
        columns: Columns = {"quantity": np.array([row.name for row in self.quantities], dtype=object)}
        for name in ("estimate", "se", "lower", "upper", "df", "p"):
            columns[name] = np.array([getattr(row, name) for row in self.quantities], dtype=float)
        return columns | {"note": np.array([row.note for row in self.quantities], dtype=object)}

    @property
    def printed(self) -> Columns:
        """The table that is printed, without Q, which is printed as a sentence."""
        columns = self.columns()
        return {name: columns[name][:-1] for name in columns if name not in ("df", "p")}

    @property
    def q_stated(self) -> str:
        """Q with its degrees of freedom and p-value in words; empty where Q is not defined."""
        if not math.isfinite(self.q):
            return ""
        p = f"p = {self.q_p:.4f}" if self.q_p >= 1e-4 else "p < 0.0001"
        return f"Q = {number(self.q)} on {counted(self.q_df, 'degree')} of freedom, {p}"

    def groups(self) -> Any:
        """One row per group: its estimate with its own interval, and its weight in mu in per cent.

        Under a flat prior of mu the weights add up to 100; under a normal prior the rest is the weight of the prior.

        Returns:
            A table in the library of `fit.groups()`. The intervals are normal, from each group's own estimate and
            standard error, without pooling; those of `fit.groups()` are posterior intervals.
        """
        return to_native(self.group_columns(), self.fit.data.library)

    def group_columns(self) -> Columns:
        """The table of `groups` as a dict of arrays, one element per group."""
        data, to = self.fit.data, scale(self.transform)
        y, s = (data.statistics[role].astype(float) for role in ("estimate", "se"))
        z = float(sc.ndtri(1.0 - tail_of(self.level)))
        ends = {"estimate": y, "lower": y - z * s, "upper": y + z * s}
        return {**data.labels, **{name: to.forward(x) for name, x in ends.items()}, "weight": self.weights}

    def __getitem__(self, name: str) -> Quantity:
        """The quantity with this name, such as "tau"; "tau2", "I2", "H2" and "I²" are understood, too.

        Raises:
            RequestError: there is no such quantity.
        """
        rows = {row.name: row for row in self.quantities}
        name = PLAIN.get(name, name)
        if name not in rows:
            raise RequestError(f"There is no quantity {name!r}; there are {', '.join(rows)}.")
        return rows[name]

    def _content(self) -> Content:
        columns = self.printed
        notes = columns.pop("note")
        lines = [self.q_stated] if self.q_stated else []
        about: dict[str, list[str]] = {}
        for name, note in zip(columns["quantity"], notes, strict=True):
            if note:
                about.setdefault(note, []).append(name)
        lines += [f"{', '.join(names)}: {note}" for note, names in about.items()]
        said = _FULL if self.model.method == "full" else _PLUGGED
        lines += [line.format(level=f"{100 * self.level:g}%") for line in said]
        lines.append(f"quantiles within {self.accuracy:.0e} in probability (estimated)")
        lines += [self.scaled] if self.scaled else []
        title = f"Random-effects meta-analysis of {counted(self.fit.data.size, 'group')}"
        return Content(title, (self.model.title, Tabled(columns, alike=False), *lines))

    @property
    def called(self) -> str:
        """Name of the estimates on the scale of this summary, such as odds ratios."""
        quantity = self.fit.data.columns["estimate"]
        usual, called = natural(quantity)
        return f"{called}s" if usual and self.transform == usual else named_on(self.transform, quantity)

    @property
    def scaled(self) -> str:
        """A sentence on the scale of mu, or on a possible transform; else empty."""
        quantity = self.fit.data.columns["estimate"]
        usual, called = natural(quantity)
        if self.transform is None:
            return f'transform="{usual}" gives {called}s in place of {quantity}' if usual else ""
        return f"mu, the prediction interval and the estimates are {self.called}; tau is not"


def meta_analysis(
    fit: FittedModel,
    model: Model,
    level: float | None = None,
    transform: str | None = None,
    notes: tuple[str, ...] = (),
) -> MetaAnalysis:
    """Summarise a fit of estimates as a random-effects meta-analysis.

    Args:
        fit: the fit, which must be of estimates.
        model: the model of the fit.
        level: probability of the intervals, in (0, 1).
        transform: "exp", "tanh" or "expit" of mu, the prediction interval and the groups' estimates.
        notes: the warnings of the fit.

    Raises:
        RequestError: the fit is not of estimates, its parameters are given, or an argument is out of range.
    """
    check_family(fit.family)
    check_method(model.method, transform)
    fit.check_labels("estimate")
    level = fit.level if level is None else level
    tail, to = tail_of(level), scale(transform)
    spread = Spread.of(fit.data)
    rows, accuracy = point_estimates(fit, tail, to, spread) if model.plugged else posterior(fit, level, to, spread)
    q, p = (spread.q(), spread.q_probability) if spread else (math.nan, math.nan)
    rows = (*rows, heterogeneity_test(q, fit.data.size - 1, p))
    weights = 100.0 * shares(fit.results)  # type: ignore[arg-type]
    return MetaAnalysis(fit, model, level, transform, rows, q, fit.data.size - 1, p, weights, accuracy, notes)


def check_method(method: str, transform: str | None = None) -> None:
    """Refuse given parameters, of which there is nothing to sum up.

    Raises:
        RequestError: the parameters are given.
    """
    if method == "given":
        scaled = "" if transform is None else f'transform="{transform}"'
        raise RequestError(
            "The population's parameters are given here: summarise the fit that they were given to. With them given, "
            f"population({scaled}) and groups({scaled}) answer."
        )


def check_family(family: Family) -> None:
    """Refuse any family but that of estimates.

    Raises:
        RequestError: the family has no meta-analysis.
    """
    if not family.meta_analysed:
        raise RequestError(f"A meta-analysis is of estimates with standard errors, not of {family.name}.")


def prediction_interval(
    fit: FittedModel, model: Model, level: float | None = None, transform: str | None = None
) -> tuple[float, float]:
    """The central interval of the theta of a new group.

    Args:
        fit: the fit, of any family.
        model: the model of the fit.
        level: probability of the interval, in (0, 1).
        transform: "exp", "tanh" or "expit" of theta, where the population is normal.

    Raises:
        RequestError: an argument is out of range.
    """
    fit.family.check_transform(transform)
    to = scale(transform)
    if fit.family.meta_analysed and model.plugged:
        found = meta_analysis(fit, model, level, transform)[PREDICTION]
        return found.lower, found.upper
    following = new_group(fit, level)
    lower, upper = to.forward(np.array([following.lower, following.upper])).tolist()
    return lower, upper
