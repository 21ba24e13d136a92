"""What long computations say while they run: on a terminal, and nowhere else."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from partialpool.progress import counted, shown

pty = pytest.importorskip("pty", reason="pseudo-terminals are of Unix")

SLOW = """
import time
from partialpool.progress import counted, shown

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
