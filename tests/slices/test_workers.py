"""Several processes: the same numbers as one, whatever becomes of the workers, and no process that is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import partialpool as pp
from partialpool.slices import processes, sharing
from sliced import FAMILIES, fitted, part, same, table

SRC = Path(pp.__file__).parents[1]


@pytest.fixture
def workers(monkeypatch):
    """A worker beside this process, however little there is to do; and the list of all that are started."""
    started = []

    class Noted(processes.Worker):
        def __init__(self):
            super().__init__()
            started.append(self)

    monkeypatch.setenv(processes.LIMIT, "2")
    monkeypatch.setattr(sharing, "WORTH", 1e-9)
    monkeypatch.setattr(sharing, "_LOOK", 0.0)
    monkeypatch.setattr(sharing, "Worker", Noted)
    return started


def tables(fits):
    return [fits.population_columns(), fits.group_columns(), fits.slice_columns()]


def alone(monkeypatch, family, columns, **options):
    with monkeypatch.context() as patch:
        patch.setenv(processes.LIMIT, "1")
        return tables(fitted(family, columns, by="country", **options))


@pytest.mark.parametrize("family", FAMILIES)
def test_several_processes_give_the_numbers_of_one(family, workers, monkeypatch):
    columns = table(slices=6, stores=4)
    columns["y"][columns["country"] == "ES"] = -1
    wanted = alone(monkeypatch, family, columns)
    assert not workers
    for one, other in zip(tables(fitted(family, columns, by="country")), wanted, strict=True):
        same(one, other)
    assert len(workers) == 2
    assert all(worker._process.returncode is not None for worker in workers)


def test_many_workers_give_the_numbers_of_one(workers, monkeypatch):
    columns = table(slices=6)
    wanted = alone(monkeypatch, "estimates", columns)
    monkeypatch.setenv(processes.LIMIT, "4")
    fits = fitted("estimates", columns, by="country")
    same(fits.population_columns(), wanted[0])
    assert len(workers) == 3


def test_errors_of_the_posterior_come_from_workers_too(workers):
    columns = table(slices=6)
    columns["y"][columns["country"] == "PT"] = 0
    columns["n"][columns["country"] == "PT"] = 0
    fits = fitted("proportions", columns, by="country", prior="bda")
    assert list(fits.failed) == ["PT"]
    with pytest.raises(pp.PartialpoolError, match=fits.failed["PT"][:20]):
        fits["PT"]


@pytest.mark.parametrize("when", ["at once", "at work", "with nonsense"])
def test_a_worker_that_dies_leaves_its_slices_to_the_parent(when, workers, monkeypatch):
    columns = table(slices=6)
    wanted = alone(monkeypatch, "estimates", columns)

    def die(self, message):
        if when == "with nonsense":
            return [None]
        self.stop()
        raise EOFError

    monkeypatch.setattr(processes.Worker, "begin" if when == "at once" else "pieces", die)
    for one, other in zip(tables(fitted("estimates", columns, by="country")), wanted, strict=True):
        same(one, other)
    assert workers
    assert all(worker._process.returncode is not None for worker in workers)


def test_a_worker_that_is_killed_leaves_its_slices_to_the_parent(workers, monkeypatch):
    columns = table(slices=6)
    wanted = alone(monkeypatch, "estimates", columns)
    ask = processes.Worker.pieces

    def killed(self, groups):
        os.kill(self._process.pid, signal.SIGKILL)
        return ask(self, groups)

    monkeypatch.setattr(processes.Worker, "pieces", killed)
    for one, other in zip(tables(fitted("estimates", columns, by="country")), wanted, strict=True):
        same(one, other)


def test_without_processes_this_one_does_all(workers, monkeypatch):
    columns = table(slices=6)
    wanted = alone(monkeypatch, "estimates", columns)
    monkeypatch.setattr(processes.sys, "executable", "/nowhere/python")
    for one, other in zip(tables(fitted("estimates", columns, by="country")), wanted, strict=True):
        same(one, other)
    assert not workers


@pytest.mark.parametrize("named", [False, True])
def test_a_prior_that_no_worker_can_read_stays_here(named, workers):
    def density(x):
        return np.exp(-x)

    columns = table(slices=6)
    density.__qualname__ = "density" if named else density.__qualname__
    density.__module__ = "__main__" if named else density.__module__
    if named:
        sys.modules["__main__"].density = density  # it can be pickled, and a worker does not have it
    try:
        fits = fitted("estimates", columns, by="country", prior=pp.Custom(density))
        wanted = fitted("estimates", part(columns, "DE"), prior=pp.Custom(density)).population_columns()
    finally:
        vars(sys.modules["__main__"]).pop("density", None)
    of_one = fits.population_columns()
    which = of_one["country"] == "DE"
    same({name: of_one[name][which] for name in wanted}, wanted)
    assert len(workers) == named


def test_an_error_of_ours_is_raised_as_in_one_process(workers):
    failing = []

    def density(x):
        if failing:
            raise ZeroDivisionError("of the caller's")
        return np.exp(-x)

    prior = pp.Custom(density)
    failing.append(True)
    with pytest.raises(ZeroDivisionError, match="of the caller's"):
        fitted("estimates", table(slices=6), by="country", prior=prior)


def test_an_interrupt_stops_the_workers(workers, monkeypatch):
    put = sharing._Work.put

    def interrupted(self, place, piece):
        if workers:
            raise KeyboardInterrupt
        put(self, place, piece)

    monkeypatch.setattr(sharing._Work, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted("estimates", table(slices=6), by="country")
    assert all(worker._process.returncode is not None for worker in workers)


SCRIPT = """
import numpy as np, partialpool as pp
from partialpool.slices import processes
start = processes.Worker.__init__
def started(self):
    start(self)
    print(self._process.pid, flush=True)
processes.Worker.__init__ = started
size = 3000
c = {"c": np.arange(size), "y": np.arange(size) % 7, "n": np.full(size, 9), "g": np.zeros(size, int)}
pp.proportions({k: np.tile(v, 5) for k, v in c.items()} | {"g": np.repeat(range(5), size)},
               successes="y", trials="n", group="g", by="c")
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_is_left_where_the_parent_is_stopped(sent):
    environment = {**os.environ, "PYTHONPATH": str(SRC), processes.LIMIT: "2"}
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        worker = int(parent.stdout.readline())
        if sent == signal.SIGINT:
            os.killpg(parent.pid, sent)
        else:
            parent.kill()
        said = parent.stderr.read()
        assert parent.wait(30) != 0
    assert "Traceback" not in said or said.rstrip().endswith("KeyboardInterrupt")
    for _ in range(200):
        if not Path(f"/proc/{worker}").exists():
            break
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def test_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print('begun')\n" + SCRIPT.replace("3000", "9").replace("print(self", "print('worker', self"))
    patched = "from partialpool.slices import sharing\nsharing.WORTH, sharing._LOOK = 1e-9, 0.0\n" + script.read_text()
    script.write_text(patched)
    environment = {**os.environ, "PYTHONPATH": str(SRC), processes.LIMIT: "2"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.count("begun") == 1
    assert done.stdout.count("worker") == 1


def test_little_work_starts_no_worker(monkeypatch):
    monkeypatch.setenv(processes.LIMIT, "8")
    monkeypatch.setattr(sharing, "Worker", None)
    fitted("estimates", table(slices=6), by="country")


def test_the_number_of_processes(monkeypatch):
    monkeypatch.setenv(processes.LIMIT, "5")
    assert processes.usable() == 5
    monkeypatch.setenv(processes.LIMIT, "0")
    assert processes.usable() == 1
    monkeypatch.delenv(processes.LIMIT)
    assert 1 <= processes.usable() <= os.cpu_count()
    monkeypatch.setattr(processes.sys, "frozen", True, raising=False)
    assert processes.usable() == 1
