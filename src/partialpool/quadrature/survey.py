"""Find where a density on the line, with any number of modes, has its mass, and how fine a step it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.quadrature.line import STRETCH, stretched, unstretched
from partialpool.safety import TWINS
from partialpool.special import Array

COARSEST = 0.25  # largest step of the first rule; halving it is exact in floating point
_DROP = 45.0  # the density is followed until it has fallen by e^-45
_SPACING = 0.5  # distance between points of the survey
_REACH = 24.0  # least distance by which the survey extends its range
_SURVEYS = 60  # most rounds of the survey
_ENOUGH = 24  # points of the survey that must lie where the density lives
_LOOKS = 5  # closer looks at each of several modes, each a quarter as wide as the one before
_FELL = 0.5  # fall of the log density within one standard deviation of a mode

LogFunction = Callable[[Array], Array]


def no_tilts(x: Array) -> Array:
    """The empty set of tilts, for when nothing but the density itself is integrated."""
    return np.empty((0, len(x)))


@dataclass(frozen=True)
class Frame:
    """The stretched coordinate of a density, x = centre + scale stretched(t) for t in t_range.

    step: a step of t no wider than the narrowest mode. outside: estimated shares beyond the range, of the density and
    of the density times each tilt: (1 + tilts,).
    """

    centre: float
    scale: float
    t_range: tuple[float, float]
    step: float
    outside: Array

    def place(self, t: Array) -> Array:
        return self.centre + self.scale * stretched(t)


def locate(
    log_density: LogFunction, x: Array, f: Array, limits: tuple[float, float], tilts: LogFunction = no_tilts
) -> Frame:
    """Find where the density lives, and follow its tails and those of the tilted densities.

    x, f: increasing points that are dense enough to see every mode, and the log density there, finite somewhere.
    limits: range that the survey may cover.
    tilts: logs of functions whose expectations are wanted, (tilts, points).
    """
    x, f = _with_peaks(log_density, x, f)
    for _ in range(_SURVEYS):
        live = np.flatnonzero(_live(x, f, tilts))
        if live[0] == 0 and x[0] > limits[0]:
            more = _beyond(-x[::-1], -limits[0])
            x, f = np.concatenate([-more[::-1], x]), np.concatenate([log_density(-more[::-1]), f])
        elif live[-1] == len(x) - 1 and x[-1] < limits[1]:
            more = _beyond(x, limits[1])
            x, f = np.concatenate([x, more]), np.concatenate([f, log_density(more)])
        elif len(live) < _ENOUGH:
            x = np.linspace(x[max(live[0] - 1, 0)], x[min(live[-1] + 1, len(x) - 1)], 65)
            x, f = _with_peaks(log_density, x, log_density(x))
        else:
            break
    return _framed(x, f, tilts)


def _beyond(x: Array, limit: float) -> Array:
    """Points beyond the last one, which extend the range by half or more, but not beyond the limit."""
    end = float(x[-1])
    reach = min(max(0.5 * (end - float(x[0])), _REACH), limit - end)
    return end + np.linspace(0.0, reach, int(max(1.0, min(reach / _SPACING, 200.0))) + 1)[1:]


def _live(x: Array, f: Array, tilts: LogFunction) -> NDArray[np.bool_]:
    """Mask of points where the density, or the density times a tilt, is not negligible."""
    tilted = _tilted(x, f, tilts)
    alive: NDArray[np.bool_] = (tilted >= tilted.max(axis=1, keepdims=True) - _DROP).any(axis=0)
    return alive


def _tilted(x: Array, f: Array, tilts: LogFunction) -> Array:
    """Log density and, in further rows, the log of the density times each tilt: (1 + tilts, points)."""
    return np.concatenate([f[None], f + tilts(x)])


def _peaks(f: Array) -> NDArray[np.intp]:
    """Indices of the local maxima between the ends."""
    return np.flatnonzero((f[1:-1] >= f[:-2]) & (f[1:-1] > f[2:])) + 1


def _with_peaks(log_density: LogFunction, x: Array, f: Array) -> tuple[Array, Array]:
    """Add points around each of several modes, whose tops may lie between the points of the survey."""
    places = _peaks(f)
    if len(places) < 2:
        return x, f
    at, width = x[places], np.minimum(x[places + 1] - x[places], x[places] - x[places - 1])
    for _ in range(_LOOKS):
        points = at[:, None] + width[:, None] * np.linspace(-1.0, 1.0, 9)
        heights = log_density(points.ravel()).reshape(points.shape)
        x, f = np.concatenate([x, points.ravel()]), np.concatenate([f, heights.ravel()])
        at, width = points[np.arange(len(at)), np.argmax(heights, axis=1)], 0.25 * width
    x, first = np.unique(x, return_index=True)
    return x, f[first]


def _framed(x: Array, f: Array, tilts: LogFunction) -> Frame:
    """Construct the frame: centre and scale from quantiles, the live range of t, the step, and the shares outside."""
    p = np.exp(f - np.max(f)) * np.gradient(x)
    total = np.cumsum(p) - 0.5 * p
    low, centre, high = np.interp(np.array([0.16, 0.5, 0.84]) * float(p.sum()), total, x)
    scale = max(0.5 * float(high - low), 1e-12 * (1.0 + abs(float(centre))))
    live = np.flatnonzero(_live(x, f, tilts))
    ends = np.array([x[max(live[0] - 1, 0)], x[min(live[-1] + 1, len(x) - 1)]])
    t = unstretched((ends - centre) / scale)
    step = _step(x, f, float(centre), scale)
    return Frame(float(centre), scale, (float(t[0]), float(t[1])), step, _outside(x, f, live, tilts))


def _step(x: Array, f: Array, centre: float, scale: float) -> float:
    """Halve the coarsest step until it is no wider than any mode that counts."""
    places = _peaks(f)
    places = places[f[places] > np.max(f) - _DROP]
    step = COARSEST
    for place in places if len(places) > 1 else ():
        below = np.flatnonzero(f < f[place] - _FELL)
        if len(below):
            width = float(np.min(np.abs(x[below] - x[place])))
            stretch = scale * float(np.cosh(STRETCH * unstretched((x[place] - centre) / scale)))
            while step * stretch > width:
                step *= 0.5
    return step


def _outside(x: Array, f: Array, live: NDArray[np.intp], tilts: LogFunction) -> Array:
    """Estimate shares of the density, and of it times each tilt, beyond ends of the survey that are still live."""
    tilted = _tilted(x, f, tilts)
    shares = np.zeros(len(tilted))
    for end, inner in ((0, 1), (-1, -2)):
        if live[end] != (0 if end == 0 else len(x) - 1):
            continue
        for k, g in enumerate(tilted):
            slope = abs(g[inner] - g[end]) / abs(x[inner] - x[end])
            top = np.max(g)
            inside = float(np.sum(np.exp(g - top) * np.gradient(x)))
            share = TWINS * float(np.exp(g[end] - top)) / max(float(slope), 1e-3) / inside
            shares[k] = max(shares[k], share)
    return shares
