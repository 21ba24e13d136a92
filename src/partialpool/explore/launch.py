"""Serve the page on this machine until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from partialpool.errors import MissingDependencyError, RequestError
from partialpool.io.backends.files import checked_path, kind_of

HOST = "127.0.0.1"

_HTTP = 80  # the port that browsers leave out of an address
_PORTS = 65_535
_MEGABYTE = 1_000_000

_SETTINGS: Mapping[str, Any] = {
    "log_level": "critical",
    "access_log": False,  # it would print the token
    "lifespan": "off",
    "ws": "none",
    "server_header": False,
    "timeout_graceful_shutdown": 1,  # seconds
}
"""Settings of uvicorn."""


def serve(
    file: Path | None,
    *,
    port: int,
    limit: float,
    browser: bool,
    say: Callable[[str], object],
    complain: Callable[[Exception], object],
) -> None:
    """Serve the page until it is interrupted from the keyboard, or ended in another way that a program can answer.

    Args:
        file: the file to begin with, if any.
        port: the port; 0 for any free one.
        limit: the largest size of a file that is dropped, in megabytes.
        browser: whether to open the page in a browser.
        say: function that tells the user where the page is.
        complain: function that tells the user of a bug.

    Raises:
        MissingDependencyError: Starlette or uvicorn is not installed.
        FileError: the file is not there, cannot be read, or is of no kind that is.
        RequestError: the port is taken, or a number is out of range.
    """
    try:
        import uvicorn

        from partialpool.explore.gate import Gate
        from partialpool.explore.server import Page, application
    except ImportError as error:
        raise MissingDependencyError(
            'The page needs Starlette and uvicorn: pip install "partialpool[explore]".'
        ) from error
    if not 0.0 < limit <= 10_000.0:
        raise RequestError(f"--limit is a number of megabytes above 0 and up to 10,000, not {limit:g}.")
    if file is not None:
        kind_of(checked_path(file))  # refuses what is not read, before a page is opened
    with (
        interruptible(),
        bound(port) as place,
        contextlib.closing(Page(int(limit * _MEGABYTE), complain, file)) as page,
    ):
        number = place.getsockname()[1]
        gate = Gate(application(page), hosts(number))
        root = f"http://{HOST}:{number}"
        say(_said(f"{root}{gate.path}"))
        if browser and _has_display():  # some browsers keep whoever opens them waiting
            threading.Thread(target=webbrowser.open, args=(f"{root}{gate.path_once}",), daemon=True).start()
        server = uvicorn.Server(uvicorn.Config(gate, **_SETTINGS))
        _told_of_the_end(server.handle_exit)
        server.run(sockets=[place])


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """A context that ends quietly by Ctrl-C, and so too when its terminal is closed or the process is terminated.

    Else these would end the process at once, and leave the copies of files behind. What the caller's shell has chosen
    to ignore, as nohup does, stays ignored.
    """
    others = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    usual = [number for number in others if signal.getsignal(number) is signal.SIG_DFL]
    for number in usual:
        signal.signal(number, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        for number in usual:
            signal.signal(number, signal.SIG_DFL)


def _told_of_the_end(end: Callable[..., None]) -> None:
    """Let a closed terminal end the server as Ctrl-C does: of Ctrl-C and of termination it learns by itself."""
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.default_int_handler:
        signal.signal(signal.SIGHUP, end)


def hosts(port: int) -> tuple[str, ...]:
    """The values of the header Host by which a browser asks for the page.

    >>> hosts(8000), hosts(80)
    (('127.0.0.1:8000', 'localhost:8000'), ('127.0.0.1', 'localhost'))
    """
    return tuple(name if port == _HTTP else f"{name}:{port}" for name in (HOST, "localhost"))


@contextlib.contextmanager
def bound(port: int) -> Iterator[socket.socket]:
    """A socket that listens on this machine alone.

    Raises:
        RequestError: the port is no port, is taken, or is not for this user.
    """
    if not 0 <= port <= _PORTS:
        raise RequestError(f"--port is a whole number from 0 to {_PORTS}, not {port}.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as place:
        if os.name == "posix":  # elsewhere this would share the port with another program
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((HOST, port))
            place.listen()
        except OSError as error:
            raise RequestError(
                f"port {port} cannot be had ({error.strerror}): leave out --port for any free one, or name another."
            ) from error
        yield place


def _said(address: str) -> str:
    return (
        f"The page is at\n\n    {address}\n\nOnly this machine can reach it, and only with this address. Your data "
        "stay here.\nThe page forgets them when it ends: save what you want to keep. Ctrl-C ends it."
    )


def _has_display() -> bool:
    """Whether a browser can be opened where the user sees it."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
