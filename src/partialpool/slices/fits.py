"""Fits: one posterior for each slice of a table."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from partialpool.engine.results import tail_of
from partialpool.errors import DataError, PriorError
from partialpool.groups.groups import Groups
from partialpool.io.backends.origin import NOWHERE, Origin
from partialpool.io.output.content import Content, Shown
from partialpool.io.output.tables import delivered
from partialpool.messages.progress import shown
from partialpool.messages.wording import counted
from partialpool.posterior import Posterior
from partialpool.slices import tables
from partialpool.slices.cluster import Cluster
from partialpool.slices.keys import Keys
from partialpool.slices.sharing import pieces
from partialpool.slices.summary import content, counted_warnings, summary
from partialpool.slices.work import Piece, Refused, Solver, Table, Task
from partialpool.special import Columns

__all__ = ["Fits"]

_POSTERIORS = 64  # posteriors that are kept, of those last used
_TABLES = 4  # tables that are kept, of those last used


@dataclass(frozen=True, repr=False, eq=False)
class Fits(Shown):
    """One fit for each slice of a table, as a fitting function returns them if it is given `by`.

    `fits[key]` is the `Posterior` of one slice, the same as if its rows had been fitted alone. A key is the label in
    the column of `by`, or the tuple of the labels in several columns. A slice whose data are refused does not stop the
    others: `fits.failed` has its error.

    Attributes:
        solver: the family, the prior, the method, the level and the accuracy, which all slices have in common.
        columns: name of each column of `by` -> label of each slice.
        data: the groups of each slice, or the error for which they were refused.
        rows: the number of rows of each slice.
        library: the kind of the source, from which that of tables of results follows.
        notes: warnings about rows that belong to no slice.
        cluster: the executors of Spark that may fit slices, if the data were a frame of Spark.
        origin: the files or the relation that the rows come from, which no table is written over.

    Example:
        >>> import partialpool as pp
        >>> effects = {"estimate": "log_risk_ratio", "variance": "log_risk_ratio_var", "group": "trial"}
        >>> fits = pp.estimates(pp.datasets.load("bcg_vaccine"), **effects, by="allocation")
        >>> fits.keys()
        ['random', 'alternate', 'systematic']
        >>> print(f"{fits['random'].population_columns(transform='exp')['median'][0]:.3f}")
        0.392
    """

    _tables = ("population", "groups", "slices")

    solver: Solver
    columns: Mapping[str, NDArray[Any]]
    data: tuple[Groups | Refused, ...]
    rows: tuple[int, ...]
    library: str
    notes: tuple[str, ...] = ()
    cluster: Cluster | None = None
    origin: Origin = field(default=NOWHERE, repr=False)
    _kept: OrderedDict[Table, list[Piece | Refused]] = field(default_factory=OrderedDict, init=False, repr=False)
    _posteriors: OrderedDict[int, Posterior] = field(default_factory=OrderedDict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._pieces(Table("population"))

    # --- a mapping

    def __getitem__(self, key: object) -> Posterior:
        """The posterior of one slice.

        Raises:
            SliceError: there is no such slice.
            DataError: the data of the slice were refused.
            PriorError: the posterior of the slice would be improper.
        """
        place = self._keys.find(key)
        error = self._errors.get(place)
        if error is not None:
            raise error.with_traceback(None)
        return self._posterior(place)

    def __contains__(self, key: object) -> bool:
        return self._keys.place(key) is not None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._keys.every)

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def keys(self) -> list[Any]:
        """The keys of all slices, in order of first appearance."""
        return list(self._keys.every)

    def items(self) -> Iterator[tuple[Any, Posterior]]:
        """Yield the key and the posterior of each slice that has one, computed one after the other."""
        for place, key in enumerate(self._keys.every):
            if place not in self._errors:
                yield key, self._posterior(place)

    def values(self) -> Iterator[Posterior]:
        """Yield the posterior of each slice that has one, computed one after the other."""
        return (fit for _, fit in self.items())

    @property
    def failed(self) -> dict[Any, str]:
        """Key -> error message, of the slices whose data were refused or whose posterior would be improper."""
        return {self._keys.every[place]: str(error) for place, error in self._errors.items()}

    def __getattr__(self, name: str) -> Any:
        """Say how to ask one slice for what only a posterior has."""
        if name.startswith("_") or not hasattr(Posterior, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        call = "()" if callable(getattr(Posterior, name)) else ""
        fitted = next((key for place, key in enumerate(self._keys.every) if place not in self._errors), "...")
        raise AttributeError(f"{name}{call} is answered by one slice at a time, such as fits[{fitted!r}].{name}{call}")

    # --- tables

    def population(
        self,
        level: float | None = None,
        transform: str | None = None,
        into: str | os.PathLike[str] | None = None,
        table: str | None = None,
    ) -> Any:
        """The tables of the population of all slices below one another: one row per slice and parameter.

        Args:
            level: probability of the central interval, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of the population's mean; its median
                and interval are transformed, and its mean and sd are left empty.
            into: a .csv, .parquet or .json file to write the table to, whole or not at all; its path is returned. In a
                DuckDB database (.duckdb), one table is made or replaced, and all else stays as it is.
            table: the name of that table; by default "population".

        Returns:
            A table of the data-frame library of the data, the columns of `by` first. A slice without a fit has one row,
            with the reason in `note`.

        Raises:
            RequestError: the level is not in (0, 1), there is no such transform, or a table but no database.
            OutputError: the file cannot be written; what was there before is unchanged.
        """
        columns = self.population_columns(level, transform)
        return delivered(columns, self.library, self.origin.tables, into, table, "population", tables.native)

    def groups(
        self,
        level: float | None = None,
        transform: str | None = None,
        into: str | os.PathLike[str] | None = None,
        table: str | None = None,
    ) -> Any:
        """The tables of groups of all slices below one another: one row per slice and group.

        Args:
            level: probability of the central interval, in (0, 1).
            transform: for estimates and measurements: "exp", "tanh" or "expit" of theta, such as odds ratios from log
                odds ratios; raw, median and interval are transformed, mean and sd are left empty.
            into: a .csv, .parquet or .json file to write the table to, whole or not at all; its path is returned. In a
                DuckDB database (.duckdb), one table is made or replaced, and all else stays as it is.
            table: the name of that table; by default "groups".

        Returns:
            A table of the data-frame library of the data, the columns of `by` first. A slice without a fit has one row,
            with the reason in `note`.

        Raises:
            RequestError: the level is not in (0, 1), there is no such transform, or a table but no database.
            OutputError: the file cannot be written; what was there before is unchanged.
        """
        columns = self.group_columns(level, transform)
        return delivered(columns, self.library, self.origin.tables, into, table, "groups", tables.native)

    def slices(self) -> Any:
        """One row per slice: its labels, groups, rows, accuracy, warnings, and the error if it has no fit.

        Returns:
            A table of the data-frame library of the data. `accuracy` is the largest error that is claimed of the
            numbers about the population, and `warnings` counts the warnings about the data and that accuracy.
        """
        return tables.native(self.slice_columns(), self.library)

    @shown("populations of slices")
    def population_columns(self, level: float | None = None, transform: str | None = None) -> Columns:
        """The table of `population` as a dict of arrays."""
        found = self._pieces(self._table("population", level, transform))
        return tables.joined(self.columns, found, tables.POPULATION)

    @shown("groups of slices")
    def group_columns(self, level: float | None = None, transform: str | None = None) -> Columns:
        """The table of `groups` as a dict of arrays."""
        found = self._pieces(self._table("groups", level, transform))
        return tables.joined(self.columns, found, tables.GROUPS)

    def slice_columns(self) -> Columns:
        """The table of `slices` as a dict of arrays, one element per slice."""
        found = self._pieces(Table("population"))
        sizes = [groups.size if isinstance(groups, Groups) else None for groups in self.data]
        return tables.overview(self.columns, sizes, self.rows, found)

    # --- what is shown

    def overview(self, transform: str | None = None) -> tuple[Columns, str]:
        """A short table, as print shows it, with one row per slice, and a sentence that says what its numbers are."""
        found = self._pieces(self._table("population", None, transform))
        return summary(self.columns, found, self.solver.level, transform)

    def warnings_of(self, *, groups: bool = False) -> list[tuple[Any, tuple[str, ...]]]:
        """The key and the warnings of each slice that has any, with those about the accuracy of groups if asked."""
        found = zip(self._keys.every, self._pieces(Table("groups" if groups else "population")), strict=True)
        return [(key, piece.warnings) for key, piece in found if isinstance(piece, Piece) and piece.warnings]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about rows that belong to no slice and about executors, and the first of the slices', counted."""
        notes = (*self.notes, self.cluster.trouble) if self.cluster and self.cluster.trouble else self.notes
        return (*notes, *counted_warnings(self.warnings_of()))

    def _content(self) -> Content:
        groups = sum(one.size for one in self.data if isinstance(one, Groups))
        size = f"{counted(len(self), 'slice')}, {counted(groups, 'group')}"
        title = f"Fits of {self.solver.family.name} by {' and '.join(self.columns)}: {size}"
        return content(
            title, self.failed, None if len(self._errors) == len(self) else self.overview(), len(self.columns)
        )

    # --- the work

    @cached_property
    def _keys(self) -> Keys:
        return Keys(self.columns)

    @cached_property
    def _errors(self) -> dict[int, Refused]:
        """The error of each slice without a fit, by its position."""
        found = enumerate(self._pieces(Table("population")))
        return {place: piece for place, piece in found if not isinstance(piece, Piece)}

    def _table(self, name: str, level: float | None, transform: str | None) -> Table:
        """The table that is wanted, after its level and transform are checked."""
        tail_of(self.solver.level if level is None else level)
        if transform is not None:
            self.solver.family.check_transform(transform)
        return Table(name, None if level == self.solver.level else level, transform)

    def _pieces(self, table: Table) -> list[Piece | Refused]:
        """The parts of all slices in a table, in the order of the slices."""
        if table not in self._kept:
            self._kept[table] = self._made(table)
            for old in [one for one in self._kept if one not in (Table("population"), table)][: -_TABLES + 1]:
                del self._kept[old]
        return self._kept[table]

    def _made(self, table: Table) -> list[Piece | Refused]:
        """Compute the parts of all slices."""
        known = self._kept.get(Table("population"), list(self.data))
        refused = [place for place, one in enumerate(known) if isinstance(one, (DataError, PriorError))]
        rest = sorted(set(range(len(self.data))) - set(refused))
        groups = [groups for place in rest if isinstance(groups := self.data[place], Groups)]

        def make(place: int) -> Piece | Refused:
            try:
                return table.of(self._posterior(rest[place]))
            except (DataError, PriorError) as error:
                return error.with_traceback(None)

        made = dict(zip(rest, pieces(Task(self.solver, table), groups, make, self.cluster), strict=True))
        return [made[place] if place in made else known[place] for place in range(len(self.data))]  # type: ignore[misc]

    def _posterior(self, place: int) -> Posterior:
        """The posterior of the slice at a position, which was not refused."""
        fit = self._posteriors.pop(place, None)
        if fit is None:
            groups = self.data[place]
            assert isinstance(groups, Groups)
            fit = self.solver.solved(groups)
        self._posteriors[place] = fit
        while len(self._posteriors) > _POSTERIORS:
            self._posteriors.popitem(last=False)
        return fit
