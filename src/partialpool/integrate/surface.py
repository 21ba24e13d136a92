"""A density over the plane on a grid about its highest point, with the densities of either coordinate: for looking at.

The grid is stretched, u = centre + scale sinh(g t)/g with equally spaced t, so that a few points reach into long tails,
and the trapezoid rule over it is good to far more digits than an eye sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.errors import RequestError
from partialpool.integrate.line import log_stretch, stretched, unstretched
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, without_nan

_POINTS = 160
_DROP = 18.0  # the grid ends where the density has fallen by e^-18
_INSIDE = 1e-9  # how far within a bound the grid ends, in units of its scale
_RISING = 0.1  # a density that rises by more than e^0.1 beyond where there is probability has no limit there
_STEP = 1e-3  # of differences at the top, in units of the scale

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Shown:
    """A coordinate as it is shown: an increasing function of the one that the grid is laid in, and log of its slope."""

    name: str
    value: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]


def unchanged(name: str) -> Shown:
    """The coordinate itself."""
    return Shown(name, lambda u: u, np.zeros_like)


def exponential(name: str) -> Shown:
    """A parameter whose log is the coordinate."""
    return Shown(name, np.exp, lambda u: u)


@dataclass(frozen=True)
class Separately:
    """The coordinates u and v shown each by itself."""

    one: Shown
    other: Shown

    @property
    def names(self) -> tuple[str, str]:
        """The names of what is shown."""
        return self.one.name, self.other.name

    def values(self, u: Array, v: Array) -> tuple[Array, Array]:
        """What is shown at u and v."""
        return self.one.value(u), self.other.value(v)

    def log_slope(self, u: Array, v: Array) -> Array:
        """Log of the area of what is shown for a unit of area of u and v."""
        return self.one.log_slope(u) + self.other.log_slope(v)

    def beside(self, grid: Grid, log_height: LogDensity) -> tuple[Side, Side]:
        """The densities of what is shown for u alone, and for v alone."""
        u, v, du, dv = grid.u, grid.v, grid.du, grid.dv
        height = np.exp(log_height(u[:, None], v[None, :]))
        one = Side(self.one.value(u), (height @ dv) / np.exp(self.one.log_slope(u)))
        return one, Side(self.other.value(v), (du @ height) / np.exp(self.other.log_slope(v)))


@dataclass(frozen=True)
class Together:
    """Two positive parameters x and y of both u and v: log x = v + f(u) and log y = v + g(u), where f(u) - g(u) = u.

    The Jacobian of (log x, log y) with respect to (u, v) is then 1.

    Attributes:
        names: of x and y.
        logs: f and g.
    """

    names: tuple[str, str]
    logs: tuple[Callable[[Array], Array], Callable[[Array], Array]]

    def values(self, u: Array, v: Array) -> tuple[Array, Array]:
        """What is shown at u and v."""
        f, g = self.logs
        return np.exp(v + f(u)), np.exp(v + g(u))

    def log_slope(self, u: Array, v: Array) -> Array:
        """Log of the area of what is shown for a unit of area of u and v: log(x y)."""
        f, g = self.logs
        return 2.0 * v + f(u) + g(u)

    def beside(self, grid: Grid, log_height: LogDensity) -> tuple[Side, Side]:
        """The density of either parameter alone: p(log x) = integral of p(u, log x - f(u)) du."""
        f, g = self.logs
        return self._side(f, grid, log_height), self._side(g, grid, log_height)

    def _side(self, log: Callable[[Array], Array], grid: Grid, log_height: LogDensity) -> Side:
        seen = grid.seen.v + log(grid.seen.u)
        live = log_height(grid.seen.u, grid.seen.v) > grid.log_top - _DROP
        reach = float(np.min(seen[live])), float(np.max(seen[live]))
        centre = float(grid.top[1] + log(np.array(grid.top[0])))
        at, _ = _axis(centre, _scale(seen, grid.seen.log_p), reach, (-np.inf, np.inf))
        height = np.exp(log_height(grid.u[None, :], at[:, None] - log(grid.u)[None, :]))
        return Side(np.exp(at), (height @ grid.du) / np.exp(at))


@dataclass(frozen=True)
class Side:
    """The density of one of the two coordinates alone, at increasing values."""

    value: Array
    density: Array


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


@dataclass(frozen=True)
class Grid:
    """The points that a density is worked out at, and the weights of the trapezoid rule.

    Attributes:
        seen: points that show where the density lives.
        top: the u and v of the highest point.
        log_top: log of the largest density with respect to du dv among the points seen.
    """

    u: Array
    v: Array
    du: Array
    dv: Array
    seen: Seen
    top: Bounds
    log_top: float


@dataclass(frozen=True)
class Seen:
    """Weighted points that show where a density lives."""

    u: Array
    v: Array
    log_p: Array


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

    scales = _scale(seen.u, seen.log_p), _scale(seen.v, seen.log_p)
    heights = log_height(seen.u, seen.v)
    live = heights > np.max(heights) - _DROP
    top = _top(as_shown, log_height, (seen.u[live], seen.v[live]), scales, np.max(heights), shown.names)
    (u, du), (v, dv) = (
        _axis(at, scale, (float(np.min(values)), float(np.max(values))), ends)
        for at, scale, values, ends in zip(top, scales, (seen.u[live], seen.v[live]), bounds, strict=True)
    )
    return Grid(u, v, du, dv, seen, top, float(np.max(heights)))


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
    if log_height(*at) > log_most - _DROP:
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


def _scale(values: Array, log_p: Array) -> float:
    """Half the width of the middle two thirds."""
    order = np.argsort(values)
    p = np.exp(log_p[order])
    low, high = np.interp(np.array([0.16, 0.84]) * p.sum(), np.cumsum(p) - 0.5 * p, values[order])
    return max(0.5 * float(high - low), 1e-9 * (1.0 + abs(float(low))))


def _axis(centre: float, scale: float, reach: Bounds, bounds: Bounds) -> tuple[Array, Array]:
    """Points of one coordinate, the centre among them, and the weights of the trapezoid rule."""
    ends, steps = [], []
    for way, far, bound in ((-1.0, reach[0], bounds[0]), (1.0, reach[1], bounds[1])):
        end = max(way * (far - centre), 0.1 * scale)
        closed = end > 0.9 * way * (bound - centre)
        end = max(way * (bound - centre) - _INSIDE * scale, 0.0) if closed else end
        ends.append((float(unstretched(np.array(end / scale))), closed))
    usual = (ends[0][0] + ends[1][0]) / _POINTS
    counts = [int(np.ceil(end / usual - 1e-9)) for end, _ in ends]
    steps = [end / count if closed and count else 0.0 for (end, closed), count in zip(ends, counts, strict=True)]
    left, right = steps[0] or steps[1] or usual, steps[1] or steps[0] or usual
    t = np.concatenate([-left * np.arange(counts[0], 0, -1), right * np.arange(counts[1] + 1)])
    gaps = np.diff(t)
    weight = 0.5 * (np.append(gaps, 0.0) + np.append(0.0, gaps))
    return centre + scale * stretched(t), weight * scale * np.exp(log_stretch(t))
