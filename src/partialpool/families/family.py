"""What a family is: which totals of a group it looks at, and where its posterior is worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partialpool.errors import RequestError
from partialpool.groups import Array, Groups, Statistic
from partialpool.scales import scale


@dataclass(frozen=True)
class Family:
    """A kind of data with the population that goes with it.

    Attributes:
        name: of the function that fits it, "proportions".
        data: what p(data | theta) is called, "binomial".
        population: what p(theta | phi) is called, "beta".
        statistics: what is added up in each group.
        raw: the groups' own estimates, NaN where a group has no data.
        inference: name of the module whose `solve` works out the posterior, imported when it is needed.
        totals: what there is in all groups together, in a few words.
        quantity: what `raw` is, with the roles of the columns in braces.
    """

    name: str
    data: str
    population: str
    statistics: tuple[Statistic, ...]
    raw: Callable[[Groups], Array]
    inference: str
    totals: Callable[[Groups], str]
    quantity: str = "raw"

    def check_transform(self, transform: str | None) -> None:
        """Refuse a transform that does not exist, or of a theta that has a scale of its own.

        Raises:
            RequestError: of either.
        """
        scale(transform)
        if transform is not None and self.population != "normal":
            raise RequestError(
                f"transform is for estimates and measurements: those of {self.name} have their own scale."
            )

    def measured(self, groups: Groups) -> str:
        """What `raw` is, by the caller's own column names."""
        return self.quantity.format(**groups.columns)

    def shown(self, groups: Groups) -> dict[str, Array]:
        """The groups' data by the caller's own column names."""
        return {groups.columns[part.role]: self.known(part.role, groups) for part in self.statistics if part.shown}

    def known(self, role: str, groups: Groups) -> Array:
        """A statistic of each group, NaN where it cannot be computed, such as the sd of a single row."""
        values = groups.statistics[role]
        least = next(part.least for part in self.statistics if part.role == role)
        return values if least == 0 else np.where(groups.statistics["n"] < least, np.nan, values)
