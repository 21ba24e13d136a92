"""What long computations say while they run: on a terminal, and nowhere else."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

import partialpool as pp
from partialpool.io.output.writing import write_table
from partialpool.messages import progress
from partialpool.messages.progress import counted, shown

pty = pytest.importorskip("pty", reason="pseudo-terminals are of Unix")

SLOW = """
import time
from partialpool.messages.progress import counted, shown

@shown("ranks")
def inner():
    for _ in counted([1, 2, 3, 4]):
        time.sleep(0.5)

@shown("everything")
def outer():
    print("begun", flush=True)
    inner()

outer()
print("done", flush=True)
"""


def on_a_terminal(code, interrupt=False):
    """What a program writes to standard error, a terminal, and its exit code."""
    leader, follower = pty.openpty()
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    assert program.stdout.readline() == b"begun\n"
    seen, began = b"", time.monotonic()
    with suppress(OSError):  # the terminal is closed
        while part := os.read(leader, 4096):
            seen += part
            if interrupt and b"partialpool" in seen:
                program.send_signal(signal.SIGINT)
                interrupt, began = False, time.monotonic()
    code = program.wait()
    os.close(leader)
    program.stdout.close()
    return seen.decode(), code, time.monotonic() - began


def test_a_terminal_shows_what_is_done_and_how_far_it_is():
    seen, code, _ = on_a_terminal(SLOW)
    assert code == 0
    assert "\rpartialpool: everything (1 s, 2 of 4)" in seen
    assert "ranks" not in seen, "only the outermost says what it does"
    assert seen.endswith(" \r"), "cleared at the end"
    assert seen.split("\r")[-2].strip() == ""


def test_an_interrupt_ends_it_at_once_and_clears_the_line():
    seen, code, took = on_a_terminal(SLOW.replace("0.5", "30"), interrupt=True)
    assert code != 0
    assert took < 5.0
    shown_line, _, traceback = seen.partition("Traceback")
    assert shown_line.endswith(" \r")
    assert "KeyboardInterrupt" in traceback


def test_what_is_quick_says_nothing():
    seen, code, _ = on_a_terminal(SLOW.replace("0.5", "0.01"))
    assert (seen, code) == ("", 0)


def test_a_pipe_shows_nothing():
    found = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, check=True)
    assert found.stderr == b""
    assert found.stdout == b"begun\ndone\n"


def test_without_anybody_who_watches_nothing_changes():
    @shown("a sum")
    def total(values, start=0):
        """A sum."""
        return start + sum(counted(values))

    assert total([1, 2], start=3) == 6
    assert total.__doc__ == "A sum."
    with pytest.raises(TypeError):
        total(["a"])


SCHOOLS = {"estimate": "effect", "se": "se", "group": "school"}
QUESTIONS = {
    "groups": lambda fit: fit.groups(),
    "population": lambda fit: fit.population(),
    "the accuracy of the fit": lambda fit: fit.warnings,
    "ranks": lambda fit: fit.ranks(),
    "two groups": lambda fit: fit.compare("A", "C"),
    "every pair": lambda fit: fit.pairs(),
    "probabilities": lambda fit: fit.select(above=5.0),
    "a probability of the population": lambda fit: fit.probability(above=5.0, parameter="mean"),
    "intervals": lambda fit: fit.intervals(kind="shortest"),
    "the next group": lambda fit: fit.new_group(),
    "predictions": lambda fit: fit.predict(se=1.0, total=True),
    "scores of the models": lambda fit: fit.pooling().scores(),
    "replicated data": lambda fit: fit.check(draws=100).statistics(),
    "sensitivity": lambda fit: fit.sensitivity(["flat"]),
    "powers of the prior and of the likelihood": lambda fit: fit.sensitivity(["flat"]).power(),
    "groups left out": lambda fit: fit.leave_one_out(["A"]),
    "groups added": lambda fit: fit.cumulative(),
    "draws": lambda fit: fit.draws(10),
    "a distribution": lambda fit: fit.to_scipy("A"),
}


@pytest.fixture
def lines(monkeypatch):
    """The lines that somebody who watches would see, if everything took its time."""
    found = []

    class Recorded(progress._Line):
        def __enter__(self):
            found.append(self._what)
            progress._Line.current = self

        def __exit__(self, *_):
            progress._Line.current = None

    monkeypatch.setattr(progress, "_Line", Recorded)
    monkeypatch.setattr(progress, "_watched", lambda: True)
    monkeypatch.setattr(Recorded, "current", None)
    return found


@pytest.fixture(scope="module")
def schools():
    return pp.datasets.load("eight_schools")


@pytest.mark.parametrize("what", QUESTIONS)
def test_every_question_that_may_take_long_says_what_it_does(lines, schools, what):
    fit = pp.estimates(schools, **SCHOOLS)
    assert lines == ["reading and fitting"]
    QUESTIONS[what](fit)
    assert what in lines[1:]


def test_files_are_read_and_written_with_a_line(lines, schools, tmp_path):
    fit = pp.estimates(schools, **SCHOOLS)
    fit.save(tmp_path / "schools.fit")
    write_table(fit.group_columns(), tmp_path / "groups.csv")
    pp.load(tmp_path / "schools.fit")
    pp.estimates(tmp_path / "groups.csv", **SCHOOLS)
    assert lines == ["reading and fitting", "groups", "a table being written", "a saved fit", "reading and fitting"]
