"""Distributions of one theta at a time: averages over nodes of the population's parameters, and their quantiles.

    F(z)  =  sum over nodes k of  p_k  F_k(z)

z is theta mapped to the whole real line. A quantile is found by solving for the log of the tail probability, so that
one of 1e-12 has the same relative accuracy as one of 1/4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special as sc

from partialpool.distributions import Distribution
from partialpool.quadrature.chunks import chunks
from partialpool.special import Array, Index

_STEPS = 200
_CLOSE, _NEAR = 1e-13, 3e-7  # distance of the log tail from the wanted one at which the search ends
_MANY, _APART = 3000, 10  # from so many nodes on, every tenth node gives the start
_WORTH = 0.7  # share of the distributions below which it pays to evaluate only those that are not far from z
_FAR = 5.0  # multiple of the distance to a probability of 1e-16, beyond which there is nothing of a distribution
_WIDEST = 1e150  # largest sd that can be squared


@dataclass(frozen=True)
class Mixture:
    """Distributions of theta, one per row, as averages over nodes.

    Attributes:
        probability: probability of each node: (nodes,).
        parts: the distribution of each row given each node: (rows, nodes).
    """

    probability: Array
    parts: Distribution

    @property
    def rows(self) -> int:
        """The number of distributions."""
        return self.parts.shape[0]

    def only(self, rows: Index) -> Mixture:
        """Select some of the rows."""
        return Mixture(self.probability, self.parts.part(rows))

    def _of(self, row: Index) -> Distribution:
        """Select some of the rows; a single row is returned itself, with the values that it has cached."""
        return self.parts if self.rows == 1 else self.parts.part(row)

    def tails(self, z: Array, *, upper: bool) -> Array:
        """P(Z > z), or P(Z <= z), for each row at its own points: (rows, points)."""
        row, flat = np.repeat(np.arange(self.rows), z.shape[1]), z.ravel()
        out = np.empty(len(flat))
        for some in chunks(len(flat), len(self.probability)):
            out[some] = tail(self._of(row[some]), flat[some, None], upper=upper) @ self.probability
        return out.reshape(z.shape)

    def log_density(self, z: Array) -> Array:
        """Log density of z, for each row at its own points: (rows, points)."""
        row, flat = np.repeat(np.arange(self.rows), z.shape[1]), z.ravel()
        out = np.empty(len(flat))
        with np.errstate(divide="ignore", invalid="ignore"):
            log_p = np.log(self.probability)
            for some in chunks(len(flat), len(self.probability)):
                log_f = self._of(row[some]).log_density(flat[some, None]) + log_p
                top = np.maximum(log_f.max(axis=1), -1e308)
                out[some] = top + np.log(np.exp(log_f - top[:, None]).sum(axis=1))
        return out.reshape(z.shape)

    def log_density_theta(self, z: Array) -> Array:
        """Log density of theta itself at these z."""
        return self.log_density(z) - self.parts.log_rise(z)

    def quantiles(self, p: Array, *, upper: bool, start: Array | None = None, near: float = _NEAR) -> Array:
        """Return the z that leave the probability p above them (`upper`) or below them; p and z: (rows, levels).

        If the end of theta's support leaves less than p in double precision, the answer is that end.
        start: approximate answer. near: error of the log tail from which one Newton step is the last.
        """
        p = np.broadcast_to(p, (self.rows, p.shape[-1]))
        row = np.repeat(np.arange(self.rows), p.shape[1])
        low, middle, sd, high = self.within
        if start is None and len(self.probability) > _MANY:
            start = self.rough.quantiles(p, upper=upper, near=near)
        elif start is None:
            start = middle[:, None] + (-1.0 if upper else 1.0) * sc.ndtri(p) * sd[:, None]
        z = np.empty(p.size)
        for some in chunks(p.size, len(self.probability)):
            r = row[some]
            bracket = np.stack([low[r], high[r]])
            z[some] = self._solved(r, np.log(p.ravel()[some]), bracket, start.ravel()[some], near, upper=upper)
        return z.reshape(p.shape)

    @property
    def rough(self) -> Mixture:
        """The mixture over every tenth of many nodes, for approximate quantiles; else itself."""
        if len(self.probability) <= _MANY:
            return self
        some = slice(None, None, _APART)
        return Mixture(self.probability[some] / self.probability[some].sum(), self.parts.part((slice(None), some)))

    @property
    def within(self) -> tuple[Array, Array, Array, Array]:
        """A lower end for z, its approximate mean and sd, and an upper end: (rows,) each."""
        first, last = self.parts.limits
        middle = np.clip(self.parts.middle, first, last)
        low, high = self.parts.reach
        low, high = middle + _FAR * (low - middle), middle + _FAR * (high - middle)
        mean = middle @ self.probability
        typical = self.parts.part((slice(None), int(np.argmax(self.probability)))).spread
        sd = np.sqrt(np.minimum(typical, _WIDEST) ** 2 + (middle - mean[:, None]) ** 2 @ self.probability)
        return np.maximum(low.min(axis=1), first), mean, sd, np.minimum(high.max(axis=1), last)

    def _solved(self, row: Index, wanted: Array, bracket: Array, start: Array, near: float, *, upper: bool) -> Array:
        """Newton's method on the log of a tail, with bisection of the bracket where a step fails.

        Where a step leaves the bracket, the end that it leaves through is tried first: it may be the answer.
        """
        low, high = bracket
        z, nearby = (
            np.clip(start, low, high),
            -near * np.expm1(wanted),
        )  # relative to the other tail
        left, tried = np.arange(len(row)), np.zeros(len(row), dtype=bool)
        before = high - low
        for _ in range(_STEPS):
            off, slope = self._off(row[left], z[left], wanted[left], upper=upper)
            below = off > 0.0 if upper else off < 0.0  # the answer is further up
            low[left], high[left] = np.where(below, z[left], low[left]), np.where(below, high[left], z[left])
            with np.errstate(all="ignore"):
                step = -off / slope
            at = z[left] + step
            good = (at > low[left]) & (at < high[left]) & (np.abs(step) < 0.75 * before[left])
            beyond = ((at <= low[left]) | (at >= high[left])) & ~tried[left]
            tried[left] |= beyond
            end = np.where(at <= low[left], low[left], high[left])
            at = np.where(good, at, np.where(beyond, end, 0.5 * (low[left] + high[left])))
            moved = np.abs(at - z[left])
            before[left] = np.where(good, moved, before[left])
            width = np.maximum(1.0, np.abs(at)) * 1e-15
            over = (np.abs(off) < _CLOSE) | (moved <= width) | (high[left] - low[left] <= width)
            over |= good & (np.abs(off) < nearby[left])
            z[left] = np.where(np.abs(off) < _CLOSE, z[left], at)
            left = left[~over]
            if not len(left):
                break
        return z

    def _off(self, row: Index, z: Array, wanted: Array, *, upper: bool) -> tuple[Array, Array]:
        """Difference of the log tail from the wanted one, and its slope."""
        of, at = self._of(row), z[:, None]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            p = tail(of, at, upper=upper) @ self.probability
            f = np.exp(of.log_density(at)) @ self.probability
            return np.log(p) - wanted, (-f if upper else f) / p


def tail(of: Distribution, z: Array, *, upper: bool) -> Array:
    """P(Z > z) if `upper`, else P(Z <= z); of: (rows or 1, nodes), z: (points, 1).

    Distributions that lie far on one side of z are not evaluated, since their tails are 0 or 1.
    """
    middle, (low, high) = of.middle, of.reach
    with np.errstate(invalid="ignore"):
        over, under = z <= middle + _FAR * (low - middle), z >= middle + _FAR * (high - middle)
    asked = ~(over | under)
    if np.count_nonzero(asked) > _WORTH * asked.size:
        return of.sf(z) if upper else of.cdf(z)
    out = np.where(over if upper else under, 1.0, 0.0)
    point, node = np.nonzero(asked)
    some = of.part((point if of.shape[0] > 1 else np.zeros_like(point), node))
    out[asked] = some.sf(z[point, 0]) if upper else some.cdf(z[point, 0])
    return out
