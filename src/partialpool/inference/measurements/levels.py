"""Distributions of sd, sigma and icc: from lattices of which the parameter is one of the coordinates."""

from __future__ import annotations

import numpy as np

from partialpool.inference.measurements.target import Target, pieces
from partialpool.integrate.coordinate import NOWHERE, Distribution, distribution, part
from partialpool.marginals.normal_moments import Nodes

GOAL = 2e-11  # lattices are refined until they are this near


def level_distribution(target: Target, parameter: str, nodes: Nodes, log_total: float) -> Distribution:
    """The distribution of the log of "sd", "sigma" or r for "icc"."""
    best = NOWHERE
    for search in (False, True):
        parts = []
        for lines in pieces(target, parameter):
            with np.errstate(all="ignore"):
                seen = (*lines.place(nodes.log_r, nodes.log_sigma), np.log(nodes.probability))
            one = part(lines.log_density, lines.along, seen, search=search)
            if one is not None:
                parts.append(one)
        found = distribution(parts, log_total, GOAL)
        best = found if found.error < best.error else best
        if best.error < GOAL:
            break
    return best
