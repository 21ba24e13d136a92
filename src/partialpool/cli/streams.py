"""Write results to standard output, and everything else to standard error."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TextIO

from partialpool.errors import OutputError


def width() -> int:
    """The width of the terminal in columns."""
    import shutil  # this and the others below are slow to load, and not every run needs them

    return max(20, shutil.get_terminal_size().columns)


def is_terminal() -> bool:
    """Whether results are shown on a terminal, rather than written to a pipe or a file."""
    return sys.stdout is not None and sys.stdout.isatty()


def is_unicode() -> bool:
    """Whether standard output can show every character."""
    return sys.stdout is not None and sys.stdout.encoding.lower().replace("-", "") == "utf8"


def accept_any_character() -> None:
    """Let streams show the code of a character that their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(text: str) -> None:
    """Write results to standard output, completely or with an error."""
    stream = _open(sys.stdout)
    if stream is None:
        raise OutputError("cannot write the results: standard output is closed.")
    try:
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_output()
        raise OutputError(f"cannot write the results to standard output: {error.strerror}.") from error


def complain(message: str) -> None:
    """Write a message to standard error, with control characters escaped."""
    stream = _open(sys.stderr)
    if stream is None:
        return
    from partialpool.io.output.characters import visible

    lines = [visible(line) for line in message.split("\n")]
    with contextlib.suppress(OSError):  # nobody reads it: the exit code still tells
        stream.write("\n".join(lines) + "\n")
        stream.flush()


def _open(stream: TextIO | None) -> TextIO | None:
    """The stream, or None if the shell has closed it (python then has None in its place)."""
    return stream


def refuse(message: str) -> int:
    """Write what is wrong with the request or the data, and return the exit code 2."""
    complain(f"partialpool: {message}")
    return 2


def apologise(error: Exception) -> int:
    """Report a bug of ours, and return the exit code 1."""
    if os.environ.get("PARTIALPOOL_DEBUG") == "1":
        import traceback

        complain("".join(traceback.format_exception(error)).rstrip())
        return 1
    said = " ".join(f"{type(error).__name__}: {error}".split())
    complain(f"partialpool: sorry, this is a bug of ours ({said}). PARTIALPOOL_DEBUG=1 shows where; please report it.")
    return 1


def forget_output() -> None:
    """Discard what is still in the output buffer, so that the interpreter does not fail to write it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
