"""Smooth functions of two coordinates, interpolated by polynomials between the Chebyshev points of a rectangle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from partialpool.quadrature.chunks import chunks
from partialpool.special import Array

_FEW = 8  # functions up to which sums are taken in an order that does not depend on the number of threads


@dataclass(frozen=True)
class Square:
    """A rectangle: lower and upper coordinates, (2,) each, and the number of Chebyshev points along each side."""

    low: Array
    high: Array
    sizes: tuple[int, int]

    @property
    def points(self) -> Array:
        """The Chebyshev points, the second coordinate changing fastest: (2, points)."""
        sides = [
            0.5 * (low + high + (high - low) * chebyshev_points(size))
            for low, high, size in zip(self.low, self.high, self.sizes, strict=True)
        ]
        return np.stack([side.ravel() for side in np.meshgrid(*sides, indexing="ij")])

    def weights(self, at: Array, count: Array) -> Array:
        """Weights (points,) whose product with f at the points gives the sum of count f at places `at`, (2, places)."""
        first, second = self._shares(at)
        return np.asarray(first.T @ (count[:, None] * second)).ravel()

    def between(self, values: Array, at: Array) -> Array:
        """Interpolate functions at places, (2, places), from their values (points, functions): (places, functions)."""
        out = np.empty((at.shape[1], values.shape[1]))
        for some in chunks(len(out), len(values)):
            first, second = self._shares(at[:, some])
            shares = (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)
            out[some] = np.einsum("ij,jk->ik", shares, values) if values.shape[1] <= _FEW else shares @ values
        return out

    def _shares(self, at: Array) -> tuple[Array, Array]:
        """Interpolation weights of the points along either side, at places: two arrays (places, points of the side)."""
        middle, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
        inside = (at - middle[:, None]) / half[:, None]
        first, second = (chebyshev_shares(x, size) for x, size in zip(inside, self.sizes, strict=True))
        return first, second


def chebyshev_shares(x: Array, size: int) -> Array:
    """The weight of each Chebyshev point in the value of a polynomial at places in (-1, 1): (places, size).

    The Chebyshev polynomials T_k are orthogonal over these points: the sum of T_k^2 is size/2, or size if k = 0.
    """
    at_points = chebyshev.chebvander(chebyshev_points(size), size - 1) * (2.0 / size)
    at_points[:, 0] *= 0.5
    return np.einsum("ik,jk->ij", chebyshev.chebvander(x, size - 1), at_points)


def chebyshev_points(size: int) -> Array:
    """Chebyshev's points of (-1, 1)."""
    return np.cos(np.pi * (np.arange(size) + 0.5) / size)
