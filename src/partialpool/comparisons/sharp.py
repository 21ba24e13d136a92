"""Two thetas that are both known so well at a node that they are about normal there, node by node.

Above this a table of their joint density serves (`joint`); where the population's mean moves both of them by much more
than they vary at a node, that table would be too large.
"""

from __future__ import annotations

import numpy as np
from scipy import special as sc

from partialpool.comparisons.quantities import Quantity
from partialpool.distributions import Betas, Each
from partialpool.integrate.gauss import legendre
from partialpool.special import Array

_CERTAIN = 3e-4  # a spread of z below which theta is normal to 1e-8 in probability
_REACH, _ACROSS = 8.5, 64  # spreads that an integral over a theta goes on either side of its middle, and its points
_ROOT = float(np.sqrt(2.0 * np.pi))


def below_one_by_one(
    probability: Array, one: Each, other: Each, quantity: Quantity, value: float
) -> tuple[float, float]:
    """What these nodes add to P(quantity <= value), and to the density of the quantity there."""
    certain = np.maximum(one.spread, other.spread) < _CERTAIN
    sharper = one.spread < other.spread
    below, density = np.zeros((2, len(probability)))
    for some in (certain, ~certain & sharper, ~certain & ~sharper):
        if not some.any():
            continue
        this, that = one.part(some), other.part(some)
        if some is certain:
            below[some], density[some] = _normal(this, that, quantity, value)
        elif sharper[some].all():
            above, density[some] = _integrated(this, that, quantity, -value)
            below[some] = 1.0 - above
        else:
            below[some], density[some] = _integrated(that, this, quantity, value)
    return float(probability @ below), float(probability @ density)


def _normal(one: Each, other: Each, quantity: Quantity, value: float) -> tuple[Array, Array]:
    """P(quantity <= value) and its density where both thetas are normal to all that can be seen."""
    (mean, variance), (other_mean, other_variance) = (_on_scale(of, quantity) for of in (one, other))
    sd = np.sqrt(variance + other_variance)
    z = (value - (mean - other_mean)) / sd
    return sc.ndtr(z), np.exp(-0.5 * z * z) / (sd * _ROOT)


def _on_scale(of: Each, quantity: Quantity) -> tuple[Array, Array]:
    """Mean and variance of theta at each node, on the scale on which the quantity is a difference."""
    if not quantity.logged:
        return of.mean, of.variance
    if isinstance(of, Betas) and quantity.name == "ratio":
        a, total = of.a, of.a + of.b
        return sc.digamma(a) - sc.digamma(total), sc.polygamma(1, a) - sc.polygamma(1, total)
    return of.middle, of.spread**2


def _integrated(over: Each, inner: Each, quantity: Quantity, value: float) -> tuple[Array, Array]:
    """P(theta of `inner` <= shift(theta of `over`, value)) at each node, and its slope in the value."""
    over, inner = over.part((slice(None), None)), inner.part((slice(None), None))
    x, w = legendre(_ACROSS)
    z = over.middle + _REACH * over.spread * (2.0 * x - 1.0)
    weight = w * np.exp(over.log_density(z))
    weight /= weight.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        there, _, slope = quantity.shift(z, value)
        there = np.nan_to_num(there, nan=np.inf, posinf=np.inf, neginf=-np.inf)
        rise = np.nan_to_num(np.exp(inner.log_density(there)) * slope, nan=0.0, posinf=0.0)
        return np.sum(weight * inner.cdf(there), axis=1), np.sum(weight * rise, axis=1)
