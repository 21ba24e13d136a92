"""Attach columns to a relation of DuckDB, which stays lazy.

    SELECT t.*, g.answer FROM (SELECT *, row_number() OVER () AS row FROM relation) AS t
    LEFT JOIN groups AS g ON t.label = g.label ORDER BY t.row

A join may change the order of rows, so rows are numbered before it and sorted after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from partialpool.analysis.attaching.addition import Addition
from partialpool.errors import DataError
from partialpool.groups.codes import distinct
from partialpool.groups.groups import Array
from partialpool.groups.labels import kind_of, moments
from partialpool.io.backends.columns import positions
from partialpool.io.backends.duckdb import label_expression, quoted
from partialpool.models.data.checks import free

if TYPE_CHECKING:
    import duckdb

_NUMBERS = count(1)  # before DuckDB 2.0, a query of a relation needs a new name for it
_KINDS = {"BOOLEAN": "truth values", "DATE": "dates", "TIMESTAMP": "dates"}


def attach_to_relation(
    relation: duckdb.DuckDBPyRelation, added: Addition, *, ordered: bool = True, row: str | None = None
) -> duckdb.DuckDBPyRelation:
    """Add columns to a relation: a relation of the same connection with its rows, by default in the same order.

    Args:
        relation: the rows.
        added: the columns.
        ordered: whether rows keep their order, for which they are sorted.
        row: name of a column by which rows are sorted, and which is left out; None: rows are numbered.

    Raises:
        ColumnError: the relation lacks a group column, or already has one of the added columns.
        DataError: it cannot be run, its labels are of another kind than those of the fit, or its connection cannot
            access Python arrays.
    """
    columns = [name for name in relation.columns if name != row]
    added.check_clashes(columns, folded=True)
    return _joined(relation, added, lambda rows, expressions: _query(rows, columns, expressions, added, ordered, row))


def check_some_known(relation: duckdb.DuckDBPyRelation, added: Addition) -> None:
    """Refuse a relation with labels none of which the fit knows; the search ends with the first that it knows.

    Raises:
        DataError: no row has a known group.
    """
    if not added.names:
        return

    keys = [f"k{i}" for i in range(len(added.names))]

    def found(which: str) -> Any:
        def query(rows: str, expressions: list[str]) -> str:
            return f"SELECT 1 FROM (SELECT {_made(expressions, keys)} FROM {rows}) AS t {which} LIMIT 1"  # noqa: S608

        return _joined(relation, added, query).fetchall()

    labelled = " AND ".join(f"t.{key} IS NOT NULL" for key in keys)
    if not found(f"JOIN partialpool_groups AS g ON {' AND '.join(_same(keys, added))}") and found(f"WHERE {labelled}"):
        raise DataError(
            "no row of the table has a group that the fit knows. Name the columns that hold the groups, group=..., or "
            "fit this table."
        )


def named_query(relation: duckdb.DuckDBPyRelation, query: Callable[[str], str]) -> Any:
    """Run a query of a relation, made from the name by which the query knows it."""
    name = f"partialpool_rows_{next(_NUMBERS)}"
    return relation.query(name, query(name))


def _joined(relation: duckdb.DuckDBPyRelation, added: Addition, query: Callable[[str, list[str]], str]) -> Any:
    """The relation of a query of the rows and of the table partialpool_groups, with labels l0, ... and answers v0, ...

    The query is made from the name of the rows and the expressions of their labels.
    """
    import duckdb

    try:
        expressions = _labels(relation, added) if added.names else ["count(*) OVER ()"]
        labels = [_plain(label) for label in added.lookup.groups.labels.values()]
        if len(distinct(labels)[0]) < added.lookup.groups.size:
            raise DataError(
                "two groups of the fit have the same label as text. Turn the labels into text, and fit again."
            )
        arrays = {f"l{i}": label for i, label in enumerate(labels)}
        arrays |= {f"v{i}": values for i, values in enumerate(added.results.values())}
        partialpool_groups = arrays  # noqa: F841  (DuckDB finds it by this name)
        rows = f"partialpool_rows_{next(_NUMBERS)}"
        return relation.query(rows, query(rows, expressions))
    except duckdb.Error as error:
        raise DataError(
            f"the answers cannot be joined to the DuckDB relation: {error}. Check the query and its connection, which "
            "must see the arrays of Python: SET python_enable_replacements = true."
        ) from error


def _made(expressions: list[str], keys: list[str]) -> str:
    return ", ".join(f"{expression} AS {key}" for expression, key in zip(expressions, keys, strict=True))


def _query(
    rows: str, columns: list[str], expressions: list[str], added: Addition, ordered: bool, number: str | None
) -> str:
    """The SQL of the join; `number` names a column of the rows by which they are sorted."""
    keys: list[str] = []
    for _ in range(len(expressions) + 1):
        keys.append(free("partialpool_key", [*columns, *added.results, *keys]))
    row, *keys = (f'"{key}"' for key in keys)
    own = f"* EXCLUDE ({number}), {number}" if number else "*, row_number() OVER ()"
    on = " AND ".join(_same(keys, added)) if added.names else f"t.{row} = g.l0"
    refused = _refusal([f"t.{key}" for key in keys], added)
    found = ", ".join(f"CASE {refused} ELSE g.v{i} END AS {quoted(name)}" for i, name in enumerate(added.results))
    answers = ", ".join(f"CASE WHEN isnan(v{i}) THEN NULL ELSE v{i} END AS v{i}" for i in range(len(added.results)))
    return f"""
        SELECT t.* EXCLUDE ({", ".join([row, *keys])}), {found}
        FROM (SELECT {own} AS {row}, {_made(expressions, keys)} FROM {rows}) AS t
        LEFT JOIN (SELECT COLUMNS('l[0-9]+'), {answers} FROM partialpool_groups) AS g ON {on}
        {f"ORDER BY t.{row}" if ordered else ""}
    """  # noqa: S608  (every name in it is quoted)


def _same(keys: list[str], added: Addition) -> Iterator[str]:
    """Yield SQL conditions that a row has the labels of a group; text is compared by bytes, whatever its collation."""
    for i, (key, label) in enumerate(zip(keys, added.lookup.groups.labels.values(), strict=True)):
        text = _plain(label).dtype.kind == "O"
        yield f"encode(t.{key}) = encode(g.l{i})" if text else f"t.{key} = g.l{i}"


def _refusal(keys: list[str], added: Addition) -> str:
    """The SQL branch that raises an error when the relation is run, if it must be refused."""
    if not added.names:
        said = f"each row is its own group in this fit, which has {added.lookup.rows} rows, and the relation has '"
        return f"WHEN {keys[0]} <> {added.lookup.rows} THEN error('{said} || {keys[0]})"
    if added.lookup.unknown == "null":
        return "WHEN false THEN NULL"
    labelled = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    shown = " || ', ' || ".join(f"CAST({key} AS VARCHAR)" for key in keys)
    return f"WHEN g.l0 IS NULL AND {labelled} THEN error('the fit does not know the group ' || {shown})"


def _labels(relation: duckdb.DuckDBPyRelation, added: Addition) -> list[str]:
    """The SQL expressions of the group columns."""
    columns, kinds = relation.columns, [str(kind) for kind in relation.types]
    places = positions(columns, added.names)
    expressions = [label_expression(columns[i], kinds[i]) for i in places]
    for i, expression, label in zip(places, expressions, added.lookup.groups.labels.values(), strict=True):
        here = "text" if expression != quoted(columns[i]) else _KINDS.get(kinds[i].partition("_")[0], "numbers")
        there = kind_of(_plain(label))
        if here != there:
            raise DataError(
                f"column {columns[i]!r} holds {here}, and the groups of the fit are {there}: no row has a group that "
                "the fit knows. Name the columns that hold the groups, group=..., or cast this one."
            )
    return expressions


def _plain(label: Array) -> Array:
    """Convert labels for DuckDB: all but numbers, dates and booleans become text."""
    label = moments(label)
    return np.array([str(cell) for cell in label.tolist()], dtype=object) if label.dtype.kind == "O" else label
