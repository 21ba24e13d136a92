"""Convert the groups of a fit to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from partialpool.errors import OutputError
from partialpool.groups.adding import Combine, added
from partialpool.groups.groups import Array, Groups, Members, frozen
from partialpool.groups.source import Reading, Source
from partialpool.models.data.measurements import pooled
from partialpool.models.data.normal import by_precision
from partialpool.saving.values import array_from_json, array_to_json, cell_from_json, cell_to_json

_COMBINE: Mapping[str, Combine] = {"added": added, "by precision": by_precision, "pooled": pooled}


def groups_to_json(groups: Groups) -> dict[str, Any]:
    """Convert groups to JSON: labels, statistics, names and, if they were kept, rows.

    Raises:
        OutputError: a label has a type that cannot be saved, or rows are combined by a function of the user's own.
    """
    combine = [name for name, function in _COMBINE.items() if function is groups.combine]
    if not combine:
        raise OutputError("cannot save this fit: its rows combine by a function that partialpool does not have.")
    members = groups.members
    return {
        "labels": _columns_to_json(groups.labels),
        "statistics": _columns_to_json(groups.statistics),
        "columns": [[cell_to_json(role), cell_to_json(name)] for role, name in groups.columns.items()],
        "library": groups.library,
        "notes": list(groups.notes),
        "numbered": groups.numbered,
        "source": groups.source and _source_to_json(groups.source),
        "combine": combine[0],
        "members": members and {"group": array_to_json(members.group), "value": array_to_json(members.value)},
    }


def groups_from_json(value: Mapping[str, Any]) -> Groups:
    """Convert JSON to groups.

    Raises:
        ValueError, KeyError: the layout is wrong, or parts do not fit together.
    """
    labels, statistics = (_columns_from_json(value[name]) for name in ("labels", "statistics"))
    sizes = {len(column) for column in (*labels.values(), *statistics.values())}
    if len(sizes) != 1 or not all(np.isfinite(column).all() for column in statistics.values()):
        raise ValueError(sizes)
    members = value["members"]
    return Groups(
        labels=labels,
        statistics=statistics,
        columns=MappingProxyType({cell_from_json(role): cell_from_json(name) for role, name in value["columns"]}),
        library=str(value["library"]),
        notes=tuple(map(str, value["notes"])),
        numbered=bool(value["numbered"]),
        source=_source(value.get("source")),
        combine=_COMBINE[value["combine"]],
        members=_members(members, sizes.pop()) if members else None,
    )


def _source_to_json(source: Source) -> dict[str, Any]:
    names = {"columns": list(source.columns), "group": list(source.group)}
    reading = source.reading and _reading_to_json(source.reading)
    return {"rows": source.rows, "dropped": source.dropped, **names, "decimal": source.decimal, "reading": reading}


def _reading_to_json(reading: Reading) -> dict[str, Any]:
    how = {"missing": reading.missing, "decimal": reading.decimal, "excluded": list(reading.excluded)}
    return {"roles": dict(reading.roles), **how, "settings": dict(reading.settings)}


def _source(value: Mapping[str, Any] | None) -> Source | None:
    """The source of the groups, which files of older versions do not have."""
    if not value:
        return None
    columns, group = (tuple(map(str, value.get(name, ()))) for name in ("columns", "group"))
    dropped, reading = int(value.get("dropped", 0)), _reading(value.get("reading"))
    return Source(int(value["rows"]), columns, value.get("decimal"), group, dropped=dropped, reading=reading)


def _reading(value: Mapping[str, Any] | None) -> Reading | None:
    """How the rows were read, which files of older versions do not say."""
    if not value:
        return None
    roles = {str(role): str(name) for role, name in value["roles"].items()}
    excluded = tuple(map(str, value["excluded"]))
    return Reading(roles, str(value["missing"]), value["decimal"], excluded, dict(value["settings"]))


def _members(value: Mapping[str, Any], size: int) -> Members:
    group, rows = array_from_json(value["group"]), array_from_json(value["value"])
    if len(group) != len(rows) or not np.isin(group, np.arange(size)).all():
        raise ValueError(size)
    return Members(group, rows)


def _columns_to_json(columns: Mapping[str, Array]) -> list[list[Any]]:
    """Columns as a list of pairs, since JSON objects need not keep their order."""
    return [[cell_to_json(name), array_to_json(column)] for name, column in columns.items()]


def _columns_from_json(value: list[list[Any]]) -> Mapping[str, Array]:
    return frozen({cell_from_json(name): array_from_json(column) for name, column in value})
