"""The function by which a fit reads its table, which a fit of many slices replaces by one that reads them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from partialpool.groups.rows import Rows
from partialpool.io.engines import read_rows

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
