"""Groups whose data have the same distribution given the population's parameters, at many values of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Each
from partialpool.judging.outcomes import Outcomes
from partialpool.marginals.sampling import MOST_CELLS, Alone
from partialpool.special import Array

_LEAST = 1e-12  # probability of a node that counts


@dataclass(frozen=True)
class Kinds:
    """Groups with the same distribution of data, at the nodes.

    count: how many groups there are of each kind; alone: the distribution of a raw value of each kind; cut: bound on
    the probability that any count is beyond its table, so that means are not to be had unless it is 0.
    """

    probability: Array
    count: Array
    alone: tuple[Alone, ...]
    cut: float = 0.0

    def inside(self, low: Array, high: Array) -> Array:
        """P(every group's value is within low to high, both included): (thresholds)."""
        total = np.ones((len(low), len(self.probability)))
        for i, (one, count) in enumerate(zip(self.alone, self.count, strict=True)):
            p = one.inside(low[:, i], high[:, i])
            total *= p if count == 1.0 else np.maximum(p, 0.0) ** count
        return np.asarray(total @ self.probability)

    @property
    def supports(self) -> list[Array]:
        """All values of each kind; none where they are continuous."""
        return [values for one in self.alone if (values := one.support) is not None]

    @property
    def support(self) -> Array | None:
        """All values of single groups; None where they are continuous."""
        parts = self.supports
        return np.unique(np.concatenate(parts)) if parts else None


def too_many(data: Outcomes, probability: Array) -> bool:
    """Whether the probabilities of single counts are too many to be written down."""
    return bool(data.family.sampling.cells(data.size) * np.count_nonzero(probability > _LEAST) > MOST_CELLS)


def kinds(data: Outcomes, of: Each, phi: Mapping[str, Array], probability: Array) -> Kinds | None:
    """The groups' data, theta of each distinct one being distributed as `of`, (distinct, nodes); None if too many."""
    seen = probability > _LEAST
    of, probability = of.part((slice(None), seen)), probability[seen] / probability[seen].sum()
    at = {name: value[seen] for name, value in phi.items()}
    alone, cut = data.sampling(of, at).alone(data.count, probability)
    return None if alone is None else Kinds(probability, data.count, tuple(alone), cut)
