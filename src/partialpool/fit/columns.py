"""Find the columns that a caller means: each argument names a column, or is itself an array, a list or a Series."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from partialpool.errors import ColumnError, RequestError
from partialpool.fit.excluding import without_excluded
from partialpool.groups.sums import Sums
from partialpool.io.backends import Rows, read
from partialpool.io.backends.columns import check_request
from partialpool.io.backends.decimals import is_number
from partialpool.io.backends.given import is_column, name_of
from partialpool.io.engines import added_up
from partialpool.models.data.checks import free, observed
from partialpool.posterior import SUMMARIES

Column: TypeAlias = Any
"""The name of a column of the data, or the column itself: a list, an array or a Series."""

GroupColumns: TypeAlias = Any
"""One column, or a sequence of columns, that name the group."""

_NAMES = 5  # number of names from a list that a message shows


@dataclass(frozen=True)
class Wanted:
    """The table and the columns of it that a fit uses.

    Attributes:
        data: the caller's table, or None.
        roles: role -> name of its column, without the roles that the caller left out.
        group: names of the group columns.
        given: name -> column, for the columns that the caller gave as arrays.
    """

    data: object
    roles: Mapping[str, str]
    group: list[str]
    given: dict[str, object] = field(default_factory=dict)

    def rows(
        self,
        missing: str,
        decimal: str | None = None,
        *,
        repeated: bool = False,
        alone: Mapping[str, str] | None = None,
        sums: Callable[[], Sums] | None = None,
        memory: int = 0,
    ) -> Rows:
        """Read the columns, without the rows that `excluding` leaves out.

        Many rows are added up where they are, if an engine can do it; then each row of the result is a group.

        Args:
            missing: "refuse" missing cells, or "drop" their rows.
            decimal: the decimal sign of numbers written as text; see `backends.read`.
            repeated: whether one column may have several roles.
            alone: the role of an sd -> the role of its number of measurements n; where n is 1 the sd may be missing
                (see `backends.read`).
            sums: function that gives the statistics that an engine may add up; None if they are no sums.
            memory: bytes that DuckDB may use while it adds up the rows of files.
        """
        if sums is not None and self.group and not self.given and self.data is not None:
            check_request(list(self.roles.values()), self.group, missing)
            totals = added_up(self.data, sums(), self.group, missing, memory)
            if totals is not None:
                return without_excluded(totals, self.group)
        pairs = {self.roles[one]: self.roles[other] for one, other in (alone or {}).items() if one in self.roles}
        values, given = list(self.roles.values()), self.given
        values = list(dict.fromkeys(values)) if repeated else values
        try:
            found = read(
                self.data,
                values=values,
                labels=self.group,
                missing=missing,
                given=given,
                decimal=decimal,
                alone=pairs,
            )
        except ColumnError as error:
            if len(self.group) < 2 or given:
                raise
            raise ColumnError(f"{error} A list of text names columns; give labels as an array or a Series.") from None
        return without_excluded(found, self.group)


def wanted(data: object, roles: Mapping[str, Column | None], group: GroupColumns) -> Wanted:
    """Name all columns: a column given as an array has the name of its Series, or else that of its role.

    Args:
        data: a table, or None if every column is given.
        roles: role -> a name, a column, or None for a role that is left out.
        group: a name, a column, a sequence of these, a data frame of group columns, or None.

    Raises:
        RequestError: a role is given a list of column names, where one column is taken.
    """
    parts = list(_group_parts(group, named=data is not None))
    taken = [part for part in (*roles.values(), *(part for part, _ in parts)) if isinstance(part, str)]
    given: dict[str, object] = {}
    for role, part in roles.items():
        _check_one(role, part, named=data is not None)

    def name(part: Any, otherwise: str) -> str:
        if not is_column(part):
            return part  # a name: whether such a column exists is checked when the table is read
        own = name_of(part) or otherwise
        called = own if own not in taken else free(otherwise, taken)
        taken.append(called)
        given[called] = part
        return called

    columns = {role: name(part, _default(role)) for role, part in roles.items() if part is not None}
    return Wanted(data, columns, [name(part, otherwise) for part, otherwise in parts], given)


def _check_one(role: str, part: Column | None, *, named: bool) -> None:
    """Refuse a list of names where one column is taken.

    A list that contains numbers, be they written as text, is taken for the cells of a column.

    Args:
        role: the argument.
        part: what the caller gave for it.
        named: whether there is a table, whose columns the list could name.
    """
    if not named or not isinstance(part, (list, tuple)) or not part:
        return
    if not all(isinstance(name, str) and not is_number(name) for name in part):
        return
    if len(part) == 1:
        raise RequestError(f"{role}= takes the name of one column, not a list: write {role}={part[0]!r}.")
    shown = ", ".join(map(repr, part[:_NAMES])) + (", ..." if len(part) > _NAMES else "")
    raise RequestError(
        f"{role}= takes one column, and [{shown}] names {len(part)}. Make one fit for each: one with "
        f"{role}={part[0]!r}, the next with {role}={part[1]!r}."
    )


def _default(role: str) -> str:
    """Name a nameless column after its role, with a suffix where the table of groups has a result of that name."""
    return observed(role) if role in SUMMARIES else role


def _group_parts(group: GroupColumns, *, named: bool) -> Iterator[tuple[Any, str]]:
    """Yield each group column with its default name; `named` says whether text may be the name of a column."""
    if group is None:
        return
    frame = _columns_of_frame(group)
    parts = frame if frame is not None else _split(group, named=named)
    for number, part in enumerate(parts, 1):
        yield part, "group" if len(parts) == 1 else f"group_{number}"


def _split(group: Any, *, named: bool) -> Sequence[Any]:
    """Return a sequence of columns as it is, and one column or one name as a sequence of length one."""
    if not isinstance(group, (list, tuple)):
        return [group]
    texts = all(isinstance(part, str) for part in group)
    if not group or (
        texts and named and len(set(group)) == len(group)
    ):  # distinct texts are names, since labels repeat
        return group
    several = not texts and all(isinstance(part, str) or is_column(part) for part in group)
    return group if several else [group]


def _columns_of_frame(group: Any) -> list[Any] | None:
    """The columns of a data frame or the levels of a pandas index, or None if it is neither."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(group, pandas.DataFrame):
        return [group.iloc[:, i] for i in range(group.shape[1])]
    if pandas is not None and isinstance(group, pandas.MultiIndex):
        return [group.get_level_values(i) for i in range(group.nlevels)]
    if type(group).__module__.partition(".")[0] not in ("polars", "pyarrow", "narwhals"):
        return None
    import narwhals.stable.v2 as nw

    frame = nw.from_native(group, eager_only=True, pass_through=True)
    return list(frame.iter_columns()) if isinstance(frame, nw.DataFrame) else None
