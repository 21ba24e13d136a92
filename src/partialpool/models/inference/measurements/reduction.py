"""Reduces groups to what the likelihood needs: centred, in units near sigma, independent of the order of the groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partialpool.distributions.marginals.normal_unknown import Sample
from partialpool.groups.groups import Groups
from partialpool.models.inference.normal.rescaled import Rescaled
from partialpool.priors.propriety.measurements import Design
from partialpool.special import Array


@dataclass(frozen=True)
class Targets:
    """Distinct groups of n rows with mean y, in the units of the likelihood: (distinct,) each."""

    n: Array
    y: Array


@dataclass(frozen=True)
class Reduced:
    """The groups in the units of the likelihood, with the map back to the caller's units.

    sample: sums by distinct size; groups: distinct (n, mean), sorted; where: index of each group among these. The
    caller's value of x is origin + (rest + unit x); the unit is a power of two.
    """

    sample: Sample
    groups: Targets
    where: NDArray[np.intp]
    origin: float
    rest: float
    unit: float
    design: Design

    @property
    def sizes(self) -> Array:
        """The size of every group, sorted."""
        return np.repeat(self.sample.n, self.sample.count.astype(np.intp))

    @property
    def log_unit(self) -> float:
        return float(np.log(self.unit))

    @property
    def rescaled(self) -> Rescaled:
        """The distinct groups as estimates whose standard errors are multiples of sigma."""
        of, exponent = self.groups, int(np.frexp(self.unit)[1]) - 1
        return Rescaled(of.y, 1.0 / np.sqrt(of.n), self.back(of.y), self.where, self.origin, self.rest, exponent)

    def back(self, x: Array | float) -> Array:
        """A location in the caller's units."""
        return self.origin + (self.rest + self.unit * np.asarray(x))

    def there(self, value: float) -> float:
        """The caller's location in the units of the likelihood."""
        return ((value - self.origin) - self.rest) / self.unit


def reduced(groups: Groups) -> Reduced:
    """Centre on a group in the middle, scale by the spread of the rows, and sum by size."""
    n, hi, lo, sd = (np.asarray(groups.statistics[role], dtype=float) for role in ("n", "mean", "rest", "sd"))
    order = np.lexsort((sd, lo, hi, n))
    n, hi, lo, sd = n[order], hi[order], lo[order], sd[order]
    middle = np.lexsort((lo, hi))[len(hi) // 2]
    origin, rest = float(hi[middle]), float(lo[middle])
    offset = (hi - origin) + (lo - rest)
    unit = _unit(n, offset, sd)
    y, s = offset / unit, sd / unit
    new = np.append(True, (np.diff(n) != 0.0) | (np.diff(y) != 0.0))
    where = np.empty(len(n), dtype=np.intp)
    where[order] = np.cumsum(new) - 1
    degrees = float(n.sum()) - len(n)
    within = float(np.sum(np.sort((n - 1.0) * s**2)))
    design = Design(len(n), int(n.sum()), bool(within > 0.0), bool(np.any(y != y[0])))
    return Reduced(_sample(n, y, within, degrees), Targets(n[new], y[new]), where, origin, rest, unit, design)


def _unit(n: Array, offset: Array, sd: Array) -> float:
    """A power of two near the pooled sd of the rows or, if that is 0, near the spread of the groups."""
    top = float(np.max(sd))
    if top > 0.0:
        ratio = np.sort((n - 1.0) * (sd / top) ** 2)
        size = top * float(np.sqrt(np.sum(ratio) / max(float(np.sum(n - 1.0)), 1.0)))
    else:
        size = float(np.max(np.abs(offset)))
    return float(np.ldexp(1.0, int(np.frexp(size)[1]))) if size > 0.0 else 1.0


def _sample(n: Array, y: Array, within: float, degrees: float) -> Sample:
    """Sums by distinct n; the arguments must be sorted by n and, within it, by y."""
    starts = np.flatnonzero(np.diff(n, prepend=-1.0))
    count = np.diff(np.append(starts, len(n))).astype(float)
    mean = np.add.reduceat(y, starts) / count
    each = np.repeat(mean, count.astype(np.intp))
    squares = np.add.reduceat((y - each) ** 2, starts)
    return Sample(n[starts], count, mean, squares, within, degrees)
