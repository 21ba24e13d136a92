"""The command `partialpool` in this process: for a hundredth of the time that a process of its own takes to begin.

What is about the process itself (pipes that close, disks that are full, encodings, what is loaded) is not seen here.
"""

import contextlib
import io
import os
import subprocess
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


def _text(stream):
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8")
