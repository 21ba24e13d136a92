"""A density over the plane on a grid about its highest point, with the densities of either coordinate: for looking at.

The grid is stretched, u = centre + scale sinh(g t)/g with equally spaced t, so that a few points reach into long tails,
and the trapezoid rule over it is good to far more digits than an eye sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.integrate.line import log_stretch, stretched, unstretched
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, without_nan

_POINTS = 160
_DROP = 18.0  # the grid ends where the density has fallen by e^-18
_INSIDE = 1e-9  # how far within a bound the grid ends, in units of its scale
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
class Surface:
    """A normalised density on a grid, its highest point among them, and the densities of x and of y alone.

    density: (points of x, points of y).
    """

    names: tuple[str, str]
    x: Array
    y: Array
    density: Array
    beside: tuple[Array, Array]


@dataclass(frozen=True)
class Seen:
    """Weighted points that show where a density lives."""

    u: Array
    v: Array
    log_p: Array


def surface(log_density: LogDensity, seen: Seen, bounds: tuple[Bounds, Bounds], shown: tuple[Shown, Shown]) -> Surface:
    """The density on a grid.

    log_density(u, v): log of the normalised density with respect to du dv, inside the bounds.
    shown: what is shown in place of u and v; the density is with respect to these.
    """

    def log_height(u: Array, v: Array) -> Array:
        with np.errstate(all="ignore"):
            inside = (u > bounds[0][0]) & (u < bounds[0][1]) & (v > bounds[1][0]) & (v < bounds[1][1])
            value = np.where(inside, log_density(u, v), -np.inf)
        return without_nan(value)

    def as_shown(u: Array, v: Array) -> Array:
        return log_height(u, v) - shown[0].log_slope(u) - shown[1].log_slope(v)

    scales = _scale(seen.u, seen.log_p), _scale(seen.v, seen.log_p)
    heights = log_height(seen.u, seen.v)
    live = heights > np.max(heights) - _DROP
    best = int(np.argmax(as_shown(seen.u, seen.v)))
    top = highest(as_shown, (float(seen.u[best]), float(seen.v[best])), scales)
    (u, du), (v, dv) = (
        _axis(at, scale, (float(np.min(values)), float(np.max(values))), ends)
        for at, scale, values, ends in zip(top, scales, (seen.u[live], seen.v[live]), bounds, strict=True)
    )
    density = np.exp(log_height(u[:, None], v[None, :]))
    slopes = np.exp(shown[0].log_slope(u)), np.exp(shown[1].log_slope(v))
    beside = (density @ dv) / slopes[0], (du @ density) / slopes[1]
    names = shown[0].name, shown[1].name
    return Surface(names, shown[0].value(u), shown[1].value(v), density / np.outer(*slopes), beside)


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
