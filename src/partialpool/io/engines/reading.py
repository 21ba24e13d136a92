"""Read a table, or let an engine add up its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from partialpool.groups.rows import Rows
from partialpool.groups.sums import Sums
from partialpool.io.backends import read, rows_of
from partialpool.io.backends.columns import check_request
from partialpool.io.backends.decimals import check_decimal
from partialpool.io.engines.adding import added_up


def read_rows(
    data: object,
    *,
    values: Sequence[str],
    labels: Sequence[str],
    missing: str,
    given: Mapping[str, object],
    decimal: str | None,
    alone: Mapping[str, str],
    sums: Sums | None,
    memory: int,
) -> Rows:
    """Read the columns of a table, or let an engine add up the rows of its groups if there are many.

    The first seven arguments are those of `partialpool.io.backends.read`; `sums` are the statistics of the groups, if
    an engine may add them up, and `memory` is the number of bytes that DuckDB may use, if it reads files.
    """
    check_request(values, labels, missing)
    check_decimal(decimal)
    if sums is not None and labels and not given and data is not None:
        found = added_up(data, sums, labels, missing, memory)
        if isinstance(found, Rows):
            return found
        if found is not None:
            return rows_of(found.columns, len(values), found.library, missing, decimal, alone)
    return read(data, values=values, labels=labels, missing=missing, given=given, decimal=decimal, alone=alone)
