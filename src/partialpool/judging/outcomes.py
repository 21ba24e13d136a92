"""The distinct data of the groups, and their distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partialpool.distributions import Each
from partialpool.groups import Groups
from partialpool.marginals.sampling import Observed, Sampling
from partialpool.models.family import Family
from partialpool.special import Array, Index


@dataclass(frozen=True)
class Outcomes(Observed):
    """The distinct data of groups, those without data left out.

    Attributes:
        family: what was measured.
        first: the first group that has these data.
        where: which of these each group with data has; `groups` says which those are.
    """

    family: Family
    first: Index
    where: Index
    groups: Index

    @property
    def count(self) -> Array:
        """How many groups there are of each."""
        return np.bincount(self.where, minlength=len(self.value)).astype(float)

    @property
    def raw(self) -> Array:
        """The groups' own estimates of theta."""
        return self.family.sampling.raw(self.value, self.size)

    def subset(self, which: Index) -> Outcomes:
        """Some of the distinct data; `where` and `groups` are those of the first groups only."""
        return self.regrouped(which, np.arange(len(which)), self.first[which])

    def regrouped(self, which: Index, where: Index, groups: Index) -> Outcomes:
        """Some of the distinct data, and which of them some groups have."""
        value, size, rest, squares = (part[which] for part in (self.value, self.size, self.rest, self.squares))
        return Outcomes(value, size, rest, squares, self.family, self.first[which], where, groups)

    def sampling(self, of: Each, phi: Mapping[str, Array]) -> Sampling:
        """The distributions of such data, theta being distributed as `of`: (distinct, nodes), or (nodes) for all."""
        of = of.part((None, slice(None))) if len(of.shape) == 1 else of
        return self.family.sampling(of, self.size, phi)


def outcomes(family: Family, data: Groups) -> Outcomes:
    """The distinct data of the groups."""
    value, size = (np.asarray(data.statistics[role], dtype=float) for role in (family.observed, family.amount.role))
    rest, squares = np.zeros(len(value)), np.zeros(len(value))
    if "sd" in data.statistics:  # of rows within a group
        rest = np.asarray(data.statistics["rest"], dtype=float)
        squares = (size - 1.0) * np.asarray(data.statistics["sd"], dtype=float) ** 2
    some = np.flatnonzero(size > 0.0) if family.sampling.counted else np.arange(len(value))
    table = np.stack([size, value, rest, squares])[:, some]
    _, first, where = np.unique(table, axis=1, return_index=True, return_inverse=True)
    first = some[first]
    value, size, rest, squares = (part[first] for part in (value, size, rest, squares))
    return Outcomes(value, size, rest, squares, family, first, np.ravel(where), some)
