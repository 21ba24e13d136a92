"""A worker process: `python -m partialpool.slices.worker` reads slices from its input and writes pieces of a table.

The first message is the task, which is answered by True. Each further one is a list of groups, which is answered by the
list of their pieces, with None for a slice whose computation failed in a way that only its parent can report.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import BinaryIO

from partialpool.slices.pipes import receive, send
from partialpool.slices.work import Task


def main() -> None:
    """Answer messages until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted, and stops its workers
    source, target = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that nothing else is written between the answers
    try:
        _serve(source, target)
    except (EOFError, BrokenPipeError):
        return


def _serve(source: BinaryIO, target: BinaryIO) -> None:
    task: Task = receive(source)
    send(target, True)
    while True:
        send(target, [task.attempt(groups) for groups in receive(source)])


if __name__ == "__main__":
    main()
