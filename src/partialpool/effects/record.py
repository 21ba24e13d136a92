"""What every function of this package returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """Effects with their standard errors, one for each group.

    Attributes:
        estimate: estimates of the effect.
        se: their standard errors.
        corrected: whether 1/2 was added to the group's cells.
    """

    estimate: Array
    se: Array
    corrected: NDArray[np.bool_]

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The same as columns, new arrays: data for `estimates(..., estimate="estimate", se="se")`.

        >>> from partialpool.effects import log_odds_ratio
        >>> list(log_odds_ratio([3, 7], [38, 114], [3, 14], [39, 116]).columns())
        ['estimate', 'se', 'corrected']
        """
        return {"estimate": self.estimate.copy(), "se": self.se.copy(), "corrected": self.corrected.copy()}


def uncorrected(estimate: Array, se: Array) -> Effects:
    """Effects that no correction was applied to."""
    return Effects(estimate, se, np.zeros(len(estimate), dtype=bool))
