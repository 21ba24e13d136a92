"""Integrates the posterior of r = sd/sigma and sigma: finds where it has its mass, and refines the rule."""

from __future__ import annotations

import numpy as np

from partialpool.models.inference.measurements.hyper import Hyperposterior
from partialpool.models.inference.measurements.nodes import merged, nodes_at
from partialpool.models.inference.measurements.reduction import Reduced
from partialpool.models.inference.measurements.target import Lines, Target, coordinates
from partialpool.models.inference.normal.wanted import Wanted
from partialpool.priors.propriety.measurements import Existing
from partialpool.priors.propriety.reach import check_resolved
from partialpool.quadrature.frame import locate
from partialpool.quadrature.moments import orders
from partialpool.quadrature.plane import integrate
from partialpool.quadrature.ridge import Growing
from partialpool.special import Array


def hyperposterior(target: Target, data: Reduced, exists: Existing) -> Hyperposterior:
    """Integrate the posterior of r and sigma; it must be proper."""
    lines, of = coordinates(target), data.rescaled
    log_r, log_sigma = _guess(target)
    here = nodes_at(target.model, np.array([log_r]), np.array([log_sigma]), np.zeros(1))
    highest = {"sd": exists.sd, "sigma": exists.sigma, "icc": np.inf, "mean": exists.mean, "theta": exists.theta}
    wanted = Wanted.at(of, here, {name: orders(below) for name, below in highest.items()})

    def statistics(x: Array, y: Array, log_p: Array) -> Array:
        log_r, log_sigma, _ = lines.point(x, y)
        nodes = nodes_at(target.model, log_r, log_sigma, log_p)
        return wanted(nodes, merged(nodes, log_r))

    growing = _growing(lines, exists)
    frame = locate(lines.log_density, _start(lines, log_r, log_sigma), growing)
    rule = integrate(lines.log_density, frame, statistics, growing)
    check_resolved(target.prior, float(rule.spread[0]))
    return Hyperposterior(data, of, target, lines, rule, wanted, exists)


def _guess(target: Target) -> tuple[float, float]:
    """Rough log r and log sigma, within the priors' supports."""
    model = target.model
    log_sigma = _inside(model.log_sigma, target.sigmas)
    if target.on_ratio:
        return _inside(0.5 * model.log_square, target.ratios), log_sigma
    return _inside(0.5 * model.log_square + log_sigma, target.sds) - log_sigma, log_sigma


def _inside(value: float, ends: tuple[float, float]) -> float:
    """The value, or one slightly inside the end that it is beyond."""
    lo, hi = ends
    margin = min(0.1, 0.1 * (hi - lo))
    return min(max(value, lo + margin), hi - margin)


def _start(lines: Lines, log_r: float, log_sigma: float) -> tuple[float, float, float, float]:
    """Point and widths from which to start the search."""
    sample = lines.target.model.sample
    x, y = lines.place(np.array(log_r), np.array(log_sigma))
    return float(x), float(y), 1.0, float(1.0 / np.sqrt(2.0 * max(sample.degrees + sample.groups, 1.0)))


def _growing(lines: Lines, exists: Existing) -> Growing:
    """Growing quantities, each with the highest power whose mean is wanted: its square, if that has a mean."""
    flat = lines.target.model.centre.flat
    on_sd, on_sigma, on_theta = (orders(highest) for highest in (exists.sd, exists.sigma, exists.theta))
    on_mean = orders(exists.mean) if flat else 0

    def growing(x: Array, y: Array) -> list[tuple[int, Array]]:
        log_r, log_sigma, _ = lines.point(x, y)
        log_sd = log_r + log_sigma
        theta = log_sigma if flat else np.minimum(log_sd, log_sigma)
        on = ((on_sd, log_sd), (on_sigma, log_sigma), (on_mean, np.maximum(log_sd, log_sigma)), (on_theta, theta))
        return [(power, log) for power, log in on if power]

    return growing
