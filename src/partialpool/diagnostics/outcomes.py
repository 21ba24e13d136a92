"""The distinct data of the groups, and their sampling distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Distribution
from partialpool.distributions.marginals.sampling import Observed, Sampling
from partialpool.groups.groups import Groups
from partialpool.models.family import Family
from partialpool.special import Array, Index


@dataclass(frozen=True)
class Outcomes(Observed):
    """The distinct data of the groups that have data.

    Attributes:
        family: the family of the fit.
        first: the first group with each distinct data, shape (distinct,).
        where: index of the distinct data of each group in `groups`.
        groups: the groups with data.
    """

    family: Family
    first: Index
    where: Index
    groups: Index

    @property
    def count(self) -> Array:
        """Number of groups with each distinct data, shape (distinct,)."""
        return np.bincount(self.where, minlength=len(self.value)).astype(float)

    @property
    def raw(self) -> Array:
        """The raw estimate of theta from each distinct data, shape (distinct,)."""
        return self.family.sampling.raw(self.value, self.size)

    def subset(self, which: Index) -> Outcomes:
        """Some of the distinct data, each with only its first group."""
        return self.regrouped(which, np.arange(len(which)), self.first[which])

    def regrouped(self, which: Index, where: Index, groups: Index) -> Outcomes:
        """Some of the distinct data, with `where` and `groups` given anew."""
        value, size, rest, squares = (part[which] for part in (self.value, self.size, self.rest, self.squares))
        return Outcomes(value, size, rest, squares, self.family, self.first[which], where, groups)

    def sampling(self, of: Distribution, phi: Mapping[str, Array]) -> Sampling:
        """Marginal distributions of such data, if theta ~ `of`, of shape (distinct, nodes), or (nodes,) for all."""
        of = of.part((None, slice(None))) if len(of.shape) == 1 else of
        return self.family.sampling(of, self.size, phi)


def outcomes(family: Family, data: Groups) -> Outcomes:
    """The distinct data of the groups."""
    value, size = (np.asarray(data.statistics[role], dtype=float) for role in (family.observed, family.amount.role))
    rest, squares = np.zeros(len(value)), np.zeros(len(value))
    if "sd" in data.statistics:  # the sd of the rows within each group
        rest = np.asarray(data.statistics["rest"], dtype=float)
        squares = (size - 1.0) * np.asarray(data.statistics["sd"], dtype=float) ** 2
    some = np.flatnonzero(size > 0.0) if family.sampling.counted else np.arange(len(value))
    table = np.stack([size, value, rest, squares])[:, some]
    _, first, where = np.unique(table, axis=1, return_index=True, return_inverse=True)
    first = some[first]
    value, size, rest, squares = (part[first] for part in (value, size, rest, squares))
    return Outcomes(value, size, rest, squares, family, first, np.ravel(where), some)
