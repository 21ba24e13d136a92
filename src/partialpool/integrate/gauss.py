"""Gauss rules: the few nodes and weights that give the same integrals of polynomials as many."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg.lapack import dstev

from partialpool.special import Array, Index, log_sigmoid

_NOTHING = 1e-30  # a share of the total that is none
_NEGLIGIBLE = 1e-15  # weight of a node
_ZERO = 1e-13  # length of what is left of a vector of length 1, from where it is rounding


@cache
def legendre(size: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def thinned(values: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """The `size`-point Gauss rule of a discrete measure, exact for polynomials of degree 2 size - 1.

    values, weights: points of the measure and their masses, 1-D. Fewer nodes where the measure has fewer points.
    """
    return thinned_rows(values[None], weights[None], np.array([size]))[0]


def thinned_logs(log_value: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """The logs of a positive quantity at Gauss nodes in its share of itself and its median, and their weights.

    For what is smooth in that share; the weights add up to 1.
    """
    running = np.cumsum(weights)
    middle = float(np.interp(0.5, running / running[-1], log_value))
    share, weight = thinned(np.exp(log_sigmoid(log_value - middle)), weights, size)
    share, weight = share[weight > _NEGLIGIBLE * running[-1]], weight[weight > _NEGLIGIBLE * running[-1]]
    logs = from_share(share) + middle
    return np.clip(logs, log_value[0], log_value[-1]), weight / weight.sum()


def from_share(share: Array) -> Array:
    """The log of a positive quantity over another from its share of both, kept from the ends."""
    share = np.clip(share, 1e-300, 1.0 - 1e-16)
    return np.log(share) - np.log1p(-share)


def thinned_rows(values: Array, weights: Array, sizes: Index) -> list[tuple[Array, Array]]:
    """Gauss rules of many discrete measures, of `sizes` nodes; values, weights: (measures, points).

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
    """Nodes and weights of the standard normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()
