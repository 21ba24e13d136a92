"""Coordinates in which a density over the plane is shown, and the density of either coordinate alone.

The grid is stretched, u = centre + scale sinh(g t)/g with equally spaced t, so that a few points reach into long tails,
and the trapezoid rule over it is far more accurate than a picture shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.quadrature.line import log_stretch, stretched, unstretched
from partialpool.quadrature.ridge import LogDensity
from partialpool.special import Array, Index

_POINTS = 160  # about how many points a coordinate has
_EVEN, _BEFORE, _BEYOND = 161, 60, 40  # numbers of points of a positive parameter in `up_to`
DROP = 18.0  # the grid ends where the density has fallen by e^-18
_INSIDE = 1e-9  # distance between a bound and the end of the grid, in units of the scale

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Grid:
    """Grid points at which a density is evaluated, with the weights of the trapezoid rule.

    Attributes:
        ends: the open interval of v outside which the density is zero.
        seen: points that show where the density lives.
        top: the u and v of the highest point.
        log_top: log of the largest density with respect to du dv among the points seen.
    """

    u: Array
    v: Array
    du: Array
    dv: Array
    ends: Bounds
    seen: Seen
    top: Bounds
    log_top: float


@dataclass(frozen=True)
class Seen:
    """Weighted points that show where a density has its mass."""

    u: Array
    v: Array
    log_p: Array


@dataclass(frozen=True)
class Side:
    """The marginal density of one coordinate, at increasing values."""

    value: Array
    density: Array


@dataclass(frozen=True)
class Shown:
    """A displayed coordinate: an increasing function of the grid's coordinate, with the log of its slope."""

    name: str
    value: Callable[[Array], Array]
    log_slope: Callable[[Array], Array]


def unchanged(name: str) -> Shown:
    """Display the coordinate itself."""
    return Shown(name, lambda u: u, np.zeros_like)


def exponential(name: str) -> Shown:
    """Display the exponential of the coordinate, for a parameter whose log is the coordinate."""
    return Shown(name, np.exp, lambda u: u)


@dataclass(frozen=True)
class Separately:
    """Displayed coordinates of which one is a function of u alone and the other of v alone."""

    one: Shown
    other: Shown

    @property
    def names(self) -> tuple[str, str]:
        """The names of the displayed coordinates."""
        return self.one.name, self.other.name

    def values(self, u: Array, v: Array) -> tuple[Array, Array]:
        """The displayed coordinates at u and v."""
        return self.one.value(u), self.other.value(v)

    def log_slope(self, u: Array, v: Array) -> Array:
        """Log Jacobian determinant of the displayed coordinates with respect to (u, v)."""
        return self.one.log_slope(u) + self.other.log_slope(v)

    def beside(self, grid: Grid, log_height: LogDensity) -> tuple[Side, Side]:
        """The marginal densities of both displayed coordinates."""
        u, v, du, dv = grid.u, grid.v, grid.du, grid.dv
        height = np.exp(log_height(u[:, None], v[None, :]))
        one = Side(self.one.value(u), (height @ dv) / np.exp(self.one.log_slope(u)))
        return one, Side(self.other.value(v), (du @ height) / np.exp(self.other.log_slope(v)))


@dataclass(frozen=True)
class Together:
    """Two positive parameters x and y of both u and v: log x = v + f(u) and log y = v + g(u), where f(u) - g(u) = u.

    The Jacobian of (log x, log y) with respect to (u, v) is then 1.

    Attributes:
        names: names of x and y.
        logs: the functions f and g.
    """

    names: tuple[str, str]
    logs: tuple[Callable[[Array], Array], Callable[[Array], Array]]

    def values(self, u: Array, v: Array) -> tuple[Array, Array]:
        """The displayed parameters x and y at u and v."""
        f, g = self.logs
        return np.exp(v + f(u)), np.exp(v + g(u))

    def log_slope(self, u: Array, v: Array) -> Array:
        """Log Jacobian determinant of (x, y) with respect to (u, v), which is log(x y)."""
        f, g = self.logs
        return 2.0 * v + f(u) + g(u)

    def beside(self, grid: Grid, log_height: LogDensity) -> tuple[Side, Side]:
        """The marginal densities of x and y: p(log x) = integral of p(u, log x - f(u)) du, and likewise for y."""
        f, g = self.logs
        return self._side(f, grid, log_height), self._side(g, grid, log_height)

    def _side(self, log: Callable[[Array], Array], grid: Grid, log_height: LogDensity) -> Side:
        seen = grid.seen.v + log(grid.seen.u)
        live = log_height(grid.seen.u, grid.seen.v) > grid.log_top - DROP
        reach = float(np.min(seen[live])), float(np.max(seen[live]))
        centre = float(grid.top[1] + log(np.array(grid.top[0])))
        at, _ = axis(centre, scale(seen, grid.seen.log_p), reach, (-np.inf, np.inf))
        u, du = (grid.u[None, :], grid.du) if np.isinf(grid.ends).all() else _cut(grid, at[:, None] - log(grid.u))
        inset = _INSIDE * scale(grid.seen.v, grid.seen.log_p)
        v = np.clip(at[:, None] - log(u), grid.ends[0] + inset, grid.ends[1] - inset)
        return Side(np.exp(at), np.sum(np.exp(log_height(u, v)) * du, axis=1) / np.exp(at))


def _cut(grid: Grid, v: Array) -> tuple[Array, Array]:
    """For each row of v, points of u that end where v leaves its interval, and trapezoid weights: (rows, points)."""
    inside = np.minimum(v - grid.ends[0], grid.ends[1] - v)
    within, columns = inside > 0.0, np.arange(v.shape[1])
    first = np.argmax(within, axis=1)
    last = columns[-1] - np.argmax(within[:, ::-1], axis=1)

    def edge(here: Index, beyond: Index) -> Array:
        rows, beyond = np.arange(len(v)), np.clip(beyond, 0, columns[-1])
        a, b = inside[rows, here], inside[rows, beyond]
        share = np.where((a > 0.0) & (b < 0.0), a / np.where(a == b, 1.0, a - b), 1.0)
        return grid.u[here] + share * (grid.u[beyond] - grid.u[here])

    u = np.clip(grid.u[None, :], edge(first, first - 1)[:, None], edge(last, last + 1)[:, None])
    gaps = np.diff(u, axis=1, prepend=u[:, :1], append=u[:, -1:])
    return u, 0.5 * (gaps[:, 1:] + gaps[:, :-1]) * np.any(within, axis=1)[:, None]


def scale(values: Array, log_p: Array) -> float:
    """Half the distance between the 16 % and 84 % quantiles of weighted points."""
    order = np.argsort(values)
    p = np.exp(log_p[order])
    low, high = np.interp(np.array([0.16, 0.84]) * p.sum(), np.cumsum(p) - 0.5 * p, values[order])
    return max(0.5 * float(high - low), 1e-9 * (1.0 + abs(float(low))))


def axis(centre: float, scale: float, reach: Bounds, bounds: Bounds) -> tuple[Array, Array]:
    """Points of one stretched coordinate, the centre among them, with the weights of the trapezoid rule."""
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


def up_to(first: float, low: float, most: float, last: float) -> Array:
    """Points at which to show a positive parameter: evenly spaced up to `most`, then ever farther apart.

    Where the parameter is known so well that its mass takes less than half of the way from 0, most points lie there.

    Args:
        first: the first point.
        low: a point with next to no mass below it.
        most: a point with little mass above it.
        last: a point with next to no mass above it.
    """
    even = np.linspace(first, most, _EVEN)
    if low > most - low:
        even = np.concatenate(
            [np.linspace(first, low, _BEFORE, endpoint=False), np.linspace(low, most, _EVEN - _BEFORE)]
        )
    return np.concatenate([even, np.geomspace(most, last, _BEYOND + 1)[1:]])
