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
from numpy.typing import NDArray
from scipy import special as sc
from scipy.optimize import brentq

from partialpool.composite import Grid, grid
from partialpool.conditionals import Conditionals
from partialpool.distributions import Betas, Each, Gammas, Normals
from partialpool.special import Array, Index, log_sigmoid

_CELLS = 1 << 16  # points at a time
_ROOT = float(np.sqrt(2.0 * np.pi))
_SMOOTH = 1.2  # a shape parameter from which on the density is smooth enough at an end
_GRADED = 8.0 * 0.4 ** np.arange(44)
_LEAST = 1e-290
_FAR = 600.0  # a logit or log beyond which theta is a power series of one term
_FINE = 1.5  # leaves 1e-9 in an integral
_NEAR = 1e-4  # of a probability, within which a step of Newton's serves

# (z of theta_other, value) -> the z that theta_one then has, increasing in the value, and its slopes in z and in value
_Shift = Callable[[Array, float], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Quantity:
    """A number that two thetas have together; `logged` if its value is the log of a ratio.

    What belongs to theta_one at a value, belongs to theta_other at minus the value. The corner is the z of theta_other
    at which theta_one is at an end of its range, and the side (1 or -1) on which it is inside.
    """

    name: str
    shift: _Shift
    logged: bool = True
    corner: Callable[[float], tuple[float, float]] | None = None


def _along(z: Array, d: float) -> tuple[Array, Array, Array]:
    one = np.ones(z.shape)
    return z + d, one, one


def _beta_difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta, rest = np.exp(log_sigmoid(z)), np.exp(log_sigmoid(-z))
    up, down = np.maximum(theta + d, 0.0), np.maximum(rest - d, 0.0)
    return np.log(up) - np.log(down), theta * rest / (up * down), 1.0 / (up * down)


def _beta_ratio(z: Array, log_d: float) -> tuple[Array, Array, Array]:
    log_theta = log_sigmoid(z) + log_d
    rest = -np.expm1(np.minimum(log_theta, 0.0))
    return log_theta - np.log(rest), np.exp(log_sigmoid(-z)) / rest, 1.0 / rest


def _gamma_difference(z: Array, d: float) -> tuple[Array, Array, Array]:
    theta = np.exp(z)
    up = np.maximum(theta + d, 0.0)
    return np.log(up), theta / up, 1.0 / up


def _beta_difference_corner(d: float) -> tuple[float, float]:
    at = float(np.log(abs(d)) - np.log1p(-abs(d))) if 0.0 < abs(d) < 1.0 else np.nan
    return (at, 1.0) if d < 0.0 else (-at, -1.0)


def _beta_ratio_corner(log_d: float) -> tuple[float, float]:
    return (-log_d - float(np.log(-np.expm1(-log_d))), -1.0) if log_d > 0.0 else (np.nan, 0.0)


def _gamma_difference_corner(d: float) -> tuple[float, float]:
    return (float(np.log(-d)), 1.0) if d < 0.0 else (np.nan, 0.0)


def quantities(of: Each) -> tuple[Quantity, ...]:
    """What is asked of two thetas of such a kind."""
    shifted = Quantity("odds ratio" if isinstance(of, Betas) else "ratio", _along)
    if isinstance(of, Betas):
        ratio = Quantity("ratio", _beta_ratio, corner=_beta_ratio_corner)
        return Quantity("difference", _beta_difference, False, _beta_difference_corner), ratio, shifted
    if isinstance(of, Gammas):
        return Quantity("difference", _gamma_difference, False, _gamma_difference_corner), shifted
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

    @cached_property
    def greater(self) -> float:
        """P(theta_one > theta_other)."""
        return 1.0 - self.below(quantities(self.one)[-1], 0.0)[0]

    # --- distribution

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """P(quantity <= value), and the density of the quantity there, which is only about right.

        The panels resolve theta_other, and theta_one where it is moved to; its distribution function is the running
        integral of its density over them.
        """
        if isinstance(self.one, Normals) and isinstance(self.other, Normals):
            sd = np.hypot(self.one.sd, self.other.sd)
            z = (value - (self.one.location - self.other.location)) / sd
            return float(self.probability @ sc.ndtr(z)), float(self.probability @ (np.exp(-0.5 * z * z) / sd)) / _ROOT
        sharp = self._sharp
        low, high = (
            self._averaged(np.flatnonzero(kind), quantity, value, sharp=end)
            for kind, end in ((~sharp, False), (sharp, True))
        )
        return low[0] + high[0], low[1] + high[1]

    @cached_property
    def _sharp(self) -> NDArray[np.bool_]:
        """Where the density of theta_one grows without bound towards an end: a distribution that is no polynomial."""
        one = self.one
        lowest = np.minimum(one.a, one.b) if isinstance(one, Betas) else one.a  # type: ignore[attr-defined]
        return np.asarray(lowest < _SMOOTH)

    def _averaged(self, which: Index, quantity: Quantity, value: float, *, sharp: bool) -> tuple[float, float]:
        """The part of some nodes in P(quantity <= value), and in its density."""
        if not len(which):
            return 0.0, 0.0
        panels = self._panels(which, quantity, value, sharp=sharp)
        order = np.argsort(panels.count, kind="stable")
        below = density = 0.0
        while len(order):
            most = max(1, _CELLS // (8 * int(panels.count[order[-1]])))
            here, order = order[-most:], order[:-most]
            p = self.probability[which[here]]
            found = self._at(which[here], panels.of(here), quantity, value, sharp=sharp)
            below, density = below + float(p @ found[0]), density + float(p @ found[1])
        return below, density

    def _at(self, which: Index, at: Grid, quantity: Quantity, value: float, *, sharp: bool) -> tuple[Array, Array]:
        """P(quantity <= value) and its density at some of the nodes."""
        one, other, z = self.one.part((which, None)), self.other.part((which, None)), at.z
        with np.errstate(all="ignore"):
            there, in_z, in_value = quantity.shift(z, value)
            weight = np.exp(other.log_density(z)) * at.weight
            density = np.exp(one.log_density(there))
            moves = np.nan_to_num(density * in_value, nan=0.0, posinf=0.0)
            if sharp:
                inside = _below(one, there, density)
            else:
                start = np.nan_to_num(one.cdf(quantity.shift(at.edge[:, :1], value)[0]))
                inside = start + at.running(np.nan_to_num(density * in_z, nan=0.0, posinf=0.0))
        total = weight.sum(axis=1)
        return np.sum(weight * inside, axis=1) / total, np.sum(weight * moves, axis=1) / total

    def _panels(self, which: Index, quantity: Quantity, value: float, *, sharp: bool) -> _Panels:
        own, moved = (edges[which] for edges in self._edges)
        with np.errstate(all="ignore"):
            moved = np.nan_to_num(quantity.shift(moved, -value)[0], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        corner, side = quantity.corner(value) if quantity.corner else (np.nan, 0.0)
        if sharp and np.isfinite(corner):
            graded = corner + side * np.append(_GRADED, 0.0)
            moved = np.concatenate([moved, np.broadcast_to(graded, (len(which), len(graded)))], axis=1)
        edges = np.sort(np.concatenate([own, np.clip(moved, own[:, :1], own[:, -1:])], axis=1), axis=1)
        width = np.diff(edges, axis=1)
        first = np.argsort(width <= 0.0, axis=1, kind="stable")
        edge, width = (np.take_along_axis(x, first, axis=1) for x in (edges[:, :-1], width))
        return _Panels(edge, width, np.count_nonzero(width > 0.0, axis=1))

    @cached_property
    def _edges(self) -> tuple[Array, Array]:
        """The edges of panels for theta_other and for theta_one."""
        found = []
        for of in (self.other, self.one):
            at = grid(of.part((None, slice(None))), fine=_FINE)
            found.append(np.concatenate([at.edge, at.edge[:, -1:] + at.width[:, -1:]], axis=1))
        return found[0], found[1]

    def quantile(self, quantity: Quantity, p: float) -> float:
        """Where the quantity, or its log, is below with probability p; of normals, in their unit."""
        low, high = self._about(quantity)
        while self.below(quantity, low)[0] > p:
            low, high = low - 2.0 * (high - low), low
        while self.below(quantity, high)[0] < p:
            low, high = high, high + 2.0 * (high - low)
        x = float(brentq(lambda v: self.below(quantity, v)[0] - p, low, high, xtol=1e-9 * (high - low)))
        if abs(self.below(quantity, x)[0] - p) < _NEAR:
            return x
        low, high = (float(np.arcsinh(end / _LEAST)) for end in (low, high))  # much of it is all but 0
        far = brentq(lambda u: self.below(quantity, _LEAST * float(np.sinh(u)))[0] - p, low, high, xtol=1e-12)
        return _LEAST * float(np.sinh(far))

    def nearer(self, quantity: Quantity, p: float, x: float, found: tuple[float, float]) -> float:
        """The quantile, from one of other nodes, and what is below that according to these."""
        off, density = found[0] - p, found[1]
        if abs(off) > _NEAR * min(p, 1.0 - p) or not density > 0.0:
            return self.quantile(quantity, p)
        return x - off / density

    def _about(self, quantity: Quantity) -> tuple[float, float]:
        """An interval where much of the quantity is at a typical node."""
        node = int(np.argmax(self.probability))
        one, other = self.one.part(node), self.other.part(node)
        ends = [(float(x.middle - x.spread), float(x.middle + x.spread)) for x in (one, other)]
        if quantity.logged or isinstance(one, Normals):
            if quantity.name == "ratio" and isinstance(one, Betas):
                ends = [tuple(float(log_sigmoid(np.array(z))) for z in pair) for pair in ends]  # type: ignore[misc]
            return ends[0][0] - ends[1][1], ends[0][1] - ends[1][0]
        (a, b), (c, d) = (tuple(float(one.theta(np.array(z))) for z in pair) for pair in ends)
        return a - d, b - c

    # --- moments

    def moments(self, quantity: Quantity) -> tuple[float, float]:
        """Mean and sd, where they exist."""
        p = self.probability
        if quantity.name == "difference":
            one, other = self.one, self.other
            if isinstance(one, Normals) and isinstance(other, Normals):
                mean = one.unit * (one.location - other.location)
            else:
                mean = one.mean - other.mean
            variance = one.variance + other.variance
        else:
            with np.errstate(all="ignore"):
                first, second = _power(self.one, quantity.name, up=True), _power(self.other, quantity.name, up=False)
                mean = first[0] * second[0]
                variance = mean**2 * (first[1] + second[1] + first[1] * second[1])
        average = float(p @ mean)
        return average, float(np.sqrt(p @ ((mean - average) ** 2 + variance)))


@dataclass(frozen=True)
class _Panels:
    """Panels at each node, those of no width last: (nodes, panels)."""

    edge: Array
    width: Array
    count: Index

    def of(self, which: Index) -> Grid:
        """Those of some nodes."""
        most = max(1, int(self.count[which].max()))
        return Grid(self.edge[which, :most], self.width[which, :most])


def _power(of: Each, name: str, *, up: bool) -> tuple[Array, Array]:
    """Mean and squared coefficient of variation of theta (or the odds), or of one over it; NaN if they do not exist."""
    if isinstance(of, Gammas):
        if up:
            return of.mean, 1.0 / of.a
        return np.exp(of.log_s - np.log(_positive(of.a - 1.0))), 1.0 / _positive(of.a - 2.0)
    assert isinstance(of, Betas)
    a, b = (of.a, of.b) if up else (of.b, of.a)
    if name == "odds ratio":
        return a / _positive(b - 1.0), (a + b - 1.0) / (a * _positive(b - 2.0))
    if up:
        return of.mean, b / (a * (a + b + 1.0))
    n = a + b - 1.0
    return n / _positive(b - 1.0), a / (n * _positive(b - 2.0))


def _below(of: Each, z: Array, density: Array) -> Array:
    """P(Z <= z); where theta itself underflows, by the power of theta that its density is there."""
    out = np.nan_to_num(of.cdf(z))
    if isinstance(of, Gammas):
        return np.where(z + of.log_s < -_FAR, np.nan_to_num(density / of.a), out)
    assert isinstance(of, Betas)
    out = np.where(z < -_FAR, np.nan_to_num(density / of.a), out)
    return np.where(z > _FAR, 1.0 - np.nan_to_num(density / of.b), out)


def _positive(x: Array) -> Array:
    return np.where(x > 0.0, x, np.nan)
