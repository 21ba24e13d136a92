"""Conjugate conditionals of many groups at many nodes, whose parameters are computed only where they are used.

    proportions   theta_j | y_j, phi_k  ~  Beta(y_j + alpha_k, n_j - y_j + beta_k)
    rates         theta_j | y_j, phi_k  ~  Gamma(y_j + shape_k, exposure_j + rate_k)
    estimates     theta_j | y_j, phi_k  ~  N(mean_k + b (y_j - mean_k), b se_j^2),  b = sd_k^2/(se_j^2 + sd_k^2)

Thousands of groups times thousands of nodes would fill the memory, whereas their own numbers take next to none.
"""

from __future__ import annotations

from typing import Any, Self, TypeAlias

import numpy as np

from partialpool.distributions.betas import Betas
from partialpool.distributions.gammas import Gammas
from partialpool.distributions.normals import Normals
from partialpool.special import Array

Given: TypeAlias = tuple[Array, Array, Array, Array]

STORED = 1 << 20
"""Groups times nodes up to which parameters are stored: 8 MB, which are quicker to read than to compute again."""

_SHARPEST = 1e-9  # least sd of a normal conditional, relative to its distance from the origin
_LEAST = 1e-13  # least sd of a normal conditional, in its unit, which is about the spread of the data


def conjugate_betas(y: Array, f: Array, alpha: Array, beta: Array) -> Betas:
    """Return Beta(y + alpha, f + beta) for groups with y successes and f failures, at all nodes: (groups, nodes)."""
    if len(y) * len(alpha) > STORED:
        return _Betas(y, f, alpha, beta)
    return Betas(y[:, None] + alpha, f[:, None] + beta)


def conjugate_gammas(y: Array, log_exposure: Array, shape: Array, log_rate: Array) -> Gammas:
    """Return Gamma(y + shape, exposure + rate) for groups with y events, at all nodes: (groups, nodes)."""
    if len(y) * len(shape) > STORED:
        return _Gammas(y, log_exposure, shape, log_rate)
    return Gammas(y[:, None] + shape, np.logaddexp(log_exposure[:, None], log_rate))


def conjugate_normals(y: Array, se: Array, population: Normals) -> Normals:
    """Return the normal conditionals of groups with estimates y, at all nodes: (groups, nodes).

    y is measured from the population's origin and in its unit; se, (groups, nodes or 1), is in the same unit.
    """
    mean, sd = population.location, population.sd
    h = np.hypot(se, sd)
    b, rest = (sd / h) ** 2, (se / h) ** 2
    away = y[:, None] - mean
    location = np.where(b > 0.5, y[:, None] - rest * away, mean + b * away)
    return Normals(location, blurred(location, se * (sd / h)), population.origin, population.unit)


def blurred(location: Array, sd: Array) -> Array:
    """The sds of normals about these locations, none so small that points in doubles would not resolve it."""
    return np.maximum(sd, np.maximum(_SHARPEST * np.abs(location), _LEAST))


class _Betas(Betas):
    """Beta distributions whose parameters are computed when they are used."""

    _given: Given

    def __init__(self, y: Array, f: Array, alpha: Array, beta: Array) -> None:
        object.__setattr__(self, "_given", (y, f, alpha, beta))

    @property
    def shape(self) -> tuple[int, ...]:
        y, _, alpha, _ = self._given
        return len(y), len(alpha)

    @property
    def a(self) -> Array:
        return self._given[0][:, None] + self._given[2]

    @property
    def b(self) -> Array:
        return self._given[1][:, None] + self._given[3]

    @property
    def mirrored(self) -> Betas:
        y, f, alpha, beta = self._given
        return _Betas(f, y, beta, alpha)

    def remembering(self) -> Self:
        return self  # it is not to be stored

    def part(self, which: Any) -> Betas:  # type: ignore[override]
        y, f, alpha, beta = _at(self._given, which)
        return Betas(y + alpha, f + beta)


class _Gammas(Gammas):
    """Gamma distributions whose parameters are computed when they are used."""

    _given: Given

    def __init__(self, y: Array, log_exposure: Array, shape: Array, log_rate: Array) -> None:
        object.__setattr__(self, "_given", (y, log_exposure, shape, log_rate))

    @property
    def shape(self) -> tuple[int, ...]:
        y, _, shape, _ = self._given
        return len(y), len(shape)

    @property
    def a(self) -> Array:
        return self._given[0][:, None] + self._given[2]

    @property
    def log_s(self) -> Array:
        return np.logaddexp(self._given[1][:, None], self._given[3])

    def remembering(self) -> Self:
        return self  # it is not to be stored

    def part(self, which: Any) -> Gammas:  # type: ignore[override]
        y, log_exposure, shape, log_rate = _at(self._given, which)
        return Gammas(y + shape, np.logaddexp(log_exposure, log_rate))


def _at(given: Given, which: Any) -> list[Array]:
    """The numbers of groups and of nodes that an index into (groups, nodes) selects."""
    size = len(given[0]), len(given[2])
    rows, columns = (part[:, None] for part in given[:2]), given[2:]
    return [np.broadcast_to(part, size)[which] for part in (*rows, *columns)]
