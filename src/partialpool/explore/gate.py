"""Who may ask: only this machine's user, who has the random token, from the page itself; and the headers of replies.

The token stands in the path of every address, and so in no cookie, which a browser would also send to other servers on
this machine. The host is checked against pages that point their own name to this machine (DNS rebinding), and the
origin against forms of other pages. The browser is opened by an address that works once, since other users of the
machine may see it in the list of processes.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
"""The content security policy: files and data of this server, and nothing else."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
"""The headers of every reply."""

_ONCE = "open"  # the first part of the address that works once


class Gate:
    """The application behind the checks; what it serves at /x has the address /TOKEN/x.

    Attributes:
        app: the application.
        hosts: the values of the header Host that are accepted.
        token: the random part of the address.
        once: the random part of the address that works once; empty when it has been used.
    """

    def __init__(self, app: App, hosts: tuple[str, ...]) -> None:
        self.app = app
        self.hosts = hosts
        self.token = secrets.token_urlsafe(32)
        self.once = secrets.token_urlsafe(32)

    @property
    def path(self) -> str:
        """The path of the page."""
        return f"/{self.token}/"

    @property
    def path_once(self) -> str:
        """The path that leads to the page, and works once."""
        return f"/{_ONCE}/{self.once}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no web sockets
            return
        sending = _with_headers(send)
        refusal = self._refusal(scope)
        if refusal:
            await _reply(sending, 403, refusal)
            return
        first, _, rest = str(scope["path"]).removeprefix("/").partition("/")
        if first == _ONCE and self.once and _same(rest, self.once):
            self.once = ""
            await _reply(sending, 303, "", location=self.path)
        elif _same(first, self.token):
            await self.app({**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}, receive, sending)
        else:
            await _reply(sending, 403, "Use the whole address that the command has printed, with its token.")

    def _refusal(self, scope: Scope) -> str:
        """Why a request is refused, whatever its token; empty if it is not."""
        found = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        hosts = [value for name, value in found if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            return "This host is not served. Use the address that the command has printed."
        origins = [value for name, value in found if name == b"origin"]
        if any(origin != f"http://{hosts[0]}" for origin in origins):
            return "Requests of other pages are refused."
        if scope["method"] not in ("GET", "HEAD") and not origins:
            return "Requests without an origin are refused."
        return ""


def _same(one: str, other: str) -> bool:
    """Compare texts in a time that does not depend on where they differ."""
    return secrets.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def _with_headers(send: Send) -> Send:
    """A function that sends messages, with the headers of every reply."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *HEADERS]
        await send(message)

    return sending


async def _reply(send: Send, status: int, text: str, location: str = "") -> None:
    """Send a reply in plain text."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    headers += [(b"location", location.encode())] if location else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
