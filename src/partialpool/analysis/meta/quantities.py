"""The quantities of a meta-analysis: mu, tau, tau^2, I^2, H^2, the prediction interval and Q."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import special as sc

from partialpool.analysis.fitted_model import FittedModel
from partialpool.analysis.intervals.new_group import new_group
from partialpool.effects.scales import Scale
from partialpool.engine.results import tail_of
from partialpool.models.inference.estimates.heterogeneity import EXACT, Spread, estimated

PREDICTION = "prediction interval"
PLAIN: Mapping[str, str] = {
    "tau2": "tau^2",
    "tau²": "tau^2",
    "I2": "I^2 (%)",
    "I^2": "I^2 (%)",
    "I²": "I^2 (%)",
    "H2": "H^2",
    "H²": "H^2",
}
"""Other spelling of a quantity -> its name in tables."""


@dataclass(frozen=True)
class Quantity:
    """An estimate with its standard error and interval; `note` says why numbers are NaN.

    A test has degrees of freedom and a p-value in place of an interval.
    """

    name: str
    estimate: float
    se: float
    lower: float
    upper: float
    note: str = ""
    df: float = math.nan
    p: float = math.nan


Summarised: TypeAlias = tuple[tuple[Quantity, ...], float]
"""Quantities, and the estimated error of their quantiles in probability."""


def posterior(fit: FittedModel, level: float, to: Scale, spread: Spread | None) -> Summarised:
    """Quantities of a full posterior; quantiles of tau^2, I^2 and H^2, increasing in tau, come from those of tau."""
    tail = tail_of(level)
    mean, sd = (fit.results.population(name, tail) for name in ("mean", "sd"))
    following = new_group(fit, level)
    mu = _on(to, "mu", mean.median, mean.sd, mean.lower, mean.upper, "se: " + mean.note if mean.note else "")
    tau = Quantity(
        "tau", float(sd.median), float(sd.sd), float(sd.lower), float(sd.upper), "se: " + sd.note if sd.note else ""
    )
    ahead = _on(to, PREDICTION, following.median, math.nan, following.lower, following.upper)
    accuracy = max(fit.results.accuracy.probability, following.accuracy.probability)
    return (mu, *_heterogeneity(tau, spread), ahead), accuracy


def point_estimates(fit: FittedModel, tail: float, to: Scale, spread: Spread | None) -> Summarised:
    """Quantities from point estimates of mean and sd, as in frequentist software."""
    results: Any = fit.results
    mean, sd = (estimated(results, spread, name, tail) for name in ("mean", "sd"))
    z, wide = float(sc.ndtri(1.0 - tail)), math.hypot(mean.sd, results.sd)
    mu = _on(to, "mu", results.mean, mean.sd, mean.lower, mean.upper)
    tau = Quantity("tau", results.sd, math.nan, sd.lower, sd.upper, "" if sd.lower <= sd.upper else sd.note)
    ahead = _on(to, PREDICTION, results.mean, math.nan, results.mean - z * wide, results.mean + z * wide)
    return (mu, *_heterogeneity(tau, spread), ahead), results.accuracy.probability


def _heterogeneity(tau: Quantity, spread: Spread | None) -> tuple[Quantity, ...]:
    """The quantities tau, tau^2, I^2 in per cent and H^2, from tau with its interval."""
    values = [float(value) for value in (tau.estimate, tau.lower, tau.upper)]
    note = tau.note if math.isnan(tau.lower) else "" if spread else EXACT
    typical = spread.typical_error if spread else math.nan
    squares = [(value / typical) * (value / typical) for value in values]
    return (
        tau,
        _row("tau^2", [value * value for value in values], tau.note if math.isnan(tau.lower) else ""),
        _row("I^2 (%)", [100.0 * _share(square) for square in squares], note),
        _row("H^2", [1.0 + square for square in squares], note),
    )


def _share(ratio: float) -> float:
    """Compute ratio/(1 + ratio), also for an infinite ratio."""
    return ratio / (1.0 + ratio) if ratio < 1.0 else 1.0 / (1.0 + 1.0 / ratio)


def _row(name: str, values: list[float], note: str = "") -> Quantity:
    estimate, lower, upper = values
    return Quantity(name, estimate, math.nan, lower, upper, note)


def _on(to: Scale, name: str, estimate: float, se: float, lower: float, upper: float, note: str = "") -> Quantity:
    """Transform a quantity that is on the scale of theta; its standard error becomes NaN."""
    at, low, high = (float(to.forward(np.array(value))) for value in (estimate, lower, upper))
    same = to.name == "identity"
    return Quantity(name, at, float(se) if same else math.nan, low, high, note if same else "")


def heterogeneity_test(q: float, df: int, p: float) -> Quantity:
    """Cochran's Q as a quantity, with its p-value under the hypothesis that all thetas are equal."""
    note = "" if math.isfinite(q) else EXACT
    return Quantity("Q", q, math.nan, math.nan, math.nan, note, math.nan if note else float(df), p)
