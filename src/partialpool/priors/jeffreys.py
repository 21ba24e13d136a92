"""Jeffreys' prior of the population's sd, for estimates with known standard errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from partialpool.errors import PriorError
from partialpool.priors.density import Density, Positive
from partialpool.special import Array

_BLOCK = 1024  # distinct standard errors that are summed at once, to limit memory


@dataclass(frozen=True)
class Jeffreys(Positive):
    """Jeffreys' prior, p(sd) proportional to sqrt(sum_j (sd / (s_j^2 + sd^2))^2), with s_j the standard errors.

    It is the square root of the Fisher information. It is improper, since it falls only like 1/sd, so that at least two
    groups are needed. The standard errors come from the data.

    Source: Röver 2020, Journal of Statistical Software 93(6).
    """

    variances: tuple[float, ...] = field(default=(), repr=False)

    @property
    def at_zero(self) -> float:
        return 1.0

    @property
    def at_infinity(self) -> float:
        return 1.0

    @property
    def needs_design(self) -> bool:
        return not self.variances

    def for_design(self, typical: float, variances: Array) -> Density:
        return replace(self, variances=tuple(np.sort(variances).tolist())) if self.needs_design else self

    def log_pdf(self, log_x: Array, log_rest: Array) -> Array:
        if self.needs_design:
            raise PriorError(f"{self} has no standard errors yet: they come with the data.")
        log_variance, log_count = self._distinct
        total = np.full(np.shape(log_x), -np.inf)
        for start in range(0, len(log_variance), _BLOCK):
            some = slice(start, start + _BLOCK)
            information = -2.0 * np.logaddexp(log_variance[some], 2.0 * np.asarray(log_x)[..., None])
            total = np.logaddexp(total, np.logaddexp.reduce(log_count[some] + information, axis=-1))
        return log_x + 0.5 * total

    def formula(self, x: str) -> str:
        return f"sqrt(sum_j ({x}/(s_j^2 + {x}^2))^2)"

    @cached_property
    def _distinct(self) -> tuple[Array, Array]:
        """Logs of the distinct variances, and logs of the numbers of groups that have each."""
        values, counts = np.unique(np.array(self.variances), return_counts=True)
        return np.log(values), np.log(counts)
