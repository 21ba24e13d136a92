"""The record that every function of this package returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """Effects with their standard errors, one per group.

    Attributes:
        estimate: estimates of the effect, shape (groups,).
        se: their standard errors, shape (groups,).
        corrected: whether 1/2 was added to the group's cells, shape (groups,).
    """

    estimate: Array
    se: Array
    corrected: NDArray[np.bool_]

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Copies of the arrays as a dict, which is data for `estimates(..., estimate="estimate", se="se")`.

        >>> from partialpool.effects import log_odds_ratio
        >>> list(log_odds_ratio([3, 7], [38, 114], [3, 14], [39, 116]).columns())
        ['estimate', 'se', 'corrected']
        """
        return {"estimate": self.estimate.copy(), "se": self.se.copy(), "corrected": self.corrected.copy()}


def uncorrected(estimate: Array, se: Array) -> Effects:
    """Effects without a correction."""
    return Effects(estimate, se, np.zeros(len(estimate), dtype=bool))
