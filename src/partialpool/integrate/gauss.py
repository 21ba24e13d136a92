"""Gauss rules: the few nodes and weights that give the same integrals of polynomials as many."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg import eigh_tridiagonal

from partialpool.special import Array


@cache
def legendre(size: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def thinned(values: Array, weights: Array, size: int) -> tuple[Array, Array]:
    """The `size`-point Gauss rule of a discrete measure, exact for polynomials of degree 2 size - 1.

    values, weights: points of the measure and their masses, 1-D. Lanczos with full reorthogonalisation gives the
    Jacobi matrix; its eigenvalues are the nodes (Golub and Welsch 1969, Mathematics of Computation 23:221).
    """
    total = float(weights.sum())
    keep = weights > 1e-30 * total
    values, weights = values[keep], weights[keep]
    centre = float(values @ weights) / total
    spread = float(np.sqrt(weights @ (values - centre) ** 2 / total))
    size = min(size, len(values))
    if spread == 0.0 or size == 1:
        return np.array([centre]), np.array([total])
    x = (values - centre) / spread
    basis = np.zeros((size, len(x)))
    basis[0] = np.sqrt(weights / total)
    diagonal, beside = np.zeros(size), np.zeros(size - 1)
    for k in range(size):
        step = x * basis[k]
        diagonal[k] = step @ basis[k]
        for _ in range(2):
            step = step - basis[: k + 1].T @ (basis[: k + 1] @ step)
        norm = float(np.sqrt(step @ step))
        if k == size - 1 or norm < 1e-13:
            size = k + 1
            break
        beside[k], basis[k + 1] = norm, step / norm
    nodes, vectors = eigh_tridiagonal(diagonal[:size], beside[: size - 1], lapack_driver="stev")
    return centre + spread * nodes, total * vectors[0] ** 2


@cache
def hermite(size: int) -> tuple[Array, Array]:
    """Nodes and weights of the standard normal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(size)
    return nodes, weights / weights.sum()
