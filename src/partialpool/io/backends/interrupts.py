"""Queries of DuckDB and jobs of Spark that an interrupt from the keyboard ends at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK = 0.1  # seconds after which the main thread looks for an interrupt again
_PATIENCE = 30.0  # seconds that a query may take to end after it


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn the error of a query that is interrupted from the keyboard into `KeyboardInterrupt`."""
    import duckdb

    try:
        yield
    except (RuntimeError, duckdb.Error) as error:
        if "KeyboardInterrupt" in str(error) or "Query interrupted" in str(error):
            raise KeyboardInterrupt from None
        raise


def watched(query: Callable[[], T], connection: Any) -> T:
    """Run a query in a thread of its own, while the main thread waits for it and for an interrupt.

    DuckDB itself sometimes does not notice an interrupt until the query is done. A thread that waits for an answer of
    Spark must not be interrupted, since it would take that answer for the one to its next question.

    Args:
        query: function that runs it.
        connection: its connection, whose `interrupt()` ends it; without one it is run in this thread.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(connection, "interrupt"):
        return query()
    found: list[T] = []
    failed: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            found.append(query())
        except BaseException as error:  # noqa: BLE001  (it is raised again in the main thread)
            failed.append(error)
        finally:
            over.set()

    threading.Thread(target=run, daemon=True).start()
    try:
        while not over.wait(_LOOK):
            pass  # an interrupt is raised here
    except KeyboardInterrupt:
        connection.interrupt()
        over.wait(_PATIENCE)
        raise
    if failed:
        raise failed[0]
    return found[0]
