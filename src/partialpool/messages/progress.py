"""A progress line for long computations, with their name, the time and the part that is done.

It is written to standard error, after one second, if that is a terminal or a notebook, and cleared at the end.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

_AFTER, _EVERY = 1.0, 0.25  # seconds before the line appears, and between updates

P = ParamSpec("P")
T = TypeVar("T")


def shown(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function so that a progress line names its work, `what`, unless a caller already shows a line."""

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> T:
            if _Line.current is not None or not _watched():
                return function(*args, **kwargs)
            with _Line(what):
                return function(*args, **kwargs)

        return inner

    return decorated


def counted(items: Sequence[T]) -> Iterator[T]:
    """Yield the items, and show in the current progress line how many are done."""
    return _counted(items, len(items))


def done(count: int, size: int) -> None:
    """Show in the current progress line how many of all items are done."""
    if _Line.current is not None:
        _Line.current.done = f", {count:,} of {size:,}"


def _counted(items: Iterable[T], size: int) -> Iterator[T]:
    for place, item in enumerate(items):
        done(place, size)
        yield item


def _watched() -> bool:
    """Whether standard error is a terminal or a notebook, and this is the main thread."""
    if threading.current_thread() is not threading.main_thread() or sys.stderr is None:
        return False
    return sys.stderr.isatty() or type(sys.stderr).__module__.startswith("ipykernel")


class _Line:
    """The progress line, which a separate thread rewrites until the work is done or fails."""

    current: _Line | None = None

    def __init__(self, what: str) -> None:
        self.done = ""
        self._what, self._width, self._begun = what, 0, time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> None:
        _Line.current = self
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        _Line.current = None
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        wait = _AFTER
        while not self._over.wait(wait):
            text = f"partialpool: {self._what} ({time.monotonic() - self._begun:.0f} s{self.done})"
            self._put(text.ljust(self._width))
            self._width, wait = len(text), _EVERY
        if self._width:
            self._put(" " * self._width + "\r")

    @staticmethod
    def _put(text: str) -> None:
        sys.stderr.write("\r" + text)
        sys.stderr.flush()
