"""Let the executors of Spark make pieces of a table, if the data of the slices came from a frame of Spark.

Some slices at a time are sent as one cell, pickled, and each cell is answered by another one. The cells are spread over
as many tasks, so that Spark gives each executor as much as it can do.
"""

from __future__ import annotations

import pickle
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar
from weakref import ref

from partialpool.io.backends.interrupts import watched
from partialpool.io.backends.lazy import is_spark, reason_of
from partialpool.slices.executor import Answer, Pieces, versions

T = TypeVar("T")

_SETTINGS = ("spark.scheduler.pool", "spark.jobGroup.id", "spark.job.description")  # of a thread
_EXECUTOR = "partialpool.slices.executor"  # the module that executors load
_ASKED, _ANSWERED = "chunk bigint, packed binary", "chunk bigint, answer binary"
_LACKING = "partialpool, or this version of it, is not installed on the executors of Spark"


class Cluster:
    """The executors of a session of Spark, for as long as the session is there and they can do the work.

    A copy and a pickled one have no session, nor does this object keep one alive.

    Attributes:
        trouble: a sentence that says why executors did not make the pieces; empty if there is nothing to say.
    """

    def __init__(self, session: Any = None, trouble: str = "") -> None:
        self._session = None if session is None else ref(session)
        self.trouble = trouble

    def __reduce__(self) -> tuple[type[Cluster], tuple[None, str]]:
        return Cluster, (None, self.trouble)

    def answers(self, task: bytes, chunks: Sequence[bytes]) -> list[Pieces] | None:
        """The pieces of each chunk of slices; None if executors cannot make them, now or later.

        Args:
            task: the pickled task.
            chunks: the pickled lists of the groups of some slices.

        Raises:
            KeyboardInterrupt: the work was interrupted, and its job is cancelled.
        """
        session = self._session and self._session()
        if session is None:
            return None
        try:
            found = _asked(session, task, chunks)
        except Exception as error:  # noqa: BLE001  (whatever became of the cluster, slices are fitted without it)
            self._leave("" if _has_stopped(session) else f"Spark did not fit the slices: {reason_of(error)}")
            return None
        made = [answer for answer in found if not isinstance(answer, str)]
        if len(made) == len(found):
            return made
        self._leave(next(answer for answer in found if isinstance(answer, str)))
        return None

    def _leave(self, reason: str) -> None:
        """Use the executors no more, and keep the reason as a sentence."""
        self._session = None
        if reason:
            self.trouble = f"{reason}. So this process fitted the slices, which does not change their numbers"


def cluster_of(data: object) -> Cluster | None:
    """The executors that have the rows of a frame of Spark; None for any other table."""
    if "pyspark" not in sys.modules:
        return None
    import narwhals.stable.v2 as nw

    native: Any = nw.to_native(data, pass_through=True)
    return Cluster(native.sparkSession) if is_spark(native) else None


def _asked(session: Any, task: bytes, chunks: Sequence[bytes]) -> list[Answer]:
    """Run one job with a task for each chunk, and return the answers in the order of the chunks."""
    frame = session.createDataFrame(list(enumerate(chunks)), _ASKED).repartition(len(chunks))
    function = _function(_EXECUTOR, _LACKING, task, versions())
    rows = _Job(session).run(frame.mapInArrow(function, _ANSWERED).collect)
    found = {row[0]: pickle.loads(row[1]) for row in rows}  # noqa: S301  (from executors of the caller's)
    return [found[place] for place in range(len(chunks))]


def _function(module: str, lacking: str, task: bytes, wanted: dict[str, str]) -> Callable[[Any], Iterator[Any]]:
    """A function that executors run on batches of chunks.

    Spark sends a function that stands within another one as a whole, so that it needs no module of this package to be
    loaded, and can answer `lacking` where there is none.
    """

    def answered(batches: Any) -> Iterator[Any]:
        import pickle
        from importlib import import_module

        import pyarrow as pa

        try:
            answer = import_module(module).answering(task, wanted)
        except ImportError:
            said = pickle.dumps(lacking)
            answer = lambda _: said  # noqa: E731
        for batch in batches:
            for chunk, packed in zip(batch.column(0).to_pylist(), batch.column(1), strict=True):
                columns = [pa.array([chunk], pa.int64()), pa.array([answer(packed.as_py())])]
                yield pa.RecordBatch.from_arrays(columns, ["chunk", "answer"])

    return answered


class _Job:
    """A job of Spark that another thread can cancel, with the settings of the thread that makes this object."""

    def __init__(self, session: Any) -> None:
        self._tag = f"partialpool-{uuid.uuid4()}"
        if _is_remote(session):
            self._begin = [partial(session.addTag, tag) for tag in (*session.getTags(), self._tag)]
            self._end, self._cancel = session.removeTag, session.interruptTag
        else:
            context = session.sparkContext
            settings = [(name, context.getLocalProperty(name)) for name in _SETTINGS]
            self._begin = [partial(context.setLocalProperty, *setting) for setting in settings]
            self._begin += [partial(context.addJobTag, self._tag)]
            self._end, self._cancel = context.removeJobTag, context.cancelJobsWithTag

    def run(self, query: Callable[[], T]) -> T:
        """Run a query, which an interrupt from the keyboard cancels."""

        def run() -> T:
            for begin in self._begin:
                begin()
            try:
                return query()
            finally:
                with suppress(Exception):  # there may be no Spark any more
                    self._end(self._tag)

        return watched(run, self)

    def interrupt(self) -> None:
        """Cancel the job."""
        with suppress(Exception):  # there may be no Spark any more
            self._cancel(self._tag)


def _is_remote(session: Any) -> bool:
    """Whether it is a session of Spark Connect."""
    return type(session).__module__.startswith("pyspark.sql.connect")


def _has_stopped(session: Any) -> bool:
    """Whether a session was stopped, or its Spark is gone."""
    if _is_remote(session):
        return bool(session.is_stopped)
    try:
        return not session.sparkContext.defaultParallelism
    except Exception:  # noqa: BLE001  (a context that was stopped has lost the object that would answer)
        return True
