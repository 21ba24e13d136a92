"""Quantiles of a population parameter s, two ways to the distribution function P(s <= v), the quicker first.

- Lattices in coordinates of which s is one (`Level.pieces`) give the density of s at equally spaced points, and its
  sinc series the distribution function. Two steps must agree, and the total mass must be that of the posterior.
- Where they do not, or where the prior is cut off so that there are no such coordinates: at each concentration
  s <= v says where the mean lies (`Level.limits`), with a probability H, and F(v) = E[H] is found by Gauss-Legendre
  panels that are halved until the halves say the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.averaging.moments import Nodes
from partialpool.averaging.rule import Source
from partialpool.integrate.gauss import legendre
from partialpool.integrate.invert import invert
from partialpool.integrate.line import unstretched
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.plane import Frame, framed, locate, projected
from partialpool.integrate.ridge import LogDensity
from partialpool.integrate.rows import Rows, rows
from partialpool.populations.beta_levels import Level, Piece
from partialpool.special import Array, Index, without_nan

GOAL = 1e-10  # lattices are refined until they are this near
_ENOUGH = 3e-10  # and at last taken if they are this near
_STEPS = (0.44, 0.33, 0.25, 0.19, 0.142, 0.107, 0.08, 0.06)
_NOTHING = 1e-15
_ENOUGH_NODES = 1500  # to see from where the posterior is
_LOST, _MOST = 0.5, 120_000  # mass that no refinement brings back; nodes beyond which none is tried
_ROW_STEPS = (0.15, 0.1)
_NEAR_ENOUGH = 1e-6  # for one Newton step to be exact
_NEAR = 1e-3  # from this near (relatively) one more step ends the search for such a start
_LIVE = 1e-18
_FARTHEST = 1e4
_POINTS, _PANEL = 14, 2.5
_PANEL_GOAL, _COARSE_GOAL = 1e-13, 1e-8
_SPLITS = 60


@dataclass(frozen=True)
class Found:
    """Quantiles of a parameter's coordinate z, and how far F(z) can be from the levels."""

    z: Array
    error: float


def level_quantiles(source: Source, level: Level, nodes: Nodes, p: Array) -> Found:
    """Quantiles of a parameter other than the concentration."""
    best = Found(np.full(len(p), np.nan), np.inf)
    for search, enough in ((False, GOAL), (True, _ENOUGH)):
        if level.pieces:
            found = _over_lattices(source, level, nodes, p, search=search)
            best = found if found.error < best.error else best
        if best.error < enough:
            return best
    if best.error < _NEAR_ENOUGH:
        start = best.z
    else:
        start = _solve(source, level, p, _rough(level.coordinate(nodes.point), nodes.probability, p))
    slow = _over_panels(source, level, p, start)
    return slow if slow.error < best.error else best


def _rough(value: Array, probability: Array, p: Array) -> Array:
    """Quantiles of weighted points, to start from."""
    order = np.argsort(value)
    running = np.cumsum(probability[order]) - 0.5 * probability[order]
    return np.interp(p, running / running[-1], value[order])


# --- lattices with the parameter as a coordinate


@dataclass(frozen=True)
class _Part:
    """The posterior in one piece of the coordinates: its share of the probability, and how that is spread over z."""

    piece: Piece
    marginal: Marginal
    share: float

    def cdf(self, z: Array) -> Array:
        """What the piece adds to P(Z <= z)."""
        x = self.piece.z.coordinate(z)
        inside = np.isfinite(x)
        certain = np.where(z >= self.piece.z.hi, 1.0, 0.0)
        return self.share * np.where(inside, self.marginal.cdf(np.where(inside, x, 0.0)), certain)


def _over_lattices(source: Source, level: Level, nodes: Nodes, p: Array, *, search: bool) -> Found:
    """From lattices of smaller and smaller step, until the last two agree, with one another and on the whole."""
    frames = []
    for piece in level.pieces:
        log_density = _density(source, piece)
        frame = _frame(log_density, piece, nodes, search=search)
        if frame is not None:
            frames.append((piece, log_density, frame))
    coarse: list[_Part] = []
    best = Found(np.full(len(p), np.nan), np.inf)
    for step in _STEPS:
        found = [projected(log_density, frame, step) for _, log_density, frame in frames]
        with np.errstate(over="ignore"):
            shares = [float(np.exp(log_total - source.log_total)) for _, log_total, _ in found]
        parts = [
            _Part(piece, marginal, share)
            for (piece, _, _), (marginal, _, _), share in zip(frames, found, shares, strict=True)
        ]
        missing = abs(sum(shares) - 1.0)
        if not missing < _LOST:
            break
        if coarse:
            z = _quantile(parts, p)
            moved = float(np.max(np.abs(sum((part.cdf(z) for part in coarse), np.zeros(len(p))) - p)))
            error = missing + moved
            best = Found(z, error) if error < best.error else best
        if best.error < GOAL or found[0][2] > _MOST:
            break
        coarse = parts
    return best


def _frame(log_density: LogDensity, piece: Piece, nodes: Nodes, *, search: bool) -> Frame | None:
    """Where the posterior is in a piece: as the nodes of the integration show, or found anew from there."""
    points = _inside_piece(piece, nodes)
    if points is None or not search:
        return None if points is None else framed(*points)
    x, y, log_p = points
    (x_at, x_width), (y_at, y_width) = (_spread(value, np.exp(log_p)) for value in (x, y))
    return locate(log_density, (x_at, y_at, x_width, y_width), None)


def _inside_piece(piece: Piece, nodes: Nodes) -> tuple[Array, Array, Array] | None:
    """The nodes in the coordinates of a piece, with the logs of their shares; None if it has hardly any."""
    nodes = nodes.subset(slice(None, None, 1 + len(nodes) // _ENOUGH_NODES))
    with np.errstate(all="ignore"):
        x, y = piece.inverse(nodes.point)
        log_p = np.log(nodes.probability)
    here = np.isfinite(x) & np.isfinite(y) & np.isfinite(log_p)
    total = float(nodes.probability[here].sum())
    if total < _NOTHING:
        return None
    return x[here], y[here], log_p[here] - np.log(total)


def _spread(value: Array, probability: Array) -> tuple[float, float]:
    low, middle, high = _rough(value, probability, np.array([0.16, 0.5, 0.84]))
    return float(middle), max(float(high - low) / 2.0, 1e-9)


def _density(source: Source, piece: Piece) -> LogDensity:
    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = piece.point(x, y)
            value = source.log_posterior(at) + slope
        return without_nan(value)

    return log_density


def _quantile(parts: list[_Part], p: Array) -> Array:
    z, below = np.full(len(p), np.nan), 0.0
    for part in parts:
        share = (p - below) / part.share
        here = np.isnan(z) & ((share <= 1.0) | (part is parts[-1]))
        if here.any():
            x = part.marginal.quantile(np.clip(share[here], 0.0, 1.0))
            z[here] = part.piece.z.value(x)
        below += part.share
    return z


# --- panels that adapt


def _over_panels(source: Source, level: Level, p: Array, start: Array) -> Found:
    """One Newton step each, from so near that it is exact."""
    z, error = start.copy(), 0.0
    for k in range(len(p)):
        rough, _ = _adaptive(source, level, start[k : k + 1], _ROW_STEPS[0], _PANEL_GOAL)
        (value, slope), doubt = _adaptive(source, level, start[k : k + 1], _ROW_STEPS[1], _PANEL_GOAL)
        step = float(p[k] - value) / slope if slope > 0.0 else 0.0
        z[k] += step
        error = max(error, abs(float(rough[0] - value)) + doubt + (step * slope) ** 2)
    return Found(z, error)


def _solve(source: Source, level: Level, p: Array, start: Array) -> Array:
    """Quantiles to a few digits."""

    def one(level_p: float, guess: float) -> float:
        def at(z: Array, _: Index) -> Array:
            return np.append(_adaptive(source, level, z, _ROW_STEPS[0], _COARSE_GOAL)[0], 0.0)[:, None]

        return float(invert(at, np.array([level_p]), np.array([guess]), -_FARTHEST, _FARTHEST, _NEAR)[0])

    return np.array([one(float(level_p), float(guess)) for level_p, guess in zip(p, start, strict=True)])


def _adaptive(source: Source, level: Level, z: Array, step: float, goal: float) -> tuple[Array, float]:
    """F and its derivative at one z, and the error of F: panels are halved until the halves say the same."""
    t = source.marginal.t
    cuts = np.unique(np.clip([*np.arange(t[0], t[-1], _PANEL), t[-1], _edge(source, level, float(z[0]))], t[0], t[-1]))
    low, high = cuts[:-1], cuts[1:]
    whole = _panels(source, level, z, low, high, step)
    total, error = np.zeros(2), 0.0
    for _ in range(_SPLITS):
        middle = 0.5 * (low + high)
        halves = _panels(source, level, z, np.concatenate([low, middle]), np.concatenate([middle, high]), step)
        both = halves[:, : len(low)] + halves[:, len(low) :]
        doubt = np.abs(both - whole)[0]
        split = doubt > goal
        total += both[:, ~split].sum(axis=1)
        error += float(doubt[~split].sum())
        if not split.any():
            break
        low, high = np.concatenate([low[split], middle[split]]), np.concatenate([middle[split], high[split]])
        whole = np.concatenate([halves[:, : len(split)][:, split], halves[:, len(split) :][:, split]], axis=1)
    return total, error


def _edge(source: Source, level: Level, z: float) -> float:
    """The concentration at which certainty begins as a t of the marginal; infinite where there is none."""
    log_kappa = level.edge(z)
    if log_kappa is None:
        return np.inf
    x = source.chart.log_kappas.coordinate(np.array(log_kappa))
    return float(unstretched((x - source.marginal.centre) / source.marginal.scale))


def _panels(source: Source, level: Level, z: Array, low: Array, high: Array, step: float) -> Array:
    """What each panel of t adds to F and to its derivative: (2, panels)."""
    nodes, weights = legendre(_POINTS)
    size = (high - low)[:, None]
    t = (low[:, None] + size * nodes).ravel()
    mass = source.marginal.pdf_t(t) * (size * weights).ravel()
    keep = mass > _LIVE
    out = np.zeros((2, len(t)))
    if keep.any():
        x = source.marginal.place(t[keep])
        lines = rows(source.log_density, x, source.near, step)
        inside, slope = _inside(source, lines, source.chart.log_kappas.value(x), level, z)
        out[:, keep] = mass[keep] * np.stack([inside[:, 0], slope[:, 0]])
    return out.reshape(2, len(low), _POINTS).sum(axis=2)


def _inside(source: Source, lines: Rows, log_kappa: Array, level: Level, z: Array) -> tuple[Array, Array]:
    """P(s <= value(z)) on each row, and its derivative in z: (rows, number of z)."""
    with np.errstate(all="ignore"):
        low, high, slope = level.limits(z[None, :], log_kappa[:, None])
    out, rise = np.zeros(low.shape), np.zeros(low.shape)
    for limit, below in ((low, True), (high, False)):
        if np.isinf(limit).all():
            continue
        y = source.chart.logits.coordinate(limit)
        cdf, pdf = lines.at(y)
        out += cdf if below else 1.0 - cdf
        with np.errstate(all="ignore"):
            rise += np.where(pdf > 0.0, pdf * source.chart.slope(y) * slope, 0.0)
    for k, edge in enumerate(level.edge(float(at)) for at in z):
        if edge is not None:
            certain = log_kappa <= edge if level.certain_below else log_kappa >= edge
            out[certain, k], rise[certain, k] = 1.0, 0.0
    return out, rise
