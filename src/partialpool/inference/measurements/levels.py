"""Quantiles of sd, sigma and icc: from lattices of which the parameter is one of the coordinates."""

from __future__ import annotations

import numpy as np

from partialpool.inference.measurements.target import Lines, Target, pieces
from partialpool.integrate.coordinate import Found, nothing, part, quantiles
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.plane import Rule, projected
from partialpool.marginals.normal_moments import Nodes
from partialpool.special import Array

GOAL = 2e-11  # lattices are refined until they are this near
_FINEST = 0.02


def level_quantiles(target: Target, parameter: str, nodes: Nodes, log_total: float, p: Array) -> Found:
    """Quantiles of the log of "sd", "sigma" or r for "icc"."""
    best = nothing(p)
    for search in (False, True):
        parts = []
        for lines in pieces(target, parameter):
            with np.errstate(all="ignore"):
                seen = (*lines.place(nodes.log_r, nodes.log_sigma), np.log(nodes.probability))
            one = part(lines.log_density, lines.along, seen, search=search)
            if one is not None:
                parts.append(one)
        found = quantiles(parts, log_total, p, GOAL)
        best = found if found.error < best.error else best
        if best.error < GOAL:
            break
    return best


def settled(lines: Lines, rule: Rule, p: Array) -> tuple[Marginal, float]:
    """The marginal of x of an integrated rule, at a step at which its distribution function stands, and its error."""
    coarser, marginal = rule.coarser or rule.marginal, rule.marginal
    error = np.inf
    while True:
        at = marginal.quantile(p)
        error = float(np.max(np.abs(coarser.cdf(at) - p)))
        if (error < GOAL and coarser is not marginal) or marginal.step < _FINEST:
            return marginal, error
        coarser, marginal = marginal, projected(lines.log_density, rule.frame, 1.5 * marginal.step)[0]
