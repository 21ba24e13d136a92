"""Power-scaling sensitivity: the change of the posterior when the prior or the likelihood is raised to a power.

    p_a(phi)  ~  p(phi) p(data | phi) * p(phi)^(a - 1)            the prior to the power a
    p_a(phi)  ~  p(phi) p(data | phi) * p(data | phi)^(a - 1)     the likelihood to the power a

phi are the population's parameters; every theta_j is integrated out of p(data | phi). p(phi) is the density with
respect to d mean d concentration (proportions), d mean d rate (rates), d mean d sd (estimates) or d mean d sd d sigma
(measurements). For a parameter f, on an unbounded scale, two numbers are computed by reweighting nodes:

    sensitivity   d E_a[f] / d log2(a) at a = 1, in sds of f:   log(2) Cov(f, log p)/sd(f), exactly
    shift         (E_a[f] - E_1[f]) / sd(f) at the powers a

Source: Kallioinen, Paananen, Bürkner and Vehtari 2024, Statistics and Computing 34:57. They measure distances of whole
distributions; here it is the mean that is followed, in sds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from partialpool.analysis.fitted_model import FittedModel
from partialpool.diagnostics.outcomes import outcomes
from partialpool.models.family import Family
from partialpool.priors import Joint
from partialpool.safety import BETWEEN_NODES
from partialpool.special import Array, safe_log

PARTS = ("prior", "likelihood")

_GOAL = 1e-6  # error, in sds, that ends refinement
_FINEST = 5  # largest fineness of the nodes
_ROUNDING = 1e-12  # rounding error, in sds
_LEAST = 0.02  # effective share of the nodes that reweighting by a power must leave
_LOG2 = float(np.log(2.0))


@dataclass(frozen=True)
class Scaled:
    """Sensitivities and errors, each (parts, parameters), and shifts at each power, (parts, parameters, powers)."""

    parameters: tuple[str, ...]
    scales: tuple[str, ...]
    sensitivity: Array
    shift: Array
    error: Array


def power_scaled(fit: FittedModel, prior: Joint, parameters: Sequence[str], powers: Sequence[float]) -> Scaled:
    """Compute sensitivities of the parameters to the prior and to the likelihood, and their shifts at the powers."""
    scales = {name: scale_of(fit.family, name) for name in parameters}
    last: Array | None = None
    best, error = np.full((2, len(parameters), 1 + len(powers)), np.nan), np.full((2, len(parameters)), np.inf)
    for points in _successive(fit, prior):
        found, kept = _at(points, scales, powers)
        if last is not None:
            off = BETWEEN_NODES * np.abs(found - last).max(axis=2) + _ROUNDING
            off[kept < _LEAST] = np.inf
            better = off < error
            best[better], error[better] = found[better], off[better]
            if (error < _GOAL).all():
                break
        last = found
    return Scaled(tuple(parameters), tuple(scales.values()), best[..., 0], best[..., 1:], error)


@dataclass(frozen=True)
class _Points:
    """Weighted nodes of the posterior of the population's parameters, with log prior and log likelihood at each."""

    probability: Array
    phi: Mapping[str, Array]
    log_prior: Array
    log_likelihood: Array


def _successive(fit: FittedModel, prior: Joint) -> Iterator[_Points]:
    """Yield ever better nodes: one of the two lattices of the integration and then both, or else ever finer nodes."""
    every = fit.results.weighed()
    if every is not None:
        for weight in (every.half, every.probability / every.probability.sum()):
            yield _Points(weight, every.phi, prior.log_density_of(every.phi), every.log_likelihood)
        return
    data = outcomes(fit.family, fit.data)
    for fineness in range(_FINEST + 1):
        nodes = fit.conditionals(fineness)
        log_likelihood = data.count @ data.sampling(nodes.population, nodes.phi).log_probability(data)
        yield _Points(nodes.probability, nodes.phi, prior.log_density_of(nodes.phi), log_likelihood)


def scale_of(family: Family, parameter: str) -> str:
    """The name of the scale on which a parameter is unbounded."""
    return family.line if parameter == "mean" else "logit" if parameter == "icc" else "log"


def _at(points: _Points, scales: Mapping[str, str], powers: Sequence[float]) -> tuple[Array, Array]:
    """Sensitivity and shifts, (parts, parameters, 1 + powers), and the smallest effective share of nodes, (parts,)."""
    p, phi = points.probability, points.phi
    out, kept = np.empty((2, len(scales), 1 + len(powers))), np.ones(2)
    values = np.stack([_on(scale, name, phi) for name, scale in scales.items()])
    mean = values @ p
    away = values - mean[:, None]
    sd = np.maximum(np.sqrt(away**2 @ p), 1e-300)
    for i, log in enumerate((points.log_prior, points.log_likelihood)):
        change = log - p @ log
        out[i, :, 0] = _LOG2 * (away @ (p * change)) / sd
        for k, power in enumerate(powers):
            w = (power - 1.0) * change
            w = p * np.exp(w - w.max())
            w /= w.sum()
            out[i, :, 1 + k] = (away @ w) / sd
            kept[i] = min(kept[i], 1.0 / float(w @ (w / np.maximum(p, 1e-300))))
    return out, kept


def _on(scale: str, name: str, phi: Mapping[str, Array]) -> Array:
    value = phi[name]
    if scale == "identity":
        return np.asarray(value - value[0])
    if scale == "log":
        return safe_log(value)
    if name == "mean":
        return np.asarray(safe_log(phi["alpha"]) - safe_log(phi["beta"]))
    return np.asarray(2.0 * (safe_log(phi["sd"]) - safe_log(phi["sigma"])))
