"""Groups: the labels and the sufficient statistics of each group, and how rows are combined into groups.

A family uses the rows of a group only through sufficient statistics, so rows of one group are added up, or combined in
another way, as means and sds are. Groups are in the order of their first appearance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partialpool.errors import DataError
from partialpool.groups.adding import Combine, added
from partialpool.groups.codes import distinct
from partialpool.groups.labels import kind_of, moments, together
from partialpool.groups.source import Source, both

Array = NDArray[Any]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Statistic:
    """One sufficient statistic of a group: its role, symbol, meaning and domain."""

    role: str
    symbol: str
    meaning: str
    domain: str
    shown: bool = True
    least: int = 0  # smallest n of a group for which it exists; else it is shown as missing


@dataclass(frozen=True, eq=False)
class Members:
    """The rows of all groups, if a family keeps them: the group number and the value of each row, both (rows,)."""

    group: Codes
    value: Array


@dataclass(frozen=True, eq=False)
class Groups:
    """Read-only sufficient statistics, one element per group, in order of first appearance.

    Attributes:
        labels: name of each group column -> labels, shape (groups,).
        statistics: role, such as "successes" -> statistic of each group, shape (groups,).
        columns: role -> name to show (the caller's column name).
        library: the kind of the source, from which that of tables of results follows.
        notes: warnings for the reader of a result.
        numbered: whether no group column was given, so that each row is a group, labelled 1, 2, 3, ...
        combine: function that combines the rows of one group.
        members: the rows themselves, where questions need them; None if they were not kept, as in a subset.
        source: facts about the table from which they were made; None if it is not known.
    """

    labels: Mapping[str, Array]
    statistics: Mapping[str, Array]
    columns: Mapping[str, str]
    library: str
    notes: tuple[str, ...] = ()
    numbered: bool = False
    combine: Combine = field(default_factory=lambda: added, repr=False)
    members: Members | None = field(default=None, repr=False)
    source: Source | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(next(iter(self.labels.values())))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the read-only mappings as dicts, which can be pickled."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _unpickled, ({name: dict(x) if isinstance(x, MappingProxyType) else x for name, x in values.items()},)

    def merge(self, other: Groups) -> Groups:
        """These groups with the data of others: equal labels are one group, new groups come after those of this one.

        The statistics of equal groups are combined as rows are. So the result is that of all rows at once: exactly for
        counts, and but for the rounding of sums for real numbers. Without group columns each row is a group, and all
        groups of `other` are new, numbered after the rows of this table.

        Args:
            other: groups with the same statistics and group columns, read from other rows.

        Returns:
            Groups in order of first appearance, with the names of this one. Rows that both have kept are kept.

        Raises:
            DataError: the groups are of different kinds, or their combined data are refused.
        """
        _check_alike(self, other)
        if self.numbered:
            labels = {name: _numbers_of_both(self, other) for name in self.labels}
            first = codes = np.arange(self.size + other.size)
        else:
            labels = {name: together(label, other.labels[name]) for name, label in self.labels.items()}
            first, codes = distinct(list(labels.values()))
        parts = {role: np.concatenate([values, other.statistics[role]]) for role, values in self.statistics.items()}
        return replace(
            self,
            labels=frozen({name: label[first] for name, label in labels.items()}),
            statistics=frozen(self.combine(parts, self.columns, codes, len(first))),
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
            members=_members_of_both(self, other, codes),
            source=both(self.source, other.source),
        )


def _unpickled(values: dict[str, Any]) -> Groups:
    """Groups from the values of their fields, read-only again."""
    made = Groups(**values)
    return replace(
        made,
        labels=frozen(made.labels),
        statistics=frozen(made.statistics),
        columns=MappingProxyType(dict(made.columns)),
        members=made.members and Members(_read_only(made.members.group), _read_only(made.members.value)),
    )


def _check_alike(one: Groups, other: Groups) -> None:
    """Refuse to merge groups of different kinds.

    Raises:
        DataError: roles, group columns or kinds of labels differ.
    """
    roles = [", ".join(map(repr, groups.statistics)) for groups in (one, other)]
    if one.combine is not other.combine or set(one.statistics) != set(other.statistics):
        raise DataError(f"groups with the statistics {roles[0]} cannot be merged with groups with {roles[1]}.")
    if one.numbered != other.numbered:
        raise DataError(
            "groups that are the rows of a table cannot be merged with groups that have labels. Name the group "
            "columns of both, or of neither."
        )
    if one.numbered:
        return
    names = [", ".join(map(repr, groups.labels)) for groups in (one, other)]
    if set(one.labels) != set(other.labels):
        raise DataError(f"groups named by {names[0]} cannot be merged with groups named by {names[1]}.")
    for name, label in one.labels.items():
        here, there = kind_of(moments(label)), kind_of(moments(other.labels[name]))
        if here != there and one.size and other.size:
            raise DataError(
                f"the labels of {name!r} are {here} in the groups that there are, and {there} in those that are added: "
                "make them the same."
            )


def _numbers_of_both(one: Groups, other: Groups) -> Array:
    """The numbers of the rows of two tables, those of the second after those of the first."""
    (mine,), (theirs,) = one.labels.values(), other.labels.values()
    rows = one.source.rows if one.source else int(mine.max(initial=0))
    return np.concatenate([mine, theirs + rows])


def _members_of_both(one: Groups, other: Groups, codes: Codes) -> Members | None:
    """The rows of both, if both have kept them; `codes` are the numbers of their groups among all groups."""
    if one.members is None or other.members is None:
        return None
    group = [codes[: one.size][one.members.group], codes[one.size :][other.members.group]]
    value = np.concatenate([one.members.value, other.members.value])
    return Members(_read_only(np.concatenate(group)), _read_only(value))


def group_columns(groups: Groups) -> list[str]:
    """The names of the group columns in the caller's table, which differ from the labels' if a result has that name."""
    return list((groups.source.group if groups.source else ()) or groups.labels)


def origin(groups: Groups) -> list[object]:
    """The table from which groups were made, in a list, which is empty if it is not known."""
    return [groups.source.table.data] if groups.source and groups.source.table else []


def subset(groups: Groups, places: Array) -> Groups:
    """Some of the groups, by positions or a mask, without their rows."""
    labels = {name: label[places] for name, label in groups.labels.items()}
    statistics = {role: values[places] for role, values in groups.statistics.items()}
    return replace(groups, labels=frozen(labels), statistics=frozen(statistics), members=None)


def called(labels: Mapping[str, Array], place: int) -> str:
    """The name of the group at a position: its labels, after the name of the column if they have no letters.

    >>> called({"trial": np.array([7])}, 0), called({"author": np.array(["Ng"]), "year": np.array([2001])}, 0)
    ('trial 7', 'Ng 2001')
    """
    name = " ".join(str(label[place]) for label in labels.values())
    return name if any(letter.isalpha() for letter in name) or not labels else f"{next(iter(labels))} {name}"


def frozen(columns: Mapping[str, Array]) -> Mapping[str, Array]:
    """A read-only mapping of read-only views of the columns; the originals stay writeable."""
    return MappingProxyType({name: _read_only(array) for name, array in columns.items()})


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def collapse(
    labels: Mapping[str, Array] | None,
    statistics: Mapping[str, Array],
    columns: Mapping[str, str],
    library: str = "dict",
    notes: tuple[str, ...] = (),
    combine: Combine | None = None,
    kept: Array | None = None,
) -> Groups:
    """Combine the rows of each group, by adding them up unless `combine` says otherwise.

    Args:
        labels: name of each group column -> label of each row, none missing; a group is a distinct combination. None:
            each row is its own group.
        statistics: role -> number of each row.
        columns: role -> name to show.
        library: the kind of the source.
        notes: warnings to carry along.
        combine: function that combines the rows of one group; by default they are added up.
        kept: values of the rows to keep beside the totals.

    Returns:
        Groups in order of first appearance.

    Raises:
        CellError: an integer total above 2^62.
    """
    combine = combine or added
    if labels is None:
        return _numbered(statistics, columns, library, notes, combine)
    first, codes = distinct([np.asarray(column) for column in labels.values()])
    return Groups(
        labels=frozen({name: np.asarray(column)[first] for name, column in labels.items()}),
        statistics=frozen(combine({role: np.asarray(x) for role, x in statistics.items()}, columns, codes, len(first))),
        columns=MappingProxyType(dict(columns)),
        library=library,
        notes=notes,
        combine=combine,
        members=None if kept is None else Members(_read_only(codes), _read_only(kept)),
    )


def _numbered(
    statistics: Mapping[str, Array], columns: Mapping[str, str], library: str, notes: tuple[str, ...], combine: Combine
) -> Groups:
    """Groups of one row each, labelled 1, 2, 3, ..."""
    size = len(next(iter(statistics.values())))
    label = "group"
    while label in columns.values():
        label += "_"
    return Groups(
        labels=frozen({label: np.arange(1, size + 1)}),
        statistics=frozen({role: np.asarray(x) for role, x in statistics.items()}),
        columns=MappingProxyType(dict(columns)),
        library=library,
        notes=notes,
        numbered=True,
        combine=combine,
    )
