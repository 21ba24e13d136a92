"""What the groups' data can turn out to be, given the distribution of theta of each: their distributions.

proportions    y | a, b             ~  beta-binomial(trials; a, b),            theta ~ Beta(a, b)
rates          y | a, s             ~  negative binomial(a, s/(s + exposure)), theta ~ Gamma(a, s)
estimates      y | m, t             ~  N(m, t^2 + se^2),                       theta ~ N(m, t^2)
measurements   mean of n rows | ... ~  N(m, t^2 + sigma^2/n), and the rows' scatter about it by sigma
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partialpool.distributions import Each
from partialpool.special import Array, Index

MOST_CELLS = 16_000_000
"""Probabilities of single counts, of all groups and nodes together, beyond which they are not written down."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Observed:
    """The data of some groups.

    Attributes:
        value: successes, events, estimate or mean of rows: (groups).
        size: trials, exposure, standard error or number of rows.
        rest: what `value` loses in rounding (measurements).
        squares: sum of squares of rows about their mean (measurements).
    """

    value: Array
    size: Array
    rest: Array
    squares: Array


@dataclass(frozen=True)
class Tails:
    """P(Y < y), P(Y = y) and P(Y > y): (groups, nodes)."""

    lower: Array
    equal: Array
    upper: Array


class Alone(ABC):
    """The distribution of one group's raw value, at each node."""

    @property
    @abstractmethod
    def support(self) -> Array | None:
        """All values; None where they are continuous."""

    @abstractmethod
    def inside(self, low: Array, high: Array) -> Array:
        """P(the value is within low to high, both included): (thresholds, nodes)."""


@dataclass(frozen=True)
class Sampling(ABC):
    """The distributions of groups' data at nodes of the population's parameters.

    Attributes:
        of: the distribution of theta: (groups, nodes), or (1, nodes) if it is the same for all.
        size: trials, exposure, standard error or number of rows: (groups).
        phi: the population's parameters at the nodes, by name.
        counted: whether values are counts.
    """

    of: Each
    size: Array
    phi: Mapping[str, Array]

    counted: ClassVar[bool] = False

    # --- given theta

    @classmethod
    @abstractmethod
    def drawn(cls, theta: Array, size: Array, phi: Mapping[str, Array], rng: np.random.Generator) -> Array:
        """A value of each group with these theta: the last axis is that of the groups, phi broadcasts to it."""

    @classmethod
    def raw(cls, value: Array, size: Array) -> Array:
        """The groups' own estimates of theta."""
        return value / size if cls.counted else value

    @abstractmethod
    def within(self, mean: Array, variance: Array) -> Array:
        """E[Var(raw value | theta)], from mean and variance of theta: (groups, nodes)."""

    # --- theta integrated out

    @abstractmethod
    def log_probability(self, data: Observed) -> Array:
        """log of the probability, or density, of each one's data: (groups, nodes).

        Constants that do not depend on the nodes are in it, but for measurements those of the rows' scatter.
        """

    @abstractmethod
    def tails(self, data: Observed) -> Tails:
        """Where each one's data stand."""

    @classmethod
    def cells(cls, size: Array) -> float:
        """How many probabilities of single counts `alone` writes down at each node, at least."""
        return 0.0

    @abstractmethod
    def alone(self, count: Array, probability: Array) -> tuple[list[Alone] | None, float]:
        """The distribution of each one's raw value; None if there are too many counts to write down.

        Beside it a bound on the probability that any count is beyond those that are written down.

        Args:
            count: how many groups there are of each.
            probability: of each node.
        """


@dataclass(frozen=True)
class Counted(Alone):
    """Running sums of the probabilities of counts 0, 1, ...: (counts, nodes).

    Whatever is beyond the table counts as the last.
    """

    running: Array
    size: float

    @classmethod
    def tabulated(cls, table: Array, size: float) -> Counted:
        """From probabilities, which become the sums: row by row, along which they lie in memory; 1 at the end."""
        for y in range(1, len(table)):
            table[y] += table[y - 1]
        table[-1] = 1.0
        return cls(table, size)

    @property
    def support(self) -> Array:
        return np.arange(float(len(self.running))) / self.size

    def inside(self, low: Array, high: Array) -> Array:
        top, a, b = len(self.running), low * self.size, high * self.size
        lo = np.clip(np.ceil(a - _slack(a)), 0, top).astype(np.intp)
        hi = np.clip(np.floor(b + _slack(b)) + 1, 0, top).astype(np.intp)
        return self._before(hi) - self._before(lo) if lo.any() else self._before(hi)

    def _before(self, count: Index) -> Array:
        """P(the count is below these): (thresholds, nodes)."""
        out: Array = self.running[np.maximum(count - 1, 0)]
        out[count == 0] = 0.0
        return out


def _slack(x: Array) -> Array:
    """What rounding may do to a count that was divided and multiplied; counts at infinity stay there."""
    return np.where(np.isfinite(x), _ROUNDING * np.maximum(np.abs(x), 1.0), 0.0)
