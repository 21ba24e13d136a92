"""Survey the line: where a density with any number of modes lives, and how finely it must be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.integrate.line import STRETCH, stretched, unstretched
from partialpool.safety import TWINS
from partialpool.special import Array

COARSEST = 0.25  # step of the first rule, which only judges the next ones; halves of it are exact
_DROP = 45.0  # the density is followed until it has fallen by e^-45
_SPACING = 0.5
_REACH = 24.0  # how far it goes further at once, at least
_SURVEYS = 60
_ENOUGH = 24  # points of the survey where the density lives
_LOOKS = 5  # at each of several modes, each look a quarter as wide
_FELL = 0.5  # by how much the log density falls within a standard deviation of a mode

LogFunction = Callable[[Array], Array]


def no_tilts(x: Array) -> Array:
    """Nothing but the density itself is averaged."""
    return np.empty((0, len(x)))


@dataclass(frozen=True)
class Frame:
    """Where the density lives: x = centre + scale stretched(t) for t in t_range.

    step: of t, of the order of the width of the narrowest mode. outside: estimates of the shares that lie beyond, of
    the density, and of it times each of the tilts.
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
    """Find where the density lives.

    x, f: increasing points to begin with, dense enough to see every mode, and the log density there, somewhere finite.
    limits: how far the survey may go.
    tilts: logs of functions whose expectations are wanted, in rows, so that their tails are followed too.
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
    """Points beyond the last, half as far again as all before or more, but not beyond the limit."""
    end = float(x[-1])
    reach = min(max(0.5 * (end - float(x[0])), _REACH), limit - end)
    return end + np.linspace(0.0, reach, int(max(1.0, min(reach / _SPACING, 200.0))) + 1)[1:]


def _live(x: Array, f: Array, tilts: LogFunction) -> NDArray[np.bool_]:
    """Where the density, or the density times what is to be averaged over it, is not negligible."""
    tilted = _tilted(x, f, tilts)
    alive: NDArray[np.bool_] = (tilted >= tilted.max(axis=1, keepdims=True) - _DROP).any(axis=0)
    return alive


def _tilted(x: Array, f: Array, tilts: LogFunction) -> Array:
    """log density, and logs of it times what is to be averaged, in rows."""
    return np.concatenate([f[None], f + tilts(x)])


def _peaks(f: Array) -> NDArray[np.intp]:
    """Places of the local maxima between the ends."""
    return np.flatnonzero((f[1:-1] >= f[:-2]) & (f[1:-1] > f[2:])) + 1


def _with_peaks(log_density: LogFunction, x: Array, f: Array) -> tuple[Array, Array]:
    """The survey with a closer look at each of several modes, whose tops may lie between its points."""
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
    """Centre and scale from the quantiles of the survey, and the range of t where the density lives."""
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
    """The coarsest step, halved until it is no wider than any mode that counts."""
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
    """Shares of the density, and of what is averaged over it, that lie beyond the survey, if its ends still live."""
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
