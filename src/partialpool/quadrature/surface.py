"""A density over the plane on a grid for pictures, with the marginal densities of both coordinates.

The grid includes the highest point. `partialpool.quadrature.shown` has the coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import RequestError
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.shown import DROP, Bounds, Grid, Seen, Separately, Side, Together, axis, scale
from partialpool.special import Array, without_nan

_RISING = 0.1  # if the density rises by more than e^0.1 beyond where there is probability, it has no highest point
_STEP = 1e-3  # step of finite differences at the top, in units of the scale


@dataclass(frozen=True)
class Surface:
    """A normalised density at the points of a grid that includes its highest point, and both marginal densities.

    x, y, density: (points of u, points of v).
    """

    names: tuple[str, str]
    x: Array
    y: Array
    density: Array
    beside: tuple[Side, Side]
    lattice: Lattice

    def closer(self, least: float, fineness: int) -> tuple[Array, Array, Array]:
        """Return x, y and the density on a finer grid over the part where the density is not small.

        Args:
            least: the part holds every point whose density is more than this share of the highest.
            fineness: the finer grid has at least so many points in either direction.
        """
        live = self.density > least * self.density.max()
        u = _finer(self.lattice.u, live.any(axis=1), fineness)
        v = _finer(self.lattice.v, live.any(axis=0), fineness)
        return self.lattice.shown_at(u, v)


@dataclass(frozen=True)
class Lattice:
    """The coordinates u and v of a grid, and a function that evaluates the density at other points.

    shown_at(u, v): x, y and the density, each (points of u, points of v).
    """

    u: Array
    v: Array
    shown_at: Callable[[Array, Array], tuple[Array, Array, Array]]


def surface(
    log_density: LogDensity, seen: Seen, bounds: tuple[Bounds, Bounds], shown: Separately | Together
) -> Surface:
    """Evaluate a density on a grid around its highest point.

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

    def shown_at(u: Array, v: Array) -> tuple[Array, Array, Array]:
        every_u, every_v = np.meshgrid(u, v, indexing="ij")
        density = np.exp(log_height(u[:, None], v[None, :]) - shown.log_slope(every_u, every_v))
        return *shown.values(every_u, every_v), density

    beside, lattice = shown.beside(grid, log_height), Lattice(grid.u, grid.v, shown_at)
    return Surface(shown.names, *shown_at(grid.u, grid.v), beside, lattice)


def _finer(points: Array, live: NDArray[np.bool_], fineness: int) -> Array:
    """The points from the first live one to the last, with one more at either end, evenly subdivided."""
    places = np.flatnonzero(live)
    first, last = max(int(places[0]) - 1, 0), min(int(places[-1]) + 1, len(points) - 1)
    between = max(1, int(np.ceil(fineness / max(last - first, 1))))
    at = np.arange(first * between, last * between + 1) / between
    return np.interp(at, np.arange(len(points)), points)


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
    """The highest point of the displayed density; if it rises towards a corner, the highest point seen."""
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
    """Find the highest point by a simplex search, then by Newton's method where the top is smooth."""
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
    """The Newton step from finite differences at the nine points about `at`; NaN where they have no minimum."""
    e = np.array([-_STEP, 0.0, _STEP])
    f = np.array([[depth(at + np.array([a, b])) for b in e] for a in e])
    slope = np.array([f[2, 1] - f[0, 1], f[1, 2] - f[1, 0]]) / (2.0 * _STEP)
    bend = np.array([f[2, 1] - 2.0 * f[1, 1] + f[0, 1], f[1, 2] - 2.0 * f[1, 1] + f[1, 0]])
    cross = 0.25 * (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0])
    hessian = np.array([[bend[0], cross], [cross, bend[1]]]) / _STEP**2
    if not (np.isfinite(hessian).all() and bend[0] > 0.0 and np.linalg.det(hessian) > 0.0):
        return np.full(2, np.nan)
    return np.asarray(-np.linalg.solve(hessian, slope), dtype=float)
