"""The command `partialpool explore` as a process, for the tests that need a network or a browser."""

import contextlib
import os
import subprocess
import sys


@contextlib.contextmanager
def running(*words, **environment):
    """The running command and its address."""
    command = [sys.executable, "-m", "partialpool", "explore", "--no-open", *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={**os.environ, **environment}, **pipes) as process:
        try:
            yield process, next(line.strip() for line in process.stdout if "http" in line)
        finally:
            process.terminate()


@contextlib.contextmanager
def served(*words):
    """The address of a page."""
    with running(*words) as (_, address):
        yield address
