"""The function by which a fit reads its table, which a fit of many slices replaces by one that reads them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from partialpool.groups.sums import Sums
from partialpool.io.backends import Rows, read, rows_of
from partialpool.io.backends.columns import check_request
from partialpool.io.backends.decimals import check_decimal
from partialpool.io.engines import added_up


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


READ: ContextVar[Callable[..., Rows]] = ContextVar("read", default=read_rows)
"""The function that reads the columns of a table, with the arguments of `read_rows`."""


@contextmanager
def reading(by: Callable[..., Rows]) -> Iterator[None]:
    """Within the context, let `by` read the tables of all fits."""
    token = READ.set(by)
    try:
        yield
    finally:
        READ.reset(token)
