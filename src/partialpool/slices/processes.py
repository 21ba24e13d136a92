"""Start a worker process, ask it for pieces of a table, and stop it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from threading import Timer
from typing import BinaryIO, cast

from partialpool.groups.groups import Groups
from partialpool.slices.pipes import receive, send
from partialpool.slices.work import Piece, Refused, Task

LIMIT = "PARTIALPOOL_WORKERS"
"""The environment variable that limits the number of processes, this one included."""

_PATIENCE = 120.0  # seconds that a worker may take to start
_ONE_THREAD = dict.fromkeys(
    (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
        *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"),
    ),
    "1",
)


def usable() -> int:
    """The number of processes that may work at once, this one included; at least 1."""
    limit = os.environ.get(LIMIT, "").strip()
    if limit.isdecimal():
        return max(1, int(limit))
    if getattr(sys, "frozen", False) or not sys.executable:
        return 1  # there is no Python that could be started
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def alone() -> bool:
    """Whether the caller wants all the work to be done in this process."""
    limit = os.environ.get(LIMIT, "").strip()
    return limit.isdecimal() and int(limit) <= 1


class Worker:
    """A process that makes pieces of a table.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "partialpool.slices.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(_paths())},
        )

    def begin(self, task: Task) -> None:
        """Send the task, and wait until the worker has it.

        Raises:
            OSError: the worker is gone.
            EOFError: it could not read the task.
        """
        timer = Timer(_PATIENCE, self.stop)
        timer.daemon = True
        timer.start()
        try:
            self._ask(task)
        finally:
            timer.cancel()

    def pieces(self, groups: Sequence[Groups]) -> list[Piece | Refused | None]:
        """The pieces of these slices; None for one that the worker could not make.

        Raises:
            OSError: the worker is gone.
            EOFError: it went before it answered.
        """
        return cast("list[Piece | Refused | None]", self._ask(list(groups)))

    def _ask(self, message: object) -> object:
        send(cast("BinaryIO", self._process.stdin), message)
        return receive(cast("BinaryIO", self._process.stdout))

    def stop(self) -> None:
        """End the process at once."""
        self._process.kill()

    def close(self) -> None:
        """End the process at once, wait until it has ended, and close the pipes."""
        self.stop()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            try:
                cast("BinaryIO", stream).close()
            except OSError:
                continue  # what was not sent cannot be sent any more


def _paths() -> list[str]:
    """The folders from which this process imports, so that a worker imports the same."""
    return [path or os.getcwd() for path in sys.path if os.pathsep not in path]
