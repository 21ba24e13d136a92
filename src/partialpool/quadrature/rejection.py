"""Random draws from a smooth density on the line or over the plane, by rejection from its interpolation on a lattice.

    q  =  the (bi)linear interpolation of f between points of a lattice;   accept a draw of q with probability f/(b q)

Where f falls off, q lies above it; near the top f exceeds q by a few per cent at most. The bound b is the largest ratio
of f to its interpolation between every other point, measured at the points left out; between all points the excess is
about a quarter of that. The accepted draws follow f itself, whatever the lattice.
Source: Devroye 1986, Non-Uniform Random Variate Generation, chapter II.3 (rejection) and VIII.3 (piecewise linear).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from partialpool.quadrature.frame import Frame
from partialpool.quadrature.line import log_stretch, stretched
from partialpool.quadrature.ridge import LogDensity
from partialpool.special import Array, Index

LogFunction = Callable[..., Array]  # takes one array per axis; the arrays broadcast

_STEP = 0.25
_WASTEFUL = 1.5  # proposals per draw beyond which a finer lattice pays
_UNRESOLVED = 1e-4  # largest difference, for a resolved lattice, between the means over every other point and over all
_MOST_POINTS = 400_000
_NOTICED = 1e-10  # share of the highest density below which a point is ignored when the bound is measured
_BATCH = 1 << 14
_SPARE = 16


@dataclass(frozen=True)
class Lattice:
    """A density at the points of a lattice, and its linear interpolation, from which proposals are drawn.

    axes: equally spaced coordinates; values: density relative to its maximum, whose log is `top`.
    bound: estimated largest ratio of the density to its interpolation.
    resolved: whether the points are dense enough for that estimate to hold.
    """

    log_f: LogFunction
    axes: tuple[Array, ...]
    values: Array
    top: float
    bound: float
    resolved: bool

    @property
    def steps(self) -> tuple[float, ...]:
        return tuple(float(axis[1] - axis[0]) for axis in self.axes)

    def proposed(self, n: int, rng: np.random.Generator) -> tuple[Array, ...]:
        """Draw n points from the interpolation, stratified: one in each n-th part of its mass."""
        running = np.cumsum(self.values.ravel())
        share = (np.arange(n) + rng.random(n)) / n
        at = np.minimum(np.searchsorted(running, share * running[-1], side="right"), len(running) - 1)
        places = np.unravel_index(at, self.values.shape)
        tents = [step * (rng.random(n) - rng.random(n)) for step in self.steps]
        return tuple(axis[place] + tent for axis, place, tent in zip(self.axes, places, tents, strict=True))

    def interpolated(self, points: tuple[Array, ...]) -> Array:
        """The interpolation at points; 0 from one step beyond the lattice on."""
        padded = np.pad(self.values, 1)
        first: list[Index] = []
        share: list[Array] = []
        for axis, step, point in zip(self.axes, self.steps, points, strict=True):
            place = np.clip((point - axis[0]) / step, -1.0, float(len(axis)) - 1e-9)
            low = np.floor(place)
            first.append(low.astype(np.intp) + 1)
            share.append(place - low)
        total = np.zeros(len(points[0]))
        for corner in product((0, 1), repeat=len(points)):
            weights = [part if up else 1.0 - part for up, part in zip(corner, share, strict=True)]
            total += np.prod(weights, axis=0) * padded[tuple(f + up for f, up in zip(first, corner, strict=True))]
        return total

    def ratio(self, points: tuple[Array, ...]) -> Array:
        """Ratio of the density to its interpolation at points; 0 where it is undefined."""
        with np.errstate(invalid="ignore", divide="ignore"):
            parts = [
                np.exp(self.log_f(*(point[i : i + _BATCH] for point in points)) - self.top)
                for i in range(0, len(points[0]), _BATCH)
            ]
            return np.nan_to_num(np.concatenate(parts) / self.interpolated(points), nan=0.0, posinf=0.0)


def lattice(log_f: LogFunction, axes: tuple[Array, ...]) -> Lattice:
    """Evaluate the density at the points of the axes, and measure how well the points resolve it."""
    log_values = log_f(*np.meshgrid(*axes, indexing="ij", sparse=True))
    top = float(np.max(log_values))
    values = np.exp(log_values - top)
    some = values[tuple(slice(None, None, 2) for _ in values.shape)]
    bound, share = _excess(some, values), float(some.sum()) * 2**values.ndim / float(values.sum())
    return Lattice(log_f, axes, values, top, bound, bound < _WASTEFUL and abs(share - 1.0) < _UNRESOLVED)


def _excess(some: Array, values: Array) -> float:
    """Largest ratio of the values to the interpolation between `some`, every other one of them."""
    rough = some
    for axis in range(values.ndim):
        rough = _doubled(rough, axis)
    there = values[tuple(slice(0, size) for size in rough.shape)]
    seen = (there > _NOTICED) & (rough > 0.0)
    return float(np.max(there[seen] / rough[seen], initial=1.0))


def _doubled(values: Array, axis: int) -> Array:
    """Insert the mean of each two neighbours between them, along one axis."""
    values = np.moveaxis(values, axis, 0)
    out = np.empty((2 * len(values) - 1, *values.shape[1:]))
    out[::2], out[1::2] = values, 0.5 * (values[1:] + values[:-1])
    return np.moveaxis(out, 0, axis)


def on_line(log_f: LogFunction, t: Array) -> Lattice:
    """Evaluate the density at points t, and halve their spacing until they resolve it."""
    while True:
        found = lattice(log_f, (t,))
        if found.resolved or 2 * len(t) > _MOST_POINTS:
            return found
        t = np.linspace(t[0], t[-1], 2 * len(t) - 1)


def over_plane(log_density: LogDensity, frame: Frame) -> Lattice:
    """Evaluate the density in the stretched coordinates (t, u) of a frame, finely enough to resolve it."""

    def log_f(t: Array, u: Array) -> Array:
        x, y, width = _placed(frame, t, u)
        return np.asarray(log_density(x, y) + log_stretch(u) + np.log(width) + log_stretch(t))

    step = _STEP
    while True:
        axes = tuple(np.arange(np.floor(lo / step), np.ceil(hi / step) + 1.0) * step for lo, hi in _ranges(frame))
        found = lattice(log_f, axes)
        if found.resolved or 4 * found.values.size > _MOST_POINTS:
            return found
        step *= 0.5


def _ranges(frame: Frame) -> tuple[tuple[float, float], tuple[float, float]]:
    return frame.t_range, frame.u_range


def _placed(frame: Frame, t: Array, u: Array) -> tuple[Array, Array, Array]:
    x = frame.place(t)
    y, width = frame.near(x)
    return x, y + width * stretched(u), width


def drawn(of: Lattice, n: int, rng: np.random.Generator) -> tuple[tuple[Array, ...], float]:
    """Draw n points from the density, in random order; also return the share of its mass that the bound cut off.

    The proposals are stratified over the mass; rejected ones are replaced by independent draws, so that averages over
    all points are unbiased and vary less than those over independent points.
    """
    kept: list[tuple[Array, ...]] = []
    missing, tried, cut = n, 0, 0.0
    while missing:
        size = n if not tried else int(missing * of.bound * 1.2) + _SPARE
        points = of.proposed(size, rng)
        ratio = of.ratio(points) / of.bound
        good = np.flatnonzero(rng.random(size) < ratio)
        if tried:
            good = rng.permutation(good)[:missing]
        cut += float(np.maximum(ratio - 1.0, 0.0).sum())
        tried += size
        missing -= len(good)
        kept.append(tuple(point[good] for point in points))
    order = rng.permutation(n)
    return tuple(np.concatenate(part)[order] for part in zip(*kept, strict=True)), cut / tried


def drawn_over_plane(
    log_density: LogDensity, frame: Frame, n: int, rng: np.random.Generator
) -> tuple[Array, Array, float]:
    """Draw n points (x, y) from a density over the plane; also return the share of its mass that was cut off."""
    (t, u), cut = drawn(over_plane(log_density, frame), n, rng)
    x, y, _ = _placed(frame, t, u)
    return x, y, cut
