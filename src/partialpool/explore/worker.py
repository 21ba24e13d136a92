"""The threads in which work is done, one piece after another, so that the page stays alive meanwhile.

One thread reads tables and fits; another one asks of a fit what takes long, so that a slider never waits. Both may ask
the same fit, which does not change: it only keeps answers, and whichever thread works one out, it is the same.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """A thread that does one piece of work after another; it does not keep the process from ending."""

    def __init__(self) -> None:
        self._busy = False
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="partialpool-explore", daemon=True).start()

    @property
    def waited(self) -> bool:
        """Whether there is work that has not begun."""
        return not self._work.empty()

    @property
    def busy(self) -> bool:
        """Whether there is any work."""
        return self._busy or self.waited

    async def done(self, work: Callable[[], T]) -> T:
        """Do a piece of work in the thread, and return its result or raise its error."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._work.put((work, future))
        return await future

    def _run(self) -> None:
        while True:
            self._busy = False
            work, future = self._work.get()
            self._busy = True
            if future.cancelled():  # whoever asked has gone
                continue
            try:
                result, error = work(), None
            except BaseException as raised:  # noqa: BLE001  (it is raised again where the work was asked for)
                result, error = None, raised
            _tell(future, result, error)


def _tell(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    """Hand the outcome to the loop of the future, unless it has ended."""

    def told() -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    try:
        future.get_loop().call_soon_threadsafe(told)
    except RuntimeError:  # the loop is closed, and nobody waits any more
        return
