"""Find where a density over the plane has its mass: along which ridge, and how far on either side.

Rows are lines of constant x. Each is centred on the ridge, scaled by the ridge's width there, and both directions are
stretched by x = sinh(g t)/g, which shortens exponential tails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partialpool.quadrature.line import log_stretch, stretched, unstretched
from partialpool.quadrature.ridge import WIDEST, Growing, LogDensity, glimpse, nothing, ridge, standing
from partialpool.special import Array

DROP = 45.0  # nodes are dropped where the density has fallen by e^-45
_SEARCHES = 30  # most rounds of recentring and rescaling
_FIRST = 8.0  # half-range of the first search, in units of t
_KNOWN = 100.0  # rows up to e^-100 below the highest serve as starting points for the next climb
_BIN, _NARROWEST, _FEWEST = 0.4, 1e-9, 5  # bin width in t; least width; points that a bin needs for a width of its own
_ASTRAY, _CHANGES = 3.0, 3  # distance (in u) from which a row's top is off the ridge; how often to change the ridge
_STEEPEST = 3.0  # largest slope with which the ridge is extrapolated
_A_LITTLE_MORE = 1.3  # a range that grows by less needs no new climb: beyond its ends the ridge is extrapolated
_MOST_ASIDE = 9.0  # distance from the end of a wide plateau to the centre
_WIDE = 40.0  # a density wider than this is a plateau: smooth but for its ends
_ENDS = (1e-6, 1e-3, 0.05, 0.95, 1.0 - 1e-3, 1.0 - 1e-6)  # quantiles that show how steep both ends are
_FALLEN = 20.0  # fall of the log density that counts as next to nothing
_FARTHEST = 40.0  # in units of t: sinh(16)/0.4 = 1e7 widths


@dataclass(frozen=True)
class Frame:
    """Where a density lives: centre and scale of x, the ridge as a table, and the live ranges of t and u.

    x = centre + scale stretched(t), and on a row y = ridge(x) + width(x) stretched(u). The ridge is a table
    of x, y and width. highest: the largest log density seen, including the slopes of t and u.
    """

    centre: float
    scale: float
    x: Array
    y: Array
    width: Array
    t_range: tuple[float, float] = (-_FIRST, _FIRST)
    u_range: tuple[float, float] = (-_FIRST, _FIRST)
    highest: float = -np.inf

    def place(self, t: Array) -> Array:
        return self.centre + self.scale * stretched(t)

    def near(self, x: Array) -> tuple[Array, Array]:
        """The ridge and its width at x by interpolation, and by a straight line beyond the table."""
        y = np.interp(x, self.x, self.y)
        if len(self.x) > 2:
            for end, inner, beyond in ((0, 2, x < self.x[0]), (-1, -3, x > self.x[-1])):
                slope = (self.y[end] - self.y[inner]) / (self.x[end] - self.x[inner])
                slope = max(-_STEEPEST, min(slope, _STEEPEST))
                y = np.where(beyond, self.y[end] + slope * (x - self.x[end]), y)
        return y, np.exp(np.interp(x, self.x, np.log(self.width)))


def locate(log_density: LogDensity, start: tuple[float, float, float, float], growing: Growing = nothing) -> Frame:
    """Find the density: climb its ridge, recentre and rescale until the scale settles; then survey the surroundings.

    start: x, y and rough widths of x and y, from which the search begins.
    growing(x, y): unbounded quantities whose means are wanted, so that the tails that determine these are covered too.
    """
    centre, y0, scale, width0 = start
    t = np.arange(-_FIRST, _FIRST + 0.25, 0.5)
    frame = Frame(centre, min(scale, WIDEST), np.array([centre]), np.array([y0]), np.array([width0]))
    for count in range(_SEARCHES):
        x = frame.place(t)
        first = count == 0  # the first round only shows where to search
        if first:
            y, width, height = glimpse(log_density, x, *frame.near(x))
        else:
            y, width, height = _climbed(log_density, frame, x, growing)
        if not np.isfinite(height).any():
            if first:
                continue
            return frame  # no mass in sight
        height = height + np.log(width)
        grown = growing(x, y)
        stands = standing(height + log_stretch(t), grown)
        live = stands > -DROP
        centre, scale = _bulk(x, height)
        settled = abs(centre - frame.centre) < 0.5 * scale and 0.7 < scale / frame.scale < 1.4
        open_ended = bool((live[0] and t[0] > -_FARTHEST) or (live[-1] and t[-1] < _FARTHEST))
        known = standing(height, grown) > -_KNOWN
        frame = Frame(centre, scale, x[known], y[known], width[known])
        looked_at = t
        if open_ended:
            t = _extended(t, stands)
        if settled and not first and np.ptp(t) < _A_LITTLE_MORE * np.ptp(looked_at):
            return _surveyed(log_density, frame, growing, t, climbed=True)
    return _surveyed(log_density, frame, growing, t)


def _climbed(log_density: LogDensity, frame: Frame, x: Array, growing: Growing) -> tuple[Array, Array, Array]:
    """Climb to the ridge at x and return y, width and height; rows that fail are interpolated from the others."""
    near = frame.near(x)
    y, width, height = ridge(log_density, x, *near, growing)
    arrived = np.isfinite(height)
    if arrived.all():
        return y, width, height
    if arrived.any():
        near = replace(frame, x=x[arrived], y=y[arrived], width=width[arrived]).near(x)
    y, width = np.where(arrived, y, near[0]), np.where(arrived, width, near[1])
    return y, width, log_density(x, y)


def _extended(t: Array, height: Array) -> Array:
    """Extend the range of t, on a side where the density is still live, to where its slope says that it ends."""
    ends = []
    for end, inner in ((0, 3), (-1, -4)):
        size = abs(float(t[end]))
        if height[end] > -DROP:
            slope = (height[inner] - height[end]) / abs(stretched(t[end]) - stretched(t[inner]))
            left = max(float(height[end]) + DROP, 1.0)
            far = float(unstretched(abs(stretched(t[end])) + left / slope)) if slope > 0.0 else _FARTHEST
            size = float(np.clip(far + 2.0, 1.25 * size, 2.5 * size))
        ends.append(size)
    return 0.5 * np.arange(-np.ceil(2.0 * min(ends[0], _FARTHEST)), np.ceil(2.0 * min(ends[1], _FARTHEST)) + 0.5)


def framed(x: Array, y: Array, log_p: Array) -> Frame:
    """Construct the frame from weighted points that already show the density, without a search.

    The points are sorted into bins of t; the ridge is the mean of y in each bin, the width its sd about the ridge.
    """
    order = np.argsort(x)
    x, y, log_p = x[order], y[order], log_p[order]
    low, middle_x, high = np.interp([0.16, 0.5, 0.84], np.cumsum(np.exp(log_p)), x)
    scale = float(np.clip(0.5 * (high - low), _NARROWEST, WIDEST))
    centre = _near_edge(float(middle_x), x, log_p)
    t = unstretched((x - centre) / scale)
    cell = ((t - t[0]) / _BIN).astype(np.intp)
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    weight = np.exp(log_p - np.repeat(np.maximum.reduceat(log_p, starts), np.diff(np.append(starts, len(x)))))
    total = np.add.reduceat(weight, starts)
    middle, ridge_y = (np.add.reduceat(weight * value, starts) / total for value in (x, y))
    rest = y - np.interp(x, middle, ridge_y)
    width = np.clip(np.sqrt(np.add.reduceat(weight * rest**2, starts) / total), _NARROWEST, WIDEST)
    many = np.diff(np.append(starts, len(x))) >= _FEWEST
    if many.any():  # a bin of few points underestimates its width: its neighbours know it better
        width = np.maximum(width, np.exp(np.interp(middle, middle[many], np.log(width[many]))))
    u = unstretched(rest / np.interp(x, middle, width))
    ranges = (float(t[0]) - 0.5, float(t[-1]) + 0.5), (float(u.min()) - 0.5, float(u.max()) + 0.5)
    return Frame(centre, scale, middle, ridge_y, width, *ranges)


def _near_edge(centre: float, x: Array, log_p: Array) -> float:
    """The centre of points; for a wide plateau, a place near its steeper end; x must increase."""
    running = np.cumsum(np.exp(log_p))
    outer, low, inner, other, high, last = np.interp(np.array(_ENDS) * running[-1], running, x)
    if other - inner < _WIDE:
        return centre
    return float(low + _MOST_ASIDE if low - outer < last - high else high - _MOST_ASIDE)


def _surveyed(log_density: LogDensity, frame: Frame, growing: Growing, t: Array, *, climbed: bool = False) -> Frame:
    """Complete the frame with the ranges of t and u outside which the density is negligible.

    t: where to look first; climbed: whether the frame already follows the ridge there. If another ridge turns out to be
    higher, the frame moves to that one.
    """
    u = np.arange(-_FIRST, _FIRST + 0.5, 1.0)
    changes = 0
    while True:
        x = frame.place(t)
        y, width = frame.near(x) if climbed else _climbed(log_density, frame, x, growing)[:2]
        climbed = False
        at = y[:, None] + width[:, None] * stretched(u)
        height = log_density(x[:, None], at) + log_stretch(u) + (np.log(width) + log_stretch(t))[:, None]
        live = standing(height, growing(x[:, None], at)) > -DROP
        rows, columns = np.flatnonzero(live.any(axis=1)), np.flatnonzero(live.any(axis=0))
        best = np.argmax(height, axis=1)
        astray = live.any(axis=1) & (np.abs(u[best]) > _ASTRAY)
        if astray.any() and changes < _CHANGES:
            changes += 1
            y, width = np.where(astray, at[np.arange(len(t)), best], y), np.where(astray, WIDEST, width)
            y, width, top = ridge(log_density, x, y, width, growing)
            known = standing(top + np.log(width), growing(x, y)) > -_KNOWN
            if known.any():
                frame = replace(frame, x=x[known], y=y[known], width=width[known])
            continue
        t_open, u_open = _touches(rows, t), _touches(columns, u)
        if not (t_open or u_open):
            ranges = ((t[rows[0]] - 1.0, t[rows[-1]] + 1.0), (u[columns[0]] - 1.0, u[columns[-1]] + 1.0))
            highest = float(np.max(height))
            return replace(frame, x=x, y=y, width=width, t_range=ranges[0], u_range=ranges[1], highest=highest)
        t = np.arange(1.5 * t[0], 1.5 * t[-1] + 0.25, 0.5) if t_open else t
        u = np.arange(1.5 * u[0], 1.5 * u[-1] + 0.5, 1.0) if u_open else u


def _touches(live: NDArray[np.intp], of: Array) -> bool:
    """Whether live points reach an end of the range while the range can still grow."""
    return bool(of[-1] < _FARTHEST and (live[0] == 0 or live[-1] == len(of) - 1))


def _bulk(x: Array, height: Array) -> tuple[float, float]:
    """Centre and scale of a curve over points x, from where its log has fallen by 2 on either side of its top."""
    top = int(np.argmax(height))
    sides = []
    for way in (-1, 1):
        path = height[top::way] - height[top]
        below = np.nonzero(path < -2.0)[0]
        if not len(below):
            sides.append(abs(x[top::way][-1] - x[top]))
            continue
        k = int(below[0])
        inner, outer = abs(x[top::way][k - 1] - x[top]), abs(x[top::way][k] - x[top])
        if k == 1:  # treat the top as a parabola
            sides.append(outer * np.sqrt(2.0 / -path[k]) if np.isfinite(path[k]) else 0.25 * outer)
        else:
            share = (-2.0 - path[k - 1]) / (path[k] - path[k - 1]) if np.isfinite(path[k]) else 0.0
            sides.append(inner + share * (outer - inner))
    left, right = sides
    centre, scale = float(x[top] + 0.5 * (right - left)), min(float(0.25 * (left + right)), WIDEST)
    if left + right > _WIDE:  # stay near the steeper end of a plateau, where the density is sharp
        fall = [_first_below(x, height, top, way) - side for way, side in zip((-1, 1), sides, strict=True)]
        centre = float(x[top] - left + _MOST_ASIDE if fall[0] < fall[1] else x[top] + right - _MOST_ASIDE)
    return centre, scale


def _first_below(x: Array, height: Array, top: int, way: int) -> float:
    """Distance from the top, on one side, at which a curve has fallen by e^-20; infinite if it does not."""
    below = np.nonzero(height[top::way] - height[top] < -_FALLEN)[0]
    return float(abs(x[top::way][below[0]] - x[top])) if len(below) else np.inf
