"""The command `partialpool` in this process: for a hundredth of the time that a process of its own takes to begin.

What is about the process itself (pipes that close, disks that are full, encodings, what is loaded) is not seen here.
"""

import contextlib
import io
import os
import subprocess
import sys
import warnings
from unittest import mock

from partialpool import cli


def partialpool(*arguments, folder=None, **environment):
    """Run the command with these words, in a folder and with variables, as `subprocess.run` would give it as text."""
    words = ["partialpool", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1", **environment}))
        stack.enter_context(contextlib.chdir(folder or os.getcwd()))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        stack.enter_context(warnings.catch_warnings())
        code = cli.main(words[1:])
    return subprocess.CompletedProcess(words, code, _text(out), _text(err))


def on_terminal(*words, columns=140, **environment):
    """What the command prints, as a process of its own, on a terminal of so many columns."""
    import pty  # not every system has it

    outer, inner = pty.openpty()
    variables = {**os.environ, "COLUMNS": str(columns), "PYTHONUTF8": "1", **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "partialpool", *words], stdout=inner, stderr=inner, stdin=inner, env=variables
    )
    os.close(inner)
    printed = b""
    try:
        while block := os.read(outer, 65536):
            printed += block
    except OSError:  # the terminal is gone, since the command has ended
        pass
    finally:
        os.close(outer)
    assert process.wait() == 0
    return printed.decode().replace("\r\n", "\n")


def _text(stream):
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")
