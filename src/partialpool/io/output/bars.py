"""Draw the shrinkage of groups as text: raw value, posterior mean and interval of each on one common scale.

The beginning of each line is the table, its end the bar of the group:

    70  0.3750  0.2788  0.1524  0.4330           │────────●──────○───
     1  0.0000  0.0659  0.0080  0.1658  ○────●───┼─
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.io.output.characters import span
from partialpool.io.output.numbers import number
from partialpool.io.output.spread import needed

Array = NDArray[np.float64]

NARROWEST, WIDEST = 20, 60
"""Numbers of characters between which bars are drawn."""

_BESIDE = 1.0  # how far raw values may widen the scale on a side, in lengths of the range of all intervals
_DIGITS = 3  # significant digits of the ends of the scale
_ZERO = 1e-3  # end of the scale, as a share of its length, that is written as 0


@dataclass(frozen=True)
class Signs:
    """The characters of which bars are made.

    Attributes:
        raw: a raw value.
        middle: a posterior mean or median.
        both: both in one place.
        interval: the interval.
        apart: from the interval to a raw value that is not in it.
        centre: the mean of the population.
        crossed: the same within an interval.
        below: a raw value that is below the scale.
        above: a raw value that is above it.
    """

    raw: str
    middle: str
    both: str
    interval: str
    apart: str
    centre: str
    crossed: str
    below: str = "<"
    above: str = ">"


UNICODE = Signs("○", "●", "◉", "─", "·", "│", "┼")
ASCII = Signs("o", "*", "@", "-", ".", "|", "+")


@dataclass(frozen=True)
class Bars:
    """What bars show of groups, all in the unit of theta.

    Attributes:
        raw: the raw value of each group, NaN where it has none.
        middle: the posterior mean of each group, or its median.
        lower: the lower end of each interval.
        upper: the upper end of each interval.
        centre: the mean of the population.
        called: what the middle is called, "mean" or "median".
        level: probability of the intervals.
        signs: the characters of which bars are made.
        shown: function from theta to the numbers of the table.
        scaled: what the legend says of the scale, such as "on a logarithmic scale"; empty for a linear one.
    """

    raw: Array
    middle: Array
    lower: Array
    upper: Array
    centre: float
    called: str
    level: float
    signs: Signs
    shown: Callable[[Array], Array] = np.asarray
    scaled: str = ""


@dataclass(frozen=True)
class Picture:
    """Bars that are drawn: a header with the ends of the scale, one line per group, and what the signs mean."""

    header: str
    lines: tuple[str, ...]
    legend: str


def picture(bars: Bars, places: NDArray[np.intp], room: int) -> Picture | None:
    """Draw the bars of some groups on one scale; None if there is no room, or nothing to draw.

    Args:
        bars: what they show of all groups.
        places: positions of the groups.
        room: number of columns of the terminal that are free.
    """
    columns = [values[places] for values in (bars.raw, bars.middle, bars.lower, bars.upper)]
    ends = _ends(columns, bars.centre)
    if room < NARROWEST or ends is None:
        return None
    width = min(room, WIDEST)
    centre = _cell(bars.centre, ends, width)
    rows = zip(*(map(float, values) for values in columns), strict=True)
    lines = tuple("".join(_line(row, centre, ends, width, bars.signs)).rstrip() for row in rows)
    low, high = bars.shown(np.where(np.abs(ends) < _ZERO * np.ptp(ends), 0.0, ends)).tolist()
    least = needed(high - low, low, high)
    first, last = (number(end, _DIGITS, least) for end in (low, high))
    free = width - span(first) - span(last)
    return Picture(first + " " * free + last, lines, _legend(bars, "".join(lines), least)) if free > 0 else None


def _ends(columns: list[Array], centre: float) -> tuple[float, float] | None:
    """The ends of the scale: those of all intervals, widened a little by raw values; None if nothing is finite."""
    raw, *others = (values[np.isfinite(values)] for values in columns)
    known = np.concatenate([*others, [centre] if np.isfinite(centre) else []])
    if not known.size:
        return None
    low, high = float(known.min()), float(known.max())
    most = _BESIDE * (high - low)
    low, high = max(float(raw.min(initial=low)), low - most), min(float(raw.max(initial=high)), high + most)
    if low == high:  # all groups are the same
        return low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    return low, high


def _cell(value: float, ends: tuple[float, float], width: int) -> int | None:
    """The character at which a value stands, which is outside the line beyond the ends; None for a missing value."""
    if not np.isfinite(value):
        return None
    place = round((value - ends[0]) / (ends[1] - ends[0]) * (width - 1))
    return -1 if value < ends[0] else width if value > ends[1] else place


def _line(
    row: tuple[float, ...], centre: int | None, ends: tuple[float, float], width: int, signs: Signs
) -> Iterator[str]:
    """Yield the characters of the bar of one group."""
    raw, middle, lower, upper = (_cell(value, ends, width) for value in row)
    interval = range(0) if lower is None or upper is None else range(lower, upper + 1)
    edges = [place for place in (lower, middle, upper) if place is not None]
    apart = range(0)
    if raw is not None and edges:
        apart = range(min(raw, *edges), max(raw, *edges))
    for place in range(width):
        if place == middle:
            yield signs.both if place == raw else signs.middle
        elif raw is not None and place == min(max(raw, 0), width - 1):
            yield signs.raw if place == raw else signs.below if raw < 0 else signs.above
        elif place == centre:
            yield signs.crossed if place in interval else signs.centre
        else:
            yield signs.interval if place in interval else signs.apart if place in apart else " "


def _legend(bars: Bars, drawn: str, least: int | None) -> str:
    """What the signs that were drawn mean, and the population's mean with at least so many decimals."""
    signs = bars.signs
    said = {
        signs.raw: "raw value",
        signs.middle: f"posterior {bars.called}",
        signs.both: "both",
        signs.interval: f"{100 * bars.level:g}% interval",
        signs.apart: "up to a raw value outside it",
        signs.below: "a raw value below the scale",
        signs.above: "a raw value above the scale",
    }
    seen = drawn + (signs.raw + signs.middle) * (signs.both in drawn)
    parts = [f"{sign} {text}" for sign, text in said.items() if sign in seen]
    if np.isfinite(bars.centre):
        parts.append(f"{signs.centre} population mean {number(float(bars.shown(np.array(bars.centre))), least=least)}")
    return ", ".join(parts + [bars.scaled] * bool(bars.scaled))
