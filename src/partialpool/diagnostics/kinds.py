"""Kinds of groups: the groups whose data have the same distribution given the population's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.diagnostics.outcomes import Outcomes
from partialpool.distributions import Distribution
from partialpool.distributions.marginals.sampling import MOST_CELLS, Alone
from partialpool.special import Array

_LEAST = 1e-12  # nodes with a smaller probability are left out


@dataclass(frozen=True)
class Kinds:
    """The kinds of groups, with the distributions of their raw values at the nodes.

    Attributes:
        probability: probability of each node, shape (nodes,).
        count: number of groups of each kind, shape (kinds,).
        alone: distribution of the raw value of one group of each kind, at the nodes.
        cut: bound on the probability that any count is beyond its table; unless it is 0, means are not available.
    """

    probability: Array
    count: Array
    alone: tuple[Alone, ...]
    cut: float = 0.0

    def inside(self, low: Array, high: Array) -> Array:
        """P(low <= value <= high for every group), shape (thresholds,); low and high are (thresholds, kinds)."""
        total = np.ones((len(low), len(self.probability)))
        each = type(self.alone[0]).each_inside(self.alone, low, high)
        for p, count in zip(each, self.count, strict=True):
            total *= p if count == 1.0 else np.maximum(p, 0.0) ** count
        return np.asarray(total @ self.probability)

    @property
    def supports(self) -> list[Array]:
        """The possible values of each kind; an empty list if they are continuous."""
        return [values for one in self.alone if (values := one.support) is not None]

    @property
    def support(self) -> Array | None:
        """The possible values of any group, in increasing order; None if they are continuous."""
        parts = self.supports
        return np.unique(np.concatenate(parts)) if parts else None


def too_many(data: Outcomes, probability: Array) -> bool:
    """Whether the pmfs of all groups at all nodes would need too much memory."""
    return bool(data.family.sampling.cells(data.size) * np.count_nonzero(probability > _LEAST) > MOST_CELLS)


def kinds(data: Outcomes, of: Distribution, phi: Mapping[str, Array], probability: Array) -> Kinds | None:
    """The kinds of groups if theta has the distributions `of`, shape (distinct, nodes); None if pmfs are too long."""
    seen = probability > _LEAST
    of, probability = of.part((slice(None), seen)), probability[seen] / probability[seen].sum()
    at = {name: value[seen] for name, value in phi.items()}
    alone, cut = data.sampling(of, at).alone(data.count, probability)
    return None if alone is None else Kinds(probability, data.count, tuple(alone), cut)
