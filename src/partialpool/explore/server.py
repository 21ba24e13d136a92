"""The addresses of the page: its files, and what it sends and asks for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from partialpool import datasets
from partialpool.errors import OutputError, PartialpoolError
from partialpool.explore.answers import slow
from partialpool.explore.layouts import LAYOUTS, called
from partialpool.explore.picture import picture
from partialpool.explore.session import Session
from partialpool.explore.settings import NO_REQUEST, read, read_name
from partialpool.explore.tables import safe_name
from partialpool.explore.worker import Worker
from partialpool.io.output.writing import json_text
from partialpool.posterior import Posterior
from partialpool.priors.names import DEFAULT
from partialpool.report.page import page as report
from partialpool.report.policy import scripts, style

SCRIPTS = ("main", "asking", "chart", "columns", "elements", "priors", "tables")
"""The scripts of the page, which are modules of JavaScript."""

_LARGEST_REQUEST = 64 * 1024  # bytes of a request that is no table
_TOO_LARGE = "The file has more than {:,.6g} MB. Fit it at the shell, or start with a larger --limit."
_NOT_COPIED = "The file cannot be copied to {}: {}. Fit it at the shell, which reads it where it is."
_BUG = "Sorry, this is a bug of ours ({}). The command's window says more; please report it."

Answer: TypeAlias = Callable[[bytes], Any]
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class TooLargeError(Exception):
    """More bytes come than are accepted; the message is for the user."""


@dataclass
class Page:
    """The state behind the page.

    Attributes:
        limit: the largest number of bytes of a table that is dropped.
        complain: function that tells the user at the terminal of a bug.
        first: the file that was named at the shell; None if none was.
        session: the current table and its fits.
        worker: the thread for tables and fits.
        slow: the thread for what takes long.
        folder: the folder for copies of what is dropped.
    """

    limit: int
    complain: Callable[[Exception], object]
    first: Path | None = None
    session: Session = field(default_factory=Session)
    worker: Worker = field(default_factory=Worker)
    slow: Worker = field(default_factory=Worker)
    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="partialpool-")
    )

    @property
    def too_large(self) -> str:
        """What is said of a table with more bytes than the limit."""
        return _TOO_LARGE.format(self.limit / 1e6)

    def close(self) -> None:
        """Delete what the page brought."""
        self.folder.cleanup()


def application(page: Page) -> Starlette:
    """The application without its gate; see `gate.Gate`."""
    session = page.session

    def fitted(body: bytes) -> dict[str, Any]:
        settings, view = read(body)
        try:
            found: dict[str, Any] = {"fit": session.answer(settings, view)}
        except PartialpoolError as refused:  # the priors stay, so that another one can be chosen
            found = {"refused": session.in_page(str(refused))}
        return {**found, "priors": session.priors(settings)}

    answers: Mapping[str, Answer] = {
        "start": lambda _: _start(page),
        "dataset": lambda body: session.open_dataset(read_name(body)),
        "fit": fitted,
        "details": lambda body: session.details(read(body)[0]),
    }
    return Starlette(
        routes=[
            *(Route(f"/{name}", _file(*made), methods=["GET"]) for name, made in files().items()),
            *(Route(f"/{name}", _answering(page, work), methods=["POST"]) for name, work in answers.items()),
            Route("/findings", _findings(page), methods=["POST"]),
            Route("/report", _report(page), methods=["POST"]),
            Route("/table", _table(page), methods=["POST"]),
        ]
    )


@cache
def files() -> Mapping[str, tuple[str, str]]:
    """Address of a file of the page -> its text and its type."""
    script, sheet = "text/javascript", "text/css"
    vega, interpreter, _ = scripts()
    own = {f"{name}.js": (_asset(f"{name}.js"), script) for name in SCRIPTS}
    return {
        "": (_asset("page.html"), "text/html"),
        "style.css": (style() + _asset("explore.css"), sheet),
        "vega.js": (vega, script),
        "interpreter.js": (interpreter, script),
        "chart.json": (json_text(picture()), "application/json"),
        **own,
    }


def _asset(name: str) -> str:
    return resources.files("partialpool.explore").joinpath("assets", name).read_text(encoding="utf-8")


def _file(text: str, kind: str) -> Handler:
    content = text.encode()

    async def sent(_: Request) -> Response:
        return Response(content, media_type=kind)

    return sent


def _start(page: Page) -> dict[str, Any]:
    """What the page needs at first: the kinds of tables, the data sets, and the table that there is."""
    session = page.session
    refused = ""
    if session.table is None and page.first is not None:
        try:
            session.open_file(page.first, str(page.first))
        except PartialpoolError as error:
            refused = str(error)
    return {
        "layouts": [
            {"name": each.name, "said": each.said, "roles": each.roles, "optional": each.optional}
            for each in LAYOUTS.values()
        ],
        "called": {role: called(role) for each in LAYOUTS.values() for role in each.roles},
        "datasets": [{"name": name, "title": datasets.info(name).title} for name in datasets.names()],
        "prior": DEFAULT.name,
        "limit": page.limit,
        "too_large": page.too_large,
        "table": None if session.table is None else session.table.document(),
        "refused": refused,
    }


def _answering(page: Page, work: Answer) -> Handler:
    """A function that answers with JSON what is asked for in JSON."""

    async def answered(request: Request) -> Response:
        body = await _body(request)
        return _json(await page.worker.done(lambda: work(body)))

    return _guarded(page, answered)


def _findings(page: Page) -> Handler:
    """A function that answers with all findings, which are given up if something else is asked for meanwhile."""

    async def answered(request: Request) -> Response:
        fit = await _fit(page, request)
        found = await page.slow.done(lambda: slow(fit, lambda: page.worker.busy or page.slow.waited))
        return _json(found)

    return _guarded(page, answered)


def _report(page: Page) -> Handler:
    """A function that answers with a report to save."""

    async def answered(request: Request) -> Response:
        fit = await _fit(page, request)
        text = await page.slow.done(lambda: report(fit))
        headers = {"content-disposition": 'attachment; filename="report.html"'}
        return Response(text.encode(), media_type="text/html", headers=headers)

    return _guarded(page, answered)


async def _fit(page: Page, request: Request) -> Posterior:
    """The fit that is asked for."""
    settings, _ = read(await _body(request))
    return await page.worker.done(lambda: page.session.fit(settings))


async def _body(request: Request) -> bytes:
    return b"".join([block async for block in _blocks(request, _LARGEST_REQUEST, NO_REQUEST)])


def _table(page: Page) -> Handler:
    """A function that takes a file as the current table; its bytes are the body, and its name is in the address."""

    async def answered(request: Request) -> Response:
        name = request.query_params.get("name", "")
        try:
            place = await _copied(page, request, safe_name(name))
        except OSError as error:
            raise OutputError(_NOT_COPIED.format(page.folder.name, error.strerror)) from error
        return _json(await page.worker.done(lambda: page.session.open_file(place, name, place.parent)))

    return _guarded(page, answered)


async def _copied(page: Page, request: Request, name: str) -> Path:
    """Write the body to a file in a folder of its own, which is deleted if not all of it comes."""
    folder = Path(tempfile.mkdtemp(dir=page.folder.name))
    try:
        with (folder / name).open("wb") as file:
            async for block in _blocks(request, page.limit, page.too_large):
                file.write(block)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name


async def _blocks(request: Request, most: int, otherwise: str) -> AsyncIterator[bytes]:
    """Yield the body in blocks, and stop as soon as there is too much of it, with a message."""
    if int(request.headers.get("content-length", 0)) > most:
        raise TooLargeError(otherwise)
    size = 0
    async for block in request.stream():
        size += len(block)
        if size > most:
            raise TooLargeError(otherwise)
        yield block


def _guarded(page: Page, answered: Handler) -> Handler:
    """A function that answers, or says why there is no answer, in a sentence and without a traceback."""

    async def guarded(request: Request) -> Response:
        try:
            return await answered(request)
        except PartialpoolError as refused:
            return _json({"refused": page.session.in_page(str(refused))})
        except TooLargeError as refused:
            return _json({"refused": str(refused)}, 413)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as bug:  # noqa: BLE001  (the last resort: a sentence instead of a traceback)
            page.complain(bug)
            return _json({"refused": _BUG.format(type(bug).__name__)}, 500)

    return guarded


def _json(found: object, status: int = 200) -> Response:
    return Response(json_text(found).encode(), status, media_type="application/json")
