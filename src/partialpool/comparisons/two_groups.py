"""Two thetas at once: the distribution of their difference, ratio and odds ratio, averaged over nodes.

Given a node the two are independent, so that with d a difference (or a ratio)

    P(theta_one - theta_other <= d)  =  sum_k p_k integral f_other(t) F_one(t + d) dt,

for normal populations in closed form. Else nodes at which the thetas are about as wide share panels (`joint`), and
those at which both are known well are added one by one (`sharp`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.comparisons.joint import Joint, Side
from partialpool.comparisons.sharp import Sharp
from partialpool.conditionals import Conditionals
from partialpool.distributions import Each, Quantity
from partialpool.integrate.invert import invert
from partialpool.panels import panels
from partialpool.special import Array, Index

_ROOT = float(np.sqrt(2.0 * np.pi))
_SPREADS = (0.12, 0.5, 2.0)
"""Spreads of z that divide the nodes, so that the panels of wide thetas need not resolve sharp ones.

The nodes below the first are added one by one.
"""
_PANELS = 1000  # at most
_AT_ONCE = 256  # nodes with the same panels, of those next to one another
_LEAST = 1e-290
_NEARLY = 1e-6  # of a probability, from where one step of Newton's is the last
_FAR = 0.1  # of a difference, beyond which a step is not left unchecked
_STEPS = 12
_DRAWS, _LARGEST = 10_000, 1e3


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
        return 1.0 - self.below(self.one.quantities[-1], 0.0)[0]

    # --- distribution

    def below(self, quantity: Quantity, value: float) -> tuple[float, float]:
        """P(quantity <= value), and the density of the quantity there."""
        closed = self.one.beyond(self.other, value)
        if closed is not None:
            return float(self.probability @ closed[0]), float(self.probability @ closed[1])
        found = [part.below(quantity, value) for part in self._parts]
        return sum(p for p, _ in found), sum(density for _, density in found)

    @cached_property
    def _parts(self) -> list[Joint | Sharp]:
        """The nodes in bands of about the same spread, where panels serve all of a band; sharp ones one by one."""
        order = np.argsort(self.one.middle, kind="stable")
        band = np.searchsorted(_SPREADS, np.maximum(self.one.spread, self.other.spread)[order])
        parts: list[Joint | Sharp] = []
        sharp = [order[band == 0]]
        for b in np.unique(band[band > 0]):
            here = order[band == b]
            for some in np.array_split(here, len(here) // _AT_ONCE + 1):
                one, other = (panels(of.part(some), _PANELS) for of in (self.one, self.other))
                if one and other:
                    sides = Side.of(self.one.part(some), one), Side.of(self.other.part(some), other)
                    parts.append(Joint(self.probability[some], *sides))
                else:
                    sharp.append(some)
        some = np.concatenate(sharp)
        if len(some):
            parts.append(Sharp(self.probability[some], self.one.part(some), self.other.part(some)))
        return parts

    def missed(self, quantity: Quantity, x: float, p: float) -> tuple[float, float]:
        """How far P(quantity <= x) is above p, and the density there.

        Two thetas that are all but 0, or one all but 0 and the other all but 1, may differ from 0, -1 or 1 by less than
        a double can hold, with a probability that counts. Then this is the quantile of all p that it spans.
        """
        if quantity.logged or all(abs(x - atom) > _LEAST for atom in self.one.atoms):
            below, density = self.below(quantity, x)
            return below - p, density
        low, high = self._beside(quantity, x)
        return max(low - p, 0.0) + min(high - p, 0.0), 0.0

    def _beside(self, quantity: Quantity, x: float) -> tuple[float, float]:
        """P(quantity <= value) at the values next to x."""
        sides = (-_LEAST, _LEAST) if abs(x) <= _LEAST else (np.nextafter(x, -np.inf), np.nextafter(x, np.inf))
        low, high = (self.below(quantity, float(side))[0] for side in sides)
        return low, high

    @cached_property
    def _atoms(self) -> list[tuple[float, float, float]]:
        """The differences that may have a probability of their own, and P(difference <= value) next to each."""
        return [(atom, *self._beside(self.one.quantities[0], atom)) for atom in self.one.atoms]

    def quantile(self, quantity: Quantity, p: float, near: float | None = None) -> float:
        """Where the quantity, or its log, is below with probability p; of normals, in their unit. near: a guess."""
        for atom, below, upto in () if quantity.logged else self._atoms:
            if below <= p <= upto:
                return atom
        low, guess, high = (float(x) for x in np.quantile(self._drawn(quantity), _about(p)))
        x, off = self._polished(quantity, p, guess if near is None else near, 2.0 * (high - low))
        if abs(off) < _NEARLY * min(p, 1.0 - p):
            return x
        while self.below(quantity, low)[0] > p:
            low, high = low - 2.0 * (high - low), low
        while self.below(quantity, high)[0] < p:
            low, high = high, high + 2.0 * (high - low)
        return self._between(quantity, p, min(max(x, low), high), low, high)

    def _between(self, quantity: Quantity, p: float, x: float, low: float, high: float) -> float:
        """The quantile between two values, from one there: of a difference on the scale of its log on either side of 0.

        Much of a difference of sparse groups is all but 0, where it goes by its own log.
        """

        def curve(u: Array, _: Index) -> Array:
            value, slope = self.below(quantity, _LEAST * float(np.sinh(u[0])) if scaled else float(u[0]))
            slope *= _LEAST * float(np.cosh(u[0])) if scaled else 1.0
            with np.errstate(all="ignore"):
                at = sc.ndtri(value)
                bend = np.nan_to_num(-at * slope * slope * _ROOT * np.exp(0.5 * at * at))
            return np.array([[value], [slope], [bend]])

        scaled = not quantity.logged and bool(self.one.atoms)
        start, first, last = (float(np.arcsinh(v / _LEAST)) if scaled else v for v in (x, low, high))
        u = float(invert(curve, np.array([p]), np.array([start]), first, last, _NEARLY, rooted=True)[0])
        return _LEAST * float(np.sinh(u)) if scaled else u

    def nearer(self, quantity: Quantity, p: float, x: float, missed: tuple[float, float]) -> float:
        """The quantile, from one of other nodes, and by how much that misses p at these."""
        off, density = missed
        if off == 0.0:
            return x
        if not (density > 0.0 and 0.0 < p + off < 1.0):
            return self.quantile(quantity, p, x)
        step = _step(p, off, density)
        if not quantity.logged and abs(step) > _FAR * abs(x):  # about 0 a difference may go by its own logarithm
            return self.quantile(quantity, p, x)
        return x - step

    def _polished(self, quantity: Quantity, p: float, x: float, most: float) -> tuple[float, float]:
        """A quantile from about there, and how far it misses p: by Newton's method on the normal quantile of P.

        most: the longest step. Where the quantity is about normal, two or three steps do.
        """
        best, least = x, np.inf
        for _ in range(_STEPS):
            below, density = self.below(quantity, x)
            if abs(below - p) < abs(least):
                best, least = x, below - p
            if not (density > 0.0 and 0.0 < below < 1.0):
                break
            x -= float(np.clip(_step(p, below - p, density), -most, most))
            if abs(below - p) < _NEARLY * min(p, 1.0 - p):
                return x, below - p  # the step that ends here leaves about the square of that
        return best, least

    def _drawn(self, quantity: Quantity) -> Array:
        """The quantity at random, for where its quantiles are about."""
        return np.asarray(quantity.value(*self._points))

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        """z of the two thetas at random."""
        rng = np.random.default_rng(0)
        node = np.searchsorted(np.cumsum(self.probability), (np.arange(_DRAWS) + 0.5) / _DRAWS)
        node = np.minimum(node, len(self.probability) - 1)
        one, other = self.one.part(node), self.other.part(node)
        with np.errstate(divide="ignore"):
            z = one.line(one.drawn(rng)), other.line(other.drawn(rng))
        return np.clip(z[0], -_LARGEST, _LARGEST), np.clip(z[1], -_LARGEST, _LARGEST)

    # --- moments

    def moments(self, quantity: Quantity) -> tuple[float, float]:
        """Mean and sd, where they exist."""
        p = self.probability
        if quantity.power is None:
            mean = self.one.from_origin - self.other.from_origin
            variance = self.one.variance + self.other.variance
        else:
            with np.errstate(all="ignore"):
                first, second = quantity.power(self.one, True), quantity.power(self.other, False)
                mean = first[0] * second[0]
                variance = mean**2 * (first[1] + second[1] + first[1] * second[1])
        average = float(p @ mean)
        return average, float(np.sqrt(p @ ((mean - average) ** 2 + variance)))


def _about(p: float) -> tuple[float, float, float]:
    """A probability with others on either side, between which draws are sure to leave its quantile."""
    apart = 10.0 * np.sqrt(p * (1.0 - p) / _DRAWS) + 100.0 / _DRAWS
    return max(p - apart, 0.0), p, min(p + apart, 1.0)


def _step(p: float, off: float, density: float) -> float:
    """How far a quantile lies to the left of where P is p + off, by Newton's method on the normal quantile of P."""
    at = float(sc.ndtri(p + off))
    return (at - float(sc.ndtri(p))) * float(np.exp(-0.5 * at * at)) / (_ROOT * density)
