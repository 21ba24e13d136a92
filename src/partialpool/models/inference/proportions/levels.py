"""Quantiles of a population parameter s, by the first of two ways to the distribution function P(s <= v) that works.

- Lattices in coordinates of which s is one (`Level.pieces`; see `integrate.coordinate`).
- Where the lattices do not agree, or the prior is cut off so that there are no such coordinates: at each
  concentration, s <= v says where the mean lies (`Level.limits`), with a probability H, and F(v) = E[H] is integrated
  over Gauss-Legendre panels that are halved until the halves agree with the whole.
"""

from __future__ import annotations

import numpy as np

from partialpool.distributions.populations.beta import Piece
from partialpool.distributions.populations.beta_levels import Level
from partialpool.engine.mixtures.source import Nodes
from partialpool.models.inference.proportions.rows import Proportions
from partialpool.quadrature.coordinate import (
    NOWHERE,
    CoordinateDistribution,
    Found,
    distribution,
    enough,
    part,
    rough_quantiles,
)
from partialpool.quadrature.gauss import legendre
from partialpool.quadrature.invert import invert
from partialpool.quadrature.line import unstretched
from partialpool.quadrature.ridge import LogDensity
from partialpool.quadrature.rows import Rows, rows
from partialpool.special import Array, Index, without_nan

GOAL = 1e-10  # error in probability at which lattices are fine enough
_ENOUGH = 4e-10  # error in probability up to which the lattices' answer is taken
_OF_NOISE = 20.0  # multiple of the likelihood's rounding error that no way can better
_ROW_STEPS = (0.15, 0.1)
_NEAR_ENOUGH = 1e-6  # error in probability from which one Newton step is exact
_NEAR = 1e-3  # relative error in probability from which one more step ends the search for a start
_LIVE = 1e-18  # points of less probability are left out
_FARTHEST = 1e4
_POINTS, _PANEL = 14, 2.5
_PANEL_GOAL, _COARSE_GOAL = 1e-11, 1e-6
_SPLITS = 60


def level_distribution(source: Proportions, level: Level, nodes: Nodes) -> CoordinateDistribution:
    """Distribution of a parameter other than the concentration, from lattices in the pieces that its level has."""
    best = NOWHERE
    for search in (False, True):
        if level.pieces and not best.error < GOAL + source.noise:
            found = _over_lattices(source, level, nodes, search=search)
            best = found if found.error < best.error else best
    return best


def level_quantiles(source: Proportions, level: Level, nodes: Nodes, known: CoordinateDistribution, p: Array) -> Found:
    """Quantiles of such a parameter, from `known` if that is accurate enough, and else from panels."""
    best = known.found(p)
    if best.error < _ENOUGH + _OF_NOISE * source.noise:
        return best
    if best.error < _NEAR_ENOUGH:
        start = best.z
    else:
        start = _solve(source, level, p, rough_quantiles(level.coordinate(nodes.point), nodes.probability, p))
    slow = _over_panels(source, level, p, start, best.error)
    return slow if slow.error < best.error else best


# --- lattices with the parameter as a coordinate


def _over_lattices(source: Proportions, level: Level, nodes: Nodes, *, search: bool) -> CoordinateDistribution:
    parts, nodes = [], nodes.subset(enough(len(nodes)))
    for piece in level.pieces:
        with np.errstate(all="ignore"):
            seen = (*piece.inverse(nodes.point), np.log(nodes.probability))
        found = part(_density(source, piece), piece.z, seen, search=search)
        if found is not None:
            parts.append(found)
    return distribution(parts, source.log_total, GOAL + source.noise)


def _density(source: Proportions, piece: Piece) -> LogDensity:
    def log_density(x: Array, y: Array) -> Array:
        with np.errstate(all="ignore"):
            at, slope = piece.point(x, y)
            value = source.log_posterior(at) + slope
        return without_nan(value)

    return log_density


# --- adaptive panels


def _over_panels(source: Proportions, level: Level, p: Array, start: Array, least: float) -> Found:
    """Correct each quantile by one Newton step, from so near that it is exact, and check it with coarser rows.

    least: error at which this is given up, because another answer is as good.
    """
    z, error = start.copy(), 0.0
    for k in range(len(p)):
        (value, slope), doubt = _adaptive(source, level, start[k : k + 1], _ROW_STEPS[1], _PANEL_GOAL)
        z[k] += float(p[k] - value) / slope if slope > 0.0 else 0.0
        (reached, _), more = _adaptive(source, level, z[k : k + 1], _ROW_STEPS[0], _PANEL_GOAL)
        error = max(error, abs(float(reached - p[k])) + doubt + more)
        if error >= least:
            break
    return Found(z, error)


def _solve(source: Proportions, level: Level, p: Array, start: Array) -> Array:
    """Solve for quantiles to a few digits."""

    def one(level_p: float, guess: float) -> float:
        def at(z: Array, _: Index) -> Array:
            return np.append(_adaptive(source, level, z, _ROW_STEPS[0], _COARSE_GOAL)[0], 0.0)[:, None]

        return float(invert(at, np.array([level_p]), np.array([guess]), -_FARTHEST, _FARTHEST, _NEAR, rooted=True)[0])

    return np.array([one(float(level_p), float(guess)) for level_p, guess in zip(p, start, strict=True)])


def _adaptive(source: Proportions, level: Level, z: Array, step: float, goal: float) -> tuple[Array, float]:
    """F and its derivative at one z, and the error of F, from panels that are halved until the halves agree."""
    t = source.marginal.t
    cuts = np.unique(
        np.clip([*np.arange(t[0], t[-1], _PANEL), t[-1], *_kinks(source, level, float(z[0]))], t[0], t[-1])
    )
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


def _kinks(source: Proportions, level: Level, z: float) -> list[float]:
    """Points t of the marginal where F is not smooth: certainty begins, or a limit meets an end of the support."""
    edge = level.edge(z)
    found = [] if edge is None else [edge]
    found += [level.meeting(z, psi) for psi in source.chart.logits.ends if np.isfinite(psi)]
    x = source.chart.log_kappas.coordinate(np.array(found))
    return [float(t) for t in unstretched((x - source.marginal.centre) / source.marginal.scale) if not np.isnan(t)]


def _panels(source: Proportions, level: Level, z: Array, low: Array, high: Array, step: float) -> Array:
    """Contribution of each panel of t to F and to its derivative: (2, panels)."""
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


def _inside(source: Proportions, lines: Rows, log_kappa: Array, level: Level, z: Array) -> tuple[Array, Array]:
    """P(s <= value(z)) on each row, and its derivative in z: (rows, number of z) each."""
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
