"""A cluster fits slices in rounds; this process fits those that it cannot. Spark itself is in test_spark.py."""

# ruff: noqa: N802, N815  (the fake has the names of Spark)

import copy
import pickle
import platform

import numpy as np
import pytest

import partialpool as pp
from partialpool.io.backends.lazy import reason_of
from partialpool.slices import cluster, executor, processes, sharing
from partialpool.slices.cluster import Cluster
from partialpool.slices.work import Task
from sliced import FAMILIES, fitted, same, table

pa = pytest.importorskip("pyarrow")


class Session:
    """A session of Spark, with its context, whose executors are this process; `before` is called before each job."""

    defaultParallelism = 2

    def __init__(self, before=lambda: None):
        self.jobs, self.tags, self._before = [], [], before

    @property
    def sparkContext(self):
        return self

    def getLocalProperty(self, name):
        return None

    def setLocalProperty(self, name, value):
        assert value is None

    def addJobTag(self, tag):
        self.tags.append(tag)

    def removeJobTag(self, tag):
        self.tags.remove(tag)

    def cancelJobsWithTag(self, tag):
        raise AssertionError(tag)

    def createDataFrame(self, rows, schema):
        self._before()
        assert schema == "chunk bigint, packed binary"
        self._rows = rows
        return self

    def repartition(self, size):
        self.jobs.append(size)
        return self

    def mapInArrow(self, function, schema):
        assert schema == "chunk bigint, answer binary"
        self._function = function
        return self

    def collect(self):
        assert len(self.tags) == 1
        batches = [
            pa.RecordBatch.from_arrays([pa.array([chunk]), pa.array([packed])], ["chunk", "packed"])
            for chunk, packed in reversed(self._rows)
        ]
        return [(b[0][0].as_py(), bytearray(b[1][0].as_py())) for b in self._function(iter(batches))]


@pytest.fixture
def busy(monkeypatch):
    """There is always enough work for a cluster, and no other process."""
    monkeypatch.setenv(processes.LIMIT, "2")
    monkeypatch.setattr(sharing, "WORTH", 1e-9)
    monkeypatch.setattr(sharing, "_LOOK", 0.0)
    monkeypatch.setattr(sharing, "usable", lambda: 1)


def tables(fits):
    return [fits.population_columns(), fits.group_columns(), fits.slice_columns()]


def on(session, family="estimates", columns=None, **options):
    """The fits of a family, as if their data had been a frame of the session; and those of one process."""
    alone = fitted(family, table(slices=6) if columns is None else columns, by="country", **options)
    return pp.Fits(alone.solver, alone.columns, alone.data, alone.rows, alone.library, cluster=Cluster(session)), alone


def check(session, family="estimates", columns=None, **options):
    fits, alone = on(session, family, columns, **options)
    for one, other in zip(tables(fits), tables(alone), strict=True):
        same(one, other)
    return fits


@pytest.mark.parametrize("family", FAMILIES)
def test_a_cluster_gives_the_numbers_of_one_process(family, busy):
    columns = table(slices=4, stores=3)
    columns["y"][columns["country"] == "FR"] = -1
    session = Session()
    fits = check(session, family, columns)
    assert len(session.jobs) == 2
    assert not session.tags
    assert fits.cluster.trouble == ""


def test_rounds_grow_and_end(busy, monkeypatch):
    monkeypatch.setattr(sharing, "_FIRST", 1)
    monkeypatch.setattr(sharing, "_TASK", 1e-9)
    session = Session()
    fits, _ = on(session)
    assert session.jobs == [1, 3]  # two of six slices are looked at before
    assert list(fits) == list(dict.fromkeys(table(slices=6)["country"]))
    monkeypatch.setattr(sharing, "_BYTES", 1)
    fits.groups()
    assert session.jobs == [1, 3, 1, 1, 1, 1]


def failing(at):
    """A function that raises an error when it is called for this time."""
    calls = []

    def call():
        calls.append(1)
        if len(calls) == at:
            raise RuntimeError("the cluster\nis gone")

    return call


@pytest.mark.parametrize("at", [1, 2])
def test_a_failing_job_is_warned_of(at, busy, monkeypatch):
    monkeypatch.setattr(sharing, "_FIRST", 1)
    monkeypatch.setattr(sharing, "_TASK", 1e-9)
    session = Session(failing(at))
    fits = check(session)
    assert len(session.jobs) == at - 1
    said = "Spark did not fit the slices: the cluster. So this process fitted the slices, which does not change their"
    assert fits.warnings[0] == f"{said} numbers"
    assert pickle.loads(pickle.dumps(fits)).warnings == fits.warnings


def test_a_session_that_was_stopped_is_not_warned_of(busy):
    session = Session(failing(1))
    session.defaultParallelism = 0
    assert check(session).warnings == ()


def test_a_session_is_not_kept_alive(busy):
    session = Session()
    fits, alone = on(session)
    assert len(session.jobs) == 1
    assert copy.deepcopy(fits.cluster)._session is None
    del session
    same(fits.group_columns(), alone.group_columns())
    assert fits.warnings == ()


@pytest.mark.parametrize("name", executor.versions())
def test_executors_with_other_versions_make_no_pieces(name, busy, monkeypatch):
    here = executor.versions()
    monkeypatch.setattr(cluster, "versions", lambda: {**here, name: "0.3"})
    fits = check(Session())
    said = f"the executors of Spark have {name} {here[name]}, and this process 0.3. So this process fitted the slices"
    assert fits.warnings[0].startswith(said)
    assert here["processor"] == platform.machine()


def test_executors_without_the_package_make_no_pieces(busy, monkeypatch):
    monkeypatch.setattr(cluster, "_EXECUTOR", "partialpool.slices.of_tomorrow")
    session = Session()
    fits = check(session)
    assert len(session.jobs) == 1
    assert fits.warnings[0].startswith("partialpool, or this version of it, is not installed on the executors")


def test_a_prior_that_cannot_be_sent_stays_here(busy):
    session = Session()
    check(session, prior=pp.Custom(lambda x: np.exp(-x)))
    assert not session.jobs


def test_a_prior_that_executors_cannot_read_is_not_warned_of(busy, monkeypatch):
    asked = cluster._asked
    monkeypatch.setattr(cluster, "_asked", lambda session, task, chunks: asked(session, b"", chunks))
    session = Session()
    assert check(session).warnings == ()
    assert len(session.jobs) == 1


def test_groups_that_cannot_be_sent_stay_here(busy, monkeypatch):
    dumps, refused = pickle.dumps, []

    def picky(message, **options):
        if isinstance(message, list):
            refused.append(message)
            raise TypeError
        return dumps(message, **options)

    monkeypatch.setattr(sharing.pickle, "dumps", picky)
    session = Session()
    check(session)
    assert len(refused) == 2
    assert not session.jobs


def test_an_error_of_ours_is_raised_as_in_one_process(busy, monkeypatch):
    def broken(self, groups):
        raise ZeroDivisionError("of a prior")

    session = Session(lambda: monkeypatch.setattr(Task, "piece", broken))
    check(session)  # this process makes the pieces of a table without the task
    assert len(session.jobs) == 2


def test_one_process_is_enough_where_the_caller_says_so(busy, monkeypatch):
    monkeypatch.setenv(processes.LIMIT, "1")
    session = Session()
    check(session)
    assert not session.jobs


def test_little_work_is_done_here(monkeypatch):
    session = Session()
    check(session)
    assert not session.jobs


def test_other_tables_have_no_cluster():
    assert cluster.cluster_of(table()) is None
    assert fitted("estimates", table(), by="country").cluster is None


TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1\n    raise KeyError("x")\nKeyError: it is gone'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            f"An exception was thrown from the Python worker:\n{TRACEBACK}\n\nJVM stacktrace:\n...",
            "KeyError: it is gone",
        ),
        (f"\n  See below.\n[PYTHON_EXCEPTION] It was thrown: {TRACEBACK}\n SQLSTATE: 38000", "KeyError: it is gone"),
        ("[DIVIDE_BY_ZERO] Division by zero.\n== SQL ==", "[DIVIDE_BY_ZERO] Division by zero"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("", "there is no reason given"),
    ],
)
def test_the_reason_of_an_error_of_spark(text, reason):
    """The first two texts are those of a classic session and of one over Spark Connect."""
    assert reason_of(Exception(text)) == reason.rstrip(".")
