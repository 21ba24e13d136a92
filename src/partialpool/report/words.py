"""Names and numbers in the sentences of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from partialpool.groups.groups import Groups, called
from partialpool.io.output.characters import visible
from partialpool.io.output.numbers import number
from partialpool.io.output.spread import needed

LONGEST = 60
"""Largest number of characters of a group's name in a sentence or a chart."""

_CELL = 200  # largest number of characters in a cell of a table


def name(groups: Groups, place: int) -> str:
    """The name of the group at a position, cut if it is very long."""
    return short(called(groups.labels, place))


def leading(groups: Groups, place: int) -> str:
    """The name at the beginning of a sentence, with a capital letter if it begins with the name of a column."""
    own = any(letter.isalpha() for label in groups.labels.values() for letter in str(label[place]))
    return name(groups, place) if own else sentence(name(groups, place))


def short(label: str) -> str:
    """A label on one line with hidden characters spelt out, cut if it is very long."""
    shown = visible(label[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def cut(label: str) -> str:
    """A label for a cell of a table, cut if it is extremely long; files have it whole."""
    return label if len(label) <= _CELL else f"{label[: _CELL - 1]}…"


def percent(level: float) -> str:
    """The level of an interval.

    >>> percent(0.95)
    '95%'
    """
    return f"{100 * level:g}%"


def summary(row: Mapping[str, Any], level: float) -> str:
    """A median with its interval, with the digits of printed results.

    >>> summary({"median": 0.2091, "lower": 0.13, "upper": 0.31}, 0.95)
    '0.2091 (95% interval 0.1300 to 0.3100)'
    """
    median, lower, upper = (float(row[column]) for column in ("median", "lower", "upper"))
    if lower == upper:
        return plain(median)
    least = needed(upper - lower, lower, median, upper)
    middle, low, high = (number(value, least=least) for value in (median, lower, upper))
    return f"{middle} ({percent(level)} interval {low} to {high})"


def plain(value: float, least: int | None = None) -> str:
    """A number with the digits of printed results, and at least `least` decimals."""
    return number(float(value), least=least)


def probability(value: float) -> str:
    """A probability with two digits, never rounded to certainty.

    >>> probability(0.984), probability(0.9999), probability(0.001)
    ('0.98', 'more than 0.99', 'less than 0.01')
    """
    if value > 0.99:
        return "more than 0.99"
    return "less than 0.01" if value < 0.01 else f"{value:.2f}"


def average(values: Any) -> float:
    """The average of the finite values; NaN if there is none."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else math.nan


def sentence(words: str) -> str:
    """The words with a capital letter at the beginning, where they begin with a letter."""
    return words[:1].upper() + words[1:]
