"""Few nodes of (r, sigma) that serve as well as the whole lattice for the distribution functions of groups.

Rows of constant x stand at the Gauss nodes of the posterior of x; along each, the nodes are the Gauss nodes of what the
row says of sigma. Both take a share between 0 and 1 as the variable in which the integrands are like polynomials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partialpool.inference.measurements.mixtures import Mixture, Targets
from partialpool.inference.measurements.target import Lines
from partialpool.integrate.gauss import thinned, thinned_rows
from partialpool.integrate.marginal import Marginal
from partialpool.integrate.rows import Near, rows
from partialpool.marginals.normal_moments import Nodes
from partialpool.marginals.normal_unknown import Likelihood
from partialpool.special import Array, log_sigmoid

_SIZES = ((6, 6), (9, 8), (13, 10), (20, 10), (27, 12), (38, 18), (60, 34))  # rows, and nodes along each
_WIDE = ((0.15, 0), (0.4, 1))  # where to begin, by the sd of x
_REFINED = (2, 4)
_GOAL = 1e-10
_STEP = 0.15
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class Source:
    """The integrated posterior: its coordinates, the marginal of x, and where the rows have their mass."""

    model: Likelihood
    lines: Lines
    marginal: Marginal
    near: Near


def fitted(source: Source, typical: Targets, levels: Array) -> tuple[Mixture, float]:
    """The smallest mixture whose quantiles for a few typical targets the next finer one confirms, and its error.

    Gauss rules of two sizes may share an error, so that the whole lattice has the last word.
    """
    first = next((k for limit, k in _WIDE if _spread(source.marginal) < limit), len(_WIDE))
    best, error = Mixture(source.model, few(source, *_SIZES[first])), np.inf
    x = best.starts(typical, levels)
    last: Mixture | None = None
    for size in _SIZES[first + 1 :]:
        finer = Mixture(source.model, few(source, *size))
        x = best.quantiles(typical, levels, x)
        error = finer.disagreement(typical, x, levels)
        if error < _GOAL:
            last = last or Mixture(source.model, many(source, 1))
            error = max(error, last.disagreement(typical, x, levels))
            if error < _GOAL:
                return best, error
        best = finer
    last = last or Mixture(source.model, many(source, 1))
    for refine in _REFINED:
        finer = Mixture(source.model, many(source, refine))
        x = last.quantiles(typical, levels, x)
        moved = finer.disagreement(typical, x, levels)
        if moved < error:
            best, error = last, moved
        if error < _GOAL:
            break
        last = finer
    return best, error


def _spread(of: Marginal) -> float:
    """The sd of x."""
    x, p = of.place(of.t), of.density * of.step
    return float(np.sqrt(p @ (x - p @ x) ** 2))


def few(source: Source, size: int, across: int) -> Nodes:
    """`size` rows with `across` nodes each."""
    t = source.marginal.t
    x, mass = source.marginal.place(t), source.marginal.density * source.marginal.step
    value = source.lines.along.value(x)
    middle = float(np.interp(0.5, np.cumsum(mass), value))
    share, weight = thinned(np.exp(log_sigmoid(value - middle)), mass, size)
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    at = source.lines.along.coordinate(np.log(share) - np.log1p(-share) + middle)
    return _filled(source, np.clip(at, x[0], x[-1]), weight, across, _STEP)


def many(source: Source, refine: int) -> Nodes:
    """All rows of the lattice, or of one `refine` times as fine, with all their points."""
    own = source.marginal.t
    t = np.linspace(own[0], own[-1], refine * (len(own) - 1) + 1)
    return _filled(source, source.marginal.place(t), source.marginal.pdf_t(t), None, _STEP / refine)


def _filled(source: Source, x: Array, weight: Array, across: int | None, step: float) -> Nodes:
    weight = np.maximum(weight, 0.0) / np.maximum(weight, 0.0).sum()
    keep = weight > _NEGLIGIBLE
    x, weight = x[keep], weight[keep]
    lines = rows(source.lines.log_density, x, source.near, step)
    log_r, log_sigma, _ = source.lines.point(x[:, None], lines.y)
    log_r = np.broadcast_to(log_r, lines.y.shape)
    mass = lines.density * lines.step
    if across is None:
        p = (weight[:, None] * mass).ravel()
        some = p > _NEGLIGIBLE
        return Nodes(log_r.ravel()[some], np.broadcast_to(log_sigma, lines.y.shape).ravel()[some], p[some])
    middle = np.sum(log_sigma * mass, axis=1, keepdims=True)
    rules = thinned_rows(np.exp(log_sigmoid(log_sigma - middle)), mass, np.full(len(x), across))
    line = np.repeat(np.arange(len(x)), [len(p) for _, p in rules])
    share, p = (np.concatenate(part) for part in zip(*rules, strict=True))
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    log_sigma = np.log(share) - np.log1p(-share) + middle[line, 0]
    at = source.lines.along.value(x)[line]
    log_r = at - log_sigma if source.lines.parameter == "sd" else at
    return Nodes(log_r, log_sigma, weight[line] * p)
