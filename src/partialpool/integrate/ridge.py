"""The ridge of a density over the plane: for each x the y where it is highest, and its width there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from partialpool.integrate.line import stretched
from partialpool.special import Array, without_nan

LogDensity = Callable[[Array, Array], Array]
Growing = Callable[[Array, Array], Sequence[tuple[int, Array]]]  # powers that have means, and logs of what grows

_STEPS = 60
_PATIENCE = 8
_HOPELESS = 200.0  # a row that stays this far below the others cannot matter
_NEAR = 0.1  # finite differences are taken this far apart, in units of the width
_CLOSE = 0.15
WIDEST = 1.5  # logs and logits, which the coordinates are, vary on a scale of one, however wide a plateau is
_LEVEL = 1e-3  # heights this near are level: the top of a peak is flat, and noisy
_NARROWEST = 0.01  # a first look shows no width below this, in units of the one that was looked for
_MOST_GAINED = 4.0  # twice the height that a step is trusted to gain
_BESIDE = np.array([[-1.0], [0.0], [1.0]])
_LOOK = stretched(np.arange(-8.0, 8.5, 0.5))  # where to look first, in units of the width


def nothing(_x: Array, _y: Array) -> Sequence[tuple[int, Array]]:
    """Nothing that grows is asked about."""
    return ()


def standing(height: Array, grown: Sequence[tuple[int, Array]] = ()) -> Array:
    """How far each log density is below the highest, or a growing power times it below its own highest, if less.

    Each power by itself: the mean of one may live where that of another, which is larger by far, has nothing.
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
    """The highest point at each x: a first look about y, then Newton steps that never go downhill.

    Returns the points, their widths, 1/sqrt(-second derivative), and their heights. They only place the nodes of a
    rule that converges wherever these are, so that a seventh of a width is near enough.

    A row that cannot matter, for the density or for a growing function, or that does not arrive, is given up, and its
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
    """The same, roughly: the first look and one step."""
    y, width = _seen(log_density, x, y, width)
    height, step, width, _ = _newton(log_density, x, y, width)
    return y + step, np.minimum(width, WIDEST), height + 0.5 * np.minimum((step / width) ** 2, _MOST_GAINED)


def _seen(log_density: LogDensity, x: Array, y: Array, width: Array) -> tuple[Array, Array]:
    """Roughly the top of each row and its width, by the parabola through the highest of a few points."""
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
    """Height, step to take, new width, and whether the step is already negligible."""
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
    """np.clip, in half of its time for arrays as short as these."""
    return np.minimum(np.maximum(value, low), high)


def _tamed(value: Array, highest: float) -> Array:
    """Numbers only: 0 for what is none, and large ones for infinite ones."""
    finite = np.isfinite(value).all()
    return value if finite else np.nan_to_num(value, nan=0.0, posinf=highest, neginf=-1e300)
