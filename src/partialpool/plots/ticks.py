"""Round numbers for the ticks of an axis that is drawn on one scale and labelled on another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from partialpool.effects.scales import Scale
from partialpool.errors import RequestError
from partialpool.plots.text import points_wide
from partialpool.special import Array

_FEWEST, _MOST = 4, 8  # ticks
_CLOSE, _FAR = 0.06, 0.45  # smallest and largest distance between two ticks, as a share of the axis
_FREE = 0.7  # smallest distance between two labels, in sizes of the type
_DECADES = 7  # largest number of digits of a label


def shown(limits: tuple[float, float], scale: Scale) -> tuple[float, float]:
    """The ends of an axis on the scale of its ticks.

    Raises:
        RequestError: one of them is beyond double precision there.
    """
    ends = scale.forward(np.array(limits))
    if not np.isfinite(ends).all() or not np.isfinite(scale.backward(ends)).all():
        raise RequestError(
            f"The {scale.name} of these numbers is beyond double precision: draw them as they are, by transform=None."
        )
    low, high = ends.tolist()
    return low, high


def ticks(limits: tuple[float, float], scale: Scale) -> tuple[Array, list[str]]:
    """Positions of the ticks on the drawn scale, and their labels.

    Args:
        limits: the ends of the axis, on the drawn scale.
        scale: the transform from the drawn scale to the labels.

    >>> from partialpool.effects.scales import scale
    >>> ticks((-2.5, 0.5), scale("exp"))[1]
    ['0.1', '0.2', '0.5', '1']
    """
    ends = shown(limits, scale)
    evenly = [_inside(values, ends) for values in _candidates(*ends, ratio=scale.name == "exp")]
    found = _usual(evenly)
    if scale.name in _LADDERS:
        sets = [values for values in evenly if _FEWEST <= len(values) <= _MOST]
        sets.append(_rungs(limits, scale))
        found = next((values for values in sets if _well_spread(values, limits, scale)), found)
    with np.errstate(divide="ignore"):
        at = scale.backward(found)
    keep = np.isfinite(at)
    return at[keep], [f"{value:.10g}".replace("-", "\N{MINUS SIGN}") for value in found[keep]]


def ticks_with_room(
    limits: tuple[float, float], scale: Scale, length: float, size: float, *, upright: bool = False
) -> tuple[Array, list[str]]:
    """Ticks whose labels do not touch: all, every second or every fourth, and so on; position 0 is kept.

    Args:
        limits: the ends of the axis, on the drawn scale.
        scale: the transform from the drawn scale to the labels.
        length: length of the axis in points.
        size: size of the type in points.
        upright: whether the axis is vertical.
    """
    at, names = ticks(limits, scale)
    taken = np.array([size if upright else points_wide(name, size) + _FREE * size for name in names])
    points, places = at * length / abs(limits[1] - limits[0]), np.arange(len(at))
    while len(places) > 2:
        needed = 0.5 * (taken[places][1:] + taken[places][:-1])
        if np.all(np.diff(points[places]) >= needed):
            break
        places = places[int(np.argmin(np.abs(at[places]))) % 2 :: 2]
    return at[places], [names[place] for place in places]


def _inside(values: Array, ends: tuple[float, float]) -> Array:
    return values[(values >= ends[0]) & (values <= ends[1])]


def _usual(sets: Sequence[Array]) -> Array:
    """The first set with 4 to 8 ticks; else the set whose number is nearest to 8."""
    few_enough = (values for values in sets if _FEWEST <= len(values) <= _MOST)
    return next(few_enough, min(sets, key=lambda values: (not len(values), abs(len(values) - _MOST))))


def _well_spread(values: Array, limits: tuple[float, float], scale: Scale) -> bool:
    """Whether ticks are not too close, and leave no long part of the axis without a tick."""
    (low, high), at = limits, scale.backward(values)
    gaps, parts = np.diff(at), np.diff(np.concatenate([[low], at, [high]]))
    return len(at) > 1 and bool(gaps.min() >= _CLOSE * (high - low) and parts.max() <= _FAR * (high - low))


def _rungs(limits: tuple[float, float], scale: Scale) -> Array:
    """Ticks of a bounded scale, such as 0, 0.5, 0.9 and 0.99; rounder numbers take precedence where room is scarce."""
    low, high = limits
    taken: list[tuple[float, float]] = []
    for value in _inside(_LADDERS[scale.name], shown(limits, scale)).tolist():
        at = float(scale.backward(np.array(value)))
        if all(abs(at - other) >= 2.0 * _CLOSE * (high - low) for other, _ in taken):
            taken.append((at, value))
    return np.array([value for _, value in sorted(taken)])


def _ladder(middle: float, wide: float) -> Array:
    """Candidate ticks of a bounded scale: its middle, then numbers at 1, 5 and 2 times powers of ten from its ends."""
    steps = [m * 10.0**-k for m in (1.0, 5.0, 2.0) for k in range(1, _DECADES + 1) if m * 10.0**-k < wide - middle]
    rungs = [round(end, _DECADES) for step in steps for end in (wide - step, 2.0 * middle - wide + step)]
    return np.array([middle, *rungs])


_LADDERS: Mapping[str, Array] = {"tanh": _ladder(0.0, 1.0), "expit": _ladder(0.5, 1.0)}


def _candidates(low: float, high: float, *, ratio: bool) -> Iterator[Array]:
    """Yield sets of round numbers: for ratios 1, 2, 5, 10; 1, 3, 10; powers of 2; powers of 10; then evenly spaced."""
    if ratio and high > 1.5 * low:
        first, last = np.floor(np.log10(low)) - 1.0, np.ceil(np.log10(high)) + 1.0
        decades = 10.0 ** np.arange(first, last + 1.0)
        yield np.sort(np.concatenate([decades, 2.0 * decades, 5.0 * decades]))
        yield np.sort(np.concatenate([decades, 3.0 * decades]))
        yield 2.0 ** np.arange(np.floor(np.log2(low)), np.ceil(np.log2(high)) + 1.0)
        for step in (1, 2, 3, 4, 6):
            powers = np.arange(-step * 60, step * 60 + 1, step)
            yield 10.0 ** powers[(powers >= first) & (powers <= last)]
    from matplotlib.ticker import MaxNLocator

    for most in (5, 7, 9):
        yield np.asarray(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
