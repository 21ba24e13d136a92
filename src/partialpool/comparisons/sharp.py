"""Two thetas node by node, where the population's mean moves both of them by much more than they vary at a node.

Panels for many such nodes at once (`joint`) would be many. Given a node,

    P(quantity <= value)  =  integral f_over(z) F_inner(shift(z, value)) dz

at a few points of the theta that varies less, on the scale on which the quantity is a difference, with the distribution
function of the other tabulated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special as sc

from partialpool.distributions import Each, Quantity
from partialpool.integrate.gauss import legendre
from partialpool.panels import POINTS, basis
from partialpool.special import Array

_CERTAIN = 3e-4  # a spread of z below which theta is normal to 1e-8 in probability
_REACH, _ACROSS = 8.5, 64  # spreads that an integral over a theta goes on either side of its middle, and its points
_PANEL = 0.67  # spreads of a panel in which densities are read as polynomials
_ROOT = float(np.sqrt(2.0 * np.pi))


# some of the nodes, whether the two thetas stand in each other's place there (-1), and how they are read
_Part: TypeAlias = "tuple[NDArray[np.bool_], float, _Normal | _Tabled]"


@dataclass(frozen=True)
class Sharp:
    """The conditionals of two groups at some nodes: (nodes)."""

    probability: Array
    one: Each
    other: Each

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """What these nodes add to P(quantity <= value), and to the density of the quantity there."""
        p = density = 0.0
        for some, sign, pair in self._parts[quantity.name]:
            below, rise = pair.below(quantity, sign * value)
            part = self.probability[some]
            p += float(part @ (below if sign > 0.0 else 1.0 - below))
            density += float(part @ rise)
        return p, density

    @cached_property
    def _parts(self) -> dict[str, list[_Part]]:
        """For each quantity the nodes of each kind, by how they are read."""
        return {quantity.name: self._divided(quantity) for quantity in self.one.quantities}

    def _divided(self, quantity: Quantity) -> list[_Part]:
        certain = np.maximum(self.one.spread, self.other.spread) < _CERTAIN
        sharper = np.less(*(quantity.along(of)[1] for of in (self.one, self.other)))
        kinds = (certain, 1.0, _Normal), (~certain & sharper, -1.0, _Tabled), (~certain & ~sharper, 1.0, _Tabled)
        parts = []
        for some, sign, kind in kinds:
            if some.any():
                one, other = self.one.part(some), self.other.part(some)
                parts.append((some, sign, kind(one, other) if sign > 0.0 else kind(other, one)))
        return parts


@dataclass(frozen=True)
class _Normal:
    """Thetas that are normal to all that can be seen."""

    one: Each
    other: Each

    def below(self, quantity: Quantity, value: float) -> tuple[Array, Array]:
        """P(quantity <= value) and its density at each node."""
        (mean, variance), (other_mean, other_variance) = (quantity.along(of) for of in (self.one, self.other))
        sd = np.sqrt(variance + other_variance)
        z = (value - (mean - other_mean)) / sd
        return sc.ndtr(z), np.exp(-0.5 * z * z) / (sd * _ROOT)


@dataclass(frozen=True)
class _Tabled:
    """The theta that is integrated over, and the other, of which panels between its ends are tabulated."""

    inner: Each
    over: Each

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        """z of the theta that is integrated over, and weights that add up to 1: (nodes, points)."""
        of = self.over.part((slice(None), None))
        x, w = legendre(_ACROSS)
        z = of.middle + _REACH * of.spread * (2.0 * x - 1.0)
        weight = w * np.exp(of.log_density(z))
        return z, weight / weight.sum(axis=1, keepdims=True)

    @cached_property
    def _panels(self) -> tuple[Array, Array, Array, Array]:
        """The lower end and the width of the panels (nodes, 1); densities, and integrals up to each, in widths."""
        of = self.inner.part((slice(None), None))
        low, high = of.reach
        size = int(np.ceil(np.max((high - low) / of.spread) / _PANEL))
        width = (high - low) / size
        x, w = legendre(POINTS)
        z = low + width * (np.arange(size)[:, None] + x).ravel()
        with np.errstate(under="ignore"):
            density = np.exp(of.log_density(z)).reshape(len(z), size, POINTS)
        upto = np.concatenate([np.zeros((len(z), 1)), np.cumsum(density @ w, axis=1)], axis=1)
        return low, width, density / upto[:, -1:, None], upto / upto[:, -1:]

    def below(self, quantity: Quantity, value: float) -> tuple[Array, Array]:
        """P(quantity <= value) and its density at each node."""
        z, weight = self._points
        low, width, density, upto = self._panels
        with np.errstate(all="ignore"):
            there, _, slope = quantity.shift(z, value)
            there = np.nan_to_num(there, nan=np.inf, posinf=np.inf, neginf=-np.inf)
            at = np.clip((there - low) / width, 0.0, density.shape[1])
        panel = np.minimum(at.astype(np.intp), density.shape[1] - 1)
        node = np.arange(len(z))[:, None]
        values, integrals = (part.reshape(*z.shape, POINTS) for part in basis((at - panel).ravel()))
        rows = density[node, panel]
        p = upto[node, panel] + np.einsum("nki,nki->nk", rows, integrals)
        inside = (at > 0.0) & (at < density.shape[1])
        rise = np.where(inside, np.einsum("nki,nki->nk", rows, values) / width, 0.0)
        with np.errstate(all="ignore"):
            slope = np.nan_to_num(rise * slope, nan=0.0, posinf=0.0)
        return np.sum(weight * p, axis=1), np.sum(weight * slope, axis=1)
