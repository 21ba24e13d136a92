"""All commands, and the function that runs the one that a command line names."""

from __future__ import annotations

from collections.abc import Sequence

from cyclopts.exceptions import CycloptsError, UnknownOptionError

from partialpool.cli import (  # noqa: F401  (they add their commands to the app)
    attaching,
    demo,
    exploring,
    families,
    judging,
    limits,
    listings,
    meta,
    predicting,
    questions,
    startup,
    summaries,
    updating,
)
from partialpool.cli.app import app
from partialpool.cli.databases import connections
from partialpool.cli.piped import STDIN, copies, printed_table
from partialpool.cli.streams import show
from partialpool.errors import RequestError


def run(words: Sequence[str]) -> None:
    """Run the command that the words name.

    Raises:
        RequestError: there is no such command, or it does not take these options.
    """
    with copies(), connections():
        told, table = printed_table(words)
        try:
            _call(told)
        except CycloptsError as error:
            from partialpool.cli.misread import cure  # only a refusal needs it

            raise RequestError(cure(error)) from error
        if table is not None and table.exists():
            show(table.read_bytes().decode().removesuffix("\n"))


def _call(words: list[str]) -> None:
    """Call the app; a lone hyphen, which it would take for an option without a name, stands for standard input."""
    try:
        app(words, print_error=False, exit_on_error=False)
    except UnknownOptionError as error:
        if (error.token.keyword or error.token.value) != "-":
            raise
        app([str(STDIN) if word == "-" else word for word in words], print_error=False, exit_on_error=False)
