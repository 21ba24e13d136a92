"""Themes of tests/backends/test_spark.py: executors fit the slices of a Spark frame, or leave them to this process."""

import os
import pickle
import signal
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import partialpool as pp
from partialpool.slices import cluster, processes, sharing
from sliced import same

NAMES = ["DE", "ES", "FR", "IT", "NL"]
EMPTY = "IT"  # there is no posterior of this country under the prior


def rows():
    """Rows of stores in several countries; those of one have no trials."""
    rng = np.random.default_rng(3)
    found = []
    for country in NAMES:
        for store in range(3):
            n = 0 if country == EMPTY else int(rng.integers(10, 99))
            found.append((country, f"s {store}", int(rng.binomial(n, 0.3)), n))
    return found


def fitted(data):
    return pp.proportions(data, successes="y", trials="n", group="store", by="country", prior="bda")


def in_memory():
    return fitted(dict(zip(("country", "store", "y", "n"), map(list, zip(*rows(), strict=True)), strict=True)))


def on(session, fits):
    """The same fits, as if their data had been a frame of the session."""
    return replace(fits, cluster=cluster.Cluster(session))


@contextmanager
def busy():
    """Within the context there is always enough work; yield the answers of executors, and a list of local workers.

    None of these can be started, so that what executors do not do is done by this process.
    """
    rounds, workers, asked = [], [], cluster.Cluster.answers

    def noted(*args):
        rounds.append(asked(*args))
        return rounds[-1]

    def worker():
        workers.append("asked for")
        raise OSError

    with (
        mock.patch.dict("os.environ", {processes.LIMIT: "2"}),
        mock.patch.multiple(sharing, WORTH=1e-9, _LOOK=0.0, Worker=worker),
        mock.patch.object(cluster.Cluster, "answers", noted),
    ):
        yield rounds, workers


def theme_executors_fit_slices(sessions):
    """They give the numbers of this process to the last bit, and a slice without a posterior does not stop them."""
    with mock.patch.dict("os.environ", {processes.LIMIT: "1"}):
        data = in_memory()
        wanted = [data.population_columns(), data.group_columns(0.9)]
    for kind, session in sessions.items():
        frame = session.createDataFrame(rows(), "country string, store string, y int, n int").coalesce(1)
        assert cluster.cluster_of(frame)._session() is session
        with busy() as (rounds, workers):
            fits = fitted(frame) if kind == "classic" else on(session, data)
            found = [fits.population_columns(), fits.group_columns(0.9)]
        assert all(rounds)
        assert len(rounds) == 2  # one for each of these tables
        assert not workers
        read = pickle.loads(pickle.dumps(fits))
        assert read.cluster._session is None
        for one, other in zip(found, wanted, strict=True):
            same(one, other)
        assert fits.keys() == NAMES
        assert list(fits.failed) == [EMPTY]
        assert fits.failed == data.failed
        assert "executors" not in str(fits)


def blind(*given):
    """The function for executors, whose Python does not find partialpool."""
    function = made(*given)

    def answered(batches):
        kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "partialpool"}
        sys.modules["partialpool"] = None
        try:
            yield from function(batches)
        finally:
            del sys.modules["partialpool"]
            sys.modules.update(kept)

    return answered


def broken(*_):
    """A function for executors that fails."""

    def answered(batches):
        raise ArithmeticError("an executor is broken")
        yield from batches

    return answered


made = cluster._function


def left_alone(session, fits, said):
    """Check that executors are asked in vain, and that slices are fitted without them; `said` is a warning."""
    with busy() as (rounds, workers):
        found = on(session, fits)
    same(found.population_columns(), fits.population_columns())
    assert rounds == [None]
    assert len(workers) == 1
    assert found.cluster._session is None
    warned = [warning for warning in found.warnings if "Spark" in warning]
    assert warned == ([f"{said}. So this process fitted the slices, which does not change their numbers"] * bool(said))
    assert said in str(found).replace("\n   ", "")


def theme_executors_without_partialpool(sessions):
    with mock.patch.object(cluster, "_function", blind):
        left_alone(sessions["classic"], in_memory(), cluster._LACKING)


def theme_a_failing_job_leaves_slices_to_this_process(sessions):
    fits, connect = in_memory(), sessions["connect"]
    with mock.patch.object(cluster, "_function", broken):
        left_alone(connect, fits, "Spark did not fit the slices: ArithmeticError: an executor is broken")
    stopped = type(connect).builder.remote(f"sc://{connect.client._builder.endpoint}").create()
    stopped.stop()
    left_alone(stopped, fits, "")


def slow(folder):
    """A function for executors that takes a minute, and a file that says that it has begun."""
    begun = Path(folder, "begun")

    def function(*_):
        def answered(batches):
            begun.touch()
            time.sleep(60)
            yield from batches

        return answered

    return function, begun


def theme_an_interrupt_cancels_the_job(sessions):
    """This is so without the handler of a classic session, which cancels all jobs."""
    fits, tracker = in_memory(), sessions["classic"].sparkContext.statusTracker()
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for session in sessions.values():
            with tempfile.TemporaryDirectory() as folder:
                interrupted(session, fits, *slow(folder))
            for _ in range(200):
                if not tracker.getActiveJobsIds():
                    break
                time.sleep(0.05)
            assert not tracker.getActiveJobsIds()
            assert session.range(3).count() == 3
    finally:
        signal.signal(signal.SIGINT, handler)


def interrupted(session, fits, function, begun):
    def interrupt():
        for _ in range(1200):
            if begun.exists():
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.05)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with busy(), mock.patch.object(cluster, "_function", function), pytest.raises(KeyboardInterrupt):
        on(session, fits)
    thread.join()
