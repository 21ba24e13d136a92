"""Coordinates in which a density over the plane is shown, and the density of either coordinate alone.

The grid is stretched, u = centre + scale sinh(g t)/g with equally spaced t, so that a few points reach into long tails,
and the trapezoid rule over it is good to far more digits than an eye sees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.integrate.line import log_stretch, stretched, unstretched
from partialpool.integrate.ridge import LogDensity
from partialpool.special import Array, Index

_POINTS = 160
_EVEN, _BEFORE, _BEYOND = 161, 60, 40  # points of a positive parameter
DROP = 18.0  # the grid ends where the density has fallen by e^-18
_INSIDE = 1e-9  # how far within a bound the grid ends, in units of its scale

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Grid:
    """The points that a density is worked out at, and the weights of the trapezoid rule.

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
    """Weighted points that show where a density lives."""

    u: Array
    v: Array
    log_p: Array


@dataclass(frozen=True)
class Side:
    """The density of one of the two coordinates alone, at increasing values."""

    value: Array
    density: Array


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
        live = log_height(grid.seen.u, grid.seen.v) > grid.log_top - DROP
        reach = float(np.min(seen[live])), float(np.max(seen[live]))
        centre = float(grid.top[1] + log(np.array(grid.top[0])))
        at, _ = axis(centre, scale(seen, grid.seen.log_p), reach, (-np.inf, np.inf))
        u, du = (grid.u[None, :], grid.du) if np.isinf(grid.ends).all() else _cut(grid, at[:, None] - log(grid.u))
        inset = _INSIDE * scale(grid.seen.v, grid.seen.log_p)
        v = np.clip(at[:, None] - log(u), grid.ends[0] + inset, grid.ends[1] - inset)
        return Side(np.exp(at), np.sum(np.exp(log_height(u, v)) * du, axis=1) / np.exp(at))


def _cut(grid: Grid, v: Array) -> tuple[Array, Array]:
    """For each row of v, points of u that end where v leaves its interval, and the weights of the trapezoid rule."""
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
    """Half the width of the middle two thirds."""
    order = np.argsort(values)
    p = np.exp(log_p[order])
    low, high = np.interp(np.array([0.16, 0.84]) * p.sum(), np.cumsum(p) - 0.5 * p, values[order])
    return max(0.5 * float(high - low), 1e-9 * (1.0 + abs(float(low))))


def axis(centre: float, scale: float, reach: Bounds, bounds: Bounds) -> tuple[Array, Array]:
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


def up_to(first: float, low: float, most: float, last: float) -> Array:
    """Where to look at a positive parameter: evenly up to nearly all of it, then ever less closely.

    Where it is known so well that it takes less than half of the way from 0, most of the points are there.

    Args:
        first: the first point.
        low: what next to nothing lies below,
        most: what little lies above, and
        last: what next to nothing lies above.
    """
    even = np.linspace(first, most, _EVEN)
    if low > most - low:
        even = np.concatenate(
            [np.linspace(first, low, _BEFORE, endpoint=False), np.linspace(low, most, _EVEN - _BEFORE)]
        )
    return np.concatenate([even, np.geomspace(most, last, _BEYOND + 1)[1:]])
