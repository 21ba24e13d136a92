"""A density over the plane on a grid about its highest point, with the densities of either coordinate: for looking at.

`partialpool.integrate.shown` has the coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.errors import RequestError
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.shown import DROP, Bounds, Grid, Seen, Separately, Side, Together, axis, scale
from partialpool.special import Array, without_nan

_RISING = 0.1  # a density that rises by more than e^0.1 beyond where there is probability has no limit there
_STEP = 1e-3  # of differences at the top, in units of the scale


@dataclass(frozen=True)
class Surface:
    """A normalised density at the points of a grid, its highest point among them, and those of x and of y alone.

    x, y, density: (points of u, points of v).
    """

    names: tuple[str, str]
    x: Array
    y: Array
    density: Array
    beside: tuple[Side, Side]


def surface(
    log_density: LogDensity, seen: Seen, bounds: tuple[Bounds, Bounds], shown: Separately | Together
) -> Surface:
    """The density on a grid.

    log_density(u, v): log of the normalised density with respect to du dv, inside the bounds.
    shown: what is shown in place of u and v; the density is with respect to these.

    Raises:
        RequestError: the density of what is shown has no highest point where there is probability.
    """

    def log_height(u: Array, v: Array) -> Array:
        with np.errstate(all="ignore"):
            inside = (u > bounds[0][0]) & (u < bounds[0][1]) & (v > bounds[1][0]) & (v < bounds[1][1])
            value = np.where(inside, log_density(u, v), -np.inf)
        return without_nan(value)

    grid = _grid(log_height, seen, bounds, shown)
    u, v = np.meshgrid(grid.u, grid.v, indexing="ij")
    density = np.exp(log_height(grid.u[:, None], grid.v[None, :]) - shown.log_slope(u, v))
    return Surface(shown.names, *shown.values(u, v), density, shown.beside(grid, log_height))


def _grid(log_height: LogDensity, seen: Seen, bounds: tuple[Bounds, Bounds], shown: Separately | Together) -> Grid:
    def as_shown(u: Array, v: Array) -> Array:
        return log_height(u, v) - shown.log_slope(u, v)

    scales = scale(seen.u, seen.log_p), scale(seen.v, seen.log_p)
    heights = log_height(seen.u, seen.v)
    live = heights > np.max(heights) - DROP
    top = _top(as_shown, log_height, (seen.u[live], seen.v[live]), scales, np.max(heights), shown.names)
    (u, du), (v, dv) = (
        axis(at, wide, (float(np.min(values)), float(np.max(values))), ends)
        for at, wide, values, ends in zip(top, scales, (seen.u[live], seen.v[live]), bounds, strict=True)
    )
    return Grid(u, v, du, dv, bounds[1], seen, top, float(np.max(heights)))


def _top(
    as_shown: LogDensity,
    log_height: LogDensity,
    live: tuple[Array, Array],
    scales: tuple[float, float],
    log_most: float,
    names: tuple[str, str],
) -> Bounds:
    """The highest point of what is shown; near a corner that the density rises to, the highest point seen."""
    values = as_shown(*live)
    best = float(live[0][np.argmax(values)]), float(live[1][np.argmax(values)])
    top = highest(as_shown, best, scales)
    at = np.array(top[0]), np.array(top[1])
    if log_height(*at) > log_most - DROP:
        return top
    if as_shown(*at) > np.max(values) + _RISING:
        one, other = names
        raise RequestError(
            f"The density of {one} and {other} has no highest point: it grows without limit where there is hardly any "
            'probability. Take other coordinates, such as "log".'
        )
    return best


def highest(log_height: LogDensity, start: tuple[float, float], scales: tuple[float, float]) -> tuple[float, float]:
    """Where the height is largest: a simplex goes there, and Newton's method does the rest where the top is smooth."""
    from scipy.optimize import minimize  # slow to load, and only pictures need it

    def depth(z: Array) -> float:
        value = -float(log_height(np.array(z[0] * scales[0]), np.array(z[1] * scales[1])))
        return value if np.isfinite(value) else 1e300

    first = np.array(start) / scales
    at = minimize(depth, first, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-12}).x
    for _ in range(3):
        move = _newton(depth, at)
        if not np.all(np.abs(move) < 0.1):
            break
        at = at + move
    return float(at[0] * scales[0]), float(at[1] * scales[1])


def _newton(depth: Callable[[Array], float], at: Array) -> Array:
    """The step to the bottom of the parabola through the nine points about `at`; NaN where it has none."""
    e = np.array([-_STEP, 0.0, _STEP])
    f = np.array([[depth(at + np.array([a, b])) for b in e] for a in e])
    slope = np.array([f[2, 1] - f[0, 1], f[1, 2] - f[1, 0]]) / (2.0 * _STEP)
    bend = np.array([f[2, 1] - 2.0 * f[1, 1] + f[0, 1], f[1, 2] - 2.0 * f[1, 1] + f[1, 0]])
    cross = 0.25 * (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0])
    hessian = np.array([[bend[0], cross], [cross, bend[1]]]) / _STEP**2
    if not (np.isfinite(hessian).all() and bend[0] > 0.0 and np.linalg.det(hessian) > 0.0):
        return np.full(2, np.nan)
    return np.asarray(-np.linalg.solve(hessian, slope), dtype=float)
