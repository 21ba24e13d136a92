"""Predictive distributions of the groups' data, given the distribution of each theta.

proportions    y | a, b             ~  beta-binomial(trials; a, b),            theta ~ Beta(a, b)
rates          y | a, s             ~  negative binomial(a, s/(s + exposure)), theta ~ Gamma(a, s)
estimates      y | m, t             ~  N(m, t^2 + se^2),                       theta ~ N(m, t^2)
measurements   mean of n rows | ... ~  N(m, t^2 + sigma^2/n), and the rows' scatter about it by sigma
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from partialpool.distributions import Distribution
from partialpool.special import Array, Index

MOST_CELLS = 16_000_000
"""Most probabilities of single counts, over all groups and nodes together, that are tabulated."""

_ROUNDING = 1e-9  # relative rounding of a count that was divided and multiplied again


@dataclass(frozen=True)
class Observed:
    """The data of some groups: (groups,) each.

    Attributes:
        value: successes, events, estimate, or mean of rows.
        size: trials, exposure, standard error, or number of rows.
        rest: rounding remainder of `value` (measurements).
        squares: sum of squares of rows about their mean (measurements).
    """

    value: Array
    size: Array
    rest: Array
    squares: Array


@dataclass(frozen=True)
class Tails:
    """P(Y < y), P(Y = y) and P(Y > y): (groups, nodes) each."""

    lower: Array
    equal: Array
    upper: Array


class Alone(ABC):
    """The predictive distribution of one group's raw value, at each node."""

    @property
    @abstractmethod
    def support(self) -> Array | None:
        """All possible values; None if they are continuous."""

    @abstractmethod
    def inside(self, low: Array, high: Array) -> Array:
        """P(low <= value <= high): (thresholds, nodes)."""

    @classmethod
    def each_inside(cls, some: Sequence[Self], low: Array, high: Array) -> Iterator[Array]:
        """Yield P(low <= value <= high) of several such distributions in turn; low and high: (thresholds, several)."""
        for one, a, b in zip(some, low.T, high.T, strict=True):
            yield one.inside(a, b)


@dataclass(frozen=True)
class Sampling(ABC):
    """Predictive distributions of groups' data at nodes of the population's parameters.

    Attributes:
        of: the distribution of theta: (groups, nodes), or (1, nodes) if it is the same for all.
        size: trials, exposure, standard error or number of rows: (groups,).
        phi: the population's parameters at the nodes, by name.
        counted: whether values are counts.
    """

    of: Distribution
    size: Array
    phi: Mapping[str, Array]

    counted: ClassVar[bool] = False

    # --- given theta

    @classmethod
    @abstractmethod
    def drawn(cls, theta: Array, size: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
        """Draw a value of each group with these thetas; the last axis is that of groups, to which phi broadcasts."""

    @classmethod
    def raw(cls, value: Array, size: Array) -> Array:
        """The raw values: the groups' own estimates of theta."""
        return value / size if cls.counted else value

    @abstractmethod
    def within(self, mean: Array, variance: Array) -> Array:
        """Return E[Var(raw value | theta)], from mean and variance of theta: (groups, nodes)."""

    # --- theta integrated out

    @abstractmethod
    def log_probability(self, data: Observed) -> Array:
        """Log predictive probability, or density, of each group's data: (groups, nodes).

        Constants that do not depend on the nodes are included, except those of the rows' scatter (measurements).
        """

    @abstractmethod
    def tails(self, data: Observed) -> Tails:
        """Tail probabilities of each group's data."""

    @classmethod
    def cells(cls, size: Array) -> float:
        """Least number of probabilities of single counts that `alone` tabulates at each node."""
        return 0.0

    @abstractmethod
    def alone(self, count: Array, probability: Array) -> tuple[list[Alone] | None, float]:
        """The predictive distribution of each group's raw value; None if there are too many counts to tabulate.

        The second value is a bound on the probability that any count lies beyond its table.

        Args:
            count: number of groups of each kind.
            probability: probability of each node.
        """


@dataclass(frozen=True)
class Counted(Alone):
    """Cumulative probabilities of counts 0, 1, ...: (counts, nodes).

    All probability beyond the table is assigned to its last count.
    """

    running: Array
    size: float

    @classmethod
    def tabulated(cls, table: Array, size: float) -> Counted:
        """Accumulate probabilities in place, row by row, since rows are contiguous in memory; the last is set to 1."""
        for y in range(1, len(table)):
            table[y] += table[y - 1]
        table[-1] = 1.0
        return cls(table, size)

    @property
    def support(self) -> Array:
        return np.arange(float(len(self.running))) / self.size

    def inside(self, low: Array, high: Array) -> Array:
        return next(self.each_inside([self], low[:, None], high[:, None]))

    @classmethod
    def each_inside(cls, some: Sequence[Self], low: Array, high: Array) -> Iterator[Array]:
        size, top = np.array([one.size for one in some]), np.array([len(one.running) for one in some])
        a, b = low * size, high * size
        first = np.clip(np.ceil(a - _slack(a)), 0, top).astype(np.intp)
        end = np.clip(np.floor(b + _slack(b)) + 1, 0, top).astype(np.intp)
        for one, lo, hi in zip(some, first.T, end.T, strict=True):
            yield one.before(hi) - one.before(lo) if lo.any() else one.before(hi)

    def before(self, count: Index) -> Array:
        """P(count < these): (thresholds, nodes)."""
        if count.all():
            return self.running.take(count - 1, axis=0)
        out: Array = self.running[np.maximum(count - 1, 0)]
        out[count == 0] = 0.0
        return out


def _slack(x: Array) -> Array:
    """Allowance for the rounding of a count that was divided and multiplied; 0 for infinite counts."""
    return np.where(np.isfinite(x), _ROUNDING * np.maximum(np.abs(x), 1.0), 0.0)
