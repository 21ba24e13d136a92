"""Read more rows as those of a fit were read, and put their groups together with the groups of the fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from partialpool.errors import RequestError
from partialpool.groups.adding import added
from partialpool.groups.groups import Groups, frozen
from partialpool.groups.labels import kind_of
from partialpool.groups.rows import Rows
from partialpool.groups.source import Reading, Source, Table
from partialpool.io.engines import check_memory, read_rows
from partialpool.messages.wording import counted
from partialpool.models.data.alike import alike
from partialpool.models.data.checks import left_out_of_all
from partialpool.models.data.excluded import without_labels
from partialpool.models.data.totals import totals
from partialpool.models.family import Family

_DROPPED = re.compile(r" left out of the fit by missing='drop'")
"""Matches the warning about rows with missing cells that were dropped."""

_UNKNOWN = (
    "This fit does not say how its rows were read, so that no more rows can be added to it: it was made from groups, "
    "is one of the slices of by=, or was saved before fits kept this. Fit all rows together; that fit can be updated."
)


def sourced(groups: Groups, rows: Rows, names: Sequence[str], table: Table | None = None) -> Groups:
    """Return groups with their source; if each row is a group, a group is labelled by the number of its row.

    Args:
        groups: the groups, made of all rows that were kept.
        rows: the rows.
        names: names of the group columns.
        table: the table, if it is to be remembered.
    """
    size = rows.size + rows.dropped + len(rows.excluded) if rows.read is None else rows.read
    columns = tuple(rows.reading.roles.values()) if rows.reading else ()
    source = Source(size, columns, rows.decimal, tuple(names), table, rows.dropped, rows.reading)
    labels = groups.labels
    if groups.numbered and rows.kept is not None and len(rows.kept) == groups.size:  # else trials were dropped too
        labels = frozen(dict.fromkeys(labels, rows.kept))
    return replace(groups, labels=labels, source=source)


def with_rows(
    family: Family,
    known: Groups,
    data: object,
    *,
    columns: Mapping[str, Any],
    group: str | Sequence[str] | None = None,
    missing: str | None = None,
    decimal: str | None = None,
) -> Groups:
    """Return the groups of a fit with the data of more rows, which are read as those of the fit were.

    Args:
        family: the family of the fit.
        known: its groups.
        data: a table with the further rows.
        columns: role -> its column in this table, for columns that have another name there; None leaves a role out.
        group: the group columns of this table; None if their names are those of the fit.
        missing: what to do with missing cells; None for what the fit did.
        decimal: the decimal sign of numbers in text; None for that of the fit.

    Raises:
        RequestError: the fit does not know how its rows were read, or a column is none of its own.
        DataError: the rows are refused, or their labels are of another kind.
    """
    source = known.source
    if source is None or source.reading is None:
        raise RequestError(_UNKNOWN)
    _check_names(columns)
    how = source.reading
    reading = replace(
        how,
        roles=family.renamed(how, columns) if columns else how.roles,
        missing=how.missing if missing is None else missing,
        decimal=how.decimal if decimal is None else decimal,
    )
    names = _group_columns(known, source, group)
    more = _read(family, known, data, reading, names)
    kept = [[note for note in groups.notes if not _DROPPED.search(note)] for groups in (known, more)]
    before = alike(known.labels)  # found again among all labels
    old = replace(known, notes=tuple(note for note in kept[0] if note not in before))
    said = (note if note in old.notes else f"of the rows that were added: {note}" for note in kept[1])
    merged = old.merge(replace(more, notes=tuple(said)))
    assert merged.source is not None
    return replace(merged, notes=left_out_of_all(merged.source.dropped) + merged.notes + alike(merged.labels))


def _check_names(columns: Mapping[str, Any]) -> None:
    """Refuse columns that are given as arrays."""
    for role, names in columns.items():
        several = names if isinstance(names, (list, tuple)) else [names]
        if names is not None and not all(isinstance(name, str) for name in several):
            raise RequestError(
                f"update() takes the names of columns, and {role}= is a {type(names).__name__}. Put the column into "
                "the table, such as a dict of columns, and name it."
            )


def _group_columns(known: Groups, source: Source, group: str | Sequence[str] | None) -> list[str]:
    """The names of the group columns in the table of the further rows."""
    if known.numbered:
        if group is not None:
            raise RequestError("each row is its own group in this fit, and so is each row that is added: no group=.")
        return []
    names = list(source.group) if group is None else [group] if isinstance(group, str) else list(group)
    if len(names) != len(known.labels):
        raise RequestError(
            f"group names {counted(len(names), 'column')}, and the groups of the fit have {len(known.labels)}: "
            f"{', '.join(map(repr, known.labels))}. Name one for each, in this order."
        )
    return names


def _read(family: Family, known: Groups, data: object, reading: Reading, names: Sequence[str]) -> Groups:
    """Read a table into groups that are named as the known ones, with their source and warnings about its rows."""
    roles = reading.roles
    rows = read_rows(
        data,
        values=list(dict.fromkeys(roles.values())),
        labels=names,
        missing=reading.missing,
        decimal=reading.decimal,
        alone={roles[one]: roles[other] for one, other in family.alone if one in roles},
        given={},
        sums=family.added(reading, names),
        memory=check_memory(None),
    )
    rows = replace(without_labels(rows, names, reading.excluded), reading=reading)
    groups = family.grouped(rows, reading, names)
    sums = list(roles.values()) if groups.combine is added and rows.sums is None else []
    groups = replace(sourced(groups, rows, names), notes=(*groups.notes, *totals(rows, names, sums)))
    return _named_alike(groups, known, text=rows.lines is not None)


def _named_alike(more: Groups, known: Groups, *, text: bool) -> Groups:
    """Return groups with the names of those of a fit.

    Whether labels such as 7 are read from a text file as numbers depends on the other labels of that file. So if `text`
    says that they are from one, whole numbers become text where the labels of the fit are text.
    """
    if more.numbered:
        (name,) = known.labels
        return replace(more, labels=frozen({name: next(iter(more.labels.values()))}), columns=known.columns)
    labels = {}
    for (name, label), other in zip(known.labels.items(), more.labels.values(), strict=True):
        written = text and other.dtype.kind == "i" and kind_of(label) == "text"
        labels[name] = np.array([str(cell) for cell in other.tolist()], dtype=object) if written else other
    return replace(more, labels=frozen(labels), columns=known.columns)
