"""Gauss rules: a few nodes and weights that integrate polynomials exactly over a measure with many points."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg.lapack import dstev

from partialpool.special import Array, Index, log_sigmoid

_NOTHING = 1e-30  # smaller shares of the total are dropped
_NEGLIGIBLE = 1e-15  # nodes with a smaller share of the total weight are dropped
_ZERO = 1e-13  # a unit vector whose remainder after orthogonalisation is shorter is rounding error


@cache
def legendre(size: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def thinned(values: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """Return the `size`-point Gauss rule of a discrete measure, exact for polynomials of degree 2 size - 1.

    values, weights: (points,), the points of the measure and their masses. A measure of fewer points gives fewer nodes.
    """
    return thinned_rows(values[None], weights[None], np.array([size]))[0]


def thinned_logs(log_value: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """Thin a measure on a positive quantity q given by its log: logs and weights of Gauss nodes in q/(q + median).

    The rule suits functions smooth in that share; its weights sum to 1. log_value must increase.
    """
    running = np.cumsum(weights)
    middle = float(np.interp(0.5, running / running[-1], log_value))
    share, weight = thinned(np.exp(log_sigmoid(log_value - middle)), weights, size)
    share, weight = share[weight > _NEGLIGIBLE * running[-1]], weight[weight > _NEGLIGIBLE * running[-1]]
    logs = from_share(share) + middle
    return np.clip(logs, log_value[0], log_value[-1]), weight / weight.sum()


def from_share(share: Array) -> Array:
    """Return the logit of a share, clipped away from 0 and 1."""
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    return np.log(share) - np.log1p(-share)


def thinned_rows(values: Array, weights: Array, sizes: Index) -> list[tuple[Array, Array]]:
    """Return Gauss rules of many discrete measures, of `sizes` nodes each; values, weights: (measures, points).

    Lanczos with full reorthogonalisation gives the Jacobi matrices; their eigenvalues are the nodes (Golub and Welsch
    1969, Mathematics of Computation 23:221).
    """
    total = weights.sum(axis=1)
    share = np.where(weights > _NOTHING * total[:, None], weights / total[:, None], 0.0)
    centre = np.einsum("rp,rp->r", share, values) / share.sum(axis=1)
    away = np.where(share > 0.0, values - centre[:, None], 0.0)
    spread = np.sqrt(np.einsum("rp,rp->r", share, away**2))
    x = away / np.where(spread > 0.0, spread, 1.0)[:, None]
    sizes = np.minimum(sizes, np.count_nonzero(share, axis=1))
    diagonal, beside = np.zeros((2, len(x), int(sizes.max())))
    order = np.argsort(-sizes, kind="stable")
    basis = np.sqrt(share[order])[None]
    while len(order):
        k = len(basis) - 1
        step = x[order] * basis[k]
        diagonal[order, k] = np.einsum("rp,rp->r", step, basis[k])
        for _ in range(2):
            step -= np.einsum("kr,krp->rp", np.einsum("krp,rp->kr", basis, step), basis)
        beside[order, k] = length = np.sqrt(np.einsum("rp,rp->r", step, step))
        sizes[order] = np.where(length > _ZERO, sizes[order], k + 1)
        going = sizes[order] > k + 1
        if not going.all():
            order, basis, step, length = order[going], basis[:, going], step[going], length[going]
        basis = np.concatenate([basis, (step / length[:, None])[None]])
    rules = []
    for i, size in enumerate(sizes):
        nodes, vectors, _ = dstev(diagonal[i, :size], beside[i, : max(size - 1, 1)])
        rules.append((centre[i] + spread[i] * nodes, total[i] * vectors[0] ** 2))
    return rules


@cache
def hermite(size: int) -> tuple[Array, Array]:
    """Gauss-Hermite nodes and weights for the standard normal distribution; the weights sum to 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()
