"""Make the pieces of many slices: in this process, and in workers beside it or on a cluster if there is enough to do.

A piece does not depend on the process that makes it. A worker that cannot be started, cannot read the task (such as a
prior with a function of the caller's) or ends leaves its slices to this process. A cluster that cannot do the work
leaves it to this process and to workers.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock, Thread
from time import perf_counter

from partialpool.groups.groups import Groups
from partialpool.messages.progress import done
from partialpool.slices.cluster import Cluster
from partialpool.slices.processes import Worker, alone, usable
from partialpool.slices.work import Piece, Refused, Task

Make = Callable[[int], Piece | Refused]

WORTH = 2.0
"""Seconds of work, in one process, from which on workers are started; a worker takes about one second to start."""

_LOOK = 0.25  # seconds of work by which the rest is estimated
_CHUNK = 0.25  # seconds of work that a worker is given at a time
_SHARES = 4  # the last chunks are smaller, so that all workers end at about the same time
_TASK = 0.5  # seconds of work in a task of a cluster, which takes some milliseconds to start
_ROUND = 10.0  # seconds after which a round of tasks should be over, so that its progress is seen
_FIRST, _GROWTH = 32, 4  # tasks of the first round, and how much larger the next one is at most
_BYTES = 2**25  # bytes of a round, from which on no task is added: a message of Spark Connect holds 2^27


def pieces(
    task: Task, groups: Sequence[Groups], make: Make | None = None, cluster: Cluster | None = None
) -> list[Piece | Refused]:
    """Return the pieces of all slices.

    Args:
        task: the table that is wanted.
        groups: the groups of each slice.
        make: function that makes the piece of the slice at a position in this process; by default the task.
        cluster: executors that make the pieces in place of this process and its workers, if they can.
    """
    make = make or (lambda place: task.piece(groups[place]))
    work = _Work(groups)
    each = _sampled(work, make)
    if not alone() and each * work.left > WORTH and _can_be_sent(task):
        if cluster is not None:
            _by_cluster(task, work, each, cluster)
        count = min(usable() - 1, int(each * work.left / WORTH))
        if count > 0:
            _shared(task, work, make, each, count)
    _rest(work, make)
    return work.found


def _sampled(work: _Work, make: Make) -> float:
    """Make the first pieces, until it is known how many seconds each takes; the first one also loads modules."""
    begun, first = perf_counter(), 0.0
    while (place := work.take()) is not None:
        work.put(place, make(place))
        spent = perf_counter() - begun
        if work.finished == 1:
            first = spent
        elif spent - first > _LOOK:
            return (spent - first) / (work.finished - 1)
    return 0.0


def _rest(work: _Work, make: Make) -> None:
    """Make the pieces that nobody has begun, or that workers returned."""
    while (place := work.take()) is not None:
        work.put(place, make(place))


class _Work:
    """The slices that are left, and the pieces that were found."""

    def __init__(self, groups: Sequence[Groups]) -> None:
        self.groups = groups
        self.finished = 0
        self._found: list[Piece | Refused | None] = [None] * len(groups)
        self._left = deque(range(len(groups)))
        self._returned: list[int] = []
        self._lock = Lock()

    @property
    def left(self) -> int:
        """The number of slices that nobody has begun."""
        return len(self._left)

    @property
    def found(self) -> list[Piece | Refused]:
        """All pieces."""
        return [piece for piece in self._found if piece is not None]

    def take(self) -> int | None:
        """The next slice for this process, those that workers returned first; None if all are begun."""
        with self._lock:
            if self._returned:
                return self._returned.pop()
            return self._left.popleft() if self._left else None

    def chunk(self, most: int, workers: int) -> list[int]:
        """The next slices for a worker; empty if all are begun."""
        with self._lock:
            size = min(most, -(-self.left // (_SHARES * workers)))
            return [self._left.popleft() for _ in range(size)]

    def restore(self, places: Sequence[int]) -> None:
        """Take slices back, as if nobody had begun them."""
        with self._lock:
            self._left.extendleft(reversed(places))

    def put(self, place: int, piece: Piece | Refused | None) -> None:
        """Keep a piece; None returns its slice to this process."""
        with self._lock:
            if piece is None:
                self._returned.append(place)
                return
            self._found[place] = piece
            self.finished += 1
            done(self.finished, len(self.groups))


class _Serving:
    """A worker, with the thread that gives it slices.

    Raises:
        OSError: the worker cannot be started.
    """

    def __init__(self, task: Task, work: _Work, most: int, workers: int) -> None:
        self.worker = Worker()
        self.thread = Thread(target=self._serve, args=(task, work, most, workers), daemon=True)
        self.thread.start()

    def _serve(self, task: Task, work: _Work, most: int, workers: int) -> None:
        chunk: list[int] = []
        try:
            self.worker.begin(task)
            while chunk := work.chunk(most, workers):
                found = self.worker.pieces([work.groups[place] for place in chunk])
                for place, piece in zip(chunk, found, strict=True):
                    work.put(place, piece)
                chunk = []
        except Exception:  # noqa: BLE001  (whatever became of the worker, its slices are made without it)
            for place in chunk:
                work.put(place, None)


def _shared(task: Task, work: _Work, make: Make, each: float, count: int) -> None:
    """Work in this process and in `count` workers, until all slices are begun; `each` is the seconds that one takes."""
    serving: list[_Serving] = []
    try:
        with suppress(OSError):  # no more processes can be started
            while len(serving) < count:
                serving.append(_Serving(task, work, max(1, int(_CHUNK / each)), count + 1))
        _rest(work, make)
        for one in serving:
            while one.thread.is_alive():
                one.thread.join(0.1)
    finally:
        for one in serving:
            one.worker.stop()
        for one in serving:
            one.thread.join()
            one.worker.close()


def _by_cluster(task: Task, work: _Work, each: float, cluster: Cluster) -> None:
    """Let a cluster make the pieces in rounds, while it can and there are any; `each` is the seconds that one takes."""
    packed, tasks = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL), _FIRST
    while work.left:
        begun = perf_counter()
        places, chunks = _round(work, tasks, max(1, int(_TASK / each)))
        answers = cluster.answers(packed, chunks) if chunks else None
        if answers is None:
            work.restore([place for chunk in places for place in chunk])
            return
        for chunk, answer in zip(places, answers, strict=True):
            for place, piece in zip(chunk, answer, strict=True):
                work.put(place, piece)
        tasks = max(1, int(tasks * min(_GROWTH, _ROUND / (perf_counter() - begun))))


def _round(work: _Work, tasks: int, most: int) -> tuple[list[list[int]], list[bytes]]:
    """The next slices for each task of a cluster, and their pickled groups, of which there are none if this fails."""
    places: list[list[int]] = []
    packed: list[bytes] = []
    size = 0
    while len(places) < tasks and size < _BYTES and (chunk := work.chunk(most, 1)):
        places.append(chunk)
        try:
            packed.append(pickle.dumps([work.groups[place] for place in chunk], protocol=pickle.HIGHEST_PROTOCOL))
        except Exception:  # noqa: BLE001  (whatever a label of the caller's raises)
            return places, []
        size += len(packed[-1])
    return places, packed


def _can_be_sent(task: Task) -> bool:
    """Whether the task can be pickled."""
    try:
        pickle.dumps(task)
    except Exception:  # noqa: BLE001  (whatever a prior of the caller's raises)
        return False
    return True
