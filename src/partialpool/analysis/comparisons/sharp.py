"""Two thetas at nodes where both are known well: the Fourier series of the density of their difference.

Given a node the two are independent. On the scale zeta on which the quantity is a difference D = zeta_one - zeta_other,
its characteristic function is a product of two, and its density a series whose period T is the range of D:

    E exp(i w D)   =  E exp(i w zeta_one) E exp(-i w zeta_other),         w_m = 2 pi m / T,
    P(D <= c + y)  =  1/2 + y/T - sum_m Im[E exp(i w_m (D - c)) (exp(-i w_m y) - (-1)^m)] / (pi m).

A theta that is known well has a nearly normal density, which needs only a few terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions import Distribution, Quantity
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array

SHARP = 0.1
"""Spread of z up to which these numbers of terms and points leave an error of 2e-11 in a probability."""

_TERMS, _POINTS = 18, 48
_REACH = 0.8  # share of a conditional's `reach` that is used: a probability of 1e-11 lies beyond on either side
_LEAST = 1e-300

_Points: TypeAlias = tuple[Array, Array]


@dataclass(frozen=True)
class _Series:
    """The series of one quantity at each node: its centre c, its period T, and its terms (terms, nodes)."""

    centre: Array
    period: Array
    terms: NDArray[Any]

    @classmethod
    def of(cls, quantity: Quantity, one: _Points, other: _Points) -> _Series:
        """Construct the series from points of both thetas and their weights: (nodes, points) each."""
        (z, weight), (other_z, other_weight) = one, other
        zero, other_zero = z[:, :1], other_z[:, :1]
        zeta, other_zeta = quantity.value(z, zero), -quantity.value(other_zero, other_z)  # measured from the lower ends
        mean, other_mean = (np.sum(x, axis=1) for x in (weight * zeta, other_weight * other_zeta))
        up = np.hypot(zeta[:, -1] - mean, other_mean)
        down = np.hypot(mean, other_zeta[:, -1] - other_mean)
        period, middle = np.maximum(up + down, _LEAST), 0.5 * (up - down)
        rate = 2.0 * np.pi / period[:, None]
        terms = _terms(rate * (zeta - mean[:, None]), weight)
        terms *= np.conj(_terms(rate * (other_zeta - (other_mean - middle)[:, None]), other_weight))
        return cls(quantity.value(zero, other_zero)[:, 0] + (mean - other_mean + middle), period, terms)

    @classmethod
    def joined(cls, parts: Sequence[_Series]) -> _Series:
        """Concatenate series of several sets of nodes."""
        centre = np.concatenate([one.centre for one in parts])
        period = np.concatenate([one.period for one in parts])
        return cls(centre, period, np.concatenate([one.terms for one in parts], axis=1))

    def below(self, value: float) -> tuple[Array, Array]:
        """P(quantity <= value) and its density at each node."""
        turn = 2.0 * np.pi * np.clip((value - self.centre) / self.period, -0.5, 0.5)
        step = np.exp(-1j * turn)
        whole, divided = np.zeros((2, *turn.shape), dtype=complex)
        for m in range(len(self.terms), 0, -1):
            term = self.terms[m - 1]
            whole = (whole + term) * step
            divided = (divided + term / m) * step
        inside = np.abs(turn) < np.pi
        p = 0.5 + turn / (2.0 * np.pi) - (divided.imag - self._at_the_end) / np.pi
        return np.where(inside, p, turn > 0.0), np.where(inside, (1.0 + 2.0 * whole.real) / self.period, 0.0)

    @cached_property
    def _at_the_end(self) -> Array:
        """The sum of the series at the upper end of the period."""
        m = np.arange(1, len(self.terms) + 1)
        return np.asarray(((-1.0) ** m / m) @ self.terms.imag)


@dataclass(frozen=True)
class Sharp:
    """The conditionals of two groups at some nodes: (nodes,) each."""

    probability: Array
    one: Distribution
    other: Distribution

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """Contributions of these nodes to P(quantity <= value), and to the density of the quantity there."""
        if quantity.name not in self._series:
            self._series[quantity.name] = _Series.joined([_Series.of(quantity, *both) for both in self._points])
        p, density = self._series[quantity.name].below(value)
        return float(self.probability @ p), float(self.probability @ density)

    @cached_property
    def _series(self) -> dict[str, _Series]:
        return {}

    @cached_property
    def _points(self) -> list[tuple[_Points, _Points]]:
        """Points of both thetas, for some nodes at a time."""
        parts = [(some, None) for some in chunks(len(self.probability), 8 * _POINTS)]
        return [(_points(self.one.part(which)), _points(self.other.part(which))) for which in parts]


def _points(of: Distribution) -> _Points:
    """Points of z from one end of each theta to the other, with their weights: (nodes, points) each."""
    low, high = (of.middle + _REACH * (end - of.middle) for end in of.reach)
    z = low + (high - low) * np.linspace(0.0, 1.0, _POINTS)
    weight = np.exp(of.log_density(z))
    return z, weight / weight.sum(axis=1, keepdims=True)


def _terms(turn: Array, weight: Array) -> NDArray[Any]:
    """E exp(i m turn) for m = 1, 2, ...: (terms, nodes)."""
    step, power = np.exp(1j * turn), weight.astype(complex)
    terms = np.empty((_TERMS, len(turn)), dtype=complex)
    for m in range(_TERMS):
        power *= step
        terms[m] = power.sum(axis=1)
    return terms
