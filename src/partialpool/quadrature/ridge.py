"""The ridge of a density over the plane: for each x, the y of the highest density, and the width of the peak there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.quadrature.line import stretched
from partialpool.special import Array, without_nan

LogDensity = Callable[[Array, Array], Array]
Growing = Callable[[Array, Array], Sequence[tuple[int, Array]]]  # (power, log of a growing quantity)

_STEPS = 60
_PATIENCE = 8  # steps before rows may be given up
_HOPELESS = 200.0  # a row that stays this far below the others cannot matter
_NEAR = 0.1  # spacing of finite differences, in units of the width
_CLOSE = 0.15  # a step below this, in units of the width, has arrived
WIDEST = 1.5  # logs and logits, which the coordinates are, vary on a scale of one, however wide a plateau is
_LEVEL = 1e-3  # heights that differ by less count as equal: the top of a peak is flat, and noisy
_NARROWEST = 0.01  # least width from the first look, in units of the width that it was given
_MOST_GAINED = 4.0  # twice the largest gain in height with which a step is credited
_BESIDE = np.array([[-1.0], [0.0], [1.0]])
_LOOK = stretched(np.arange(-8.0, 8.5, 0.5))  # offsets of the first look, in units of the width


def nothing(_x: Array, _y: Array) -> Sequence[tuple[int, Array]]:
    """The empty set of growing quantities."""
    return ()


def standing(height: Array, grown: Sequence[tuple[int, Array]] = ()) -> Array:
    """Log density relative to its maximum or, if higher, that of a growing power times it relative to its own maximum.

    Each power is compared with its own maximum: the mean of one may live where that of a larger one has no mass.
    """
    best = _below_top(height)
    for power, log_value in grown:
        best = np.maximum(best, _below_top(height + power * log_value))
    return best


def _below_top(height: Array) -> Array:
    top = height.max()
    return height - top if np.isfinite(top) else np.zeros_like(height)


def ridge(
    log_density: LogDensity, x: Array, y: Array, width: Array, growing: Growing = nothing
) -> tuple[Array, Array, Array]:
    """Climb to the highest point at each x: a first look around y, then Newton steps that never go downhill.

    Returns the points, their widths 1/sqrt(-second derivative), and their heights. They only place the nodes of a
    rule that converges wherever these are, so that an accuracy of a seventh of a width is enough.

    A row that matters neither to the density nor to a growing quantity, or that does not arrive, is given up: its
    height is -infinity.
    """
    y, width = _seen(log_density, x, np.asarray(y, dtype=float), np.asarray(width, dtype=float))
    here, last = y.copy(), np.zeros_like(y)  # the best point so far, and the step that led away from it
    height = np.full(y.shape, -np.inf)
    active, given_up = np.arange(len(x)), np.zeros(y.shape, dtype=bool)
    for count in range(_STEPS):
        new, step, new_width, done = _newton(log_density, x[active], y[active], width[active])
        uphill = (new >= height[active] - _LEVEL) | (last[active] == 0.0)
        up, down = active[uphill], active[~uphill]
        here[up], height[up], width[up] = y[up], new[uphill], new_width[uphill]
        last[up], last[down] = step[uphill], 0.25 * last[down]
        width[down] *= 0.5
        y[active] = here[active] + last[active]
        finished = done & uphill
        if count >= _PATIENCE:
            hopeless = standing(height, growing(x, here))[active] < -_HOPELESS
            given_up[active[hopeless & ~finished]] = True
            finished |= hopeless
        active = active[~finished]
        if not len(active):
            break
    given_up[active] = True
    return here, np.minimum(width, WIDEST), np.where(given_up, -np.inf, height)


def glimpse(log_density: LogDensity, x: Array, y: Array, width: Array) -> tuple[Array, Array, Array]:
    """Approximate the ridge by the first look and one Newton step: positions, widths and heights."""
    y, width = _seen(log_density, x, y, width)
    height, step, width, _ = _newton(log_density, x, y, width)
    return y + step, np.minimum(width, WIDEST), height + 0.5 * np.minimum((step / width) ** 2, _MOST_GAINED)


def _seen(log_density: LogDensity, x: Array, y: Array, width: Array) -> tuple[Array, Array]:
    """Approximate position and width of the top of each row, by the parabola through the highest of a few points."""
    at = y[:, None] + width[:, None] * _LOOK
    height = without_nan(log_density(x[:, None], at))
    rows, highest = np.arange(len(x)), height.argmax(axis=1)
    best = np.minimum(np.maximum(highest, 1), len(_LOOK) - 2)
    left, right = at[rows, best] - at[rows, best - 1], at[rows, best + 1] - at[rows, best]
    middle = height[rows, best]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        rise, fall = (middle - height[rows, best - 1]) / left, (height[rows, best + 1] - middle) / right
        bend = 2.0 * (rise - fall) / (left + right)
        top = at[rows, best] + _within((rise * right + fall * left) / (left + right) / bend, -left, right)
        sharp = _within(1.0 / np.sqrt(bend), 0.25 * np.minimum(left, right), left + right)
    peak = (bend > 0.0) & np.isfinite(top)
    top = np.where(peak, top, at[rows, highest])
    return top, np.maximum(np.where(peak, sharp, left + right), _NARROWEST * width)


def _newton(log_density: LogDensity, x: Array, y: Array, width: Array) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """One Newton step: height, step to take, new width, and whether the step is already negligible."""
    near = _NEAR * width
    low, middle, high = log_density(x[None, :], y + near * _BESIDE)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        slope = _tamed((high - low) / (2.0 * near), 1e300)
        bend = _tamed((high - 2.0 * middle + low) / near**2, 0.0)
        curved = bend < -1e-12 * (np.abs(slope) / width + 1e-300)
        sharp = _within(1.0 / np.sqrt(-bend), width / 8.0, width * 8.0)
        newton = _within(-slope / bend, -4.0 * width, 4.0 * width)
    new_width = np.where(curved, sharp, 2.0 * width)
    step = np.where(curved, newton, np.sign(slope) * 2.0 * width)
    settled = (new_width > 0.5 * width) & (new_width < 2.0 * width)
    return without_nan(middle), step, new_width, (np.abs(step) < _CLOSE * width) & settled


def _within(value: Array, low: Array, high: Array) -> Array:
    """Clip values; for arrays as short as these this takes half the time of np.clip."""
    return np.minimum(np.maximum(value, low), high)


def _tamed(value: Array, highest: float) -> Array:
    """Replace NaN by 0 and infinite values by large finite ones."""
    finite = np.isfinite(value).all()
    return value if finite else np.nan_to_num(value, nan=0.0, posinf=highest, neginf=-1e300)
