"""The priors that the page offers for each family, and the ranges of the sliders of those that have a scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from partialpool.groups.groups import Array
from partialpool.priors import named
from partialpool.priors.names import DEFAULT


@dataclass(frozen=True)
class Scaled:
    """A prior with one number that a slider moves.

    Attributes:
        text: the prior as text, with {} in place of the number.
        number: what the number is called.
        low: the smallest number of the slider; in units of the data if `measured`.
        high: the largest number.
        start: the number at first.
        measured: whether the number has the unit of the data.
    """

    text: str
    number: str
    low: float
    high: float
    start: float
    measured: bool = False


_OF_NORMAL = (
    Scaled("sd ~ HalfNormal({})", "scale", 0.01, 10.0, 1.0, measured=True),
    Scaled("sd ~ HalfCauchy({})", "scale", 0.01, 10.0, 1.0, measured=True),
)

SCALED: Mapping[str, tuple[Scaled, ...]] = {
    "proportions": (
        Scaled('concentration ~ HalfCauchy({}, on="sd")', "scale", 0.01, 10.0, 1.0),
        Scaled("concentration ~ Gamma(2, {})", "rate", 0.001, 10.0, 0.1),
        Scaled("concentration ~ Pareto(1, {})", "shape", 0.1, 10.0, 1.5),
    ),
    "rates": (
        Scaled("shape ~ Exponential({})", "rate", 0.001, 100.0, 1.0),
        Scaled("shape ~ HalfCauchy({})", "scale", 0.01, 100.0, 1.0),
    ),
    "estimates": _OF_NORMAL,
    "measurements": _OF_NORMAL,
}
"""Family -> the priors that have a slider, with numbers in units of the spread of the data where that is their unit."""


def offered(family: str, raw: Array) -> list[dict[str, Any]]:
    """The priors of a family as JSON for the page, the default first.

    Args:
        family: name of the family.
        raw: the raw estimates of the groups, from whose spread the sliders have their unit.
    """
    plain = [{"text": name, "said": name + " (the default)" * (name == DEFAULT.name)} for name in named(family)]
    unit = spread(raw)
    return [*plain, *(_slider(each, unit if each.measured else 1.0) for each in SCALED[family])]


def _slider(each: Scaled, unit: float) -> dict[str, Any]:
    numbers = {"low": each.low * unit, "high": each.high * unit, "start": rounded(each.start * unit)}
    return {"text": each.text, "said": each.text.replace("{}", each.number), "number": each.number, **numbers}


def spread(raw: Array) -> float:
    """The sd of the raw estimates with one digit, or a number of their size where they do not differ.

    >>> spread(np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]))
    10.0
    """
    known = raw[np.isfinite(raw)]
    found = float(np.std(known)) if len(known) else 0.0
    if found == 0.0:
        found = float(np.max(np.abs(known), initial=0.0)) or 1.0
    return rounded(found, 1)


def rounded(value: float, digits: int = 2) -> float:
    """A positive number with so many significant digits."""
    return round(value, digits - 1 - math.floor(math.log10(value)))
