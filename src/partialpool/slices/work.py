"""The work on one slice, which is the same in this process and in a worker: fit it, and make one of its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from partialpool.engine.results import claims_of
from partialpool.errors import DataError, PriorError
from partialpool.groups.groups import Groups
from partialpool.messages.claims import cautions
from partialpool.models.family import Family
from partialpool.posterior import Posterior
from partialpool.special import Columns

Refused: TypeAlias = DataError | PriorError
"""The errors of the data of one slice, or of the prior with these data; other slices may have none."""


class Solver(Protocol):
    """What was asked of all slices: a family, a prior, a method, a level and an accuracy."""

    @property
    def family(self) -> Family:
        """The kind of data."""

    @property
    def level(self) -> float:
        """The probability of intervals."""

    def solved(self, groups: Groups) -> Posterior:
        """Compute the posterior of the groups of one slice."""


@dataclass(frozen=True, eq=False)
class Piece:
    """The part of one slice in a table.

    Attributes:
        columns: the columns, without those that name the slice.
        accuracy: the largest error that is claimed of the numbers.
        warnings: the warnings about the data and these numbers.
    """

    columns: Columns
    accuracy: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of every slice.

    Attributes:
        name: "population" or "groups".
        level: probability of the intervals; None for that of the fit.
        transform: the transform of theta and of the population's mean, or None.
    """

    name: str
    level: float | None = None
    transform: str | None = None

    def of(self, fit: Posterior) -> Piece:
        """The part of one slice."""
        if self.name == "groups":
            columns, accuracy = fit.group_columns(self.level, self.transform), fit.accuracy
        else:
            columns = fit.population_columns(self.level, self.transform)
            accuracy = fit.results.accuracy_of(fit.results.parameters)
        said = fit.notes + cautions(claims_of(accuracy), fit.tol)
        return Piece(dict(columns), float(accuracy), said)


@dataclass(frozen=True, eq=False)
class Task:
    """A table that is wanted of slices, which can be sent to a worker."""

    solver: Solver
    table: Table

    def piece(self, groups: Groups) -> Piece | Refused:
        """Fit one slice and make its part of the table; or return the error if its data are refused."""
        try:
            return self.table.of(self.solver.solved(groups))
        except (DataError, PriorError) as error:
            return error.with_traceback(None)

    def attempt(self, groups: Groups) -> Piece | Refused | None:
        """The piece of one slice; None if it fails in a way that only the process of the caller can report."""
        try:
            return self.piece(groups)
        except Exception:  # noqa: BLE001  (that process repeats the computation, and raises the error)
            return None
