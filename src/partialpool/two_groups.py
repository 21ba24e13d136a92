"""Two thetas at once: the distribution of their difference, ratio and odds ratio, averaged over nodes.

Given a node the two are independent, so that with d a difference (or a ratio)

    P(theta_one - theta_other <= d)  =  sum_k p_k integral f_other(t) F_one(t + d) dt,

for normal populations in closed form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc
from scipy.optimize import brentq

from partialpool.composite import Grid, grid
from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.special import Array, log_sigmoid

# (z of theta_other, value) -> the z that theta_one then has, increasing in the value, and its slope in z
_Shift = Callable[[Array, float], tuple[Array, Array]]


@dataclass(frozen=True)
class Quantity:
    """A number that two thetas have together; `logged` if its value is the log of a ratio.

    What belongs to theta_one at a value, belongs to theta_other at minus the value.
    """

    name: str
    shift: _Shift
    logged: bool = True


def _along(z: Array, d: float) -> tuple[Array, Array]:
    return z + d, np.ones(z.shape)


def _beta_difference(z: Array, d: float) -> tuple[Array, Array]:
    theta, rest = np.exp(log_sigmoid(z)), np.exp(log_sigmoid(-z))
    up, down = np.maximum(theta + d, 0.0), np.maximum(rest - d, 0.0)
    return np.log(up) - np.log(down), theta * rest / (up * down)


def _beta_ratio(z: Array, log_d: float) -> tuple[Array, Array]:
    log_theta = log_sigmoid(z) + log_d
    rest = -np.expm1(np.minimum(log_theta, 0.0))
    return log_theta - np.log(rest), np.exp(log_sigmoid(-z)) / rest


def _gamma_difference(z: Array, d: float) -> tuple[Array, Array]:
    theta = np.exp(z)
    up = np.maximum(theta + d, 0.0)
    return np.log(up), theta / up


def quantities(of: Each) -> tuple[Quantity, ...]:
    """What is asked of two thetas of such a kind."""
    shifted = Quantity("odds ratio" if isinstance(of, Betas) else "ratio", _along)
    if isinstance(of, Betas):
        ratio = Quantity("ratio", _beta_ratio)
        return Quantity("difference", _beta_difference, logged=False), ratio, shifted
    if isinstance(of, Gammas):
        return Quantity("difference", _gamma_difference, logged=False), shifted
    return (Quantity("difference", _along, logged=False),)


@dataclass(frozen=True)
class Pair:
    """The conditionals of two groups at the nodes: (nodes)."""

    probability: Array
    one: Each
    other: Each

    @classmethod
    def of(cls, nodes: Conditionals, places: tuple[int, int]) -> Pair:
        i, j = (int(nodes.where[place]) for place in places)
        return cls(nodes.probability, nodes.groups.part(i), nodes.groups.part(j))

    def asked(self, levels: Array) -> Array:
        """P(one > other) in the first row; mean, sd and quantiles of each quantity in the others."""
        rows = [np.full(2 + len(levels), self.greater)]
        rows += [
            np.array([*self.moments(quantity), *(self.quantile(quantity, p) for p in levels)])
            for quantity in quantities(self.one)
        ]
        return np.stack(rows)

    def moved(self, found: Array, levels: Array) -> float:
        """How far these nodes are from what others found: in probability, and in means and sds beside their sd."""
        off = [abs(self.greater - float(found[0, 0]))]
        unit = self.one.unit if isinstance(self.one, Normals) else 1.0
        for quantity, row in zip(quantities(self.one), found[1:], strict=True):
            values = np.log(row[2:]) if quantity.logged else row[2:] / unit
            off += [abs(self.below(quantity, x) - p) for x, p in zip(values, levels, strict=True)]
            if np.isfinite(row[1]):
                off += list(np.abs(np.array(self.moments(quantity)) - row[:2]) / row[1])
        return float(np.nan_to_num(np.max(off), nan=np.inf))  # what is no number confirms nothing

    @cached_property
    def greater(self) -> float:
        return 1.0 - self.below(quantities(self.one)[0], 0.0)

    # --- distribution

    def below(self, quantity: Quantity, value: float) -> float:
        """P(quantity <= value).

        The panels resolve theta_other, and theta_one where it is moved to; its distribution function is the running
        integral of its density over them.
        """
        if isinstance(self.one, Normals) and isinstance(self.other, Normals):
            gap = self.one.location - self.other.location
            return float(self.probability @ sc.ndtr((value - gap) / np.hypot(self.one.sd, self.other.sd)))
        own, moved = self._edges
        with np.errstate(all="ignore"):
            moved = np.nan_to_num(quantity.shift(moved, -value)[0], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
            edges = np.sort(np.concatenate([own, np.clip(moved, own[:, :1], own[:, -1:])], axis=1), axis=1)
            at = Grid(edges[:, :-1], np.diff(edges, axis=1))
            z = at.z
            there, slope = quantity.shift(z, value)
            density = np.exp(self.other.part((slice(None), None)).log_density(z))
            inner = np.exp(self.one.part((slice(None), None)).log_density(there)) * slope
            start = self.one.cdf(quantity.shift(edges[:, 0], value)[0])
        inside = np.nan_to_num(start)[:, None] + at.running(np.nan_to_num(inner, nan=0.0, posinf=0.0))
        weight = density * at.weight
        return float(self.probability @ (np.sum(weight * inside, axis=1) / weight.sum(axis=1)))

    @cached_property
    def _edges(self) -> tuple[Array, Array]:
        """The edges of panels for theta_other and for theta_one."""
        found = []
        for of in (self.other, self.one):
            at = grid(of.part((None, slice(None))))
            found.append(np.concatenate([at.edge, at.edge[:, -1:] + at.width[:, -1:]], axis=1))
        return found[0], found[1]

    def quantile(self, quantity: Quantity, p: float) -> float:
        """Where the quantity is below with probability p."""
        unit = self.one.unit if isinstance(self.one, Normals) else 1.0
        low, high = self._bracket(quantity)
        x = float(brentq(lambda v: self.below(quantity, v) - p, low, high, xtol=1e-14 * max(abs(low), abs(high))))
        return float(np.exp(x)) if quantity.logged else unit * x

    def _bracket(self, quantity: Quantity) -> tuple[float, float]:
        """Between where the quantity surely is."""
        if quantity.name == "difference" and isinstance(self.one, Betas):
            return -1.0, 1.0
        (a, b), (c, d) = self.one.reach, self.other.reach
        if quantity.name == "difference" and isinstance(self.one, Gammas):
            return -float(np.exp(d.max())), float(np.exp(b.max()))
        return float((a - d).min()) - 1.0, float((b - c).max()) + 1.0

    # --- moments

    def moments(self, quantity: Quantity) -> tuple[float, float]:
        """Mean and sd, NaN where they do not exist for certain."""
        p = self.probability
        if quantity.name == "difference":
            gap = self.one.mean - self.other.mean
            mean = float(p @ gap)
            return mean, float(np.sqrt(p @ ((gap - mean) ** 2 + self.one.variance + self.other.variance)))
        first, second = (_powers(self.one, quantity.name, k) * _powers(self.other, quantity.name, -k) for k in (1, 2))
        mean, square = float(p @ first), float(p @ second)
        return mean, float(np.sqrt(square - mean**2)) if np.isfinite(square) else np.nan


def _powers(of: Each, name: str, order: int) -> Array:
    """E[theta^order] (or of the odds) at each node, for orders 1, 2, -1, -2; NaN where no mean is sure to exist."""
    if isinstance(of, Gammas):
        return _rising(of.a, order) * np.exp(-order * of.log_s)
    assert isinstance(of, Betas)
    below = of.a + of.b if name == "ratio" else None
    if below is not None:
        return _rising(of.a, order) / _rising(below, order)
    return _rising(of.a, order) * _rising(of.b, -order)


def _rising(a: Array, order: int) -> Array:
    """Gamma(a + order)/Gamma(a), NaN where a does not stay so far above -order at every node as to have a mean."""
    if order < 0 and not np.min(a) >= -order + 1.0:
        return np.full(a.shape, np.nan)
    return {1: a, 2: a * (a + 1.0), -1: 1.0 / (a - 1.0), -2: 1.0 / ((a - 1.0) * (a - 2.0))}[order]
