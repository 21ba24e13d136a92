"""The page of `partialpool explore` without a network: a client for its application, and requests like its own."""

import asyncio
import contextlib
import json

import httpx

import partialpool as pp
from partialpool.explore.gate import Gate
from partialpool.explore.server import Page, application

HOST = "127.0.0.1:8000"
ORIGIN = f"http://{HOST}"


class Client:
    """A client that has the token; `bugs` are the errors of ours that the page ran into."""

    def __init__(self, limit=10_000_000, first=None):
        self.bugs = []
        self.page = Page(limit, self.bugs.append, first)
        self.gate = Gate(application(self.page), (HOST, "localhost:8000"))

    def request(self, method, path, **what):
        """The reply to a request; its path begins with the token, or should."""

        async def sent():
            transport = httpx.ASGITransport(self.gate)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as http:
                return await http.request(method, path, **what)

        return asyncio.run(sent())

    def get(self, name="", **headers):
        return self.request("GET", self.gate.path + name, headers=headers)

    def post(self, name, content, **headers):
        return self.request("POST", self.gate.path + name, content=content, headers={"origin": ORIGIN, **headers})

    def ask(self, name, question=None):
        """The reply to a question in JSON."""
        return self.post(name, json.dumps(question))

    def bring(self, name, content):
        """The reply to a file that is dropped."""
        return self.post(f"table?name={name}", content)

    def dataset(self, name):
        """A data set as the current table."""
        return self.ask("dataset", name).json()


@contextlib.contextmanager
def client(**arguments):
    """A client whose page is closed at the end, after which no bug has been seen."""
    made = Client(**arguments)
    with contextlib.closing(made.page):
        yield made
    assert made.bugs == []


def question(table, **changes):
    """A request for the guessed columns of a table, with changes."""
    best = table["guesses"][0]
    return {
        "table": table["number"],
        "layout": best["layout"],
        "columns": best["columns"],
        "group": best["group"],
        "drop": False,
        "commas": False,
        "prior": "uniform-shrinkage",
        "level": 0.95,
        "pooling": "partial",
        "find": "",
        "sort": "",
        "down": False,
        "start": 0,
        **changes,
    }


def fitted(table, path=None, **changes):
    """The fit by the public function that `question` asks for, of a data set or of a file."""
    asked = question(table)
    family = {"outcomes": "proportions", "variances": "estimates", "means": "measurements"}
    function = getattr(pp, family.get(asked["layout"], asked["layout"]))
    return function(path, **asked["columns"], group=asked["group"] or None, **changes)
