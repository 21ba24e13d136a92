"""Round numbers at the ticks of an axis that is drawn on one scale and labelled on another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from partialpool.errors import RequestError
from partialpool.scales import Scale
from partialpool.special import Array

_FEWEST, _MOST = 4, 8


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
    """Where ticks stand on the axis, and what is written at them.

    Args:
        limits: the ends of the axis, in what is drawn.
        scale: what is written is a function of what is drawn.

    >>> from partialpool.scales import scale
    >>> ticks((-2.5, 0.5), scale("exp"))[1]
    ['0.1', '0.2', '0.5', '1']
    """
    low, high = shown(limits, scale)
    found = np.array([])
    for values in _candidates(low, high, ratio=scale.name == "exp"):
        inside = values[(values >= low) & (values <= high)]
        if _FEWEST <= len(inside) <= _MOST:
            found = inside
            break
        if not len(found) or abs(len(inside) - _MOST) < abs(len(found) - _MOST):
            found = inside
    with np.errstate(divide="ignore"):
        at = scale.backward(found)
    keep = np.isfinite(at)
    return at[keep], [f"{value:.10g}".replace("-", "\N{MINUS SIGN}") for value in found[keep]]


def _candidates(low: float, high: float, *, ratio: bool) -> Iterator[Array]:
    """Sets of round numbers: of a ratio 1, 2, 5, 10, then powers of 2 and of 10; else evenly spaced."""
    if ratio and high > 1.5 * low:
        first, last = np.floor(np.log10(low)) - 1.0, np.ceil(np.log10(high)) + 1.0
        decades = 10.0 ** np.arange(first, last + 1.0)
        yield np.sort(np.concatenate([decades, 2.0 * decades, 5.0 * decades]))
        yield 2.0 ** np.arange(np.floor(np.log2(low)), np.ceil(np.log2(high)) + 1.0)
        for step in (1, 2, 3, 4, 6):
            powers = np.arange(-step * 60, step * 60 + 1, step)
            yield 10.0 ** powers[(powers >= first) & (powers <= last)]
    from matplotlib.ticker import MaxNLocator

    for most in (5, 7, 9):
        yield np.asarray(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
