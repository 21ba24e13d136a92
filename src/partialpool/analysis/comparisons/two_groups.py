"""Two thetas at once: the distribution of their difference, ratio and odds ratio, averaged over nodes.

Given a node the two are independent, so that with d a difference (or a ratio)

    P(theta_one - theta_other <= d)  =  sum_k p_k integral f_other(t) F_one(t + d) dt,

which has a closed form for normal populations. Otherwise nodes at which both thetas are known well have a short Fourier
series each (`sharp`), and the others share panels (`joint`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special as sc

from partialpool.analysis.comparisons.joint import Joint, Side
from partialpool.analysis.comparisons.sharp import SHARP, Sharp
from partialpool.distributions import Distribution, Quantity
from partialpool.distributions.panels import panels, read_in_probability
from partialpool.engine.conditionals import Conditionals
from partialpool.quadrature.invert import invert
from partialpool.special import Array, Index

_ROOT = float(np.sqrt(2.0 * np.pi))
_SPREADS = (SHARP, 1.0)
"""Spreads of z that divide the nodes, so that the panels of wide thetas need not resolve sharp ones."""

_PANELS, _MOST = 400, 1 << 14  # most panels, for many nodes and for one
_LEAST = 1e-290  # least value above 0 that a search resolves
_LOG = math.log(_LEAST)
_DRAWS = 10_000  # draws for a first guess
_PILED, _LARGE, _SOME = 1e-9, 0.9, 3  # a pile has so many draws within this share of the size that 9 in 10 are below
_NEARLY, _SHARE = 1e-6, 1e-3  # error in probability, and its share of a tail, from which one Newton step is the last
_STEPS, _ROUNDING = 12, 1e-15  # most Newton steps, and the relative rounding error of a value


@dataclass(frozen=True)
class Pair:
    """The conditionals of two groups at the nodes: (nodes,) each."""

    probability: Array
    one: Distribution
    other: Distribution

    @classmethod
    def of(cls, nodes: Conditionals, places: tuple[int, int]) -> Pair:
        i, j = (int(nodes.where[place]) for place in places)
        return cls(nodes.probability, nodes.groups.part(i), nodes.groups.part(j))

    @cached_property
    def greater(self) -> float:
        """P(theta_one > theta_other)."""
        return min(max(1.0 - self.below(self.one.quantities[-1], 0.0)[0], 0.0), 1.0)

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
        """The nodes from the sharpest to the widest, in bands of similar spread that share panels."""
        spread = np.maximum(self.one.spread, self.other.spread)
        order = np.argsort(spread, kind="stable")
        bands = np.split(order, np.searchsorted(spread[order], _SPREADS))
        sharp = [Sharp(*self._at(bands[0]))] if len(bands[0]) else []
        return [*sharp, *(part for some in bands[1:] if len(some) for part in self._joint(some))]

    def _joint(self, some: Index) -> list[Joint]:
        """Nodes that share panels, halved if there would be too many panels."""
        p, one, other = self._at(some)
        most = _PANELS if len(some) > 1 else _MOST
        at, beside = (panels(of, most, read_in_probability) for of in (one, other))
        if at and beside:
            return [Joint(Side.of(p, one, at), Side.of(p, other, beside))]
        return [joint for half in np.array_split(some, 2) for joint in self._joint(half)]

    def _at(self, some: Index) -> tuple[Array, Distribution, Distribution]:
        """Select some of the nodes."""
        return self.probability[some], self.one.part(some), self.other.part(some)

    # --- quantiles

    def quantile(self, quantity: Quantity, p: float) -> float:
        """Quantile of the quantity, or of its log; for normals, in their unit."""
        for atom in self._atoms(quantity):
            below, upto = self._beside(quantity, atom)
            if below <= p <= upto:
                return atom
        line = self._line(quantity)
        low, guess, high = (line.at(float(x)) for x in np.quantile(quantity.value(*self._drawn), _about(p)))
        apart = max(2.0 * (high - low), line.least, _ROUNDING * abs(guess))
        u, off, _ = self._polished(quantity, p, guess, apart)
        if abs(off) >= _enough(p):
            u = self._bracketed(quantity, p, u, max(low - apart, -line.end), min(high + apart, line.end))
        return line.value(u)

    def nearer(self, quantity: Quantity, p: float, x: float) -> tuple[float, float]:
        """Quantile near x, which came from other nodes, with P(quantity <= x) minus p.

        Two thetas that are nearly 0, or one nearly 0 and the other nearly 1, may differ from 0, -1 or 1 by less than a
        double can hold, with a probability that matters. Then this value is the quantile of every p that its
        probability spans.
        """
        if any(abs(x - atom) <= _LEAST for atom in self._atoms(quantity)):
            low, high = self._beside(quantity, x)
            missed = max(low - p, 0.0) + min(high - p, 0.0)
            return x if missed == 0.0 else self.quantile(quantity, p), missed
        line = self._line(quantity)
        u, off, missed = self._polished(quantity, p, line.at(x), line.step)
        near = abs(off) < _enough(p)
        return line.value(u) if near else self.quantile(quantity, p), missed

    def _atoms(self, quantity: Quantity) -> tuple[float, ...]:
        """Values around which draws pile up because thetas are at the ends of their range; each may have a probability.

        Such a difference is near 0, -1 or 1, and the log of such a ratio is near 0 because both thetas are nearly 1.
        """
        if quantity.name not in self._piles:
            value = quantity.value(*self._drawn)
            near = _PILED * (1.0 if quantity.logged else float(np.quantile(np.abs(value), _LARGE)))
            atoms = self.one.atoms if not quantity.logged else () if quantity is self.one.quantities[-1] else (0.0,)
            self._piles[quantity.name] = tuple(x for x in atoms if np.count_nonzero(np.abs(value - x) <= near) >= _SOME)
        return self._piles[quantity.name]

    @cached_property
    def _piles(self) -> dict[str, tuple[float, ...]]:
        return {}

    def _beside(self, quantity: Quantity, x: float) -> tuple[float, float]:
        """P(quantity <= value) at the values just below and just above x."""
        sides = (-_LEAST, _LEAST) if abs(x) <= _LEAST else (np.nextafter(x, -np.inf), np.nextafter(x, np.inf))
        low, high = (self.below(quantity, float(side))[0] for side in sides)
        return low, high

    def _line(self, quantity: Quantity) -> _Line:
        return _Line(0.0 in self._atoms(quantity))

    def _along(self, quantity: Quantity, u: float) -> tuple[float, float]:
        """P(quantity <= value) and its slope at a point u of the search's scale."""
        line = self._line(quantity)
        below, density = self.below(quantity, line.value(u))
        return below, density * line.slope(u)

    def _polished(self, quantity: Quantity, p: float, u: float, most: float) -> tuple[float, float, float]:
        """Improve a quantile, and return it with P - p there and P - p at the start.

        Newton's method acts on the normal quantile of P; most: the longest step. Where the quantity is nearly normal,
        two or three steps suffice.
        """
        line, best, least, first = self._line(quantity), u, np.inf, np.nan
        for _ in range(_STEPS):
            below, slope = self._along(quantity, u)
            off = below - p
            first = off if np.isnan(first) else first
            if abs(off) < abs(least):
                best, least = u, off
            if not (slope > 0.0 and 0.0 < below < 1.0):
                break
            at = float(sc.ndtri(below))
            step = (at - float(sc.ndtri(p))) * float(np.exp(-0.5 * at * at)) / (_ROOT * slope)
            u = min(max(u - float(np.clip(step, -most, most)), -line.end), line.end)
            if abs(off) < _enough(p):
                return u, off, first  # this last step leaves about the square of that error
        return best, least, first

    def _bracketed(self, quantity: Quantity, p: float, u: float, low: float, high: float) -> float:
        """Find a quantile between ends that are moved until it lies between them."""

        def curve(u: Array, _: Index) -> Array:
            value, slope = self._along(quantity, float(u[0]))
            with np.errstate(all="ignore"):
                at = sc.ndtri(value)
                bend = np.nan_to_num(-at * slope * slope * _ROOT * np.exp(0.5 * at * at))
            return np.array([[value], [slope], [bend]])

        end = self._line(quantity).end
        while self._along(quantity, low)[0] > p and low > -end:
            low, high = max(low - 2.0 * (high - low), -end), low
        while self._along(quantity, high)[0] < p and high < end:
            low, high = high, min(high + 2.0 * (high - low), end)
        start = np.array([min(max(u, low), high)])
        return float(invert(curve, np.array([p]), start, low, high, _SHARE * _NEARLY, rooted=True)[0])

    @cached_property
    def _drawn(self) -> tuple[Array, Array]:
        """Random z of the two thetas, for a first guess of quantiles."""
        rng = np.random.default_rng(0)
        node = np.searchsorted(np.cumsum(self.probability), (np.arange(_DRAWS) + 0.5) / _DRAWS)
        node = np.minimum(node, len(self.probability) - 1)
        one, other = self.one.part(node), self.other.part(node)
        return one.drawn_z(rng), other.drawn_z(rng)

    # --- moments

    def moments(self, quantity: Quantity) -> tuple[float, float]:
        """Mean and sd of the quantity, where they exist."""
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


def _enough(p: float) -> float:
    """Error of a quantile in probability from which one Newton step is the last."""
    return min(_NEARLY, _SHARE * min(p, 1.0 - p))


def _about(p: float) -> tuple[float, float, float]:
    """A probability with one on either side, between whose sample quantiles the quantile surely lies."""
    apart = 10.0 * np.sqrt(p * (1.0 - p) / _DRAWS) + 100.0 / _DRAWS
    return max(p - apart, 0.0), p, min(p + apart, 1.0)


@dataclass(frozen=True)
class _Line:
    """The scale of a search: the value itself, or a signed log scale near 0 if small values matter."""

    logs: bool

    @property
    def end(self) -> float:
        """Largest |u| that a search may reach."""
        return -2.0 * _LOG if self.logs else np.inf

    @property
    def least(self) -> float:
        """Least distance of the ends of a search, for when draws are equal."""
        return 1.0 if self.logs else 1e-300

    @property
    def step(self) -> float:
        """Longest step of a search that begins nearby."""
        return 40.0 if self.logs else np.inf

    def at(self, x: float) -> float:
        return math.copysign(math.log(abs(x) + math.hypot(x, _LEAST)) - _LOG, x) if self.logs else x

    def value(self, u: float) -> float:
        return 0.5 * (math.exp(_LOG + u) - math.exp(_LOG - u)) if self.logs else u

    def slope(self, u: float) -> float:
        return 0.5 * (math.exp(_LOG + u) + math.exp(_LOG - u)) if self.logs else 1.0
