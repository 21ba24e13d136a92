"""What a posterior can be asked, whichever family it is of and whichever way it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from partialpool.special import Array

EXACT = 1e-13
USUAL_TAIL = 0.025
USUAL_LEVELS = np.array([USUAL_TAIL, 0.5, 1.0 - USUAL_TAIL])


def symmetric(tail: float) -> Array:
    """The levels that go with a tail probability."""
    return np.array([tail, 0.5, 1.0 - tail])


@dataclass(frozen=True)
class Accuracy:
    """How far the reported numbers can be off, and how that is known.

    Attributes:
        mean: bound on the relative error of every mean and weight.
        sd: bound on the relative error of every sd.
        probability: bound on |F(x) - p| for every reported quantile x, F the exact distribution function.
        how: how the bounds were established.
    """

    mean: float
    sd: float
    probability: float
    how: str

    def __float__(self) -> float:
        return max(self.mean, self.sd, self.probability)

    def __str__(self) -> str:
        return (
            f"means within {self.mean:.0e} and sds within {self.sd:.0e} of their size, "
            f"quantiles within {self.probability:.0e} in probability ({self.how})"
        )


@dataclass(frozen=True)
class Summary:
    """Posterior summaries of one population parameter; NaN where a moment does not exist, and why in `note`."""

    mean: float
    sd: float
    lower: float
    median: float
    upper: float
    note: str


@dataclass(frozen=True)
class GroupSummary:
    """Posterior summaries of each group's parameter."""

    mean: Array
    sd: Array
    lower: Array
    median: Array
    upper: Array
    weight: Array


class Answers(Protocol):
    """What a posterior knows."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the population parameters."""

    @property
    def accuracy(self) -> Accuracy:
        """How far the answers can be off."""

    def population(self, parameter: str, tail: float) -> Summary:
        """One population parameter, with the interval that leaves out `tail` on either side."""

    def groups(self, tail: float) -> GroupSummary:
        """Every group, in the caller's order."""

    def given(self, values: Mapping[str, float]) -> Answers:
        """The answers at fixed population parameters, named as the family names them."""


@dataclass(frozen=True)
class Solved:
    """What the inference of a family returns: the answers, the prior with its design filled in, and warnings."""

    answers: Answers
    prior: Any
    warnings: tuple[str, ...] = ()
