"""The posterior density of a normal population's sd, and each group's theta given that sd, sigma integrated out."""

from __future__ import annotations

import numpy as np

from partialpool.answers import Traces
from partialpool.inference.measurements.hyper import Hyperposterior
from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.inference.measurements.reduction import Reduced
from partialpool.inference.measurements.target import Lines, pieces
from partialpool.integrate.frame import framed
from partialpool.integrate.rows import Rows, rows
from partialpool.integrate.shown import up_to
from partialpool.marginals.normal_moments import Nodes
from partialpool.special import Array, Index

_MOST, _LAST = 1e-2, 1e-4  # probability that the sd is above either
_FIRST = 1e-4  # the first point, as a share of the median
_STEP = 0.3  # of the rule over sigma


def traces(hyper: Hyperposterior, data: Reduced, groups: Index) -> Traces:
    """p(sd | data), and E(theta_j | sd, data) and sd(theta_j | sd, data) of some of the groups."""
    of = hyper.groups.subset(data.where[groups])
    (_, middle, most), (low, _, last) = (hyper.quantiles("sd", tail) for tail in (_MOST, _LAST))
    first = max(_FIRST * middle, float(np.exp(hyper.target.sds[0])) * (1.0 + _FIRST))
    sd = up_to(first, max(low, first), most, last)
    height = np.zeros(len(sd))
    mean, spread = np.full((2, len(of.n), len(sd)), np.nan)
    for lines in pieces(hyper.target, "sd"):
        x = lines.along.coordinate(np.log(sd))
        here = np.flatnonzero(np.isfinite(x))
        if len(here):
            sampled = _sampled(hyper, lines, x[here])
            slope = lines.along.log_slope(x[here]) + np.log(sd[here])
            height[here] = np.exp(sampled.log_mass - hyper.rule.log_total - slope)
            for row, column in enumerate(here):
                mean[:, column], spread[:, column] = _theta(hyper, lines, sampled, row, of)
    return Traces(data.unit * sd, height / data.unit, data.back(mean), data.unit * spread)


def _sampled(hyper: Hyperposterior, lines: Lines, x: Array) -> Rows:
    """The posterior of sigma at each sd."""
    with np.errstate(all="ignore"):
        at, beside = lines.place(hyper.nodes.log_r, hyper.nodes.log_sigma)
        log_p = np.log(hyper.nodes.probability)
    some = np.isfinite(at) & np.isfinite(beside) & np.isfinite(log_p)
    return rows(lines.log_density, x, framed(at[some], beside[some], log_p[some]).near, _STEP)


def _theta(hyper: Hyperposterior, lines: Lines, sampled: Rows, row: int, of: Targets) -> tuple[Array, Array]:
    """Mean and sd of each group's theta at one sd, averaged over sigma."""
    y = sampled.y[row]
    log_r, log_sigma, _ = lines.point(np.full_like(y, sampled.x[row]), y)
    p = sampled.density[row] * sampled.step
    given, sd = Mixture(hyper.target.model, Nodes(log_r, log_sigma, p)).conditionals(of)
    mean = given @ p
    return mean, np.sqrt((sd**2 + (given - mean[:, None]) ** 2) @ p)
