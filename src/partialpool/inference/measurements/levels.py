"""Quantiles of sd, sigma and icc: from lattices of which the parameter is one of the coordinates.

Such a lattice gives the density of the parameter at equally spaced points, and its sinc series the distribution
function. Two steps must agree, and the total mass must be that of the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.inference.measurements.target import Lines, Target, pieces
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.plane import Frame, Rule, framed, locate, projected
from partialpool.marginals.normal_moments import Nodes
from partialpool.special import Array

GOAL = 2e-11  # lattices are refined until they are this near
_STEPS = (0.4, 0.3, 0.22, 0.16, 0.115, 0.08, 0.056, 0.04)
_NOTHING = 1e-15
_LOST, _MOST = 0.5, 200_000  # mass that no refinement brings back; nodes beyond which none is tried


@dataclass(frozen=True)
class Found:
    """Quantiles of the log of a parameter (of r for "icc"), and how far the distribution function can be from p."""

    value: Array
    error: float


@dataclass(frozen=True)
class _Part:
    """The posterior in one piece of the coordinates: its share of the probability, and how that is spread."""

    lines: Lines
    marginal: Marginal
    share: float

    def cdf(self, value: Array) -> Array:
        """What the piece adds to P(log of the parameter <= value)."""
        x = self.lines.along.coordinate(value)
        inside = np.isfinite(x)
        certain = np.where(value >= self.lines.along.hi, 1.0, 0.0)
        return self.share * np.where(inside, self.marginal.cdf(np.where(inside, x, 0.0)), certain)


def level_quantiles(target: Target, parameter: str, nodes: Nodes, log_total: float, p: Array) -> Found:
    """Quantiles of "sd", "sigma" or "icc"."""
    every = pieces(target, parameter)
    best = Found(np.full(len(p), np.nan), 1.0)
    for search in (False, True):
        framed_pieces = [(lines, _frame(lines, nodes, search=search)) for lines in every]
        found = _over_lattices([(lines, frame) for lines, frame in framed_pieces if frame], log_total, p)
        best = found if found.error < best.error else best
        if best.error < GOAL:
            break
    return best


def _over_lattices(parts: list[tuple[Lines, Frame]], log_total: float, p: Array) -> Found:
    """From lattices of smaller and smaller step, until the last two agree, with one another and on the whole."""
    coarse: list[_Part] = []
    best = Found(np.full(len(p), np.nan), np.inf)
    for step in _STEPS:
        sampled = [projected(lines.log_density, frame, step) for lines, frame in parts]
        with np.errstate(over="ignore"):
            shares = [float(np.exp(log_mass - log_total)) for _, log_mass, _ in sampled]
        missing = abs(sum(shares) - 1.0)
        if not missing < _LOST:
            break
        fine = [
            _Part(lines, marginal, share)
            for (lines, _), (marginal, _, _), share in zip(parts, sampled, shares, strict=True)
        ]
        value = _quantile(fine, p)
        moved = float(np.max(np.abs(sum((part.cdf(value) for part in coarse), np.zeros(len(p))) - p)))
        if moved + missing < best.error:
            best = Found(value, moved + missing)
        if best.error < GOAL or max(size for _, _, size in sampled) > _MOST:
            break
        coarse = fine
    return best


def _frame(lines: Lines, nodes: Nodes, *, search: bool) -> Frame | None:
    """Where the posterior is in a piece: as the nodes of the integration show, or found anew from there."""
    with np.errstate(all="ignore"):
        x, y = lines.place(nodes.log_r, nodes.log_sigma)
        log_p = np.log(nodes.probability)
    here = np.isfinite(x) & np.isfinite(y) & np.isfinite(log_p)
    total = float(nodes.probability[here].sum())
    if total < _NOTHING:
        return None
    x, y, log_p = x[here], y[here], log_p[here] - np.log(total)
    if not search:
        return framed(x, y, log_p)
    (x_at, x_width), (y_at, y_width) = (_spread(value, np.exp(log_p)) for value in (x, y))
    return locate(lines.log_density, (x_at, y_at, x_width, y_width), None)


def _spread(value: Array, probability: Array) -> tuple[float, float]:
    """The middle and half the width of weighted points."""
    order = np.argsort(value)
    running = np.cumsum(probability[order]) - 0.5 * probability[order]
    low, middle, high = np.interp([0.16, 0.5, 0.84], running / running[-1], value[order])
    return float(middle), max(float(high - low) / 2.0, 1e-9)


def _quantile(parts: list[_Part], p: Array) -> Array:
    """Where the parts together reach p, part after part."""
    value, below = np.full(len(p), np.nan), 0.0
    for part in parts:
        share = (p - below) / part.share
        here = np.isnan(value) & ((share <= 1.0) | (part is parts[-1]))
        if here.any():
            value[here] = part.lines.along.value(part.marginal.quantile(np.clip(share[here], 0.0, 1.0)))
        below += part.share
    return value


def settled(lines: Lines, rule: Rule, p: Array) -> tuple[Marginal, float]:
    """The marginal of x of an integrated rule, at a step at which its distribution function stands, and its error."""
    coarser, marginal = rule.coarser or rule.marginal, rule.marginal
    error = np.inf
    while True:
        at = marginal.quantile(p)
        error = float(np.max(np.abs(coarser.cdf(at) - p)))
        if (error < GOAL and coarser is not marginal) or marginal.step < 0.5 * _STEPS[-1]:
            return marginal, error
        coarser, marginal = marginal, projected(lines.log_density, rule.frame, 1.5 * marginal.step)[0]
